package booktest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// seen commits without a change and shows the books to look.
func (f *fixture) seen(n pix.Needs, look func(b *pix.Books)) {
	f.t.Helper()
	f.write(n, look)
}

func needsOfKeys(f *fixture) {
	f.open(maria, 500_00, "loja@example.com")
	must(f, f.hold(joaoOf(f), 900_00, true)) // another account's hold must not be mixed in
	waiting := f.hold(maria, 900_00, true)
	p, c := f.payment(maria, 10_00), f.charge(maria, 5_00)
	must(f, p)
	must(f, waiting)
	must(f, c)
	arrived := f.event(pix.ReceiptProcessing, endToEndID(77))
	arrived.TxID, arrived.Amount = string(c.TxID), c.Amount
	must(f, arrived)
	for _, way := range []struct {
		key      pix.Key
		movement pix.MovementID
		hold     ledger.HoldID
	}{
		{pix.MovementKey(p.ID), p.ID, ledger.HoldID(p.ID)},
		{pix.Key{Space: pix.SpacePayment, Account: maria, Value: p.ExternalID}, p.ID, ledger.HoldID(p.ID)},
		{pix.Key{Space: pix.SpaceEndToEndOut, Value: string(p.EndToEndID)}, p.ID, ledger.HoldID(p.ID)},
		{pix.Key{Space: pix.SpaceEndToEndIn, Value: string(arrived.EndToEndID)}, c.ID, ledger.HoldID(c.ID)},
		{pix.Key{Space: pix.SpaceTxID, Value: string(c.TxID)}, c.ID, ledger.HoldID(c.ID)},
		{pix.Key{Space: pix.SpaceCharge, Account: maria, Value: c.ExternalID}, c.ID, ledger.HoldID(c.ID)},
		{pix.HoldKey(waiting.ID), 0, waiting.ID},
		{pix.Key{Space: pix.SpaceCase, Account: maria, Value: "med/" + waiting.Case}, 0, waiting.ID},
		{pix.Key{Space: pix.SpacePixKey, Value: "loja@example.com"}, 0, 0},
	} {
		f.seen(pix.Needs{Keys: []pix.Key{way.key}}, func(b *pix.Books) {
			what := fmt.Sprintf("key %+v", way.key)
			if _, ok := b.Keys.Get(way.key); !ok {
				f.t.Errorf("%s is not loaded", what)
			}
			if m, ok := b.Movements.Get(way.movement); ok != (way.movement != 0) || m.ID != way.movement {
				f.t.Errorf("%s: movement %+v, %t", what, m, ok)
			}
			if h, ok := b.Holds.Get(way.hold); ok != (way.hold != 0) || h.ID != way.hold {
				f.t.Errorf("%s: hold %+v, %t", what, h, ok)
			}
			f.closure(b, what, waiting.ID)
		})
	}
}

// joaoOf opens joao's account, with nothing in it.
func joaoOf(f *fixture) ledger.AccountID {
	f.open(joao, 0)
	return joao
}

// closure asserts that maria, her profile, the hold that waits for her credits,
// and the system accounts are loaded and that joao is not.
func (f *fixture) closure(b *pix.Books, what string, waiting ledger.HoldID) {
	f.t.Helper()
	if a, ok := b.Accounts.Get(maria); !ok || a.Entries == 0 || a.Sweeps != 1 {
		f.t.Errorf("%s: account %+v, %t", what, a, ok)
	}
	if p, ok := b.Profiles.Get(maria); !ok || p.Name == "" {
		f.t.Errorf("%s: profile %+v, %t", what, p, ok)
	}
	if h, ok := b.Holds.Get(waiting); !ok || h.Account != maria {
		f.t.Errorf("%s: the hold that waits is %+v, %t", what, h, ok)
	}
	for _, role := range ledger.SystemRoles() {
		if a, ok := b.Accounts.Get(ledger.SystemAccount(role, 0)); !ok || a.ID != ledger.SystemAccount(role, 0) {
			f.t.Errorf("%s: %s account %+v, %t", what, role, a, ok)
		}
	}
	if _, ok := b.Accounts.Get(joao); ok {
		f.t.Errorf("%s: another account was loaded", what)
	}
	if changes := b.Accounts.Changes(); len(changes) != 0 || b.Changed() {
		f.t.Errorf("%s: loading counts as a change: %+v", what, changes)
	}
}

// needsOfSpaces takes a key in every space, most of them for what no command takes
// it for.
func needsOfSpaces(f *fixture) {
	f.open(maria, 500_00)
	joaoOf(f)
	p, waiting := f.payment(maria, 10_00), f.hold(maria, 900_00, true)
	must(f, p)
	must(f, waiting)
	for _, space := range pix.Spaces()[1:] {
		target := pix.Target{Account: maria, ID: uint64(p.ID)}
		if space.LeadsToHold() {
			target.ID = uint64(waiting.ID)
		}
		key := pix.Key{Space: space, Value: "by " + strconv.Itoa(int(space))}
		scoped := key
		scoped.Account = maria
		f.write(pix.Needs{Accounts: []ledger.AccountID{maria}}, func(b *pix.Books) {
			b.Keys.Put(key, target)
			b.Keys.Put(scoped, target)
		})
		for _, key := range []pix.Key{key, scoped} {
			f.seen(pix.Needs{Keys: []pix.Key{key}}, func(b *pix.Books) {
				what := fmt.Sprintf("key %+v", key)
				if got, ok := b.Keys.Get(key); !ok || got != target {
					f.t.Errorf("%s leads to %+v, %t", what, got, ok)
				}
				m, ok := b.Movements.Get(p.ID)
				if ok != space.LeadsToMovement() || ok && m.Account != maria {
					f.t.Errorf("%s: movement %+v, %t", what, m, ok)
				}
				h, ok := b.Holds.Get(ledger.HoldID(p.ID))
				if ok != space.LeadsToMovement() || ok && h.Account != maria {
					f.t.Errorf("%s: its hold %+v, %t", what, h, ok)
				}
				f.closure(b, what, waiting.ID)
			})
		}
	}
}

func needsOfAccounts(f *fixture) {
	f.open(maria, 5_00, "loja@example.com")
	joaoOf(f)
	full, waiting := f.hold(maria, 5_00, true), f.hold(maria, 900_00, true)
	must(f, full)
	must(f, waiting)
	f.seen(pix.Needs{Accounts: []ledger.AccountID{maria}}, func(b *pix.Books) {
		f.closure(b, "account", waiting.ID)
		if _, ok := b.Holds.Get(full.ID); ok {
			f.t.Log("a hold that does not wait was loaded as well") // allowed, but a waste
		}
	})
	// System accounts are there by stripe, whether anything was posted to them or not.
	f.seen(pix.Needs{Stripe: 17}, func(b *pix.Books) {
		a, ok := b.Accounts.Get(ledger.SystemAccount(ledger.Fees, 17))
		if !ok || a != (ledger.Account{ID: ledger.SystemAccount(ledger.Fees, 17)}) || b.Stripe != 17 {
			f.t.Errorf("stripe %d, account %+v, %t", b.Stripe, a, ok)
		}
		if b.Changed() {
			f.t.Errorf("loading counts as a change: %+v", b.Accounts.Changes())
		}
	})
}

func needsOfJobs(f *fixture) {
	f.open(maria, 5_00)
	p := f.payment(maria, 1_00)
	must(f, p)
	key := pix.JobKey{Topic: pix.RailHTTP, ID: uint64(p.ID)}
	other := pix.JobKey{Topic: pix.RailSandbox, ID: uint64(p.ID)}
	f.seen(pix.Needs{Jobs: []pix.JobKey{key, other, key}}, func(b *pix.Books) {
		if j, ok := b.Jobs.Get(key); !ok || j.Account != maria || j.Subject != uint64(p.ID) {
			f.t.Errorf("job %+v, %t", j, ok)
		}
		if j, ok := b.Jobs.Get(other); ok {
			f.t.Errorf("a job of another topic: %+v", j)
		}
	})
}

func needsOfNothing(f *fixture) {
	f.open(maria, 5_00)
	n := pix.Needs{
		Accounts: []ledger.AccountID{joao, maria, maria, joao},
		Keys: []pix.Key{
			pix.MovementKey(99), pix.MovementKey(99), {Space: pix.SpaceMovement, Value: "not a number"},
			{Space: pix.SpaceTxID, Value: "none"}, pix.HoldKey(5), {Space: pix.SpaceEvent, Value: "none"},
		},
	}
	f.seen(n, func(b *pix.Books) {
		if _, ok := b.Accounts.Get(joao); ok {
			f.t.Error("an account that was never opened is there")
		}
		for _, key := range n.Keys {
			if target, ok := b.Keys.Get(key); ok {
				f.t.Errorf("%+v leads to %+v", key, target)
			}
		}
	})
}

func decideError(f *fixture) {
	f.open(maria, 100_00)
	before := mustDump(f.t, f.s)
	p := f.payment(maria, 1_00)
	want := &ledger.InsufficientFundsError{Available: 1, Wanted: 2}
	err := f.s.Commit(f.ctx, p.Needs(), func(b *pix.Books) error {
		b.LastID = 1 << 50
		if _, err := p.Decide(b); err != nil {
			return err
		}
		return want
	})
	var got *ledger.InsufficientFundsError
	if !errors.As(err, &got) || got != want {
		f.t.Errorf("got %v, want the error of decide", err)
	}
	sameDump(f.t, mustDump(f.t, f.s), before)
	missing[pix.Target](f.t, "key of what was not written", pix.ErrNotFound)(
		f.s.Lookup(f.ctx, pix.Key{Space: pix.SpacePayment, Account: maria, Value: p.ExternalID}))
}

func refusedInBatch(f *fixture) {
	f.open(maria, 100_00)
	good, bad, last := f.payment(maria, 60_00), f.payment(maria, 60_00), f.payment(maria, 20_00)
	var n pix.Needs
	for _, p := range []*pix.PlacePayment{good, bad, last} {
		n.Add(p.Needs())
	}
	f.write(n, func(b *pix.Books) {
		for _, p := range []*pix.PlacePayment{good, bad, last} {
			mark := b.Mark()
			if _, err := p.Decide(b); err != nil {
				b.Rollback(mark)
			}
		}
	})
	f.balance(maria, 100_00, 80_80)
	missing[pix.Movement](f.t, "refused payment", pix.ErrNotFound)(f.s.Movement(f.ctx, bad.ID))
	missing[ledger.Hold](f.t, "refused hold", pix.ErrNotFound)(f.s.Hold(f.ctx, maria, ledger.HoldID(bad.ID)))
	missing[pix.Target](f.t, "refused key", pix.ErrNotFound)(
		f.s.Lookup(f.ctx, pix.Key{Space: pix.SpaceEndToEndOut, Value: string(bad.EndToEndID)}))
	jobs, err := f.s.Jobs(f.ctx, pix.RailHTTP, 0, 10)
	f.fatal(err)
	if len(jobs) != 2 {
		f.t.Errorf("jobs %+v", jobs)
	}
	must(f, &pix.PlacePayment{ // the refused one's id is free
		ID: bad.ID + 100, Account: maria, ExternalID: bad.ExternalID, Amount: 1_00, EndToEndID: bad.EndToEndID,
		Rail: pix.RailHTTP, At: f.now,
	})
	sound(f.t, f.s)
}

func noChange(f *fixture) {
	f.open(maria, 100_00)
	before := mustDump(f.t, f.s)
	f.fatal(f.s.Commit(f.ctx, pix.Needs{Accounts: []ledger.AccountID{maria}}, func(*pix.Books) error { return nil }))
	f.fatal(f.s.Commit(f.ctx, pix.Needs{}, func(b *pix.Books) error {
		mark := b.Mark()
		b.Open(joao)
		b.Rollback(mark)
		return nil
	}))
	sameDump(f.t, mustDump(f.t, f.s), before)
}

func readYourWrites(f *fixture) {
	f.open(maria, 1000_00)
	for i := range 100 {
		p := f.payment(maria, 1_00)
		must(f, p)
		f.balance(maria, 1000_00, money.Centavos(i+1)*1_40)
		if m, err := f.s.Movement(f.ctx, p.ID); err != nil || m.Status != pix.Pending {
			f.t.Fatalf("movement %+v, %v", m, err)
		}
	}
}

func bigBatch(f *fixture) {
	f.open(maria, 10_000_00)
	f.open(joao, 10_000_00)
	const many = 600
	var n pix.Needs
	var payments []*pix.PlacePayment
	for i := range many {
		p := f.payment([]ledger.AccountID{maria, joao}[i%2], 1_00)
		payments = append(payments, p)
		n.Add(p.Needs())
	}
	f.write(n, func(b *pix.Books) {
		for _, p := range payments {
			if _, err := p.Decide(b); err != nil {
				f.t.Error(err)
			}
		}
	})
	f.balance(maria, 10_000_00, many/2*1_40)
	var settle pix.Needs
	var events []*pix.ApplyEvent
	for _, p := range payments {
		e := f.event(pix.PaymentSettled, p.EndToEndID)
		events = append(events, e)
		settle.Add(e.Needs())
	}
	f.write(settle, func(b *pix.Books) {
		for _, e := range events {
			if got, err := e.Decide(b); got != pix.Applied || err != nil {
				f.t.Errorf("settle: %s, %v", got, err)
			}
		}
	})
	f.balance(joao, 10_000_00-many/2*1_40, 0)
	if report := sound(f.t, f.s); report.Movements != many || report.Holds != many || report.Entries != 2*many+2 {
		f.t.Errorf("report %+v", report)
	}
}

func concurrentCommits(f *fixture) {
	f.open(maria, 50_00)
	f.open(joao, 1_000_00)
	const callers = 64
	var accepted atomic.Int64
	var all sync.WaitGroup
	var pairs [callers][2]*pix.PlacePayment
	for i := range pairs {
		// Each tries to take more than its share of maria's money.
		pairs[i] = [2]*pix.PlacePayment{f.payment(maria, 2_10), f.payment(joao, 1_00)}
	}
	for i, pair := range pairs {
		own, others := pair[0], pair[1]
		all.Go(func() {
			_, err := run(f, own)
			switch {
			case err == nil:
				accepted.Add(1)
			case !errors.Is(err, ledger.ErrInsufficientFunds):
				f.t.Errorf("caller %d: %v", i, err)
			}
			if _, err := run(f, others); err != nil {
				f.t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if got := accepted.Load(); got != 20 {
		f.t.Errorf("%d payments of 2.50 were accepted from 50.00", got)
	}
	f.balance(maria, 50_00, 50_00)
	f.balance(joao, 1_000_00, callers*1_40)
	sound(f.t, f.s)
}

// snapshots reads while others commit: what is held in an account must always
// be what its newest line says.
func snapshots(f *fixture) {
	f.open(maria, 1_000_00)
	const writers, each = 4, 50
	var writing sync.WaitGroup
	payments := make([]*pix.PlacePayment, writers*each)
	for i := range payments {
		payments[i] = f.payment(maria, 1_00)
	}
	for own := range slices.Chunk(payments, each) {
		writing.Go(func() {
			for _, p := range own {
				if _, err := run(f, p); err != nil {
					f.t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	far := f.now.Add(100 * 365 * 24 * 60 * 60 * 1e9)
	for entries := uint64(0); ; {
		a, err := f.s.Account(f.ctx, maria)
		f.fatal(err)
		if a.Entries < entries || a.Held != money.Centavos(a.Entries-1)*1_40 {
			f.t.Fatalf("after entry %d: account %+v", entries, a)
		}
		entries = a.Entries
		if b, err := f.s.BalanceAt(f.ctx, maria, far); err != nil || b.Held < a.Held || b.Held%1_40 != 0 {
			f.t.Fatalf("balance in the future %+v, %v after %+v", b, err, a)
		}
		if t, err := f.s.Totals(f.ctx); err != nil || t[ledger.Customer].Held%1_40 != 0 {
			f.t.Fatalf("totals %+v, %v", t, err)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func walks(f *fixture) {
	f.open(ana, 10_00)
	f.open(maria, 10_00)
	must(f, f.payment(maria, 1_00))
	must(f, f.hold(maria, 1_00, false))
	var ids []ledger.AccountID
	for a, err := range f.s.EachAccount(f.ctx) {
		f.fatal(err)
		ids = append(ids, a.ID)
	}
	rail := ledger.SystemAccount(ledger.Settlement, 0)
	if !slices.IsSorted(ids) || !slices.Contains(ids, maria) || !slices.Contains(ids, rail) {
		f.t.Errorf("accounts %v", ids)
	}
	var numbers []uint64
	for e, err := range f.s.EachEntry(f.ctx, rail) {
		f.fatal(err)
		if len(e.Lines) != 2 {
			f.t.Errorf("an entry lacks its other lines: %+v", e)
		}
		l, _ := e.Line(rail)
		numbers = append(numbers, l.Number)
	}
	same(f.t, "numbers of entries", numbers, []uint64{1, 2})
	for range f.s.EachAccount(f.ctx) {
		break
	}
	for range f.s.EachEntry(f.ctx, maria) {
		break
	}
	for range f.s.EachHold(f.ctx, maria) {
		break
	}
	for range f.s.EachMovement(f.ctx) {
		break
	}
	must(f, f.payment(maria, 1_00)) // nothing is left locked
	for a, err := range f.s.EachAccount(f.ctx) {
		f.fatal(err)
		for range f.s.EachEntry(f.ctx, a.ID) { // one walk within another
			break
		}
	}
}
