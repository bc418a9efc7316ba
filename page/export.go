package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Export lets the API answer with a file, in its own words. What the API refuses is a
// *Problem, and shown as any.
func (c *Call) Export(path string, query url.Values) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	w := &guard{ResponseWriter: c.W}
	c.Site.API.ServeHTTP(w, c.request(http.MethodGet, path, nil))
	if !w.refused {
		return nil
	}
	// Some of the headers are of the API's answer to nobody.
	c.W.Header().Del("Content-Disposition")
	p := &Problem{Status: w.status}
	if err := json.Unmarshal(w.body.Bytes(), p); err != nil {
		return fmt.Errorf("GET %s: status %d: %w", path, w.status, err)
	}
	p.Status = w.status
	return p
}

// guard lets an answer through unless it is a refusal, which it keeps.
type guard struct {
	http.ResponseWriter
	status  int
	refused bool
	body    bytes.Buffer
}

func (g *guard) WriteHeader(status int) {
	if g.status != 0 {
		return
	}
	if g.status = status; status >= http.StatusMultipleChoices {
		g.refused = true
		return
	}
	g.ResponseWriter.WriteHeader(status)
}

func (g *guard) Write(b []byte) (int, error) {
	if g.status == 0 {
		g.WriteHeader(http.StatusOK)
	}
	if !g.refused {
		return g.ResponseWriter.Write(b)
	}
	if g.body.Len()+len(b) > problemMax {
		return 0, errAnswerTooLong
	}
	return g.body.Write(b)
}

// Unwrap lets the API flush what it has written.
func (g *guard) Unwrap() http.ResponseWriter { return g.ResponseWriter }

// problemMax bounds what the API says of a refusal, in bytes.
const problemMax = 64 << 10
