// Package console is the institution's own pages, on the operator's listener: accounts,
// totals, what waits to be solved. It shows what the operator's API answers and does what
// that does, in the name of who has shown the operator's token.
package console

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/page"
)

//go:embed templates/*.html text/*.json
var files embed.FS

// Config is what the pages take. Every field is required.
type Config struct {
	// API is the operator's API, and As lets the pages ask it.
	API http.Handler
	As  func(context.Context) context.Context
	// Token is what the operator signs in with.
	Token auth.OperatorToken

	Brands    *brand.Set
	Book      *book.Book
	Reader    book.Reader
	NewSecret func() (string, error)
	Now       func() time.Time
	Log       *slog.Logger
}

// Console is the operator's pages.
type Console struct {
	Config
	site *page.Site
}

// New returns the pages.
func New(c Config) (*Console, error) {
	o := &Console{Config: c}
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, err
	}
	texts, err := fs.Sub(files, "text")
	if err != nil {
		return nil, err
	}
	o.site, err = page.New(page.Config{
		Name: "saldo-operator", API: c.API, Enter: o.enter, Recall: o.recall, As: o.as, Describe: describe,
		Fields: []page.Field{{Name: "token", Label: "signin.token", Secret: true}},
		Nav:    nav, Templates: templates, Texts: texts, Brands: c.Brands, Book: c.Book, Reader: c.Reader,
		NewSecret: c.NewSecret, Now: c.Now, Log: c.Log,
	})
	if err != nil {
		return nil, err
	}
	o.routes()
	return o, nil
}

// Handler serves the pages: everything below page.Base.
func (o *Console) Handler() http.Handler { return o.site.Handler() }

// nav is what every page leads to.
var nav = []page.Link{
	{Path: "", Label: "nav.house"},
}

// routes is the map of the pages.
func (o *Console) routes() {
	o.site.Handle("GET ", o.house)
}

// enter lets in who knows the operator's token. What is kept of it is only good for
// telling that it is still the same.
func (o *Console) enter(_ *http.Request, form url.Values) (page.Who, error) {
	if !o.Token.Matches(form.Get("token")) {
		return page.Who{}, auth.ErrBadCredentials
	}
	return page.Who{
		Identity: auth.Identity{ClientID: "operator", ExpiresAt: o.Now().Add(page.Lifetime())}, Proof: o.proof(),
	}, nil
}

// recall lets in who has shown the token that is still the operator's.
func (o *Console) recall(_ *http.Request, who page.Who) error {
	if subtle.ConstantTimeCompare([]byte(who.Proof), []byte(o.proof())) != 1 {
		return auth.ErrTokenRevoked
	}
	return nil
}

// proof stands for the operator's token in sessions: it changes with the token, and
// tells nothing of it.
func (o *Console) proof() string {
	mark := o.Token.Mark()
	sum := sha256.Sum256(append([]byte("saldo session of "), mark[:]...))
	return hex.EncodeToString(sum[:])
}

func (o *Console) as(ctx context.Context, _ page.Who) context.Context { return o.As(ctx) }

func describe(context.Context, page.Who) (page.Frame, error) { return page.Frame{}, nil }
