package pebble

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const firstAccount ledger.AccountID = 10_000_000_001

// world makes commands on a store.
type world struct {
	t    testing.TB
	s    *Store
	now  time.Time
	next uint64
}

// memory are options for a store in a file system in memory.
func memoryFS(fs vfs.FS) Options {
	return Options{FS: fs, MemTableSize: 1 << 20, CacheSize: 1 << 20}
}

func newWorld(t testing.TB, s *Store) *world {
	return &world{t: t, s: s, now: start, next: 1 << 22}
}

func open(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (w *world) id() uint64 {
	w.next++
	w.now = w.now.Add(time.Millisecond)
	return w.next
}

// do commits one command by itself.
func do[T any](w *world, c book.Command[T]) (T, error) {
	var result T
	err := w.s.Commit(context.Background(), c.Needs(), func(b *pix.Books) (err error) {
		b.LastID = w.next
		result, err = c.Decide(b)
		return err
	})
	return result, err
}

func must[T any](w *world, c book.Command[T]) T {
	w.t.Helper()
	result, err := do(w, c)
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return result
}

func (w *world) open(id ledger.AccountID, balance money.Centavos) {
	w.t.Helper()
	must(w, openAccount(id, balance))
}

func openAccount(id ledger.AccountID, balance money.Centavos) *pix.OpenAccount {
	return &pix.OpenAccount{Profile: pix.Profile{
		ID: id, Name: "Loja " + id.String(), Document: "11144477735", Brand: "avista", City: "São Paulo",
		Fees: pix.Fees{Payment: pix.FeeRule{Fixed: 40}}, CreatedAt: start,
	}, OpeningBalance: balance}
}

func payment(id uint64, account ledger.AccountID, amount money.Centavos, at time.Time) *pix.PlacePayment {
	return &pix.PlacePayment{
		ID: pix.MovementID(id), Account: account, ExternalID: fmt.Sprintf("order-%d-%d", id*0x9e3779b97f4a7c15, id),
		Amount: amount, Description: "Pagamento de fornecedor",
		Key:         pixid.Key{Type: pixid.KeyEmail, Value: "fornecedor@example.com"},
		Counterpart: pix.Counterpart{Name: "Fornecedor Ltda", Document: "11222333000181", ISPB: "60701190"},
		EndToEndID:  endToEndID(id), Rail: pix.RailHTTP, At: at,
	}
}

func endToEndID(id uint64) pixid.EndToEndID {
	return pixid.EndToEndIDFrom("12345678", start, id)
}

func settlement(id, event uint64, at time.Time) *pix.ApplyEvent {
	return &pix.ApplyEvent{
		Event: pix.Event{
			ID: fmt.Sprintf("event-%d", event), Type: pix.PaymentSettled, EndToEndID: endToEndID(id), At: at,
		},
		NewID: pix.MovementID(event), Now: at,
	}
}

func (w *world) place(account ledger.AccountID, amount money.Centavos) pix.Movement {
	w.t.Helper()
	id := w.id()
	return must(w, payment(id, account, amount, w.now))
}

func (w *world) settle(m pix.Movement) {
	w.t.Helper()
	event := w.id()
	outcome := must(w, settlement(uint64(m.ID), event, w.now))
	if outcome != pix.Applied {
		w.t.Fatalf("settle %s: %s", m.ID, outcome)
	}
}

// verify fails the test when anything in the books is wrong.
func verify(t testing.TB, s *Store) book.Report {
	t.Helper()
	report, err := book.Verify(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(report.Findings...); err != nil {
		t.Fatal(err)
	}
	return report
}
