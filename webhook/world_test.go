package webhook_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/webhook"
)

var update = flag.Bool("update", false, "write golden files anew")

const account ledger.AccountID = 1_234_567_890

// start is a moment that nothing depends on.
var start = time.Date(2026, 11, 20, 10, 5, 0, 0, time.UTC)

// world is a courier over a store in memory.
type world struct {
	t       *testing.T
	store   *memory.Store
	book    *book.Book
	courier *webhook.Courier
	sender  *webhook.Sender
	now     time.Time
}

// vaultSecret is what secrets of a world are sealed under.
const vaultSecret = "a key of made-up secrets, long enough"

func newWorld(t *testing.T, o webhook.SenderOptions) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), now: start}
	w.sender = webhook.NewSender(o, func() time.Time { return w.now })
	w.reopen(w.store)
	w.write(func(b *pix.Books) {
		b.Open(account)
		b.Profiles.Put(account, pix.Profile{ID: account, Name: "Loja Exemplo", CreatedAt: start})
	})
	return w
}

// reopen makes a book over store and a courier with it.
func (w *world) reopen(store book.Store) {
	w.t.Helper()
	now := func() time.Time { return w.now }
	w.book = book.New(store, book.NewIDs(now, 0, 0), book.Options{})
	running, stopped := w.book, make(chan struct{})
	go func() { defer close(stopped); _ = running.Run(w.t.Context()) }()
	w.t.Cleanup(func() { <-stopped })
	w.courier = webhook.New(webhook.Options{
		Book: w.book, Reader: store, Sender: w.sender, Vault: newVault(w.t, vaultSecret), Now: now, Rand: rand.Reader,
		Log: slog.New(slog.DiscardHandler),
	})
}

// write writes what no command would.
func (w *world) write(do func(*pix.Books)) {
	w.t.Helper()
	err := w.store.Commit(w.t.Context(), pix.Needs{Accounts: []ledger.AccountID{account}}, func(b *pix.Books) error {
		do(b)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) profile() pix.Profile {
	w.t.Helper()
	p, err := w.store.Profile(w.t.Context(), account)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// golden compares JSON with a file of testdata, indented.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got, "", "  "); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, got)
	}
	pretty.WriteByte('\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pretty.Bytes(), want) {
		t.Errorf("%s is\n%s\nwant\n%s", name, pretty.Bytes(), want)
	}
}
