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
	{Path: "/accounts", Label: "nav.accounts"},
	{Path: "/orders", Label: "nav.orders"},
	{Path: "/suspense", Label: "nav.suspense"},
	{Path: "/holds", Label: "nav.holds"},
	{Path: "/med", Label: "nav.med"},
	{Path: "/dead-letters", Label: "nav.letters"},
	{Path: "/trial-balance", Label: "nav.trial"},
	{Path: "/report", Label: "nav.report"},
	{Path: "/nodes", Label: "nav.nodes"},
}

// routes is the map of the pages.
func (o *Console) routes() {
	handle := o.site.Handle
	handle("GET ", o.house)
	handle("GET /trial-balance", o.trialBalance)
	handle("GET /orders", o.orders)
	handle("GET /nodes", o.nodes)
	handle("GET /suspense", o.suspense)
	handle("GET /suspense/{id}", o.suspenseItem)
	handle("POST /suspense/{id}", o.resolveSuspense)
	handle("GET /holds", o.holds)
	handle("GET /holds/{id}", o.hold)
	handle("POST /holds/{id}/capture", o.captureHold)
	handle("POST /holds/{id}/release", o.releaseHold)
	handle("GET /med", o.med)
	handle("GET /dead-letters", o.deadLetters)
	handle("POST /dead-letters/{id}/replay", o.replayLetter)
	handle("POST /dead-letters/{id}/discard", o.discardLetter)
	handle("GET /report", o.houseReport)
	handle("GET /report/file", o.houseReportFile)
	o.accountRoutes()
}

// accountRoutes are the pages of accounts.
func (o *Console) accountRoutes() {
	handle := o.site.Handle
	handle("GET /accounts", o.accounts)
	handle("GET /accounts/new", o.newAccount)
	handle("POST /accounts/new", o.openAccount)
	handle("GET /accounts/{id}", o.account)
	handle("GET /accounts/{id}/settings", o.settings)
	handle("POST /accounts/{id}/settings", o.changeSettings)
	handle("GET /accounts/{id}/holds", o.accountHolds)
	handle("GET /accounts/{id}/holds/new", o.newHold)
	handle("POST /accounts/{id}/holds/new", o.placeHold)
	handle("GET /accounts/{id}/access", o.access)
	handle("GET /accounts/{id}/credentials/new", o.newCredential)
	handle("POST /accounts/{id}/credentials/new", o.createCredential)
	handle("POST /accounts/{id}/credentials/{client}/delete", o.deleteCredential)
	handle("GET /accounts/{id}/certificates/new", o.newCertificate)
	handle("POST /accounts/{id}/certificates/new", o.bindCertificate)
	handle("POST /accounts/{id}/certificates/{fingerprint}/delete", o.unbindCertificate)
	handle("GET /accounts/{id}/telling", o.telling)
	handle("POST /accounts/{id}/telling", o.changeTelling)
	handle("GET /accounts/{id}/webhooks", o.webhooks)
	handle("GET /accounts/{id}/webhooks/{event}", o.webhook)
	handle("POST /accounts/{id}/webhooks/{event}", o.setWebhook)
	handle("POST /accounts/{id}/webhooks/{event}/secret", o.rotateSecret)
	handle("POST /accounts/{id}/webhooks/{event}/test", o.testWebhook)
	handle("POST /accounts/{id}/webhooks/{event}/delete", o.deleteWebhook)
	handle("POST /accounts/{id}/dead-letters/replay", o.replayLetters)
	handle("GET /accounts/{id}/statement", o.statement)
	handle("GET /accounts/{id}/report", o.accountReport)
	handle("GET /accounts/{id}/report/file", o.accountReportFile)
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

func describe(context.Context, page.Who) (page.Frame, error) {
	return page.Frame{TitleKey: "frame.operator"}, nil
}
