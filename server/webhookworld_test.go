package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/webhook"
)

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a server with accounts, and a sink for its webhooks.
type world struct {
	*server.Server
	t     *testing.T
	clock *clock
	sink  *sink
	stop  func()
}

const (
	merchant ledger.AccountID = 1_000_000_001 + iota
	other
	nudger // its webhooks are always taken; they have the worker look
)

const operatorToken = "operator-token-made-up-for-these-tests"

// mailing is the mail server of the worlds that are started, if any.
var mailing server.SMTP

// reporting says what the worlds that are started make of daily reports.
var reporting server.Reports

// newWorld starts a server over a store.
func newWorld(t *testing.T, store server.Store, c *clock, s *sink, hooks server.Webhooks) *world {
	t.Helper()
	key, err := auth.NewHS256Key("test", []byte("a made-up secret of tokens, 32 characters"))
	if err != nil {
		t.Fatal(err)
	}
	brands, err := brand.NewSet(brand.Brand{ID: "azul", Name: "Azul"})
	if err != nil {
		t.Fatal(err)
	}
	hooks.SecretsKey = "a made-up key of secrets, 32 characters"
	if hooks.Roots == nil && s != nil {
		hooks.Roots = s.roots
	}
	running, err := server.New(t.Context(), server.Config{
		Store: store, Brands: brands, Rail: pix.RailHTTP, ISPB: pixid.ISPB("99999003"),
		TokenKeys: auth.Keys{Current: key}, OperatorToken: operatorToken, OAuthWithoutCertificate: true,
		Webhooks: hooks, SMTP: mailing, Reports: reporting, Now: c.Now, Rand: rand.Reader,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Server: running, t: t, clock: c, sink: s}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- running.Run(ctx, server.Listeners{Public: listen(t), Operator: listen(t)}) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// open opens the accounts of the tests, each with money to spend.
func (w *world) open() *world {
	w.t.Helper()
	for _, id := range []ledger.AccountID{merchant, other, nudger} {
		w.do(&pix.OpenAccount{OpeningBalance: 1_000_000_00, Profile: pix.Profile{
			ID: id, Name: "Loja Exemplo", Brand: "azul", PixKeys: []string{id.String() + "@exemplo.com"},
			CreatedAt: w.clock.Now(),
		}})
	}
	if w.sink != nil {
		w.hook(nudger, pix.NoticeCashOut, "/nudge")
	}
	return w
}

func (w *world) do(c book.Command[pix.Profile]) {
	w.t.Helper()
	if _, err := book.Do(w.t.Context(), w.Book, c); err != nil {
		w.t.Fatal(err)
	}
}

// hook sets a webhook to a path of the sink and returns its signing secret.
func (w *world) hook(account ledger.AccountID, n pix.Notice, path string, headers ...webhook.Header) string {
	w.t.Helper()
	_, secret, err := w.Courier.Set(w.t.Context(), account, n, w.sink.server.URL+path, headers, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// pay has a payment settled and returns its number.
func (w *world) pay(account ledger.AccountID) pix.MovementID {
	w.t.Helper()
	id := pix.MovementID(w.Book.NextID())
	now := w.clock.Now()
	_, err := book.Do(w.t.Context(), w.Book, &pix.PlacePayment{
		ID: id, Account: account, Amount: 1_00, ExternalID: "pay-" + id.String(), Rail: pix.RailHTTP, At: now,
		Key: pixid.Key{Type: pixid.KeyEmail, Value: "maria@exemplo.com"}, EndToEndID: pixid.EndToEndIDFrom("99999003", now, uint64(id)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.event(pix.Event{ID: "settled-" + id.String(), Type: pix.PaymentSettled, Movement: id, At: now})
	return id
}

func (w *world) event(e pix.Event) {
	w.t.Helper()
	c := &pix.ApplyEvent{Event: e, NewID: pix.MovementID(w.Book.NextID()), Now: w.clock.Now()}
	outcome, err := book.Do(w.t.Context(), w.Book, c)
	if err != nil || outcome != pix.Applied {
		w.t.Fatalf("event %s: %s, %v", e.Type, outcome, err)
	}
}

// wake has the worker look at the clock now, by something that is due at once.
func (w *world) wake() pix.MovementID {
	w.t.Helper()
	id := w.pay(nudger)
	w.deliveries(id, 1) // its lease must not run out when the clock is moved
	return id
}

// nudge is wake, and wants nobody else to be called.
func (w *world) nudge() {
	w.t.Helper()
	id := w.wake()
	if c := w.sink.next(); c.path != "/nudge" || c.number() != id.String() {
		w.t.Fatalf("%s was called where nobody should be", c.path)
	}
}

// deliveries waits until count attempts to tell of a movement are written down, and
// returns them, the oldest first.
func (w *world) deliveries(id pix.MovementID, count int) []webhook.LoggedDelivery {
	w.t.Helper()
	var list []webhook.LoggedDelivery
	eventually(w.t, fmt.Sprintf("%d deliveries of %s", count, id), func() bool {
		var err error
		if list, err = w.Courier.Deliveries(w.t.Context(), uint64(id)); err != nil {
			w.t.Fatal(err)
		}
		return len(list) >= count
	})
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// waiting lists the notices that are not delivered.
func (w *world) waiting() []pix.Job {
	w.t.Helper()
	jobs, err := w.Store.Jobs(w.t.Context(), pix.TopicWebhook, 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	return jobs
}

// patience is how long anything may take that happens at once.
const patience = 20 * time.Second

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
	}
}

// call is a request that a sink got.
type call struct {
	path   string
	header http.Header
	body   []byte
	at     time.Time
}

// number is the transaction that the call tells of.
func (c call) number() string {
	var body struct {
		TransactionID string `json:"transactionId"`
	}
	_ = json.Unmarshal(c.body, &body)
	return body.TransactionID
}

// parent is the transaction that what the call tells of gives back; empty if it
// is no return.
func (c call) parent() string {
	var body struct {
		Parent struct {
			TransactionID string `json:"transactionId"`
		} `json:"parentTransaction"`
	}
	_ = json.Unmarshal(c.body, &body)
	return body.Parent.TransactionID
}

// sink is where webhooks go: a real server with TLS, that answers what its handler
// of a path does, and 200 without one.
type sink struct {
	t      *testing.T
	clock  *clock
	server *httptest.Server
	roots  *x509.CertPool
	calls  chan call

	mu       sync.Mutex
	handlers map[string]http.HandlerFunc // guarded by mu
}

func newSink(t *testing.T, c *clock) *sink {
	s := &sink{
		t: t, clock: c, calls: make(chan call, 10_000),
		handlers: make(map[string]http.HandlerFunc),
	}
	s.server = httptest.NewUnstartedServer(s)
	s.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.server.StartTLS()
	s.roots = x509.NewCertPool()
	s.roots.AddCert(s.server.Certificate())
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := io.Copy(&body, r.Body); err != nil {
		s.t.Errorf("sink: %v", err)
	}
	s.mu.Lock()
	handler := s.handlers[r.URL.Path]
	s.mu.Unlock()
	s.calls <- call{r.URL.Path, r.Header.Clone(), body.Bytes(), s.clock.Now()}
	if handler != nil {
		handler(w, r)
	}
}

func (s *sink) on(path string, handler http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[path] = handler
}

// hang answers nothing until the client gives up, or its connection ends.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// next is the next call.
func (s *sink) next() call {
	s.t.Helper()
	select {
	case c := <-s.calls:
		return c
	case <-time.After(patience):
		s.t.Fatal("the sink is not called")
		return call{}
	}
}

// nextOf is the next call of a path; others are passed over.
func (s *sink) nextOf(path string) call {
	s.t.Helper()
	for {
		if c := s.next(); c.path == path {
			return c
		}
	}
}

// answering returns a handler that answers with each status in turn, and with the
// last one from then on.
func answering(statuses ...int) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.WriteHeader(statuses[0])
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
	}
}

// resolver finds names as a table says, by asking a DNS server of its own.
func resolver(t *testing.T, names map[string]string) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		question := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(question)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(dnsAnswer(question[:n], names), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// dnsAnswer answers one question for an address (RFC 1035 §4.1).
func dnsAnswer(question []byte, names map[string]string) []byte {
	const header, typeA, typeAAAA = 12, 1, 28
	name, at := "", header
	for size := int(question[at]); size > 0; size = int(question[at]) {
		name += string(question[at+1:at+1+size]) + "."
		at += 1 + size
	}
	kind := int(question[at+2]) // the high byte is 0 of all that are asked for
	end := at + 5
	answer := append([]byte{}, question[:end]...)
	answer[2], answer[3] = 0x81, 0x80 // an answer, without an error
	copy(answer[4:header], []byte{0, 1, 0, 0, 0, 0, 0, 0})
	addr, err := netip.ParseAddr(names[strings.ToLower(name)])
	if err != nil || addr.Is4() != (kind == typeA) || addr.Is6() != (kind == typeAAAA) {
		return answer // there is no such record
	}
	answer[7] = 1
	data := addr.AsSlice()
	answer = append(answer, 0xc0, header, 0, byte(kind), 0, 1, 0, 0, 0, 1, 0, byte(len(data)))
	return append(answer, data...)
}
