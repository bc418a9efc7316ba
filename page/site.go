package page

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
)

// Base is the path under which all pages are.
const Base = "/dashboard"

// Who is somebody who has signed in.
type Who struct {
	auth.Identity // whom the pages speak for; without an account on the operator's pages
	// Proof stands for what was shown at sign-in, where that is not a credential:
	// who has signed in with a token that was changed since is not let in any more.
	Proof string
}

// Config is what a site takes. Fields without a default are required.
type Config struct {
	// Name tells this site's cookies from those of others on the same host.
	Name string
	// API is asked for all that the pages show and do.
	API http.Handler
	// Enter tells who signs in with a form's fields. What is wrong with them matches
	// auth.ErrUnauthorized or is an error of package auth about certificates.
	Enter func(r *http.Request, form url.Values) (Who, error)
	// Recall tells whether who has signed in may still come in.
	Recall func(r *http.Request, who Who) error
	// As returns a context in which API answers to who.
	As func(ctx context.Context, who Who) context.Context
	// Describe tells what the frame of a page says about who is signed in.
	Describe func(ctx context.Context, who Who) (Frame, error)
	// Banners are shown above each page; nil shows none.
	Banners func(c *Call) []Banner
	// Fields are the sign-in form's.
	Fields []Field
	// Nav lists the pages that each page leads to.
	Nav []Link

	// Templates are the pages, beside those of this package: *.html, each of which
	// defines "content".
	Templates fs.FS
	// Texts are the site's own words, beside those of this package: one flat object in
	// JSON for each language, as in pt-BR.json.
	Texts fs.FS

	Brands *brand.Set
	Book   *book.Book
	Reader book.Reader
	// NewSecret draws what a session is known by: printable, and not to be guessed.
	NewSecret func() (string, error)
	Now       func() time.Time
	Log       *slog.Logger
}

// Frame is what stands around a page.
type Frame struct {
	Brand *brand.Brand // nil for the house
	Title string       // who is signed in
	// TitleKey is the key of a text to stand for Title; or empty.
	TitleKey string
	Detail   string // which account
	Tag      string // key of a short text, as for an account of play money; or empty
}

// Banner is a message above a page.
type Banner struct {
	Grave bool
	Text  string // in the page's language
	Path  string // where there is more about it, below Base
}

// Field is one of the sign-in form's.
type Field struct {
	Name   string // of the input
	Label  string // key of its label
	Secret bool
}

// Link is a page that the navigation leads to.
type Link struct {
	Path  string // below Base, as in "/statement"
	Label string // key of its text
}

// Site serves pages.
type Site struct {
	Config
	sessions sessions
	views    views
	colors   map[string]string // style sheets by brand
	origins  *http.CrossOriginProtection
	mux      http.ServeMux
	tries    tries
}

// New returns a site without pages of its own yet.
func New(c Config) (*Site, error) {
	s := &Site{Config: c, origins: http.NewCrossOriginProtection()}
	s.sessions = sessions{book: c.Book, reader: c.Reader, newSecret: c.NewSecret, now: c.Now}
	var err error
	if s.views, err = newViews(c.Templates, c.Texts); err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	s.views.languageCookie = s.preferenceCookie("language")
	s.colors = make(map[string]string)
	for _, b := range c.Brands.All() {
		s.colors[b.ID] = colorSheet(b.Color)
	}
	s.colors[""] = colorSheet("")
	s.origins.SetDenyHandler(http.HandlerFunc(s.foreign))
	s.routes()
	return s, nil
}

// Handler serves the pages: everything below Base.
func (s *Site) Handler() http.Handler { return s.origins.Handler(&s.mux) }

func (s *Site) routes() {
	s.mux.HandleFunc("GET "+Base+"/static/{file}", serveStatic)
	s.mux.HandleFunc("GET "+Base+"/brand/{id}", s.serveColors)
	s.mux.HandleFunc("GET "+Base+"/sign-in", s.open(s.showSignIn))
	s.mux.HandleFunc("POST "+Base+"/sign-in", s.open(s.signIn))
	s.mux.HandleFunc("POST "+Base+"/preferences", s.open(s.prefer))
	s.Handle("POST /sign-out", s.signOut)
	s.Handle("POST /sign-out-everywhere", s.signOutEverywhere)
	s.mux.HandleFunc("GET "+Base+"/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, Base, http.StatusSeeOther)
	})
	s.mux.HandleFunc("/", s.open(func(c *Call) error { return ErrNotFound }))
}

// Handler is a page, or what a form of it does. What it returns is shown on a page of
// its own, unless it has answered already.
type Handler func(c *Call) error

// Handle serves a pattern, as in "GET /statement" for what is below Base, to those who
// have signed in. The first page is "GET ".
func (s *Site) Handle(pattern string, h Handler) {
	s.mux.HandleFunc(place(pattern), s.open(s.signedIn(h)))
}
