package book_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
)

// spoiled is a store that tells what it keeps with something changed.
type spoiled struct {
	*memory.Store
	account  func(*ledger.Account)
	entry    func(*ledger.Entry)
	hold     func(*ledger.Hold)
	movement func(*pix.Movement)
	totals   func(book.Totals)
	record   func(*pix.Record)
}

// changed yields what all yields, changed.
func changed[V any](all iter.Seq2[V, error], change func(*V)) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		for v, err := range all {
			if change != nil {
				change(&v)
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

func (s spoiled) EachAccount(ctx context.Context) iter.Seq2[ledger.Account, error] {
	return changed(s.Store.EachAccount(ctx), s.account)
}

func (s spoiled) EachEntry(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Entry, error] {
	return changed(s.Store.EachEntry(ctx, id), func(e *ledger.Entry) {
		e.Lines, e.Holds = slices.Clone(e.Lines), slices.Clone(e.Holds)
		if s.entry != nil {
			s.entry(e)
		}
	})
}

func (s spoiled) EachHold(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Hold, error] {
	return changed(s.Store.EachHold(ctx, id), s.hold)
}

func (s spoiled) EachMovement(ctx context.Context) iter.Seq2[pix.Movement, error] {
	return changed(s.Store.EachMovement(ctx), s.movement)
}

func (s spoiled) EachRecord(ctx context.Context) iter.Seq2[pix.Record, error] {
	return changed(s.Store.EachRecord(ctx), s.record)
}

func (s spoiled) Hold(ctx context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error) {
	h, err := s.Store.Hold(ctx, account, id)
	if s.hold != nil {
		s.hold(&h)
	}
	return h, err
}

func (s spoiled) Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error) {
	m, err := s.Store.Movement(ctx, id)
	if s.movement != nil {
		s.movement(&m)
	}
	return m, err
}

func (s spoiled) Totals(ctx context.Context) (book.Totals, error) {
	totals, err := s.Store.Totals(ctx)
	if s.totals != nil {
		s.totals(totals)
	}
	return totals, err
}

// The numbers of what story leaves.
const (
	settled pix.MovementID = 101 + iota
	rejected
	pending
	processing
	arrived
	failed
	last
)

// do commits one command.
func do[T any](t *testing.T, s *memory.Store, c book.Command[T]) {
	t.Helper()
	err := s.Commit(t.Context(), c.Needs(), func(b *pix.Books) error {
		_, err := c.Decide(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// story fills a store with one payment and one receipt of each status.
func story(t *testing.T) *memory.Store {
	t.Helper()
	s := memory.New()
	fees := pix.Fees{Payment: pix.FeeRule{Fixed: 40}, Receipt: pix.FeeRule{Fixed: 1_00}}
	do(t, s, &pix.OpenAccount{
		Profile:        pix.Profile{ID: loja, PixKeys: []string{"loja@example.com"}, Fees: fees, CreatedAt: noon},
		OpeningBalance: 100_00,
	})
	do(t, s, &pix.OpenAccount{Profile: pix.Profile{ID: loja + 1, CreatedAt: noon}})
	at := noon
	event := func(kind pix.EventType, id pix.MovementID) {
		at = at.Add(time.Second)
		do(t, s, &pix.ApplyEvent{Event: pix.Event{
			ID: fmt.Sprint(at), Type: kind, EndToEndID: endToEnd(id), PixKey: "loja@example.com", Amount: 20_00, At: at,
		}, NewID: id, Now: at})
	}
	for _, id := range []pix.MovementID{settled, rejected, pending} {
		do(t, s, &pix.PlacePayment{
			ID: id, Account: loja, ExternalID: id.String(), Amount: 10_00, EndToEndID: endToEnd(id),
			Rail: pix.RailHTTP, At: at,
		})
	}
	event(pix.PaymentSettled, settled)
	event(pix.PaymentRejected, rejected)
	event(pix.ReceiptProcessing, processing)
	event(pix.ReceiptProcessing, arrived)
	event(pix.ReceiptSettled, arrived)
	event(pix.ReceiptProcessing, failed)
	event(pix.ReceiptFailed, failed)
	do(t, s, &pix.PlaceHold{HoldRequest: ledger.HoldRequest{
		ID: ledger.HoldID(last), Account: loja, Reason: ledger.ReasonMED, Amount: 5_000_00, Sweep: true, Case: "case-1",
	}, At: at})
	err := s.Commit(t.Context(), pix.Needs{}, func(b *pix.Books) error {
		key := pix.RecordKey{Kind: pix.RecordMED, Name: "case-1"}
		b.Records.Put(key, pix.Record{RecordKey: key, Owner: uint64(loja), Number: 1, Body: []byte(`{}`)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVerifyFindsNothingInSoundBooks(t *testing.T) {
	var progress []book.Progress
	report, err := book.Verify(t.Context(), story(t), func(p book.Progress) { progress = append(progress, p) })
	if err != nil || len(report.Findings) != 0 || report.Stopped {
		t.Fatalf("%+v, %v", report, err)
	}
	want := book.Progress{Accounts: 4, Entries: 12, Holds: 7, Movements: 6, Records: 1}
	if report.Progress != want || len(progress) != 1 || progress[0] != want {
		t.Errorf("went over %+v, told of %+v; want %+v", report.Progress, progress, want)
	}
}

func onAccount(id ledger.AccountID, change func(*ledger.Account)) func(*ledger.Account) {
	return func(a *ledger.Account) {
		if a.ID == id {
			change(a)
		}
	}
}

func onHold(id pix.MovementID, change func(*ledger.Hold)) func(*ledger.Hold) {
	return func(h *ledger.Hold) {
		if h.ID == ledger.HoldID(id) {
			change(h)
		}
	}
}

func onMovement(id pix.MovementID, change func(*pix.Movement)) func(*pix.Movement) {
	return func(m *pix.Movement) {
		if m.ID == id {
			change(m)
		}
	}
}

func settle(m *pix.Movement)   { m.Status, m.ProcessedAt = pix.Confirmed, noon }
func unsettle(m *pix.Movement) { m.Status, m.ProcessedAt = pix.Pending, time.Time{} }

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	rail := ledger.SystemAccount(ledger.Settlement, 0)
	cases := []struct {
		name  string
		spoil spoiled
		want  string
	}{
		{"a balance", spoiled{account: onAccount(loja, func(a *ledger.Account) { a.Posted++ })}, "account 10001 entry 12: posted is"},
		{"a system balance", spoiled{account: onAccount(rail, func(a *ledger.Account) { a.Posted-- })}, "account 1000 entry 6: posted is"},
		{"the trial balance", spoiled{account: onAccount(rail, func(a *ledger.Account) { a.Posted-- })}, "trial balance: all accounts sum to -0.01"},
		{"an entry's amount", spoiled{entry: func(e *ledger.Entry) {
			if l, ok := e.Line(loja); ok && l.Number == 5 {
				e.Lines[0].Posted++
			}
		}}, "account 10001 entry 5: does not sum to zero"},
		{"an entry's cause", spoiled{entry: func(e *ledger.Entry) {
			if l, ok := e.Line(loja); ok && l.Number == 1 {
				e.About = 7
			}
		}}, "account 10001 entry 1: its hash"},
		{"what is held", spoiled{hold: onHold(pending, func(h *ledger.Hold) { h.Held--; h.Released++ })}, "movement 103: is pending, and 10.39 of 10.40 is held"},
		{"what was captured", spoiled{hold: onHold(settled, func(h *ledger.Hold) { h.Captured--; h.Released++ })}, "movement 101: is confirmed, and 10.39 of 10.40 was captured"},
		{"a hold's purpose", spoiled{hold: onHold(pending, func(h *ledger.Hold) { h.Reason = ledger.ReasonMED })}, "movement 103: its hold is for med, not for payment"},
		{"a hold's owner", spoiled{hold: onHold(pending, func(h *ledger.Hold) { h.About = 7 })}, "movement 103: its hold is about 7"},
		{"a payment settled, its hold open", spoiled{movement: onMovement(pending, settle)},
			"movement 103: is final, and money is held for it"},
		{"a payment pending, its hold closed", spoiled{movement: onMovement(settled, unsettle)},
			"movement 101: is pending, and 0.00 of 10.40 is held"},
		{"a payment settled, its hold released", spoiled{movement: onMovement(rejected, func(m *pix.Movement) { m.Status = pix.Confirmed })},
			"movement 102: is confirmed, and 0.00 of 10.40 was captured"},
		{"a payment rejected, its hold captured", spoiled{movement: onMovement(settled, func(m *pix.Movement) { m.Status = pix.Failed })},
			"movement 101: is failed, and 0.00 of 10.40 was released"},
		{"a payment's amount", spoiled{movement: onMovement(settled, func(m *pix.Movement) { m.Amount++ })}, "movement 101: asks for 10.41, its hold for 10.40"},
		{"a payment's fee", spoiled{movement: onMovement(pending, func(m *pix.Movement) { m.Fee-- })}, "movement 103: asks for 10.39"},
		{"a payment without a hold", spoiled{movement: onMovement(pending, func(m *pix.Movement) { m.Hold = 0 })}, "movement 103: has no hold"},
		{"a payment with another's hold", spoiled{movement: onMovement(pending, func(m *pix.Movement) { m.Hold = 101 })}, "movement 103: its hold is another movement's"},
		{"a payment of another account", spoiled{movement: onMovement(pending, func(m *pix.Movement) { m.Account++ })}, "account 10002 movement 103: its hold is missing"},
		{"a receipt failed, its hold released", spoiled{movement: onMovement(arrived, func(m *pix.Movement) { m.Status = pix.Failed })},
			"movement 105: is failed, and 0.00 of 19.00 was captured"},
		{"a receipt settled, its hold captured", spoiled{movement: onMovement(failed, func(m *pix.Movement) { m.Status = pix.Confirmed })},
			"movement 106: is confirmed, and 0.00 of 19.00 was released"},
		{"a receipt processed without a hold", spoiled{movement: onMovement(processing, func(m *pix.Movement) { m.Hold = 0 })}, "movement 104: has no hold"},
		{"a receipt final and processed", spoiled{movement: onMovement(arrived, func(m *pix.Movement) { m.Processing = true })}, "movement 105: is confirmed and still processed"},
		{"a final movement without a time", spoiled{movement: onMovement(arrived, func(m *pix.Movement) { m.ProcessedAt = time.Time{} })}, "movement 105: is confirmed and its time"},
		{"a kind", spoiled{movement: onMovement(arrived, func(m *pix.Movement) { m.Kind = 99 })}, "movement 105: is of unknown kind 99"},
		{"a transfer with a hold", spoiled{movement: onMovement(arrived, func(m *pix.Movement) { m.Kind = pix.Transfer })}, "movement 105: transfer has a hold"},
		{"a status", spoiled{movement: onMovement(arrived, func(m *pix.Movement) { m.Status = 99 })}, "movement 105: has unknown status 99"},
		{"a fee above the amount", spoiled{movement: onMovement(arrived, func(m *pix.Movement) { m.Fee = 20_01 })}, "movement 105: its fee is more"},
		{"a record's kind", spoiled{record: func(r *pix.Record) { r.Kind = 99 }},
			`record of kind 99 "case-1": there is no such kind`},
		{"a record's name", spoiled{record: func(r *pix.Record) { r.Name = "" }}, `record of kind 1 "": it has no name`},
		{"a record's body", spoiled{record: func(r *pix.Record) { r.Body = []byte(`{`) }}, `"case-1": its body is not JSON`},
		{"totals", spoiled{totals: func(t book.Totals) { t[ledger.Fees] = book.Total{Accounts: 1, Posted: 1} }},
			"trial balance: fees is told as 1 accounts, posted 0.01, held 0.00, by its accounts 1 accounts, posted 2.40"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.spoil.Store = story(t)
			report, err := book.Verify(t.Context(), c.spoil, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, finding := range report.Findings {
				if strings.Contains(finding.Error(), c.want) {
					return
				}
			}
			t.Errorf("found %q, want %q", report.Findings, c.want)
		})
	}
}

// without is a store in which some records can't be found.
type without struct {
	*memory.Store
	movement pix.MovementID
}

func (s without) EachMovement(ctx context.Context) iter.Seq2[pix.Movement, error] {
	return func(yield func(pix.Movement, error) bool) {
		for m, err := range s.Store.EachMovement(ctx) {
			if m.ID != s.movement && !yield(m, err) {
				return
			}
		}
	}
}

func (s without) Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error) {
	if id == s.movement {
		return pix.Movement{}, pix.ErrNotFound
	}
	return s.Store.Movement(ctx, id)
}

func TestVerifyMissesAPaymentThatMoneyIsHeldFor(t *testing.T) {
	report, err := book.Verify(t.Context(), without{story(t), pending}, nil)
	var wrong *book.MovementError
	if err != nil || len(report.Findings) != 1 || !errors.As(report.Findings[0], &wrong) || wrong.Movement != pending {
		t.Errorf("found %v, %v", report.Findings, err)
	}
}

func TestVerifyFindsSeveralThingsAndStopsAtAHundred(t *testing.T) {
	s := story(t)
	two := spoiled{Store: s, account: onAccount(loja, func(a *ledger.Account) { a.Sweeps = 9 }),
		movement: onMovement(rejected, func(m *pix.Movement) { m.Fee++ })}
	report, err := book.Verify(t.Context(), two, nil)
	if err != nil || len(report.Findings) != 2 || report.Stopped {
		t.Errorf("found %q, %v, stopped %t", report.Findings, err, report.Stopped)
	}
	for n := range 200 {
		do(t, s, &pix.PlaceHold{HoldRequest: ledger.HoldRequest{
			ID: ledger.HoldID(1000 + n), Account: loja, Amount: 1, Sweep: true,
		}, At: noon})
	}
	many := spoiled{Store: s, entry: func(e *ledger.Entry) { e.About++ }}
	report, err = book.Verify(t.Context(), many, nil)
	if err != nil || len(report.Findings) != 100 || !report.Stopped {
		t.Errorf("found %d, %v, stopped %t", len(report.Findings), err, report.Stopped)
	}
}

func TestVerifyEndsWithItsContextAndWithWhatCannotBeRead(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := book.Verify(ctx, story(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	broken := errors.New("disk")
	if _, err := book.Verify(t.Context(), unreadable{story(t), broken}, nil); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// unreadable is a store whose entries can't be read.
type unreadable struct {
	*memory.Store
	err error
}

func (s unreadable) EachEntry(context.Context, ledger.AccountID) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) { yield(ledger.Entry{}, s.err) }
}
