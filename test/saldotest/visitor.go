package saldotest

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Visitor looks at pages as a browser does that runs no scripts. Its cookies travel over
// plain HTTP too, as browsers let them on this very machine.
type Visitor struct {
	URL     string // of the listener
	Header  http.Header
	Cookies map[string]string
}

// Visit returns a visitor who is not signed in anywhere.
func Visit(url string) *Visitor {
	return &Visitor{URL: url, Header: make(http.Header), Cookies: make(map[string]string)}
}

// Seen is a page, or where it leads.
type Seen struct {
	Status   int
	Header   http.Header
	Body     string
	Location string
}

// Get opens a page without following where it leads.
func (v *Visitor) Get(t testing.TB, path string) Seen {
	t.Helper()
	return v.do(t, http.MethodGet, path, nil)
}

// Post sends a form.
func (v *Visitor) Post(t testing.TB, path string, form url.Values) Seen {
	t.Helper()
	return v.do(t, http.MethodPost, path, form)
}

func (v *Visitor) do(t testing.TB, method, path string, form url.Values) Seen {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, v.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.send(t, r)
}

// send sends a request with the visitor's headers and cookies, and keeps those that come.
func (v *Visitor) send(t testing.TB, r *http.Request) Seen {
	t.Helper()
	maps.Copy(r.Header, v.Header)
	if host := v.Header.Get("Host"); host != "" {
		r.Host = host
	}
	for _, name := range slices.Sorted(maps.Keys(v.Cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: v.Cookies[name]})
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range answer.Cookies() {
		v.Cookies[cookie.Name] = cookie.Value
		if cookie.MaxAge < 0 {
			delete(v.Cookies, cookie.Name)
		}
	}
	return Seen{answer.StatusCode, answer.Header, string(raw), answer.Header.Get("Location")}
}

// SignIn signs in to the account's pages and fails the test if that does not work.
func (v *Visitor) SignIn(t testing.TB, a *Account) {
	t.Helper()
	seen := v.Post(t, "/dashboard/sign-in", url.Values{"clientId": {a.ClientID}, "clientSecret": {a.ClientSecret}})
	if seen.Status != http.StatusSeeOther || seen.Location != "/dashboard" {
		t.Fatalf("sign-in: %d to %q\n%s", seen.Status, seen.Location, seen.Body)
	}
}

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// Submit sends a form with the token that the page at from shows.
func (v *Visitor) Submit(t testing.TB, from, path string, form url.Values) Seen {
	t.Helper()
	page := v.Get(t, from)
	token := tokenField.FindStringSubmatch(page.Body)
	if token == nil {
		t.Fatalf("%s: %d without a form of the session", from, page.Status)
	}
	sent := url.Values{"csrf": {token[1]}}
	maps.Copy(sent, form)
	return v.Post(t, path, sent)
}
