package alert_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/alert"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/webhook"
)

const account ledger.AccountID = 1_234_567_890

var start = time.Date(2026, 11, 20, 10, 5, 0, 0, time.UTC)

// world is an account over a store in memory, and what watches it. Its jobs are
// worked off when the test says so.
type world struct {
	t        *testing.T
	store    *memory.Store
	book     *book.Book
	watcher  *alert.Watcher
	desk     *alert.Desk
	carriers map[string]alert.Carrier
	now      time.Time
	stop     func()
}

func newWorld(t *testing.T, carriers map[string]alert.Carrier) *world {
	t.Helper()
	w := &world{t: t, store: memory.New(), now: start, stop: func() {}, carriers: carriers}
	w.restart()
	must(t, w, &pix.OpenAccount{Profile: pix.Profile{ID: account, Name: "Loja Exemplo", CreatedAt: start}})
	return w
}

// restart leaves nothing but the store.
func (w *world) restart() {
	w.t.Helper()
	w.stop()
	last, err := w.store.LastID(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	now := func() time.Time { return w.now }
	w.book = book.New(w.store, book.NewIDs(now, 0, last), book.Options{})
	running, ctx, stopped := w.book, context.Background(), make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	go func() { defer close(stopped); _ = running.Run(ctx) }()
	w.stop = func() { cancel(); <-stopped }
	w.t.Cleanup(w.stop)
	log := slog.New(slog.DiscardHandler)
	vault, err := webhook.NewVault(rand.Reader, []byte("a key of made-up secrets, long enough"))
	if err != nil {
		w.t.Fatal(err)
	}
	courier := webhook.New(webhook.Options{
		Book: w.book, Reader: w.store, Sender: webhook.NewSender(webhook.SenderOptions{}, now), Vault: vault, Now: now,
		Rand: rand.Reader, Log: log,
	})
	w.watcher = alert.NewWatcher(w.book, w.store, now)
	w.desk = alert.NewDesk(alert.Options{
		Book: w.book, Reader: w.store, Courier: courier, Vault: vault, Carriers: w.carriers, Now: now, Log: log,
	})
}

// must runs a command.
func must[T any](t *testing.T, w *world, c book.Command[T]) T {
	t.Helper()
	result, err := book.Do(t.Context(), w.book, c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// setNet brings an account's net to an amount, by an entry of its own.
type setNet struct {
	net     money.Centavos
	at      time.Time
	receipt pix.MovementID // that it is told to be about; 0 if it is no receipt
}

// Needs names the account.
func (c *setNet) Needs() pix.Needs { return pix.Needs{Accounts: []ledger.AccountID{account}} }

// Decide moves the money.
func (c *setNet) Decide(b *pix.Books) (struct{}, error) {
	now, _ := b.Accounts.Get(account)
	if c.receipt != 0 {
		b.Movements.Put(c.receipt, pix.Movement{
			ID: c.receipt, Account: account, Kind: pix.Receipt, Status: pix.Confirmed, CreatedAt: c.at, UpdatedAt: c.at,
		})
	}
	by := c.net - now.Available()
	return struct{}{}, b.Transfer(ledger.Fact{At: c.at, About: uint64(c.receipt)},
		ledger.Posting{Account: account, Amount: by},
		ledger.Posting{Account: ledger.SystemAccount(ledger.Settlement, b.Stripe), Amount: -by})
}

func (w *world) net(c money.Centavos) { w.t.Helper(); must(w.t, w, &setNet{net: c, at: w.now}) }

// work works off what is due, in order, and returns how much that was.
func (w *world) work(topic pix.Topic, do func(context.Context, pix.Job) error) (count int) {
	w.t.Helper()
	for {
		jobs, _, err := w.store.Claim(w.t.Context(), topic, w.now, w.now.Add(time.Minute), 100, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(jobs) == 0 {
			return count
		}
		for _, job := range jobs {
			count++
			if err := do(w.t.Context(), job); err != nil {
				w.t.Fatal(err)
			}
		}
		if count > 10_000 {
			w.t.Fatal("there is always something due")
		}
	}
}

func (w *world) watch() { w.t.Helper(); w.work(pix.TopicAlertWatch, w.watcher.Handle) }

func (w *world) alerts() *pix.Alerts {
	w.t.Helper()
	p, err := w.store.Profile(w.t.Context(), account)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Settings.Alerts
}

// events lists what was told of the account's alerts, in order.
func (w *world) events() []pix.AlertEvent {
	w.t.Helper()
	var list []pix.AlertEvent
	for r, err := range w.store.EachRecord(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		if r.Kind == pix.RecordAlertEvent {
			var e pix.AlertEvent
			if err := json.Unmarshal(r.Body, &e); err != nil {
				w.t.Fatal(err)
			}
			list = append(list, e)
		}
	}
	sortEvents(list)
	return list
}
