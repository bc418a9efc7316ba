package booktest

import (
	"errors"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// unfit sends a receipt for nobody, and returns what is in suspense for it.
func unfit(f *fixture, n uint64, amount money.Centavos) pix.SuspenseItem {
	f.t.Helper()
	e := f.event(pix.ReceiptSettled, endToEndID(n))
	e.PixKey, e.Amount = "nobody@example.com", amount
	if got := must(f, e); got != pix.Suspended {
		f.t.Fatalf("event is %s", got)
	}
	items, err := f.s.Suspense(f.ctx, uint64(e.NewID)-1, 1)
	f.fatal(err)
	if len(items) != 1 {
		f.t.Fatalf("items %+v", items)
	}
	return items[0]
}

// solvedSuspense wants what leads to a suspense item to lead on to the receipt that
// it has become, in look-ups, commits and statements.
func solvedSuspense(f *fixture) {
	f.open(maria, 0)
	item, other := unfit(f, 1, 10_00), unfit(f, 2, 20_00)
	key := pix.Key{Space: pix.SpaceEndToEndIn, Value: string(item.Event.EndToEndID)}
	got, err := f.s.Lookup(f.ctx, key)
	f.fatal(err)
	same(f.t, "before", got, pix.Target{ID: item.ID})
	solve := &pix.ResolveSuspense{
		Item: item, Action: pix.SolveCredit, Account: maria, NewID: pix.MovementID(f.next()), Now: f.now,
	}
	same(f.t, "resolution", must(f, solve), pix.Resolution{
		Item: item.ID, Action: pix.SolveCredit, Account: maria, Movement: solve.NewID, At: f.now,
	})
	want := pix.Target{Account: maria, ID: uint64(solve.NewID)}
	got, err = f.s.Lookup(f.ctx, key)
	f.fatal(err)
	same(f.t, "after", got, want)
	untouched := pix.Key{Space: pix.SpaceEndToEndIn, Value: string(other.Event.EndToEndID)}
	ofEvent := pix.Key{Space: pix.SpaceEvent, Value: item.Event.ID}
	err = f.s.Commit(f.ctx, pix.Needs{Keys: []pix.Key{key, untouched, ofEvent}}, func(b *pix.Books) error {
		target, _ := b.Keys.Get(key)
		same(f.t, "in a commit", target, want)
		target, _ = b.Keys.Get(untouched)
		same(f.t, "of an item that is open", target, pix.Target{ID: other.ID})
		target, _ = b.Keys.Get(ofEvent)
		same(f.t, "of the event", target, pix.Target{ID: item.ID})
		if m, ok := b.Movements.Get(solve.NewID); !ok || m.EndToEndID != item.Event.EndToEndID {
			f.t.Errorf("loaded %+v", m)
		}
		if a, ok := b.Accounts.Get(maria); !ok || a.Posted != 9_90 {
			f.t.Errorf("loaded %+v", a)
		}
		return nil
	})
	f.fatal(err)
	page, total, err := f.s.Statement(f.ctx, book.StatementQuery{
		Account: maria, EndToEndID: string(item.Event.EndToEndID), Limit: 10,
	})
	f.fatal(err)
	if total != 1 || len(page) != 1 || page[0].ID != solve.NewID {
		f.t.Errorf("the statement has %d: %+v", total, page)
	}
	sound(f.t, f.s)
}

// resolvedOnce wants of many who solve an item at the same time one to do it.
func resolvedOnce(f *fixture) {
	f.open(maria, 0)
	f.open(joao, 0)
	item := unfit(f, 1, 10_00)
	var callers sync.WaitGroup
	var mu sync.Mutex
	done := make(map[ledger.AccountID]int) // guarded by mu
	var commands []*pix.ResolveSuspense
	for i := range 8 {
		commands = append(commands, &pix.ResolveSuspense{
			Item: item, Action: pix.SolveCredit, Account: []ledger.AccountID{maria, joao}[i%2],
			NewID: pix.MovementID(f.next()), Now: f.now,
		})
	}
	for _, c := range commands {
		callers.Go(func() {
			_, err := run(f, c)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done[c.Account]++
			case !errors.Is(err, pix.ErrResolved):
				f.t.Error(err)
			}
		})
	}
	callers.Wait()
	totals, err := f.s.Totals(f.ctx)
	f.fatal(err)
	if len(done) != 1 || done[maria]+done[joao] != 4 {
		f.t.Errorf("solved for %v", done)
	}
	if totals[ledger.Suspense].Posted != 0 || totals[ledger.Customer].Posted != 9_90 {
		f.t.Errorf("totals %+v", totals)
	}
	sound(f.t, f.s)
}

// holdsByAge wants the sums of open holds of all accounts, by reason and stretch.
func holdsByAge(f *fixture) {
	ids := []ledger.AccountID{maria, joao, ana}
	for _, id := range ids {
		f.open(id, 1_000_00)
	}
	first := f.now.Add(time.Minute)
	instants := []time.Time{first.Add(time.Hour), first.Add(2 * time.Hour), first.Add(2*time.Hour + 1)}
	want := book.NewHoldSums(instants)
	var last *pix.PlaceHold
	for i := range 12 {
		f.now = first.Add(time.Duration(i/2) * 30 * time.Minute)
		c := f.hold(ids[i%3], money.Centavos(i+1)*100, true)
		if i%2 == 1 {
			c.Reason = ledger.ReasonJudicial
		}
		if i == 7 {
			c.Amount = 5_000_00 // a shortfall
		}
		want.Add(must(f, c))
		last = c
	}
	ended := f.hold(maria, 1, true)
	must(f, ended)
	must(f, &pix.ReleaseHold{ID: ended.ID, At: f.now})
	got, err := f.s.HoldsByAge(f.ctx, instants)
	f.fatal(err)
	same(f.t, "sums", got, want.List())
	if len(got) < 5 || last.Account != ana {
		f.t.Errorf("only %d sums", len(got))
	}
	all, err := f.s.HoldsByAge(f.ctx, nil)
	f.fatal(err)
	held := money.Centavos(0)
	for _, a := range all {
		held += a.Held
		same(f.t, "without instants", a.Stretch, 0)
	}
	totals, err := f.s.Totals(f.ctx)
	f.fatal(err)
	same(f.t, "held", held, totals[ledger.Customer].Held)
}

// solve resolves all that a history left in suspense, one way or another, and wants
// nothing to be left there.
func (p *player) solve() {
	p.f.t.Helper()
	items, err := p.f.s.Suspense(p.f.ctx, 0, 1_000_000)
	p.f.fatal(err)
	for i, item := range items {
		account := p.g.ids[i%len(p.g.ids)]
		ways := []pix.Solution{pix.SolveApply, pix.SolveDismiss, pix.SolveCredit, pix.SolveDebit}
		ways = append(ways, []pix.Solution{pix.SolveReturned, pix.SolveHouse}[i%2])
		for n, way := range ways {
			c := &pix.ResolveSuspense{
				Item: item, Event: item.Event, Action: way, NewID: pix.MovementID(1<<51 + i),
				Now: p.f.now.Add(time.Hour),
			}
			if way.NamesAccount() {
				c.Account = account
			}
			first, err := book.Do(p.f.ctx, p.book, c)
			if err == nil {
				again, err := book.Do(p.f.ctx, p.book, c)
				p.f.fatal(err)
				same(p.f.t, "the same again", again, first)
				break
			}
			if n == len(ways)-1 {
				p.fail("item %+v can't be resolved: %v", item, err)
			}
		}
	}
	totals, err := p.f.s.Totals(p.f.ctx)
	p.f.fatal(err)
	if left := totals[ledger.Suspense].Posted; left != 0 {
		p.fail("%s are left in suspense", left)
	}
}
