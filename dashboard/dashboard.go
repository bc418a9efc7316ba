// Package dashboard is the merchants' pages: what is in an account, how much of it is
// blocked and why, what happened and what is to be done. It shows what the API answers
// and does what the API does, in the name of who is signed in.
package dashboard

import (
	"context"
	"embed"
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
	// API is the merchants' API, As lets who is signed in ask it, SignIn and Recall are
	// its checks of who may.
	API    http.Handler
	As     func(context.Context, auth.Identity) context.Context
	SignIn func(r *http.Request, clientID string, secret auth.Secret, lifetime time.Duration) (auth.Identity, error)
	Recall func(r *http.Request, who auth.Identity) error

	Brands    *brand.Set
	Book      *book.Book
	Reader    book.Reader
	NewSecret func() (string, error)
	Now       func() time.Time
	Log       *slog.Logger
}

// Dashboard is the merchants' pages.
type Dashboard struct {
	Config
	site *page.Site
}

// New returns the pages.
func New(c Config) (*Dashboard, error) {
	d := &Dashboard{Config: c}
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, err
	}
	texts, err := fs.Sub(files, "text")
	if err != nil {
		return nil, err
	}
	d.site, err = page.New(page.Config{
		Name: "saldo", API: c.API, Enter: d.enter, Recall: d.recall, As: d.as, Describe: d.describe, Banners: d.banners,
		Fields: []page.Field{
			{Name: "clientId", Label: "signin.client"},
			{Name: "clientSecret", Label: "signin.secret", Secret: true},
		},
		Nav: nav, Templates: templates, Texts: texts, Brands: c.Brands, Book: c.Book, Reader: c.Reader,
		NewSecret: c.NewSecret, Now: c.Now, Log: c.Log,
	})
	if err != nil {
		return nil, err
	}
	d.routes()
	return d, nil
}

// Handler serves the pages: everything below page.Base.
func (d *Dashboard) Handler() http.Handler { return d.site.Handler() }

// nav is what every page leads to.
var nav = []page.Link{
	{Path: "", Label: "nav.overview"},
	{Path: "/statement", Label: "nav.statement"},
	{Path: "/charges", Label: "nav.charges"},
	{Path: "/payments/new", Label: "nav.pay"},
	{Path: "/blocked", Label: "nav.blocked"},
	{Path: "/alerts", Label: "nav.alerts"},
	{Path: "/reconciliations", Label: "nav.reconcile"},
	{Path: "/report", Label: "nav.report"},
	{Path: "/webhooks", Label: "nav.webhooks"},
	{Path: "/account", Label: "nav.account"},
}

// routes is the map of the pages.
func (d *Dashboard) routes() {
	d.accountRoutes()
	d.watchRoutes()
	d.site.Handle("GET ", d.overview)
	d.site.Handle("GET /balance/stream", func(c *page.Call) error {
		c.Pass(http.MethodGet, "/api/balance/stream", nil)
		return nil
	})
}

func (d *Dashboard) enter(r *http.Request, form url.Values) (page.Who, error) {
	id, err := d.SignIn(r, form.Get("clientId"), auth.Secret(form.Get("clientSecret")), page.Lifetime())
	return page.Who{Identity: id}, err
}

func (d *Dashboard) recall(r *http.Request, who page.Who) error { return d.Recall(r, who.Identity) }

func (d *Dashboard) as(ctx context.Context, who page.Who) context.Context {
	return d.As(ctx, who.Identity)
}

func (d *Dashboard) describe(ctx context.Context, who page.Who) (page.Frame, error) {
	profile, err := d.Reader.Profile(ctx, who.Account)
	if err != nil {
		return page.Frame{}, err
	}
	frame := page.Frame{Brand: d.Brands.OfIssuer(who.Issuer), Title: profile.Name, Detail: who.Account.String()}
	if profile.Sandbox {
		frame.Tag = "frame.sandbox"
	}
	return frame, nil
}
