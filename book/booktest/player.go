package booktest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// testSequential plays histories one step after the other: some through a book,
// some in batches as a book would make them.
func testSequential(t *testing.T, empty, reference NewHarness) {
	for i, seed := range seeds(historySeeds) {
		for _, batchMax := range []int{1, 8} {
			if *seedFlag == 0 && (i%2 == 0) != (batchMax == 1) {
				continue
			}
			t.Run(fmt.Sprintf("batches of up to %d", batchMax), func(t *testing.T) {
				defer func() {
					if t.Failed() {
						t.Logf("repeat with -seed=%d", seed)
					}
				}()
				got := play(t, empty(t), seed, batchMax)
				sameDump(t, got, play(t, reference(t), seed, batchMax))
			})
		}
	}
}

// play plays one history on one store, and returns what the store keeps in the end.
func play(t *testing.T, h Harness, seed uint64, batchMax int) []string {
	t.Helper()
	p := &player{f: newFixture(t, h), g: NewGenerator(seed), batchMax: batchMax}
	p.start()
	defer func() { p.stop() }()
	for _, s := range p.g.Open() {
		p.do(s)
	}
	for done := 0; done < historySteps; {
		steps := make([]*Step, 1+p.g.rng.IntN(batchMax))
		for i := range steps {
			steps[i] = p.g.Next()
		}
		p.do(steps...)
		p.compare()
		if p.g.rng.IntN(100) == 0 && h.Durable {
			p.stop()
			p.f.reopen()
			p.start()
		}
		done += len(steps)
	}
	p.compareTotals()
	p.compareSides()
	p.solve()
	sound(t, p.f.s)
	lines := mustDump(t, p.f.s)
	for _, id := range p.g.ids {
		lines = append(lines, extracts(p.f, id)...)
	}
	return lines
}

// player plays a history on a store.
type player struct {
	f        *fixture
	g        *Generator
	batchMax int
	ids      *book.IDs
	book     *book.Book
	stop     func()
	log      []string
}

// start runs a book over the store.
func (p *player) start() {
	// Its own numbers, for what steps create besides, are far above the generator's.
	if p.ids == nil {
		p.ids = book.NewIDs(func() time.Time { return time.Unix(0, 0) }, 0, 1<<50)
	}
	p.book = book.New(p.f.s, p.ids, book.Options{Committers: 1})
	p.stop = runBook(p.f.t, p.book)
}

// runBook runs a book until stop is called.
func runBook(t *testing.T, b *book.Book) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := b.Run(ctx); err != nil {
			t.Errorf("book: %v", err)
		}
	}()
	return func() { cancel(); <-stopped }
}

// do does steps and compares what they answer with what the model says.
func (p *player) do(steps ...*Step) {
	p.f.t.Helper()
	answers := make([]string, len(steps))
	if p.batchMax == 1 {
		for i, s := range steps {
			answers[i] = answer(book.Do(p.f.ctx, p.book, s))
		}
	} else {
		answers = p.batch(steps)
	}
	for i, s := range steps {
		p.log = append(p.log, fmt.Sprintf("%s => %s", s.Text, answers[i]))
		if answers[i] != s.Want {
			p.fail("%s: got %q, the model says %q", s.Text, answers[i], s.Want)
		}
	}
}

// batch does steps in one commit.
func (p *player) batch(steps []*Step) []string {
	answers := make([]string, len(steps))
	n := pix.Needs{Stripe: p.g.rng.IntN(3)}
	for _, s := range steps {
		n.Add(s.needs)
	}
	p.f.fatal(p.f.s.Commit(p.f.ctx, n, func(b *pix.Books) error {
		b.NextNumber = p.ids.Next
		defer func() { b.LastID = p.ids.Last() }()
		for i, s := range steps {
			mark := b.Mark()
			result, err := s.decide(b)
			if err != nil {
				b.Rollback(mark)
			}
			answers[i] = answer(result, err)
		}
		return nil
	}))
	return answers
}

// fail ends the history, showing the steps that led there.
func (p *player) fail(format string, args ...any) {
	p.f.t.Helper()
	const shown = 25
	for i, line := range p.log[max(0, len(p.log)-shown):] {
		p.f.t.Logf("step %d: %s", max(0, len(p.log)-shown)+i, line)
	}
	p.f.t.Fatalf(format, args...)
}

// compare compares every balance with the model's, now and at some instant.
func (p *player) compare() {
	p.f.t.Helper()
	for _, id := range p.g.ids {
		want := p.g.model.accounts[uint64(id)]
		a, err := p.f.s.Account(p.f.ctx, id)
		p.f.fatal(err)
		if int64(a.Posted) != want.posted || int64(a.Held) != want.held || a.Posted < a.Held || a.Held < 0 {
			p.fail("account %s has %s, held %s; the model says %s, held %s", id, a.Posted, a.Held,
				money.Centavos(want.posted), money.Centavos(want.held))
		}
		if len(want.past) == 0 {
			continue
		}
		at := want.past[p.g.rng.IntN(len(want.past))].at.Add(time.Duration(p.g.rng.IntN(3)-1) * time.Microsecond)
		posted, held := want.at(at)
		b, err := p.f.s.BalanceAt(p.f.ctx, id, at)
		p.f.fatal(err)
		if int64(b.Posted) != posted || int64(b.Held) != held {
			p.fail("account %s had %+v at %s; the model says %s, held %s", id, b, at,
				money.Centavos(posted), money.Centavos(held))
		}
	}
}

// compareTotals compares the operator's own accounts with the model's.
func (p *player) compareTotals() {
	p.f.t.Helper()
	got, err := p.f.s.Totals(p.f.ctx)
	p.f.fatal(err)
	m := p.g.model
	for role, want := range map[ledger.Role]int64{
		ledger.Settlement: -m.rail, ledger.Fees: m.fees, ledger.Suspense: m.suspense,
	} {
		if int64(got[role].Posted) != want {
			p.fail("%s has %s, the model says %s", role, got[role].Posted, money.Centavos(want))
		}
	}
	items, err := p.f.s.Suspense(p.f.ctx, 0, 1_000_000)
	p.f.fatal(err)
	if len(items) != m.suspects {
		p.fail("%d items are in suspense, the model says %d", len(items), m.suspects)
	}
}
