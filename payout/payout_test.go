package payout_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/payout"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/store/memory"
)

const account ledger.AccountID = 1_000_000_001

// world is a book with one account and a worker that pays its splits out, inside
// a synctest bubble. That begins at midnight UTC of a Saturday, 2000-01-01, which
// is ten in the evening in São Paulo: they had summer time.
type world struct {
	t     *testing.T
	store *memory.Store
	book  *book.Book
	work  *outbox.Worker
}

func run(t *testing.T, frequency pix.SplitFrequency, body func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: memory.New()}
		w.book = book.New(w.store, book.NewIDs(time.Now, 0, 0), book.Options{
			AfterCommit: func(b *pix.Books) { w.work.Committed(b) },
		})
		splits := payout.New(payout.Options{
			Book: w.book, Reader: w.store, Rail: pix.RailHTTP, ISPB: "99999003", Now: time.Now,
		})
		w.work = outbox.NewWorker(w.store, w.book, pix.PayoutSplit, splits.Handle,
			outbox.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		bookCtx, stopBook := context.WithCancel(context.Background())
		workCtx, stopWork := context.WithCancel(context.Background())
		var books, works sync.WaitGroup
		books.Go(func() { _ = w.book.Run(bookCtx) })
		works.Go(func() { _ = w.work.Run(workCtx) })
		w.do(&pix.OpenAccount{Profile: pix.Profile{
			ID: account, Name: "Loja Exemplo", City: "RECIFE", CreatedAt: time.Now(),
			Fees:     pix.Fees{Payment: pix.FeeRule{Fixed: 40}},
			Settings: pix.Settings{SplitFrequency: frequency},
		}})
		body(w)
		stopWork()
		works.Wait()
		stopBook()
		books.Wait()
	})
}

func (w *world) do(c book.Command[pix.Profile]) {
	w.t.Helper()
	if _, err := book.Do(w.t.Context(), w.book, c); err != nil {
		w.t.Fatal(err)
	}
}

// sell creates a charge of 100.00 with shares and has it paid.
func (w *world) sell(splits ...pix.Split) pix.Movement {
	w.t.Helper()
	now, n := time.Now(), w.book.NextID()
	txid := fmt.Sprintf("cobranca%024d", n)
	m, err := book.Do(w.t.Context(), w.book, &pix.CreateCharge{
		ID: pix.MovementID(n), Account: account, ExternalID: txid, Amount: 100_00, TxID: pixid.TxID(txid),
		Location: "pix.example.com/qr/v2/x", Splits: splits, ExpiresAt: now.Add(time.Hour), Rail: pix.RailHTTP, At: now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	outcome, err := book.Do(w.t.Context(), w.book, &pix.ApplyEvent{Event: pix.Event{
		ID: "paid " + txid, Type: pix.ReceiptSettled, TxID: txid, Amount: 100_00, At: now,
		EndToEndID: pixid.EndToEndIDFrom("99999004", now, n),
	}, NewID: pix.MovementID(w.book.NextID()), Now: now})
	if err != nil || outcome != pix.Applied {
		w.t.Fatalf("%s, %v", outcome, err)
	}
	return m
}

func share(amount money.Centavos, to string) pix.Split {
	return pix.Split{Key: to + "@exemplo.com.br", Name: to, Document: "11144477735", Fixed: amount}
}

// payments lists what was paid out, oldest first.
func (w *world) payments() []pix.Movement {
	w.t.Helper()
	all, err := w.store.Movements(w.t.Context(), account, 0, 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(m pix.Movement) bool { return m.Kind != pix.Payment })
}

// want checks what was paid out, as "key amount", in any order.
func (w *world) want(payments ...string) {
	w.t.Helper()
	var got []string
	for _, m := range w.payments() {
		name, _, _ := strings.Cut(m.PixKey, "@")
		got = append(got, name+" "+m.Amount.String())
	}
	slices.Sort(got)
	slices.Sort(payments)
	if !slices.Equal(got, payments) {
		w.t.Errorf("at %s paid %v, want %v", time.Now().UTC(), got, payments)
	}
}

func (w *world) wantNothingLeft() {
	w.t.Helper()
	if jobs, _ := w.store.Jobs(w.t.Context(), pix.PayoutSplit, 0, 10); len(jobs) != 0 {
		w.t.Errorf("jobs are left: %+v", jobs)
	}
	a, err := w.store.Account(w.t.Context(), account)
	if err != nil {
		w.t.Fatal(err)
	}
	var held money.Centavos
	for _, m := range w.payments() {
		held += m.Total()
	}
	if a.Held != held {
		w.t.Errorf("%s is held, and the payments hold %s", a.Held, held)
	}
}

func TestWithoutAWindowEachShareIsPaidAtOnce(t *testing.T) {
	run(t, "", func(w *world) {
		m := w.sell(share(10_00, "ana"), share(5_00, "bia"), share(1_00, "ana"))
		time.Sleep(time.Second)
		w.want("ana 10.00", "bia 5.00", "ana 1.00")
		w.wantNothingLeft()
		var ids []string
		for _, p := range w.payments() {
			ids = append(ids, p.ExternalID)
			if p.Parent != m.ID || p.Fee != 40 {
				w.t.Errorf("payment %+v", p)
			}
		}
		slices.Sort(ids)
		prefix := "SPLIT-" + m.ID.String()
		if want := []string{prefix + "-1", prefix + "-2", prefix + "-3"}; !slices.Equal(ids, want) {
			w.t.Errorf("ids %v, want %v", ids, want)
		}
	})
}

func TestSharesOfAWindowMergeByRecipient(t *testing.T) {
	for frequency, end := range map[pix.SplitFrequency]time.Duration{
		pix.SplitHourly: time.Hour, pix.SplitDaily: 2 * time.Hour, pix.SplitWeekly: 50 * time.Hour,
	} {
		run(t, frequency, func(w *world) {
			now := share(2_00, "ana")
			now.Immediate = true
			w.sell(share(10_00, "ana"), share(5_00, "bia"), now)
			for range 9 {
				w.sell(share(10_00, "ana"))
			}
			time.Sleep(end - time.Second)
			w.want("ana 2.00")
			w.sell(share(1_00, "bia"))
			time.Sleep(2 * time.Second)
			w.want("ana 2.00", "ana 100.00", "bia 6.00")
			w.wantNothingLeft()
			for _, p := range w.payments() {
				if merged := p.Amount != 2_00; merged != (p.Parent == 0) || p.Fee != 40 {
					w.t.Errorf("payment %+v", p)
				}
			}
			w.sell(share(3_00, "bia")) // the next window
			time.Sleep(time.Second)
			w.want("ana 2.00", "ana 100.00", "bia 6.00")
			time.Sleep(7 * 24 * time.Hour)
			w.want("ana 2.00", "ana 100.00", "bia 6.00", "bia 3.00")
			w.wantNothingLeft()
		})
	}
}

func TestNoPaymentPaysOutMoreSharesThanItMay(t *testing.T) {
	run(t, pix.SplitHourly, func(w *world) {
		for range pix.SplitsMergedMax + 1 {
			w.sell(share(1_00, "ana"))
		}
		time.Sleep(time.Hour + time.Second)
		w.want("ana 200.00", "ana 1.00")
		w.wantNothingLeft()
	})
}

func TestAnIDThatTheClientUsedItselfDoesNotStopAPayout(t *testing.T) {
	run(t, pix.SplitHourly, func(w *world) {
		m := w.sell(share(1_00, "ana"))
		id := "SPLIT-" + m.ID.String() + "-1"
		n := w.book.NextID()
		_, err := book.Do(w.t.Context(), w.book, &pix.PlacePayment{
			ID: pix.MovementID(n), Account: account, ExternalID: id, Amount: 7_00, Rail: pix.RailHTTP,
			Key: pixid.Key{Value: "bia@exemplo.com.br"}, EndToEndID: pixid.EndToEndIDFrom("99999003", time.Now(), n),
			At: time.Now(),
		})
		if err != nil {
			w.t.Fatal(err)
		}
		time.Sleep(time.Hour + time.Second)
		w.want("bia 7.00", "ana 1.00")
		w.wantNothingLeft()
		if p := w.payments()[1]; p.ExternalID != id+"-"+p.ID.String() {
			w.t.Errorf("payment %+v", p)
		}
	})
}

func TestWhatOtherHoldsWaitForIsNotTakenFromShares(t *testing.T) {
	run(t, pix.SplitHourly, func(w *world) {
		w.sell(share(10_00, "ana"))
		w.sell(share(10_00, "ana"))
		n := w.book.NextID()
		_, err := book.Do(w.t.Context(), w.book, &pix.PlaceHold{HoldRequest: ledger.HoldRequest{
			ID: ledger.HoldID(n), Account: account, Reason: ledger.ReasonMED, Amount: 5_000_00, Sweep: true, Case: "med-1",
		}, At: time.Now()})
		if err != nil {
			w.t.Fatal(err)
		}
		time.Sleep(time.Hour + time.Second)
		w.want("ana 20.00")
		a, _ := w.store.Account(w.t.Context(), account)
		h, _ := w.store.Hold(w.t.Context(), account, ledger.HoldID(n))
		if a.Available() != 0 || h.Held != 179_60 { // the second fee was saved, and swept
			w.t.Errorf("account %+v, hold %+v", a, h)
		}
	})
}
