package statement_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/store/memory"
)

// world is an account in a store at work.
type world struct {
	t    testing.TB
	s    *memory.Store
	now  time.Time
	last uint64
}

func newWorld(t testing.TB, now time.Time, opening money.Centavos) *world {
	w := &world{t: t, s: memory.New(), now: now, last: 100}
	do(w, &pix.OpenAccount{OpeningBalance: opening, Profile: pix.Profile{
		ID: account, Name: "Loja Exemplo", Document: "11222333000181", Brand: "avista", CreatedAt: now,
		PixKeys: []string{"loja@example.com"},
		Fees:    pix.Fees{Payment: pix.FeeRule{Fixed: 40}, Receipt: pix.FeeRule{Fixed: 10}},
	}})
	return w
}

func do[T any](w *world, c book.Command[T]) (result T) {
	w.t.Helper()
	err := w.s.Commit(context.Background(), c.Needs(), func(b *pix.Books) (err error) {
		b.LastID = w.last
		b.NextNumber = func() uint64 { w.last++; return w.last }
		result, err = c.Decide(b)
		return err
	})
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return result
}

func (w *world) next() uint64 {
	w.last++
	w.now = w.now.Add(time.Second)
	return w.last
}

func endToEnd(n uint64) pixid.EndToEndID {
	return pixid.EndToEndID(fmt.Sprintf("E99999003202611201200%011d", n))
}

func (w *world) pay(amount money.Centavos) pix.Movement {
	n := w.next()
	return do(w, &pix.PlacePayment{
		ID: pix.MovementID(n), Account: account, ExternalID: fmt.Sprint("order-", n), Amount: amount,
		Key: pixid.Key{Type: pixid.KeyEmail, Value: "maria@example.com"}, EndToEndID: endToEnd(n), Rail: pix.RailHTTP,
		Counterpart: pix.Counterpart{Name: "Maria Exemplo", Document: "52998224725"}, At: w.now,
	})
}

func (w *world) event(e pix.Event) {
	w.t.Helper()
	n := w.next()
	e.ID, e.At = fmt.Sprint("event-", n), w.now
	if got := do(w, &pix.ApplyEvent{Event: e, NewID: pix.MovementID(n), Now: w.now}); got != pix.Applied {
		w.t.Fatalf("%+v is %s", e, got)
	}
}

func (w *world) receive(kind pix.EventType, n uint64, amount money.Centavos) {
	w.event(pix.Event{Type: kind, EndToEndID: endToEnd(n), Amount: amount, PixKey: "loja@example.com"})
}

func (w *world) open(p statement.Period) *statement.Statement {
	w.t.Helper()
	s, err := statement.Open(context.Background(), w.s, account, p, statement.Bank{}, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// lines shows the lines of a statement, one a row.
func lines(t testing.TB, s *statement.Statement) string {
	t.Helper()
	var rows []string
	for l, err := range s.Lines(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		row := fmt.Sprintf("%d %s %s fee %s blocked %s leaves %s of %s",
			l.Number, l.Kind, l.Amount, l.Fee, l.Blocked, l.After.Available(), l.After.Posted)
		if l.Reversal {
			row += " reversal"
		}
		for _, h := range l.Holds {
			row += fmt.Sprintf(" %s %s", h.Reason, h.Amount)
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "\n")
}

func TestLinesTellWhatEntriesAreAbout(t *testing.T) {
	w := newWorld(t, at(12, 0), 100_00)
	first := w.pay(10_00)
	w.event(pix.Event{Type: pix.PaymentSettled, EndToEndID: first.EndToEndID})
	second := w.pay(20_00)
	w.event(pix.Event{Type: pix.PaymentRejected, EndToEndID: second.EndToEndID})
	w.receive(pix.ReceiptSettled, 7, 30_00)
	w.receive(pix.ReceiptProcessing, 8, 5_00)
	w.receive(pix.ReceiptFailed, 8, 5_00)
	w.event(pix.Event{
		Type: pix.PaymentReturned, EndToEndID: first.EndToEndID, ReturnID: "D9999900420261120120000000000001", Amount: 4_00,
	})
	hold := do(w, &pix.PlaceHold{At: w.now, HoldRequest: ledger.HoldRequest{
		ID: ledger.HoldID(w.next()), Account: account, Reason: ledger.ReasonJudicial, Amount: 9_00,
	}})
	do(w, &pix.CaptureHold{ID: hold.ID, Amount: 2_00, To: ledger.Settlement, At: w.now})
	do(w, &pix.ReleaseHold{ID: hold.ID, At: w.now})
	want := `1 opening_balance 100.00 fee 0.00 blocked 0.00 leaves 100.00 of 100.00
2 block 0.00 fee 0.00 blocked 10.40 leaves 89.60 of 100.00 payment 10.40
3 pix_out -10.40 fee 0.40 blocked -10.40 leaves 89.60 of 89.60 payment -10.40
4 block 0.00 fee 0.00 blocked 20.40 leaves 69.20 of 89.60 payment 20.40
5 unblock 0.00 fee 0.00 blocked -20.40 leaves 89.60 of 89.60 payment -20.40
6 pix_in 29.90 fee 0.10 blocked 0.00 leaves 119.50 of 119.50
7 pix_in 4.90 fee 0.10 blocked 4.90 leaves 119.50 of 124.40 processing 4.90
8 pix_in -4.90 fee 0.00 blocked -4.90 leaves 119.50 of 119.50 reversal processing -4.90
9 refund_out 4.00 fee 0.00 blocked 0.00 leaves 123.50 of 123.50
10 block 0.00 fee 0.00 blocked 9.00 leaves 114.50 of 123.50 judicial 9.00
11 capture -2.00 fee 0.00 blocked -2.00 leaves 114.50 of 121.50 judicial -2.00
12 unblock 0.00 fee 0.00 blocked -7.00 leaves 121.50 of 121.50 judicial -7.00`
	if got := lines(t, w.open(period("2026-11-20", "2026-11-20"))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for l := range w.open(period("2026-11-20", "2026-11-20")).Lines(t.Context()) {
		if l.Number == 3 && (l.EndToEndID != string(first.EndToEndID) || l.Counterpart.Document != "***.982.247-**" ||
			l.ExternalID != first.ExternalID || l.TransactionID != first.ID.String()) {
			t.Errorf("payment %+v", l)
		}
		if l.Number == 9 && l.ParentID != first.ID.String() {
			t.Errorf("return %+v", l)
		}
	}
}

// TestDaysBeginAtMidnightInSaoPaulo has a line on each side of every midnight.
func TestDaysBeginAtMidnightInSaoPaulo(t *testing.T) {
	midnight := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	w := newWorld(t, midnight.Add(-48*time.Hour), 0)
	for i, moment := range []time.Duration{-time.Second - time.Microsecond, -time.Second, 24*time.Hour - time.Second} {
		w.now = midnight.Add(moment) // and a second more
		w.receive(pix.ReceiptSettled, uint64(i), 1_10)
	}
	for _, test := range []struct{ from, to, want string }{
		{"2026-11-18", "2026-11-18", "0.00: 0 lines: 0.00"},
		{"2026-11-19", "2026-11-19", "0.00: 1 lines: 1.00"},
		{"2026-11-20", "2026-11-20", "1.00: 1 lines: 2.00"},
		{"2026-11-21", "2026-11-21", "2.00: 1 lines: 3.00"},
		{"2026-11-22", "2026-11-22", "3.00: 0 lines: 3.00"},
		{"2026-11-19", "2026-11-20", "0.00: 2 lines: 2.00"},
		{"2026-11-20", "2027-11-20", "1.00: 2 lines: 3.00"},
		{"0001-01-01", "9999-12-31", "0.00: 3 lines: 3.00"},
	} {
		s := w.open(period(test.from, test.to))
		got := fmt.Sprintf("%s: %d lines: %s", s.Opening.Posted, s.Entries, s.Closing.Posted)
		if got != test.want {
			t.Errorf("%s to %s: %s, want %s", test.from, test.to, got, test.want)
		}
		for _, format := range statement.Formats() {
			var out bytes.Buffer
			f := statement.Format(format)
			if err := statement.Write(&out, f, &s.Head, s.Lines(t.Context())); err != nil {
				t.Errorf("%s to %s as %s: %v", test.from, test.to, f, err)
				continue
			}
			addsUp(t, f, &s.Head, out.Bytes())
		}
	}
}

// TestWhatIsBookedLaterIsNotOnIt reads a statement of today while today goes on.
func TestWhatIsBookedLaterIsNotOnIt(t *testing.T) {
	w := newWorld(t, at(12, 0), 100_00)
	s := w.open(period("2026-11-01", "2026-11-30"))
	w.pay(1_00)
	w.receive(pix.ReceiptSettled, 1, 50_00)
	var out bytes.Buffer
	if err := statement.Write(&out, statement.CAMT053, &s.Head, s.Lines(t.Context())); err != nil {
		t.Fatal(err)
	}
	if r := addsUp(t, statement.CAMT053, &s.Head, out.Bytes()); len(r.amounts) != 1 || r.closing != "100.00" {
		t.Errorf("%+v", r)
	}
}

func TestUnknownAccountsHaveNoStatement(t *testing.T) {
	_, err := statement.Open(t.Context(), memory.New(), account, period("2026-11-20", "2026-11-20"), statement.Bank{}, at(1, 0))
	if !errors.Is(err, ledger.ErrAccountNotFound) {
		t.Error(err)
	}
}

// losing is a reader that loses an entry, or fails at it.
type losing struct {
	book.Reader
	number uint64
	err    error
}

func (l losing) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range l.Reader.EntriesBetween(ctx, id, from, until) {
			line, _ := e.Line(id)
			if line.Number == l.number {
				if l.err == nil {
					continue
				}
				e, err = ledger.Entry{}, l.err
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func TestAStatementWithoutSomeLineIsNone(t *testing.T) {
	w := newWorld(t, at(12, 0), 100_00)
	for range 3 {
		w.pay(1_00)
	}
	broken := errors.New("disk on fire")
	for number := uint64(1); number <= 4; number++ {
		for _, fault := range []error{nil, broken} {
			var out bytes.Buffer
			r := losing{w.s, number, fault}
			s, err := statement.Open(t.Context(), r, account, period("2026-11-20", "2026-11-20"), statement.Bank{}, w.now)
			if err == nil {
				err = statement.Write(&out, statement.JSONL, &s.Head, s.Lines(t.Context()))
			}
			want := fault
			if want == nil {
				want = statement.ErrBroken
			}
			if !errors.Is(err, want) {
				t.Errorf("entry %d lost (%v): %v", number, fault, err)
			}
			if strings.Contains(out.String(), `"type":"closing"`) {
				t.Errorf("entry %d lost, and the statement ends:\n%s", number, &out)
			}
		}
	}
}

func TestJSONLinesThatAreCutShortAreNoStatement(t *testing.T) {
	h, all := sample()
	file := write(t, statement.JSONL, &h, all)
	for cut := range len(file) - 1 { // the last byte ends the last line
		head, rest, err := statement.Read(bytes.NewReader(file[:cut]))
		if err == nil {
			err = statement.Write(io.Discard, statement.JSONL, &head, rest)
		}
		if !errors.Is(err, statement.ErrCutShort) {
			t.Fatalf("cut at byte %d of %d: %v", cut, len(file), err)
		}
	}
}
