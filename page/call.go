package page

import (
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
)

// Call is one request of a page, by somebody who is signed in unless Who is empty.
type Call struct {
	W    http.ResponseWriter
	R    *http.Request
	Site *Site
	Lang *Lang
	Who  Who
	// Header is what requests to the API carry besides; nil is nothing.
	Header http.Header

	session session
	frame   Frame
}

// Errors of pages, beside those of the API.
var (
	ErrNotFound = errors.New("no such page")
	errForeign  = errors.New("form of another site, or of another session")
)

// formMax bounds forms that are not files, in bytes.
const formMax = 256 << 10

// place makes a pattern below Base one of the whole site.
func place(pattern string) string {
	method, path, _ := strings.Cut(pattern, " ")
	return method + " " + Base + path
}

// open serves somebody who need not have signed in.
func (s *Site) open(h Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &Call{W: w, R: r, Site: s, Lang: s.views.lang(r)}
		c.frame.Brand = s.Brands.At(r.Host)
		c.harden()
		defer c.recover()
		if err := h(c); err != nil {
			c.fail(err)
		}
	}
}

// signedIn lets only those through who have signed in, and only forms of their own.
func (s *Site) signedIn(h Handler) Handler {
	return func(c *Call) error {
		err := s.enter(c)
		switch {
		case errors.Is(err, errNoSession) || errors.Is(err, auth.ErrUnauthorized):
			return c.askToSignIn()
		case err != nil:
			return err
		}
		if !isSafe(c.R.Method) {
			if err := c.checkForm(); err != nil {
				return err
			}
		}
		return h(c)
	}
}

func isSafe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// enter finds the session, and whether who it is of may still come in.
func (s *Site) enter(c *Call) error {
	cookie, err := c.R.Cookie(s.sessionCookie())
	if err != nil {
		return errNoSession
	}
	if c.session, err = s.sessions.find(c.R.Context(), cookie.Value); err != nil {
		return err
	}
	if err := s.Recall(c.R, c.session.Who); err != nil {
		return err
	}
	c.Who = c.session.Who
	c.frame, err = s.Describe(c.R.Context(), c.Who)
	return err
}

// askToSignIn leads to the sign-in form, and from there back to the page.
func (c *Call) askToSignIn() error {
	to := Base + "/sign-in"
	if isSafe(c.R.Method) && c.R.Header.Get("Accept") != "text/event-stream" {
		to += "?" + url.Values{"next": {c.R.URL.RequestURI()}}.Encode()
	}
	http.Redirect(c.W, c.R, to, http.StatusSeeOther)
	return nil
}

// checkForm reads a form and checks that it is of this session. A form with files has
// its token in the address, so that the files can be read by whom they are for.
func (c *Call) checkForm() error {
	token := c.R.URL.Query().Get("csrf")
	if kind, _, _ := mime.ParseMediaType(c.R.Header.Get("Content-Type")); kind != "multipart/form-data" {
		c.R.Body = http.MaxBytesReader(c.W, c.R.Body, formMax)
		if err := c.R.ParseForm(); err != nil {
			return &Problem{Status: http.StatusBadRequest, Code: "BAD_FORM", Message: err.Error()}
		}
		token = c.R.PostForm.Get("csrf")
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(c.session.Token)) != 1 {
		return errForeign
	}
	return nil
}

// Form returns a field of the form that was sent, without blanks around it.
func (c *Call) Form(field string) string { return strings.TrimSpace(c.R.PostForm.Get(field)) }

// Query returns a field of the address, without blanks around it.
func (c *Call) Query(field string) string { return strings.TrimSpace(c.R.URL.Query().Get(field)) }

// Brand is whose name the page is under, or nil.
func (c *Call) Brand() *brand.Brand { return c.frame.Brand }

// Done leads to a page below Base after a form has done what it is for. The page says
// so with the text of key "done.<what>", unless what is empty.
func (c *Call) Done(path, what string) error {
	to, err := url.Parse(Base + path)
	if err != nil {
		return err
	}
	if what != "" {
		query := to.Query()
		query.Set("done", what)
		to.RawQuery = query.Encode()
	}
	http.Redirect(c.W, c.R, to.String(), http.StatusSeeOther)
	return nil
}

// harden sets the headers that every answer has.
func (c *Call) harden() {
	h := c.W.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language, Cookie")
	if c.R.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (c *Call) recover() {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	c.Site.Log.ErrorContext(c.R.Context(), "page failed", "panic", p, "route", c.R.Pattern)
	c.problem(http.StatusInternalServerError, "problem.internal", "")
}

// fail shows what went wrong.
func (c *Call) fail(err error) {
	var p *Problem
	switch {
	case errors.As(err, &p) && p.Status < http.StatusInternalServerError:
		c.problem(p.Status, c.problemKey(p), p.Message)
	case errors.Is(err, ErrNotFound):
		c.problem(http.StatusNotFound, "problem.notfound", "")
	case errors.Is(err, errForeign):
		c.problem(http.StatusForbidden, "problem.foreign", "")
	case errors.As(err, &p) && p.Status == http.StatusServiceUnavailable, errors.Is(err, book.ErrUnavailable):
		c.W.Header().Set("Retry-After", "1")
		c.problem(http.StatusServiceUnavailable, "problem.unavailable", "")
	case c.R.Context().Err() != nil: // nobody is there any more
	default:
		c.Site.Log.ErrorContext(c.R.Context(), "page failed", "error", err, "route", c.R.Pattern)
		c.problem(http.StatusInternalServerError, "problem.internal", "")
	}
}

// problemKey is the text for a problem's code, or for any problem of its status.
func (c *Call) problemKey(p *Problem) string {
	if key := "problem." + p.Code; c.Lang.has(key) {
		return key
	}
	if p.Status == http.StatusNotFound {
		return "problem.notfound"
	}
	return "problem.refused"
}

func (c *Call) problem(status int, key, detail string) {
	err := c.render(status, "problem", c.Lang.T("problem.title"), struct{ Text, Detail string }{c.Lang.T(key), detail})
	if err != nil {
		c.Site.Log.ErrorContext(c.R.Context(), "page failed", "error", err, "route", c.R.Pattern)
		http.Error(c.W, "internal error", http.StatusInternalServerError)
	}
}

// foreign answers what another site's page has sent.
func (s *Site) foreign(w http.ResponseWriter, r *http.Request) {
	s.open(func(*Call) error { return errForeign })(w, r)
}

// Pass lets the API answer to the page's reader in the API's own words: for files and
// streams. The query is the API's; headers of the request go along.
func (c *Call) Pass(method, path string, body io.Reader) {
	r := c.request(method, path, body)
	for _, name := range []string{"Accept", "Content-Type", "Last-Event-ID", "If-None-Match"} {
		if value := c.R.Header.Get(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	r.ContentLength = c.R.ContentLength
	c.Site.API.ServeHTTP(c.W, r)
}
