package booktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// entriesBetween asks for stretches of time that begin and end around lines, of
// accounts whose entries are their own and of accounts that many payments of one
// commit touch, with more entries than fit into any page.
func entriesBetween(f *fixture) {
	bigBatch(f)
	for _, step := range []time.Duration{time.Second, -time.Hour, 2 * time.Hour} { // the clock goes back once
		f.now = f.now.Add(step)
		p := f.payment(maria, 1_00)
		must(f, p)
		must(f, f.event(pix.PaymentSettled, p.EndToEndID))
	}
	f.open(ana, 0)
	rail, fees := ledger.SystemAccount(ledger.Settlement, 0), ledger.SystemAccount(ledger.Fees, 0)
	for _, id := range []ledger.AccountID{maria, joao, ana, rail, fees} {
		stretches(f, id)
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	seen := uint64(0)
	for _, err := range f.s.EntriesBetween(ctx, maria, start.Add(-time.Hour), f.now.Add(time.Hour)) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				f.t.Errorf("a walk that is called off: %v", err)
			}
			break
		}
		if seen++; seen == 3 {
			cancel()
		}
	}
	// Stores may go on to the end of a page.
	if a, err := f.s.Account(f.ctx, maria); err != nil || seen < 3 || seen >= a.Entries {
		f.t.Errorf("a walk that is called off went on to %d of %d entries, %v", seen, a.Entries, err)
	}
}

// stretches holds what is between instants against what is among all entries.
func stretches(f *fixture, id ledger.AccountID) {
	f.t.Helper()
	var all []ledger.Entry
	for e, err := range f.s.EachEntry(f.ctx, id) {
		f.fatal(err)
		all = append(all, e)
	}
	instants := []time.Time{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), start, f.now.Add(24 * time.Hour)}
	for i, e := range all {
		if i%97 == 0 || i > len(all)-4 {
			line, _ := e.Line(id)
			instants = append(instants, line.At, line.At.Add(time.Microsecond).In(time.FixedZone("", -3*3600)))
		}
	}
	for _, from := range instants {
		for _, until := range instants {
			var got, want []uint64
			for e, err := range f.s.EntriesBetween(f.ctx, id, from, until) {
				f.fatal(err)
				line, _ := e.Line(id)
				got = append(got, line.Number)
				same(f.t, "entry", e, all[line.Number-1])
			}
			for _, e := range all {
				if line, _ := e.Line(id); !line.At.Before(from) && line.At.Before(until) {
					want = append(want, line.Number)
				}
			}
			if !slices.Equal(got, want) {
				f.t.Errorf("account %s from %s until %s: %s, want %s", id, from, until, ends(got), ends(want))
			}
		}
	}
}

// ends shows the first and the last of numbers, and how many they are.
func ends(numbers []uint64) string {
	if len(numbers) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d from %d to %d", len(numbers), numbers[0], numbers[len(numbers)-1])
}

func numbered(f *fixture) {
	f.open(maria, 1000_00)
	f.open(joao, 1000_00)
	first, second := f.payment(maria, 1_00), f.payment(joao, 2_00)
	must(f, first)
	must(f, second)
	must(f, f.event(pix.PaymentSettled, first.EndToEndID)) // which closes its hold
	none, err := f.s.MovementsNumbered(f.ctx, nil)
	f.fatal(err)
	movements, err := f.s.MovementsNumbered(f.ctx, []pix.MovementID{second.ID, 1, first.ID, second.ID, 1<<64 - 1})
	f.fatal(err)
	if len(none) != 0 || len(movements) != 2 {
		f.t.Errorf("movements %v and %v", none, movements)
	}
	for _, id := range []pix.MovementID{first.ID, second.ID} {
		want, err := f.s.Movement(f.ctx, id)
		f.fatal(err)
		same(f.t, "movement", movements[id], want)
	}
	ids := []ledger.HoldID{ledger.HoldID(second.ID), 1, ledger.HoldID(first.ID), 1<<64 - 1}
	holds, err := f.s.HoldsNumbered(f.ctx, maria, ids)
	f.fatal(err)
	want, err := f.s.Hold(f.ctx, maria, ledger.HoldID(first.ID))
	f.fatal(err)
	if len(holds) != 1 || want.Open() {
		f.t.Errorf("holds %v, and %+v", holds, want)
	}
	same(f.t, "hold", holds[want.ID], want)
}
