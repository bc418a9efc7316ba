package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
)

// Problem is what the API refused, or what is wrong with a form.
type Problem struct {
	Status      int            `json:"statusCode"`
	Code        string         `json:"code"`
	Message     string         `json:"message"` // technical, English
	UserMessage string         `json:"userMessage"`
	Details     map[string]any `json:"details"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Message) }

// answerMax bounds what the API may answer to a page, in bytes.
const answerMax = 16 << 20

// request is a request of the API for who is signed in.
func (c *Call) request(method, path string, body io.Reader) *http.Request {
	ctx := c.Site.As(c.R.Context(), c.Who)
	// The address is ours, and can be read.
	r, err := http.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		panic(fmt.Errorf("page: %s %s: %w", method, path, err))
	}
	// What the API checks besides: the brand by the host, and the certificate.
	r.Host, r.RemoteAddr, r.TLS, r.RequestURI = c.R.Host, c.R.RemoteAddr, c.R.TLS, path
	for _, name := range []string{"X-SSL-Client-Cert"} {
		if values := c.R.Header.Values(name); len(values) > 0 {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	maps.Copy(r.Header, c.Header)
	r.Header.Set("Accept-Language", c.Lang.Code)
	return r
}

// Path makes an address of the API: path with its %s filled by escaped parts.
func Path(format string, parts ...string) string {
	escaped := make([]any, len(parts))
	for i, part := range parts {
		escaped[i] = url.PathEscape(part)
	}
	return fmt.Sprintf(format, escaped...)
}

// Get asks the API and reads its answer into to. What the API refuses is a *Problem.
func (c *Call) Get(path string, query url.Values, to any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.ask(http.MethodGet, path, nil, to)
}

// Send has the API do something with a body, which may be nil, and reads its answer
// into to, which may be nil.
func (c *Call) Send(method, path string, body, to any) error {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	return c.ask(method, path, raw, to)
}

func (c *Call) ask(method, path string, body []byte, to any) error {
	r := c.request(method, path, bytes.NewReader(body))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a := answer{header: make(http.Header), status: http.StatusOK}
	c.Site.API.ServeHTTP(&a, r)
	if a.err != nil {
		return fmt.Errorf("%s %s: %w", method, r.URL.Path, a.err)
	}
	if a.status >= http.StatusMultipleChoices {
		p := &Problem{Status: a.status}
		if err := json.Unmarshal(a.body.Bytes(), p); err != nil {
			return fmt.Errorf("%s %s: status %d: %w", method, r.URL.Path, a.status, err)
		}
		p.Status = a.status
		return p
	}
	if to == nil {
		return nil
	}
	if err := json.Unmarshal(a.body.Bytes(), to); err != nil {
		return fmt.Errorf("%s %s: %w", method, r.URL.Path, err)
	}
	return nil
}

// answer keeps an answer of the API in memory.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
	err    error
}

var errAnswerTooLong = errors.New("answer is too long for a page")

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(b []byte) (int, error) {
	if a.body.Len()+len(b) > answerMax {
		a.err = errAnswerTooLong
		return 0, a.err
	}
	return a.body.Write(b)
}
