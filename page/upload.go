package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Bounds of a form with a file.
const (
	uploadFieldMax  = 4 << 10 // bytes
	uploadFieldsMax = 100
	// drainMax is how much of a file that the API did not want is read all the same,
	// in bytes, and drainPatience for how long: browsers show no answer before they
	// have sent all.
	drainMax      = 256 << 20
	drainPatience = time.Minute
)

// errUpload means that a form with a file was not sent as one.
var errUpload = errors.New("form with a file can't be read")

// Upload is a form with one file, which comes last. The file is read from the network
// as it is passed on, and kept nowhere.
type Upload struct {
	Form *Form
	Name string // of the file; empty if none was chosen
	file *multipart.Part
	call *Call
}

// ReadUpload reads the fields of a form, up to its file. Fields that are not of these
// names are left out.
func (c *Call) ReadUpload(file string, names ...string) (*Upload, error) {
	bad := &Problem{Status: http.StatusBadRequest, Code: "BAD_FORM", Message: errUpload.Error()}
	parts, err := c.R.MultipartReader()
	if err != nil {
		return nil, bad
	}
	u := &Upload{Form: BlankForm(c, append(slices.Clone(names), file)...), call: c}
	for range uploadFieldsMax {
		part, err := parts.NextPart()
		if err != nil {
			return nil, bad
		}
		name := part.FormName()
		if name == file {
			u.file, u.Name = part, part.FileName()
			return u, nil
		}
		text, err := io.ReadAll(io.LimitReader(part, uploadFieldMax+1))
		if err != nil || len(text) > uploadFieldMax {
			return nil, bad
		}
		if slices.Contains(names, name) && len(text) > 0 {
			u.Form.Add(name, string(text))
		}
	}
	return nil, bad
}

// Send has the API take the file as the body of a request, with a query, and reads its
// answer into to. What the API does not take is a *Problem.
func (u *Upload) Send(method, path string, query url.Values, to any) error {
	c := u.call
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r := c.request(method, path, u.file)
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/octet-stream")
	a := &streamed{answer{header: make(http.Header), status: http.StatusOK}, c.W}
	c.Site.API.ServeHTTP(a, r)
	u.Drain()
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
	return json.Unmarshal(a.body.Bytes(), to)
}

// Drain reads what is left of the file, so that its sender sees the answer.
func (u *Upload) Drain() {
	control := http.NewResponseController(u.call.W)
	until := u.call.Site.Now().Add(drainPatience)
	_ = control.SetReadDeadline(until) // what can't have one is no network
	_ = control.SetWriteDeadline(until.Add(drainPatience))
	_, _ = io.Copy(io.Discard, io.LimitReader(u.file, drainMax)) // who is gone needs no answer
}

// streamed is an answer kept in memory, of which the deadlines are the connection's.
type streamed struct {
	answer
	w http.ResponseWriter
}

// Unwrap leads to the connection.
func (s *streamed) Unwrap() http.ResponseWriter { return s.w }
