package saldotest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
)

// listeners are all listeners that tests have started, by host and port.
var listeners sync.Map

// listener is where a document holds.
type listener struct {
	*document
	seen sync.Map // operation and status of all answers, as "POST /path 201"
}

// describe makes calls to the process's listeners be held against their
// documents.
func (p *Process) describe() {
	for address, d := range map[string]*document{p.URL: publicDocument(), p.OperatorURL: houseDocument()} {
		if u, err := url.Parse(address); err == nil {
			listeners.Store(u.Host, &listener{document: d})
		}
	}
}

// checked is a transport that holds every answer against the OpenAPI document
// of the listener that gave it, and every request that was granted.
type checked struct {
	t    testing.TB
	next http.RoundTripper
	told sync.Map // what the test was failed for, so that it is told once
}

func newHTTP(t testing.TB) *http.Client {
	return &http.Client{Transport: &checked{t: t, next: &http.Transport{MaxIdleConnsPerHost: 128}}}
}

// RoundTrip fails the test when something does not fit, and returns the answer
// as it came.
func (c *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	found, ok := listeners.Load(r.URL.Host)
	if !ok {
		return c.next.RoundTrip(r)
	}
	var sent []byte // nil if it can be read once only
	if r.GetBody != nil || r.Body == nil {
		sent = []byte{}
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			sent, _ = io.ReadAll(body)
		}
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return response, err
	}
	if response.Header.Get("Content-Type") == "text/event-stream" { // without an end
		if wrong := found.(*listener).check(r, sent, response, nil); wrong != nil {
			c.complain(r, sent, response.StatusCode, nil, wrong)
		}
		return response, nil
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil { // cut off
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		return response, nil
	}
	if wrong := found.(*listener).check(r, sent, response, body); wrong != nil {
		c.complain(r, sent, response.StatusCode, body, wrong)
	}
	return response, nil
}

// complain fails the test, once for each operation and status.
func (c *checked) complain(r *http.Request, sent []byte, status int, body []byte, wrong error) {
	what := fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, status)
	if _, told := c.told.LoadOrStore(what, true); told {
		return
	}
	c.t.Errorf("%s %s with %.300s\nis answered %d %.700s\nwhich does not fit its document: %v",
		r.Method, r.URL.RequestURI(), sent, status, body, wrong)
}

// failing is the rest of a body that broke off.
type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func (d *listener) check(r *http.Request, sent []byte, response *http.Response, body []byte) error {
	status := response.StatusCode
	if status == http.StatusRequestHeaderFieldsTooLarge {
		return nil // refused before any API saw it
	}
	o, ok := d.operation(r)
	if !ok {
		if status != http.StatusNotFound && status != http.StatusUnauthorized {
			return fmt.Errorf("the operation is not documented")
		}
		return nil
	}
	d.seen.Store(fmt.Sprintf("%s %d", o.pattern, status), true)
	if err := d.checkAnswer(o, status, response.Header, body); err != nil {
		return err
	}
	if status >= 300 {
		return nil
	}
	if err := d.checkRequest(o, r); err != nil {
		return fmt.Errorf("the request was granted: %w", err)
	}
	if sent == nil {
		return nil
	}
	if err := d.checkBody(o, r.Header.Get("Content-Type"), sent); err != nil {
		return fmt.Errorf("the request was granted: %w", err)
	}
	return nil
}

// Seen tells whether a listener of the process has answered an operation, such as
// "POST /api/pix/cash-in", with a status.
func (p *Process) Seen(route string, status int) bool {
	for _, address := range []string{p.URL, p.OperatorURL} {
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		if found, ok := listeners.Load(u.Host); ok {
			if _, seen := found.(*listener).seen.Load(fmt.Sprintf("%s %d", route, status)); seen {
				return true
			}
		}
	}
	return false
}
