package httpapi

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/watch"
)

// pipes is a listener whose connections keep nothing: what is written waits until
// it is read.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// streaming is an API with one stream's handler, an account and its client.
type streaming struct {
	t        *testing.T
	store    *memory.Store
	api      *Server
	pipes    *pipes
	ended    chan struct{} // one for each stream that has ended
	clientID string
	token    string
}

// newStreaming returns a streaming whose token lives so long.
func newStreaming(t *testing.T, lifetime time.Duration) *streaming {
	t.Helper()
	s := &streaming{
		t: t, store: memory.New(), ended: make(chan struct{}, 8),
		pipes: &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})},
	}
	brands, err := brand.NewSet(brand.Brand{ID: "avista"})
	if err != nil {
		t.Fatal(err)
	}
	s.api = New(Config{
		Brands: brands, Reader: s.store, Auth: s.signIn(lifetime), Watch: watch.New(watch.Options{}), Now: time.Now,
		NewUUID: func() [16]byte { return [16]byte{} }, Log: slog.New(slog.DiscardHandler),
	})
	s.change(1)
	server := &http.Server{
		ReadTimeout: 50 * time.Millisecond, WriteTimeout: 50 * time.Millisecond,
		Handler: s.api.signedIn(func(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
			defer func() { s.ended <- struct{}{} }()
			return s.api.stream(w, r, who)
		}),
	}
	go func() { _ = server.Serve(s.pipes) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

// signIn makes a client of the account, with a token.
func (s *streaming) signIn(lifetime time.Duration) *auth.Authority {
	s.t.Helper()
	key, err := auth.NewHS256Key("test", make([]byte, 32))
	if err != nil {
		s.t.Fatal(err)
	}
	authority, err := auth.New(auth.Options{
		Store: s.store, Keys: auth.Keys{Current: key}, Now: time.Now, Rand: rand.Reader,
		KnownIssuer: func(string) bool { return true },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	issued, err := authority.CreateCredential(s.t.Context(), owner, auth.CreateOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := authority.Issue(s.t.Context(), auth.Grant{
		ClientID: issued.ClientID, Secret: issued.Secret, Issuer: "avista", Lifetime: lifetime,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.clientID, s.token = issued.ClientID, token.Access
	return authority
}

// change makes an account's entry of a number.
func (s *streaming) change(entry uint64) {
	var changed *pix.Books
	err := s.store.Commit(s.t.Context(), pix.Needs{}, func(b *pix.Books) error {
		b.Accounts.Put(owner, ledger.Account{
			ID: owner, Entries: entry, Balance: ledger.Balance{Posted: money.Centavos(entry)},
		})
		changed = b
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.api.Watch.Committed(changed)
}

// open asks for the stream and returns the connection.
func (s *streaming) open() (net.Conn, *bufio.Scanner) {
	s.t.Helper()
	client, server := net.Pipe()
	s.t.Cleanup(func() { _ = client.Close() })
	s.pipes.accepted <- server
	if _, err := client.Write([]byte("GET /api/balance/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.token + "\r\n\r\n")); err != nil {
		s.t.Fatal(err)
	}
	return client, bufio.NewScanner(client)
}

// await reads until a line contains a text.
func await(t *testing.T, lines *bufio.Scanner, text string) {
	t.Helper()
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return
		}
	}
	t.Fatalf("the stream ended before %q: %v", text, lines.Err())
}

func (s *streaming) wantEnd() {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
		s.t.Fatal("the stream goes on")
	}
	if n := s.api.Watch.Count(); n != 0 {
		s.t.Errorf("%d still watch", n)
	}
}

// TestAStreamOutlivesTheLimitsOfRequests beats more often than a request may take.
func TestAStreamOutlivesTheLimitsOfRequests(t *testing.T) {
	s := newStreaming(t, time.Hour)
	s.api.streamBeat = 100 * time.Millisecond
	client, lines := s.open()
	await(t, lines, `data: {"grossBalance":0.01,`)
	s.change(2)
	await(t, lines, `data: {"grossBalance":0.02,`)
	for range 3 {
		await(t, lines, ":")
	}
	s.change(3)
	await(t, lines, `data: {"grossBalance":0.03,`)
	_ = client.Close()
	s.change(4) // which nobody hears
	s.wantEnd()
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	s := newStreaming(t, time.Second)
	_, lines := s.open()
	await(t, lines, `data: {"grossBalance":0.01,`)
	await(t, lines, `data: {"reason":"TOKEN_EXPIRED"}`)
	s.wantEnd()
}

// TestAStreamEndsWhenItsTokenIsTakenBack looks at the token with every beat.
func TestAStreamEndsWhenItsTokenIsTakenBack(t *testing.T) {
	s := newStreaming(t, time.Hour)
	s.api.streamBeat = 20 * time.Millisecond
	_, lines := s.open()
	await(t, lines, `data: {"grossBalance":0.01,`)
	if err := s.api.Auth.DeleteCredential(t.Context(), s.clientID); err != nil {
		t.Fatal(err)
	}
	await(t, lines, `data: {"reason":"TOKEN_INVALID"}`)
	s.wantEnd()
}

// TestWhoDoesNotReadIsCutOff, and keeps nobody waiting meanwhile.
func TestWhoDoesNotReadIsCutOff(t *testing.T) {
	s := newStreaming(t, time.Hour)
	s.api.streamPatience = 200 * time.Millisecond
	_, slow := s.open()
	await(t, slow, `data: {"grossBalance":0.01,`)
	for entry := range uint64(1000) {
		s.change(2 + entry)
	}
	s.wantEnd()
}

// TestWhoLagsGetsTheNewestOnly reads slowly and ends on the right balance.
func TestWhoLagsGetsTheNewestOnly(t *testing.T) {
	s := newStreaming(t, time.Hour)
	_, lines := s.open()
	await(t, lines, `data: {"grossBalance":0.01,`)
	for entry := range uint64(1000) {
		s.change(2 + entry)
	}
	told := 0
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data: ") {
			told++
		}
		if strings.Contains(lines.Text(), `"grossBalance":10.01,`) {
			break
		}
	}
	if told == 0 || told > 10 {
		t.Errorf("%d events of 1000 changes for one who did not read meanwhile", told)
	}
}

// TestAStreamThatCanNotBegin is answered as any request is.
func TestAStreamThatCanNotBegin(t *testing.T) {
	s := newStreaming(t, time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.api.Watch.Run(ctx); err != nil {
		t.Fatal(err)
	}
	_, lines := s.open()
	await(t, lines, "503 Service Unavailable")
	await(t, lines, "STOPPING")
	s.wantEnd()
	if p := translate(watch.ErrFull); p == nil || p.Status != http.StatusServiceUnavailable {
		t.Errorf("a full house: %+v", p)
	}
	if p := translate(errors.New("x")); p != nil {
		t.Errorf("anything: %+v", p)
	}
}

// BenchmarkBalance is the plain question.
func BenchmarkBalance(b *testing.B) {
	store := memory.New()
	err := store.Commit(b.Context(), pix.Needs{}, func(books *pix.Books) error {
		books.Accounts.Put(owner, ledger.Account{ID: owner, Entries: 1234567})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	brands, err := brand.NewSet(brand.Brand{ID: "avista"})
	if err != nil {
		b.Fatal(err)
	}
	s := New(Config{Brands: brands, Reader: store, Now: func() time.Time { return noon }})
	r, err := http.NewRequest(http.MethodGet, "/api/balance", nil)
	if err != nil {
		b.Fatal(err)
	}
	w := discarded{header: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.balance(w, r, auth.Identity{Account: owner}); err != nil {
			b.Fatal(err)
		}
	}
}

type discarded struct{ header http.Header }

func (d discarded) Header() http.Header            { return d.header }
func (d discarded) Write(text []byte) (int, error) { return len(text), nil }
func (d discarded) WriteHeader(int)                {}
