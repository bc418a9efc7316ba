// Package server is one running Saldo: store, book, rails, both APIs and their
// listeners plugged together. It knows nothing of flags and files.
package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/saldo-pix/saldo/alert"
	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/httpapi"
	"github.com/saldo-pix/saldo/operator"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/rail/sandbox"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/watch"
	"github.com/saldo-pix/saldo/webhook"
)

// Store is all that a server keeps.
type Store interface {
	book.Store
	outbox.Store
	auth.Store
}

// Config is what a server takes. Fields without a default are required.
type Config struct {
	Store  Store
	Brands *brand.Set
	// Rail carries what accounts order that are not sandbox accounts.
	Rail          pix.Topic
	Adapter       Adapter
	ISPB          pixid.ISPB
	LocationBase  string
	TokenKeys     auth.Keys
	OperatorToken auth.Secret

	CertificateProxies      []netip.Prefix
	OAuthWithoutCertificate bool
	// BindTokens asks for the client's certificate on every call, whatever its brand.
	BindTokens bool

	Webhooks  Webhooks
	SMTP      SMTP
	Reports   Reports
	Reconcile Reconcile

	Version string // of the program, for who watches nodes
	// Node is the number of this node among all, up to 63. On PostgreSQL 0 takes a
	// free one, and any other is taken from whoever has it.
	Node int
	Book book.Options

	Now  func() time.Time
	Rand io.Reader // secure, and safe for concurrent use
	Log  *slog.Logger
}

// Server is one running Saldo.
type Server struct {
	Config
	Book     *book.Book
	Auth     *auth.Authority
	Courier  *webhook.Courier // tells accounts what happens on them
	Watch    *watch.Hub       // wakes who watches balances
	Alerts   *alert.Desk      // tells them of alerts, on other channels than webhooks
	Daily    *report.Desk     // gives out daily reports
	Matching *reconcile.Desk  // matches statements of others
	Public   http.Handler
	Operator http.Handler

	workers  []*outbox.Worker // of what commits leave to do
	play     *sandbox.Rail
	node     *postgres.Node // nil where the store is this process's own
	stopping atomic.Bool

	since      time.Time    // when it was plugged together
	lastCommit atomic.Int64 // when it last changed something, in microseconds of Unix time; 0 if never
}

// New plugs a server together. Run must be called for it to take effect.
func New(ctx context.Context, c Config) (*Server, error) {
	s := &Server{Config: c, since: c.Now()}
	if err := s.takeNode(ctx, &c.Node); err != nil {
		return nil, err
	}
	last, err := c.Store.LastID(ctx)
	if err != nil {
		return nil, fmt.Errorf("read last number: %w", err)
	}
	c.Book.Stripe, c.Book.Log = c.Node, c.Log
	if _, ok := c.Store.(Parallel); ok {
		c.Book.Stripe, c.Book.Stripes = c.Node*book.StripesPerNode, book.StripesPerNode
		c.Book.Linger, c.Book.LingerFrom = lingerMax, lingerFrom
	}
	c.Book.AfterCommit = func(b *pix.Books) {
		s.lastCommit.Store(s.Now().UnixMicro())
		for _, w := range s.workers {
			w.Committed(b)
		}
		s.Watch.Committed(b)
		s.Alerts.Committed(b)
	}
	s.plugWatch()
	s.Book = book.New(c.Store, book.NewIDs(c.Now, c.Node, last), c.Book)
	s.tellStatus()
	s.plugWorkers()
	s.plugReports()
	s.plugReconciliations()
	if err := s.plugWebhooks(); err != nil {
		return nil, err
	}

	tokens := auth.Options{
		Store: c.Store, Keys: c.TokenKeys, Now: c.Now, Rand: c.Rand, KnownIssuer: c.Brands.IsIssuer,
	}
	if s.node != nil {
		tokens.RecheckAfter = recheckAfter
	}
	s.Auth, err = auth.New(tokens)
	if err != nil {
		return nil, err
	}
	return s, s.plugAPIs()
}

// When commits wait for company on PostgreSQL: not longer than about a commit of a
// full batch takes there, and not where few are in flight.
const (
	lingerMax  = 10 * time.Millisecond
	lingerFrom = 24
)

// nodeLease is how long a node's number is its own after it was last heard of.
const nodeLease = 10 * time.Second

// recheckAfter is how long a node goes on taking a token of a credential that
// was deleted on another one.
const recheckAfter = time.Second

// takeNode takes a number among the nodes on one PostgreSQL store, after which
// no commit of a former holder can come. One folder has one node.
func (s *Server) takeNode(ctx context.Context, number *int) error {
	shared, ok := s.Store.(*postgres.Store)
	if !ok {
		return nil
	}
	if *number == 0 {
		*number = postgres.AnyNode
	}
	var err error
	if s.node, err = shared.TakeNode(ctx, *number, nodeLease); err != nil {
		return fmt.Errorf("take a node number: %w", err)
	}
	*number = s.node.Number
	s.Log.Info("node number taken", "node", *number)
	return nil
}

func (s *Server) plugAPIs() error {
	token, err := auth.NewOperatorToken(s.OperatorToken)
	if err != nil {
		return err
	}
	m := newMetrics(s)
	public := httpapi.New(httpapi.Config{
		Book: s.Book, Reader: s.Store, Auth: s.Auth, Brands: s.Brands, Rail: s.Rail, ISPB: s.ISPB, Webhooks: s.Courier,
		Watch: s.Watch, LocationBase: s.LocationBase, CertificateProxies: s.CertificateProxies,
		Sandbox: s.play, Alerts: s.Alerts, Reports: s.Daily, Reconciliations: s.Matching,
		OAuthWithoutCertificate: s.OAuthWithoutCertificate, BindTokens: s.BindTokens,
		NewUUID: s.newUUID, Now: s.Now, Log: s.Log,
	})
	pages, err := s.pages(public)
	if err != nil {
		return err
	}
	s.Public = m.instrument("public", withPages(pages, public.Handler()))
	house := operator.New(operator.Config{
		Book: s.Book, Reader: s.Store, Auth: s.Auth, Brands: s.Brands, Token: token, Rail: s.Rail, ISPB: s.ISPB,
		Ready: s.ready, Metrics: m.handler(), NewAccountNumber: s.newNumber, NewUUID: s.newUUID,
		Webhooks: s.Courier, Reports: s.Daily, Nodes: s.nodes, Topics: s.topics(), Now: s.Now, Log: s.Log,
	})
	own, err := s.consolePages(house, token)
	if err != nil {
		return err
	}
	s.Operator = m.instrument("operator", withPages(own, house.Handler()))
	return nil
}

var errStopping = errors.New("stopping")

// ready tells why a balancer should send requests elsewhere, or nil.
func (s *Server) ready(ctx context.Context) error {
	if s.stopping.Load() {
		return errStopping
	}
	_, err := s.Store.LastID(ctx)
	return err
}

// newUUID returns a random UUID (RFC 9562, version 4).
func (s *Server) newUUID() [16]byte {
	var u [16]byte
	if _, err := io.ReadFull(s.Rand, u[:]); err != nil {
		panic(err) // a source of randomness that fails is beyond repair
	}
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

func (s *Server) newNumber() uint64 {
	u := s.newUUID()
	return binary.BigEndian.Uint64(u[:8])&0xffff_ffff_ffff_0000 ^ binary.BigEndian.Uint64(u[8:])
}

// Listeners are where a server is asked. TLS, if any, is done by the listener.
type Listeners struct{ Public, Operator net.Listener }

// How long an orderly stop waits for requests in flight.
const stopPatience = 10 * time.Second

// Run serves until ctx ends, and then stops in order: no new requests, answers
// for those in flight, the workers, the book. It closes the listeners, not the
// store.
func (s *Server) Run(ctx context.Context, l Listeners) error {
	// The book outlives the APIs and the workers, which need it to the end.
	bookCtx, stopBook := context.WithCancel(context.WithoutCancel(ctx))
	bookDone := make(chan error, 1)
	go func() { bookDone <- s.Book.Run(bookCtx) }()

	group, ctx := errgroup.WithContext(ctx)
	for _, w := range s.workers {
		group.Go(func() error { return w.Run(ctx) })
	}
	group.Go(func() error { return s.Watch.Run(ctx) })
	group.Go(func() error { return s.Matching.Run(ctx) })
	if s.Reports.Daily {
		group.Go(func() error { return s.Daily.Run(ctx) })
	}
	group.Go(func() error { return s.serve(ctx, l.Public, s.Public) })
	group.Go(func() error { return s.serve(ctx, l.Operator, s.Operator) })
	if s.node != nil {
		group.Go(func() error { return s.node.Run(ctx) })
	}
	err := group.Wait()
	stopBook()
	err = errors.Join(err, <-bookDone)
	if s.node != nil {
		s.release()
	}
	return err
}

// release lets others have the node's number at once. When it can't, they wait
// for the end of the lease.
func (s *Server) release() {
	ctx, cancel := context.WithTimeout(context.Background(), nodeLease)
	defer cancel()
	if err := s.node.Release(ctx); err != nil {
		s.Log.Warn("node number not given back", "error", err)
	}
}

// Limits of a connection.
const (
	headerMax         = 32 << 10
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 20 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
)

// NewHTTP returns an HTTP server with the limits that ours have.
func NewHTTP(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: headerMax, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := NewHTTP(h, s.Log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		s.Log.Warn("requests cut off at the stop", "error", err)
		return server.Close()
	}
	return nil
}

// Parallel is a store that does commits at the same time if each posts to a stripe
// of its own.
type Parallel interface{ CommitsInParallel() }

// Registerer adds metrics of a store to a server's.
type Registerer interface{ RegisterMetrics(prometheus.Registerer) }
