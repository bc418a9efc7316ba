package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// machine does random operations on a small ledger.
type machine struct {
	books     ledger.Books
	customers []ledger.AccountID
	holds     int
	now       time.Time
	marks     []savedMark
}

type savedMark struct {
	mark  ledger.Mark
	holds int
	then  string
}

func newMachine() *machine {
	m := &machine{customers: []ledger.AccountID{10_001, 10_002, 10_003}, now: epoch}
	for _, role := range ledger.SystemRoles() {
		m.books.Open(ledger.SystemAccount(role, 0))
	}
	for _, id := range m.customers {
		m.books.Open(id)
	}
	m.save()
	return m
}

func (m *machine) save() { m.marks = append(m.marks, savedMark{m.books.Mark(), m.holds, m.dump()}) }

// dump is everything that the books contain, as text.
func (m *machine) dump() string {
	var out strings.Builder
	for _, c := range m.books.Accounts.Changes() {
		fmt.Fprintf(&out, "%+v\n", c)
	}
	for id := range m.holds {
		h, ok := m.books.Holds.Get(ledger.HoldID(id + 1))
		if ok {
			fmt.Fprintf(&out, "%+v\n", h)
		}
	}
	for _, e := range m.books.Entries() {
		fmt.Fprintf(&out, "%+v\n", e)
	}
	return out.String()
}

// try does an operation. One that is refused must leave no trace.
func (m *machine) try(t *rapid.T, operation func() error) {
	before := m.dump()
	if err := operation(); err != nil {
		if after := m.dump(); after != before {
			t.Fatalf("refused with %v, and yet it changed\n%s\nto\n%s", err, before, after)
		}
	}
}

func (m *machine) customer(t *rapid.T) ledger.AccountID {
	// Now and then one that does not exist.
	ids := append([]ledger.AccountID{99_999}, m.customers...)
	return rapid.SampledFrom(append(ids, m.customers...)).Draw(t, "account")
}

func (m *machine) amount(t *rapid.T) money.Centavos {
	return money.Centavos(rapid.OneOf(
		rapid.Int64Range(-1, 30), rapid.Int64Range(1, 30), rapid.Int64Range(1, 30), rapid.Int64Range(1<<62, 1<<63-1),
	).Draw(t, "amount"))
}

func (m *machine) hold(t *rapid.T) ledger.HoldID {
	return ledger.HoldID(rapid.IntRange(1, m.holds+1).Draw(t, "hold"))
}

func (m *machine) time(t *rapid.T) time.Time {
	m.now = m.now.Add(time.Duration(rapid.IntRange(-1500, 4000).Draw(t, "ns")))
	return m.now
}

func (m *machine) place(t *rapid.T, sweep bool) {
	r := ledger.HoldRequest{
		ID: ledger.HoldID(m.holds + 1), Account: m.customer(t), Reason: ledger.ReasonMED,
		Amount: m.amount(t), Sweep: sweep,
	}
	at := m.time(t)
	m.try(t, func() error {
		_, err := m.books.Place(r, at)
		if err == nil {
			m.holds++
		}
		return err
	})
}

// requests asks for one or two holds of amounts that nobody has checked.
func (m *machine) requests(t *rapid.T, id ledger.AccountID) []ledger.HoldRequest {
	requests := make([]ledger.HoldRequest, rapid.IntRange(1, 2).Draw(t, "requests"))
	for i := range requests {
		requests[i] = ledger.HoldRequest{
			ID: ledger.HoldID(m.holds + 1 + i), Account: id, Reason: ledger.ReasonSplit, Amount: m.amount(t), About: 9,
		}
	}
	return requests
}

func (m *machine) arriveInPart(t *rapid.T) {
	id, at := m.customer(t), m.time(t)
	requests := m.requests(t, id)
	credit := money.Centavos(rapid.IntRange(0, 30).Draw(t, "more"))
	for _, r := range requests {
		var err error
		if credit, err = credit.Add(max(r.Amount, 1)); err != nil {
			return // more than there can be
		}
	}
	m.try(t, func() error {
		_, err := m.books.ArriveFor(requests, at,
			ledger.Posting{Account: id, Amount: credit}, ledger.Posting{Account: rail, Amount: -credit})
		if err == nil {
			m.holds += len(requests)
		}
		return err
	})
}

// giveOver moves from one or two holds of one account. What is available and
// not swept may not shrink by it, whoever waits.
func (m *machine) giveOver(t *rapid.T) {
	first, at := m.hold(t), m.time(t)
	kept, _ := m.books.Holds.Get(first)
	from := []ledger.Part{{Hold: first, Amount: m.amount(t)}}
	second := m.hold(t)
	if other, ok := m.books.Holds.Get(second); ok && other.Account == kept.Account && second != first {
		from = append(from, ledger.Part{Hold: second, Amount: m.amount(t)})
	}
	to := m.requests(t, kept.Account)
	before, _ := m.books.Accounts.Get(kept.Account)
	m.try(t, func() error {
		opened, err := m.books.Move(from, to, at)
		if err != nil {
			return err
		}
		m.holds += len(to)
		for i, h := range opened {
			if h.Held != to[i].Amount {
				t.Fatalf("moved %s to %+v", to[i].Amount, h)
			}
		}
		after, _ := m.books.Accounts.Get(kept.Account)
		if after.Posted != before.Posted || after.Held > before.Held {
			t.Fatalf("a move made %+v of %+v", after, before)
		}
		return nil
	})
}

func (m *machine) actions() map[string]func(*rapid.T) {
	posting := func(id ledger.AccountID, c money.Centavos) ledger.Posting {
		return ledger.Posting{Account: id, Amount: c}
	}
	return map[string]func(*rapid.T){
		"move": func(t *rapid.T) {
			from, to, c, at := m.customer(t), m.customer(t), max(m.amount(t), 1), m.time(t)
			if from == to || rapid.Bool().Draw(t, "in") {
				from = rail
			}
			m.try(t, func() error { return m.books.Transfer(ledger.Fact{At: at}, posting(from, -c), posting(to, c)) })
		},
		"place":       func(t *rapid.T) { m.place(t, false) },
		"place sweep": func(t *rapid.T) { m.place(t, true) },
		"arrive": func(t *rapid.T) {
			id, c, at := m.customer(t), max(m.amount(t), 1), m.time(t)
			r := ledger.HoldRequest{
				ID: ledger.HoldID(m.holds + 1), Account: id, Reason: ledger.ReasonProcessing, Amount: c,
			}
			m.try(t, func() error {
				_, err := m.books.Arrive(r, at, posting(id, c), posting(rail, -c))
				if err == nil {
					m.holds++
				}
				return err
			})
		},
		"arrive in part": func(t *rapid.T) { m.arriveInPart(t) },
		"give over":      func(t *rapid.T) { m.giveOver(t) },
		"capture": func(t *rapid.T) {
			h, c, at, to := m.hold(t), m.amount(t), m.time(t), m.customer(t)
			if kept, ok := m.books.Holds.Get(h); ok && kept.Account == to {
				to = rail
			}
			m.try(t, func() error { _, err := m.books.Capture(h, c, at, posting(to, c)); return err })
		},
		"release": func(t *rapid.T) {
			h, c, at := m.hold(t), m.amount(t), m.time(t)
			m.try(t, func() error { _, err := m.books.Release(h, c, at); return err })
		},
		"void": func(t *rapid.T) {
			h, at := m.hold(t), m.time(t)
			m.try(t, func() error { _, err := m.books.Void(h, at); return err })
		},
		"mark": func(*rapid.T) { m.save() },
		"rollback": func(t *rapid.T) {
			i := rapid.IntRange(0, len(m.marks)-1).Draw(t, "mark")
			saved := m.marks[i]
			m.marks = m.marks[:i+1]
			m.books.Rollback(saved.mark)
			m.holds = saved.holds
			if got := m.dump(); got != saved.then {
				t.Fatalf("rolled back to\n%s\nnot to\n%s", got, saved.then)
			}
		},
		"": m.invariants,
	}
}

// invariants are written without AccountCheck, so that each watches the other.
func (m *machine) invariants(t *rapid.T) {
	type running struct {
		posted, held money.Centavos
		number       uint64
		at           time.Time
	}
	sums := make(map[ledger.AccountID]running)
	changes := make(map[ledger.HoldID]money.Centavos)
	for _, e := range m.books.Entries() {
		var sum money.Centavos
		for _, l := range e.Lines {
			r := sums[l.Account]
			if r = (running{r.posted + l.Posted, r.held + l.Held, r.number + 1, r.at}); l.Number != r.number {
				t.Fatalf("account %s has number %d after %d", l.Account, l.Number, r.number-1)
			}
			if l.PostedAfter != r.posted || l.HeldAfter != r.held || l.At.Before(r.at) {
				t.Fatalf("line %+v does not follow %+v", l, r)
			}
			r.at = l.At
			sums[l.Account] = r
			sum += l.Posted
		}
		if sum != 0 {
			t.Fatalf("entry %+v sums to %s", e, sum)
		}
		for _, h := range e.Holds {
			changes[h.Hold] += h.Held
		}
	}
	open := m.openHolds(t, changes)
	for _, id := range m.customers {
		a, _ := m.books.Accounts.Get(id)
		r := sums[id]
		if a.Posted != r.posted || a.Held != r.held || a.Entries != r.number || a.Held != open[id] {
			t.Fatalf("account %+v, by its lines %+v, by its holds %s", a, r, open[id])
		}
		if a.Held < 0 || a.Posted < a.Held {
			t.Fatalf("account %+v has less than nothing", a)
		}
	}
	if wrong := wrongs(&m.books); len(wrong) > 0 {
		t.Fatalf("AccountCheck finds %v", wrong)
	}
}

// openHolds checks every hold and sums what is held by account.
func (m *machine) openHolds(t *rapid.T, changes map[ledger.HoldID]money.Centavos) map[ledger.AccountID]money.Centavos {
	open := make(map[ledger.AccountID]money.Centavos)
	for id := range m.holds {
		h, _ := m.books.Holds.Get(ledger.HoldID(id + 1))
		switch {
		case h.Requested != h.Held+h.Captured+h.Released+h.Cancelled+h.Shortfall():
			t.Fatalf("hold %+v does not add up", h)
		case min(h.Held, h.Captured, h.Released, h.Cancelled, h.Shortfall()) < 0:
			t.Fatalf("hold %+v has a negative amount", h)
		case h.Held != changes[h.ID]:
			t.Fatalf("hold %+v, by the entries %s", h, changes[h.ID])
		case !h.Open() && (h.Held != 0 || h.Shortfall() != 0):
			t.Fatalf("hold %+v is closed", h)
		}
		open[h.Account] += h.Held
	}
	return open
}

func TestRandomOperationsKeepTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { t.Repeat(newMachine().actions()) })
}

func TestOnlySoManyHoldsMayWait(t *testing.T) {
	w := newWorld(t)
	maria := w.account("maria")
	place := func(id int) error {
		r := ledger.HoldRequest{ID: ledger.HoldID(id), Account: maria, Amount: 1, Sweep: true}
		_, err := w.books.Place(r, epoch)
		return err
	}
	const waitingMax = 1000
	for id := range waitingMax {
		if err := place(id + 1); err != nil {
			t.Fatalf("hold %d: %v", id+1, err)
		}
	}
	if err := place(waitingMax + 1); err != ledger.ErrTooManyWaiting {
		t.Fatalf("one hold too many: %v", err)
	}
	// Money that comes in is never refused for it, and makes room.
	if err := w.do("credit", []string{"maria", "0.01"}); err != nil {
		t.Fatal(err)
	}
	if err := place(waitingMax + 1); err != nil {
		t.Fatalf("after one hold was filled: %v", err)
	}
	if err := w.do("credit", []string{"maria", "99.99"}); err != nil {
		t.Fatal(err)
	}
	// 10 000 centavos came in, of which each hold took the one it waited for.
	if a, _ := w.books.Accounts.Get(maria); a.Held != waitingMax+1 || a.Sweeps != 0 || a.Posted != 10_000 {
		t.Errorf("account %+v", a)
	}
	verify(t, &w.books)
}

func TestTimesAreKeptInWholeMicroseconds(t *testing.T) {
	w := newWorld(t)
	w.now = epoch.Add(1234567)
	w.Do([]string{"credit", "maria", "1.00"})
	w.Do([]string{"hold", "h1", "maria", "1.00"})
	w.Do([]string{"void", "h1"})
	h, _ := w.books.Holds.Get(1)
	want := epoch.Add(1234 * time.Microsecond)
	if !h.OpenedAt.Equal(want) || !h.ClosedAt.Equal(want) || !w.books.Entries()[2].At.Equal(want) {
		t.Errorf("opened %s, closed %s, entry %s, want %s", h.OpenedAt, h.ClosedAt, w.books.Entries()[2].At, want)
	}
	verify(t, &w.books)
}

func TestARollbackForgetsWhoWaited(t *testing.T) {
	w := newWorld(t)
	maria, joao := w.account("maria"), w.account("joao")
	wait := func(id ledger.HoldID, account ledger.AccountID) {
		r := ledger.HoldRequest{ID: id, Account: account, Amount: 5, Sweep: true}
		if _, err := w.books.Place(r, epoch); err != nil {
			t.Fatal(err)
		}
	}
	wait(1, maria)
	mark := w.books.Mark()
	wait(2, maria)
	w.books.Rollback(mark)
	wait(2, joao) // the number was not used after all
	w.Do([]string{"credit", "maria", "0.20"})
	for id, want := range map[ledger.HoldID]money.Centavos{1: 5, 2: 0} {
		if h, _ := w.books.Holds.Get(id); h.Held != want {
			t.Errorf("hold %d has %s, want %s", id, h.Held, want)
		}
	}
	verify(t, &w.books)
}
