package report_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/store/memory"
)

// The accounts of the tests.
const (
	maria ledger.AccountID = 1_000_000_001
	joao  ledger.AccountID = 1_000_000_002
)

// world is a house at work.
type world struct {
	t    *testing.T
	s    *memory.Store
	book *book.Book
	now  time.Time
	last uint64
}

// at is an instant of November 2026 in São Paulo.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, pix.SaoPaulo).UTC()
}

func on(day int) statement.Day { return statement.DayOf(at(day, 12, 0)) }

// newWorld begins on the tenth.
func newWorld(t *testing.T) *world {
	w := &world{t: t, s: memory.New(), now: at(10, 12, 0), last: 100}
	ids := book.NewIDs(func() time.Time { return w.now }, 0, 1<<40)
	w.book = book.New(w.s, ids, book.Options{})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	stopped := make(chan error, 1)
	go func() { stopped <- w.book.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	return w
}

func do[T any](w *world, c book.Command[T]) T {
	w.t.Helper()
	result, err := book.Do(w.t.Context(), w.book, c)
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return result
}

// open opens an account with money in it.
func (w *world) open(id ledger.AccountID, name string, balance money.Centavos) {
	w.t.Helper()
	do(w, &pix.OpenAccount{OpeningBalance: balance, Profile: pix.Profile{
		ID: id, Name: name, Document: "11222333000181", Brand: "avista", CreatedAt: w.now,
		PixKeys: []string{fmt.Sprintf("loja%d@example.com", id)},
		Fees:    pix.Fees{Payment: pix.FeeRule{Fixed: 40}, Receipt: pix.FeeRule{Fixed: 10}},
	}})
}

func (w *world) next() uint64 {
	w.last++
	w.now = w.now.Add(time.Second)
	return w.last
}

func endToEnd(n uint64) pixid.EndToEndID {
	return pixid.EndToEndID(fmt.Sprintf("E99999003202611201200%011d", n))
}

func (w *world) pay(id ledger.AccountID, amount money.Centavos) pix.Movement {
	w.t.Helper()
	n := w.next()
	return do(w, &pix.PlacePayment{
		ID: pix.MovementID(n), Account: id, ExternalID: fmt.Sprint("order-", n), Amount: amount,
		Key: pixid.Key{Type: pixid.KeyEmail, Value: "ana@example.com"}, EndToEndID: endToEnd(n), Rail: pix.RailHTTP,
		At: w.now,
	})
}

func (w *world) event(e pix.Event) {
	w.t.Helper()
	n := w.next()
	e.ID, e.At = fmt.Sprint("event-", n), w.now
	do(w, &pix.ApplyEvent{Event: e, NewID: pix.MovementID(n), Now: w.now})
}

func (w *world) settle(m pix.Movement) {
	w.t.Helper()
	w.event(pix.Event{Type: pix.PaymentSettled, EndToEndID: m.EndToEndID})
}

func (w *world) receive(id ledger.AccountID, amount money.Centavos) {
	w.t.Helper()
	w.event(pix.Event{
		Type: pix.ReceiptSettled, EndToEndID: endToEnd(w.last + 1000), Amount: amount,
		PixKey: fmt.Sprintf("loja%d@example.com", id),
	})
}

func (w *world) hold(
	id ledger.AccountID, reason ledger.Reason, amount money.Centavos, deadline time.Time,
) ledger.Hold {
	w.t.Helper()
	return do(w, &pix.PlaceHold{At: w.now, HoldRequest: ledger.HoldRequest{
		ID: ledger.HoldID(w.next()), Account: id, Reason: reason, Amount: amount, Sweep: true, Deadline: deadline,
	}})
}

func (w *world) maker() *report.Maker {
	return &report.Maker{
		Reader: w.s, Now: func() time.Time { return w.now },
		Bank: func(string) statement.Bank { return statement.Bank{Name: "À Vista", ISPB: "99999003"} },
	}
}

func (w *world) desk(dir string) *report.Desk {
	return &report.Desk{
		Maker: *w.maker(), Book: w.book, At: 15 * time.Minute, Dir: dir, Log: slog.New(slog.DiscardHandler),
	}
}

func (w *world) account(id ledger.AccountID, d statement.Day) *report.Account {
	w.t.Helper()
	a, err := w.maker().Account(w.t.Context(), id, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) house(d statement.Day) *report.House {
	w.t.Helper()
	h, err := w.maker().House(w.t.Context(), d, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// aDay is a day with something of everything on the eleventh.
func aDay(w *world) {
	w.open(maria, "Loja Exemplo", 1000_00)
	w.open(joao, "=Outra;Loja", 50_000_00)
	w.now = at(11, 9, 0)
	paid := w.pay(maria, 100_00)
	w.settle(paid)
	rejected := w.pay(maria, 20_00)
	w.event(pix.Event{Type: pix.PaymentRejected, EndToEndID: rejected.EndToEndID})
	w.receive(maria, 30_00)
	w.event(pix.Event{
		Type: pix.PaymentReturned, EndToEndID: paid.EndToEndID, ReturnID: "D9999900420261111120000000000001", Amount: 4_00,
	})
	med := w.hold(maria, ledger.ReasonMED, 50_00, time.Time{})
	do(w, &pix.CaptureHold{ID: med.ID, Amount: 20_00, To: ledger.Settlement, At: w.now})
	judicial := w.hold(maria, ledger.ReasonJudicial, 2000_00, at(11, 20, 0))
	do(w, &pix.CaptureHold{ID: judicial.ID, Amount: 7_00, To: ledger.Settlement, At: w.now})
	w.pay(joao, 5_00)
	w.event(pix.Event{
		Type: pix.ReceiptSettled, EndToEndID: endToEnd(9000), Amount: 3_00, PixKey: "nobody@example.com",
	})
	w.now = at(12, 0, 20)
}
