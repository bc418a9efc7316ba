package page

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/auth"
)

// The cookies. All are of this host alone and travel over TLS only; browsers take them
// over plain HTTP from this very machine.
func (s *Site) sessionCookie() string { return "__Host-" + s.Name }

func (s *Site) preferenceCookie(what string) string { return "__Host-" + s.Name + "-" + what }

func (c *Call) setCookie(name, value string, age time.Duration) {
	http.SetCookie(c.W, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(age / time.Second), Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// signInView is what the sign-in page shows.
type signInView struct {
	Fields []Field
	Next   string
	First  string // what was typed into the first field
	Error  string
}

func (s *Site) showSignIn(c *Call) error {
	if s.enter(c) == nil {
		return c.Done("", "")
	}
	c.Who, c.frame = Who{}, Frame{Brand: s.Brands.At(c.R.Host)}
	return c.Render("sign-in", c.Lang.T("signin.title"), signInView{Fields: s.Fields, Next: c.Query("next")})
}

// signIn begins a session for who shows the right things.
func (s *Site) signIn(c *Call) error {
	c.R.Body = http.MaxBytesReader(c.W, c.R.Body, formMax)
	if err := c.R.ParseForm(); err != nil {
		return &Problem{Status: http.StatusBadRequest, Code: "BAD_FORM", Message: err.Error()}
	}
	if !s.tries.take(s.typed(c), s.Now()) {
		return s.refuse(c, http.StatusTooManyRequests, "signin.slow")
	}
	who, err := s.Enter(c.R, c.R.PostForm)
	switch {
	case errors.Is(err, auth.ErrCertificateMissing):
		return s.refuse(c, http.StatusUnauthorized, "signin.certificate.missing")
	case errors.Is(err, auth.ErrCertificateMalformed), errors.Is(err, auth.ErrCertificateUnbound),
		errors.Is(err, auth.ErrCertificateMismatch), errors.Is(err, auth.ErrCertificateExpired),
		errors.Is(err, auth.ErrCertificateEarly):
		return s.refuse(c, http.StatusUnauthorized, "signin.certificate.wrong")
	case errors.Is(err, auth.ErrUnauthorized):
		return s.refuse(c, http.StatusUnauthorized, "signin.wrong")
	case err != nil:
		return err
	}
	secret, err := s.sessions.begin(c.R.Context(), who)
	if err != nil {
		return err
	}
	c.setCookie(s.sessionCookie(), secret, sessionLifetime)
	http.Redirect(c.W, c.R, ownPath(c.Form("next")), http.StatusSeeOther)
	return nil
}

// Lifetime is how long somebody who signs in stays so.
func Lifetime() time.Duration { return sessionLifetime }

// refuse shows the sign-in form again, and why.
func (s *Site) refuse(c *Call, status int, key string) error {
	return c.render(status, "sign-in", c.Lang.T("signin.title"), signInView{
		Fields: s.Fields, Next: c.Form("next"), First: s.typed(c), Error: c.Lang.T(key),
	})
}

// typed is the name under which somebody tries to sign in; empty where there is none.
func (s *Site) typed(c *Call) string {
	if s.Fields[0].Secret {
		return ""
	}
	name := c.Form(s.Fields[0].Name)
	return name[:min(len(name), nameMax)]
}

// ownPath is path if it is of these pages, so that nobody is led elsewhere.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || strings.Contains(path, "\\") ||
		u.Path != Base && !strings.HasPrefix(u.Path, Base+"/") {
		return Base
	}
	return u.RequestURI()
}

func (s *Site) signOut(c *Call) error {
	if err := s.sessions.end(c.R.Context(), c.session); err != nil {
		return err
	}
	return c.leave()
}

func (s *Site) signOutEverywhere(c *Call) error {
	if err := s.sessions.endAll(c.R.Context(), c.Who); err != nil {
		return err
	}
	return c.leave()
}

func (c *Call) leave() error {
	c.setCookie(c.Site.sessionCookie(), "", -time.Second)
	c.W.Header().Set("Clear-Site-Data", `"cache"`)
	return c.Done("/sign-in", "signout")
}

// preferenceAge is how long a browser remembers what its reader prefers.
const preferenceAge = 365 * 24 * time.Hour

// prefer remembers a language or a theme, for this browser.
func (s *Site) prefer(c *Call) error {
	c.R.Body = http.MaxBytesReader(c.W, c.R.Body, formMax)
	if err := c.R.ParseForm(); err != nil {
		return &Problem{Status: http.StatusBadRequest, Code: "BAD_FORM", Message: err.Error()}
	}
	if code := c.Form("language"); s.views.langs[code] != nil {
		c.setCookie(s.preferenceCookie("language"), code, preferenceAge)
	}
	if theme := c.Form("theme"); theme == "light" || theme == "dark" || theme == "auto" {
		c.setCookie(s.preferenceCookie("theme"), theme, preferenceAge)
	}
	http.Redirect(c.W, c.R, ownPath(c.Form("next")), http.StatusSeeOther)
	return nil
}

// tries bounds how often somebody may try to sign in under one name, on this node.
type tries struct {
	mu    sync.Mutex
	until time.Time
	count map[string]int // since a minute before until; guarded by mu
}

const (
	nameMax      = 255     // bytes
	triesMax     = 20      // a minute, under one name
	triesEachMax = 100_000 // names a minute
)

func (t *tries) take(name string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if left := t.until.Sub(now); t.count == nil || left <= 0 || left > time.Minute {
		t.count, t.until = make(map[string]int), now.Add(time.Minute)
	}
	if _, known := t.count[name]; !known && len(t.count) >= triesEachMax {
		return false
	}
	t.count[name]++
	return t.count[name] <= triesMax
}
