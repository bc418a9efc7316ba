package booktest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// start is when every case begins. Whole microseconds are all that a store must
// keep of a time.
var start = time.Date(2026, 11, 20, 12, 0, 0, 123_456_000, time.UTC)

// The accounts of the suite. The last two are as far apart as ids can be.
const (
	maria ledger.AccountID = 10_001
	joao  ledger.AccountID = 10_002
	ana   ledger.AccountID = 3_0000000007
)

// fixture is one case at work on one store.
type fixture struct {
	t      *testing.T
	h      Harness
	s      Store
	ctx    context.Context
	now    time.Time
	lastID uint64
	// numbers counts those that decisions took besides.
	numbers atomic.Uint64
}

func newFixture(t *testing.T, h Harness) *fixture {
	f := &fixture{t: t, h: h, ctx: t.Context(), now: start, lastID: 1 << 22}
	f.s = h.Open(t)
	t.Cleanup(f.close)
	return f
}

func (f *fixture) close() {
	if f.s == nil {
		return
	}
	if err := f.s.Close(); err != nil {
		f.t.Errorf("close: %v", err)
	}
	f.s = nil
}

// reopen closes the store and opens it again.
func (f *fixture) reopen() {
	f.close()
	f.s = f.h.Open(f.t)
}

// fatal fails the case on an error.
func (f *fixture) fatal(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// next returns a new number and lets the clock go on.
func (f *fixture) next() uint64 {
	f.lastID++
	f.now = f.now.Add(time.Millisecond)
	return f.lastID
}

// number gives a decision a number that next never gives.
func (f *fixture) number() uint64 { return 1<<50 + f.numbers.Add(1) }

// run commits one command by itself.
func run[T any](f *fixture, c book.Command[T]) (T, error) {
	var result T
	err := f.s.Commit(f.ctx, c.Needs(), func(b *pix.Books) (err error) {
		b.LastID, b.NextNumber = f.lastID, f.number
		result, err = c.Decide(b)
		return err
	})
	return result, err
}

// must commits one command that has to succeed.
func must[T any](f *fixture, c book.Command[T]) T {
	f.t.Helper()
	result, err := run(f, c)
	if err != nil {
		f.t.Fatalf("%T: %v", c, err)
	}
	return result
}

// write commits what put does to the books.
func (f *fixture) write(n pix.Needs, put func(b *pix.Books)) {
	f.t.Helper()
	f.fatal(f.s.Commit(f.ctx, n, func(b *pix.Books) error {
		b.LastID, b.NextNumber = f.lastID, f.number
		put(b)
		return nil
	}))
}

func profile(id ledger.AccountID, keys ...string) pix.Profile {
	return pix.Profile{
		ID: id, Name: fmt.Sprintf("Loja %s", id), Document: "11144477735", Brand: "avista", City: "São Paulo",
		PixKeys: keys, CreatedAt: start, Fees: pix.Fees{
			Receipt: pix.FeeRule{Rate: 10_000}, Payment: pix.FeeRule{Fixed: 40}, Return: pix.FeeRule{Min: 1, Max: 9},
		},
	}
}

// open opens an account with a balance.
func (f *fixture) open(id ledger.AccountID, balance money.Centavos, keys ...string) {
	f.t.Helper()
	must(f, &pix.OpenAccount{Profile: profile(id, keys...), OpeningBalance: balance})
}

// endToEndID is an end-to-end id made of a number.
func endToEndID(n uint64) pixid.EndToEndID {
	return pixid.EndToEndID(fmt.Sprintf("E12345678202611201200%011d", n%100_000_000_000))
}

func (f *fixture) payment(id ledger.AccountID, amount money.Centavos) *pix.PlacePayment {
	n := f.next()
	return &pix.PlacePayment{
		ID: pix.MovementID(n), Account: id, ExternalID: fmt.Sprintf("order-%d", n), Amount: amount,
		Key: pixid.Key{Type: pixid.KeyEmail, Value: "fornecedor@example.com"}, EndToEndID: endToEndID(n),
		Rail: pix.RailHTTP, At: f.now,
	}
}

func (f *fixture) charge(id ledger.AccountID, amount money.Centavos) *pix.CreateCharge {
	n := f.next()
	return &pix.CreateCharge{
		ID: pix.MovementID(n), Account: id, ExternalID: fmt.Sprintf("invoice-%d", n), Amount: amount,
		TxID: pixid.TxID(fmt.Sprintf("cobranca%024d", n)), Location: fmt.Sprintf("pix.example.com/v2/%d", n),
		Notes: []pix.Note{{Name: "Pedido", Value: "nº 7"}, {Name: "", Value: ""}}, Rail: pix.RailHTTP,
		ExpiresAt: f.now.Add(time.Hour), At: f.now,
	}
}

// event is an event of a type about an end-to-end id.
func (f *fixture) event(kind pix.EventType, id pixid.EndToEndID) *pix.ApplyEvent {
	n := f.next()
	return &pix.ApplyEvent{
		Event: pix.Event{ID: fmt.Sprintf("event-%d", n), Type: kind, EndToEndID: id, At: f.now},
		NewID: pix.MovementID(n), Now: f.now,
	}
}

func (f *fixture) hold(id ledger.AccountID, amount money.Centavos, sweep bool) *pix.PlaceHold {
	n := f.next()
	return &pix.PlaceHold{
		HoldRequest: ledger.HoldRequest{
			ID: ledger.HoldID(n), Account: id, Reason: ledger.ReasonMED, Amount: amount, Sweep: sweep,
			Case: fmt.Sprintf("case-%d", n), Deadline: f.now.Add(7 * 24 * time.Hour),
		},
		At: f.now,
	}
}

// credit brings money to an account's Pix key, free of what its fee takes.
func (f *fixture) credit(key string, amount money.Centavos) pixid.EndToEndID {
	f.t.Helper()
	e := f.event(pix.ReceiptSettled, endToEndID(f.lastID+1))
	e.PixKey, e.Amount = key, amount
	if got := must(f, e); got != pix.Applied {
		f.t.Fatalf("credit was %s", got)
	}
	return e.EndToEndID
}

// balance asserts an account's posted and held.
func (f *fixture) balance(id ledger.AccountID, posted, held money.Centavos) {
	f.t.Helper()
	a, err := f.s.Account(f.ctx, id)
	f.fatal(err)
	if want := (ledger.Balance{Posted: posted, Held: held}); a.Balance != want {
		f.t.Fatalf("account %s has %+v, want %+v", id, a.Balance, want)
	}
}

// same asserts that got reads like want. Times must be equal in zone as well, so
// that nothing depends on the machine's; nil and empty slices are the same.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := readable(got), readable(want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// readable prints a value, or the values of a list, so that what is the same is
// printed the same.
func readable(v any) string {
	switch v := v.(type) {
	case pix.Movement:
		more := v.More()
		v.Parent, v.Returned, v.Terms = 0, 0, nil
		return fmt.Sprintf("%+v%s", v, more)
	case pix.Profile:
		more := v.More()
		v.Settings = pix.Settings{}
		return fmt.Sprintf("%+v%s", v, more)
	case pix.Record:
		return fmt.Sprintf("{%d %q of %d number %d: %s}", v.Kind, v.Name, v.Owner, v.Number, v.Body)
	case pix.SuspenseItem:
		v.Event.ReturnID, v.Event.MED = "", nil // stores need not keep them, see pix.Event
		return fmt.Sprintf("%+v", v)
	case []pix.Movement:
		return readableList(v)
	case []pix.Profile:
		return readableList(v)
	case []pix.Record:
		return readableList(v)
	}
	return fmt.Sprintf("%+v", v)
}

func readableList[V any](list []V) string {
	lines := make([]string, len(list))
	for i, v := range list {
		lines[i] = readable(v)
	}
	return "[" + strings.Join(lines, " ") + "]"
}

// missing asserts that a reader told that there is no such record.
func missing[T any](t *testing.T, what string, want error) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %+v, %v; want error %q", what, got, err, want)
		}
	}
}
