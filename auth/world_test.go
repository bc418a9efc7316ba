package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/store/memory"
)

const (
	maria = ledger.AccountID(10_001)
	joao  = ledger.AccountID(10_002)

	halfHour = 30 * time.Minute
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// world is an Authority over an empty store.
type world struct {
	*auth.Authority
	store *memory.Store
	clock *clock
}

func secretOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func hs256(t testing.TB, id string, secret []byte) auth.Key {
	t.Helper()
	key, err := auth.NewHS256Key(id, secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newWorld makes a world whose options change may alter.
func newWorld(t testing.TB, change func(*auth.Options)) *world {
	t.Helper()
	w := &world{store: memory.New(), clock: &clock{now: start}}
	o := auth.Options{
		Store: w.store,
		Keys:  auth.Keys{Current: hs256(t, "k1", secretOf(1))},
		Now:   w.clock.Now,
		Rand:  rand.Reader,
	}
	if change != nil {
		change(&o)
	}
	authority, err := auth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Authority = authority
	return w
}

func (w *world) create(t testing.TB, account ledger.AccountID) auth.Issued {
	t.Helper()
	issued, err := w.CreateCredential(t.Context(), account, auth.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func certificate(t testing.TB, pem string) *x509.Certificate {
	t.Helper()
	cert, _, err := auth.ParseCertificate(pem)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// grant is a right one.
func grant(t testing.TB, client auth.Issued) auth.Grant {
	t.Helper()
	return auth.Grant{
		ClientID:    client.ClientID,
		Secret:      client.Secret,
		Certificate: certificate(t, client.CertificatePEM),
		Issuer:      "avista",
		Lifetime:    halfHour,
	}
}

func (w *world) token(t testing.TB, client auth.Issued) string {
	t.Helper()
	token, err := w.Issue(t.Context(), grant(t, client))
	if err != nil {
		t.Fatal(err)
	}
	return token.Access
}

func (w *world) wantVerified(t *testing.T, raw string) auth.Identity {
	t.Helper()
	id, err := w.Verify(t.Context(), raw)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	return id
}

func (w *world) wantRefused(t *testing.T, raw string, want error) {
	t.Helper()
	id, err := w.Verify(t.Context(), raw)
	if !errors.Is(err, want) || !errors.Is(err, auth.ErrUnauthorized) {
		t.Fatalf("got error %v, want %v", err, want)
	}
	if id != (auth.Identity{}) {
		t.Fatalf("refused, and yet told who it is: %+v", id)
	}
}

var errDisk = errors.New("disk on fire")

// faulty is a store that can fail, and that can be watched.
type faulty struct {
	auth.Store
	broken bool
	asked  int
	found  func() // called between reading a credential and returning it
}

func (s *faulty) Credential(ctx context.Context, clientID string) (auth.Credential, error) {
	s.asked++
	if s.broken {
		return auth.Credential{}, errDisk
	}
	c, err := s.Store.Credential(ctx, clientID)
	if s.found != nil {
		s.found()
	}
	return c, err
}

func (s *faulty) Bound(ctx context.Context, fp auth.Fingerprint) (ledger.AccountID, error) {
	if s.broken {
		return 0, errDisk
	}
	return s.Store.Bound(ctx, fp)
}

func (s *faulty) DeleteCredential(ctx context.Context, clientID string) error {
	err := s.Store.DeleteCredential(ctx, clientID)
	if s.broken {
		return errDisk // after the deed
	}
	return err
}

// newFaultyWorld is newWorld over a store that can fail.
func newFaultyWorld(t testing.TB, change func(*auth.Options)) (*world, *faulty) {
	t.Helper()
	store := &faulty{}
	w := newWorld(t, func(o *auth.Options) {
		store.Store, o.Store = o.Store, store
		if change != nil {
			change(o)
		}
	})
	return w, store
}

// issuerOf tells the issuers of some accounts, and notes for which it was asked.
func issuerOf(
	asked *[]ledger.AccountID, of map[ledger.AccountID]string,
) func(context.Context, ledger.AccountID) (string, error) {
	return func(_ context.Context, account ledger.AccountID) (string, error) {
		*asked = append(*asked, account)
		if of[account] == "" {
			return "", auth.ErrBadCredentials
		}
		return of[account], nil
	}
}
