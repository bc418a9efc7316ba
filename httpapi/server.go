// Package httpapi is the public JSON API of the merchants: the contract, field
// by field. It translates between the wire's words and the core's, and knows
// nothing of how money is kept.
package httpapi

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/alert"
	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/watch"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// Config is what the API takes. Every field without a default is required.
type Config struct {
	Book   *book.Book
	Reader book.Reader
	Auth   *auth.Authority
	Brands *brand.Set
	// Webhooks tells accounts what happens on them.
	Webhooks *webhook.Courier
	// Watch wakes the streams of balances.
	Watch *watch.Hub
	// Alerts tells accounts of alerts on channels that are not webhooks.
	Alerts *alert.Desk
	// Reconciliations matches statements of others against the ledger.
	Reconciliations *reconcile.Desk
	// Reports gives out daily reports.
	Reports *report.Desk
	// Sandbox plays what others do with sandbox accounts.
	Sandbox Sandbox
	// Rail carries what accounts order that are not sandbox accounts.
	Rail pix.Topic
	// ISPB is the institution's participant code, part of every end-to-end id.
	ISPB pixid.ISPB
	// LocationBase is where payers' banks find charges, without scheme; empty
	// uses the request's host.
	LocationBase string
	// CertificateProxies may tell a client's certificate in X-SSL-Client-Cert.
	CertificateProxies []netip.Prefix
	// OAuthWithoutCertificate lets POST /oauth/token do without a certificate.
	OAuthWithoutCertificate bool
	// BindTokens asks for the client's certificate on every call, whatever the
	// brand says.
	BindTokens bool

	NewUUID func() [16]byte
	Now     func() time.Time
	Log     *slog.Logger
}

// Server is the public API.
type Server struct {
	Config
	respond    wire.Responder
	resends    limiter
	alertTests limiter
	// dictRunning are the transfers of the Bacen family that are being made.
	dictRunning running
	// histories has a place taken for each history that is being made.
	histories chan struct{}

	streamBeat, streamPatience time.Duration
	extracts                   places // of statements of account that are being read

	bindsSome       bool // whether any brand's tokens are bound to certificates
	speaksForItself bool // whether any brand has messages of its own
}

// New returns the public API.
func New(c Config) *Server {
	s := &Server{Config: c, bindsSome: bindsSome(&c), speaksForItself: hasMessages(c.Brands)}
	s.resends.perMinute, s.alertTests.perMinute = resendsMax, alertTestsMax
	s.histories = make(chan struct{}, historiesMax)
	s.streamBeat, s.streamPatience = streamBeat, streamPatience
	s.respond = wire.Responder{
		Translate: translate, NewID: func() string { return uuid.UUID(c.NewUUID()).String() }, Now: c.Now, Log: c.Log,
		UserMessage: s.userMessage,
	}
	return s
}

// Handler returns the handler of the whole public listener.
func (s *Server) Handler() http.Handler { return s.routes() }

// Routes lists method and path of everything that the API serves.
func (s *Server) Routes() []string { return s.routes().Routes() }
