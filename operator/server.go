// Package operator is the JSON API of the institution itself: it opens accounts,
// issues credentials, puts holds, tells what the rail did, and watches. It has a
// listener and a token of its own.
package operator

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// Config is what the API takes. Every field is required.
type Config struct {
	Book   *book.Book
	Reader book.Reader
	Auth   *auth.Authority
	Brands *brand.Set
	Token  auth.OperatorToken
	// Webhooks tells accounts what happens on them.
	Webhooks *webhook.Courier
	// Reports gives out daily reports.
	Reports *report.Desk
	// Rail carries the orders of accounts that are not sandbox accounts.
	Rail pix.Topic
	// ISPB is the institution's participant code, which statements name.
	ISPB pixid.ISPB
	// Ready tells why the server can't serve yet, or nil.
	Ready func(context.Context) error
	// Metrics answers GET /metrics.
	Metrics http.Handler
	// Nodes tells of all nodes.
	Nodes func(context.Context) ([]Node, error)
	// Topics are those of the outbox that are worked off.
	Topics []pix.Topic

	NewAccountNumber func() uint64 // at random, for accounts
	NewUUID          func() [16]byte
	Now              func() time.Time
	Log              *slog.Logger
}

// Server is the operator's API.
type Server struct {
	Config
	respond wire.Responder

	// Answers that look at much, and are kept for some seconds.

	totals  *kept[houseResponse]
	holds   *kept[holdsSummary]
	backlog *kept[[]backlogResponse]
	// houseReports is held while a report of the house is being made.
	houseReports sync.Mutex
}

// New returns the operator's API.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.totals, s.holds = newKept(c.Now, s.findTotals), newKept(c.Now, s.findHolds)
	s.backlog = newKept(c.Now, s.findBacklog)
	s.respond = wire.Responder{
		Translate: translate, NewID: func() string { return uuid.UUID(c.NewUUID()).String() }, Now: c.Now, Log: c.Log,
	}
	return s
}

// Handler returns the handler of the whole operator listener.
func (s *Server) Handler() http.Handler { return s.routes() }

// Routes lists method and path of everything that the API serves.
func (s *Server) Routes() []string { return s.routes().Routes() }

// routes is the map of the operator's API.
func (s *Server) routes() *wire.Mux {
	mux := new(wire.Mux)
	handle := func(pattern string, h wire.Handler) { mux.HandleFunc(pattern, s.respond.Handle(s.operatorOnly(h))) }

	handle("POST /accounts", s.openAccount)
	handle("GET /accounts", s.listAccounts)
	handle("GET /accounts/{id}", s.showAccount)
	handle("PATCH /accounts/{id}", s.changeAccount)
	handle("POST /accounts/{id}/credentials", s.createCredential)
	handle("GET /accounts/{id}/credentials", s.listCredentials)
	handle("DELETE /credentials/{clientId}", s.deleteCredential)
	handle("POST /accounts/{id}/certificates", s.bindCertificate)
	handle("GET /accounts/{id}/certificates", s.listCertificates)
	handle("DELETE /accounts/{id}/certificates/{fingerprint}", s.unbindCertificate)
	handle("GET /brands", s.listBrands)
	handle("GET /brands/{id}", s.showBrand)
	handle("GET /accounts/{id}/statement", s.extract)
	handle("GET /accounts/{id}/report", s.accountReport)
	handle("GET /report", s.houseReport)
	handle("POST /accounts/{id}/holds", s.placeHold)
	handle("GET /accounts/{id}/holds", s.listHolds)
	handle("GET /holds", s.dueHolds)
	handle("GET /holds/summary", s.summarizeHolds)
	handle("GET /holds/{id}", s.showHold)
	handle("POST /holds/{id}/capture", s.captureHold)
	handle("POST /holds/{id}/release", s.releaseHold)
	handle("GET /accounts/{id}/webhooks", s.listWebhooks)
	handle("PATCH /accounts/{id}/webhooks", s.setWebhookSettings)
	handle("PUT /accounts/{id}/webhooks/{event}", s.setWebhook)
	handle("DELETE /accounts/{id}/webhooks/{event}", s.deleteWebhook)
	handle("POST /accounts/{id}/webhooks/{event}/secret", s.rotateSecret)
	handle("POST /accounts/{id}/webhooks/{event}/test", s.testWebhook)
	handle("GET /deliveries/{id}", s.deliveries)
	handle("GET /dead-letters", s.deadLetters)
	handle("POST /dead-letters/{id}/replay", s.replayDeadLetter)
	handle("DELETE /dead-letters/{id}", s.discardDeadLetter)
	handle("POST /accounts/{id}/dead-letters/replay", s.replayDeadLetters)
	handle("POST /rail/events", s.railEvents)
	handle("GET /rail/orders", s.railOrders)
	handle("GET /med", s.listCases)
	handle("GET /suspense", s.suspense)
	handle("POST /suspense/{id}/resolve", s.resolveSuspense)
	handle("GET /trial-balance", s.trialBalance)
	handle("GET /house", s.house)
	handle("GET /nodes", s.showNodes)
	handle("GET /metrics", func(w http.ResponseWriter, r *http.Request) error {
		s.Metrics.ServeHTTP(w, r)
		return nil
	})
	handle("GET /openapi.json", openapiJSON)
	handle("GET /openapi.yaml", openapiYAML)
	handle("/", nothingHere)
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", s.respond.Handle(s.readyz))
	return mux
}

// operatorKey is the key of a context's value by which requests of our own pages tell
// that they are the operator's.
type operatorKey struct{}

// As returns a context in which requests without a token are the operator's. Requests
// from outside can't carry it.
func As(ctx context.Context) context.Context { return context.WithValue(ctx, operatorKey{}, true) }

// operatorOnly lets only the holder of the operator's token through.
func (s *Server) operatorOnly(h wire.Handler) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if r.Context().Value(operatorKey{}) != nil {
			return h(w, r)
		}
		if !isBearer || !s.Token.Matches(token) {
			return &wire.Problem{
				Status: http.StatusUnauthorized, Code: "UNAUTHORIZED", Message: "operator token is missing or wrong",
				UserMessage: "Não autorizado.", Challenge: "Bearer",
			}
		}
		return h(w, r)
	}
}

func nothingHere(_ http.ResponseWriter, r *http.Request) error {
	return &wire.Problem{
		Status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no " + r.Method + " on this path",
		UserMessage: "Recurso não encontrado.",
	}
}

func healthz(w http.ResponseWriter, _ *http.Request) {
	wire.WriteRaw(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

// readyz tells whether a balancer may send requests here.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if err := s.Ready(r.Context()); err != nil {
		return &wire.Problem{
			Status: http.StatusServiceUnavailable, Code: "NOT_READY", Message: "not ready: " + err.Error(),
			UserMessage: "Serviço indisponível.", RetryAfter: time.Second,
		}
	}
	wire.WriteRaw(w, http.StatusOK, []byte(`{"status":"ready"}`))
	return nil
}
