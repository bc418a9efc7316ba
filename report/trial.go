package report

import (
	"context"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// judge completes the report of the house and finds what is wrong.
func (w *walk) judge(ctx context.Context) error {
	h := w.h
	h.BlockedPercentage = Share(h.Balance.Blocked, h.Balance.Gross)
	if err := h.checkFlow(); err != nil {
		return err
	}
	if n := w.broken; n > 0 {
		h.find(count(AccountsDoNotAdd, n, "accounts that do not add up or do not continue: %d"))
	}
	for _, role := range ledger.SystemRoles() {
		if sum := w.sums[role]; sum != nil {
			h.System = append(h.System, *sum)
		} else {
			h.System = append(h.System, System{Role: role.String()})
		}
	}
	if err := w.trial(ctx); err != nil {
		return err
	}
	if c, n := h.Trial.Suspense, h.SuspenseItems; c != 0 || n > 0 {
		r := amount(SuspenseNotEmpty, c, "%s in suspense, events: %d", c, n)
		r.Count = &n
		h.find(r)
	}
	h.judgeRest()
	return nil
}

// trial makes the trial balance and what follows from it.
func (w *walk) trial(ctx context.Context) error {
	t := &w.h.Trial
	t.Customers = w.h.Balance.Gross
	roles := map[ledger.Role]*Amount{
		ledger.Settlement: &t.Settlement, ledger.Fees: &t.Fees, ledger.Suspense: &t.Suspense,
	}
	t.Difference = t.Customers
	for role, to := range roles {
		if sum := w.sums[role]; sum != nil {
			*to = sum.Closing
			w.add(&t.Difference, sum.Closing)
		}
	}
	if w.err == nil && t.Difference != 0 {
		explained, err := w.transit(ctx, t.Difference)
		if err != nil {
			return err
		}
		if explained {
			t.InTransit, t.Difference = t.Difference, 0
		}
	}
	t.Balanced = t.Difference == 0
	if d := t.Difference; d != 0 {
		w.h.find(amount(TrialBalance, d, "all accounts sum to %s, not to zero", d))
	}
	c := &w.h.Coverage
	c.CustomersGross = t.Customers
	w.sub(&c.AtRail, t.Settlement)
	c.Surplus = c.AtRail
	w.sub(&c.Surplus, c.CustomersGross)
	w.add(&c.Surplus, t.InTransit)
	c.Covered = c.Surplus >= 0
	if !c.Covered {
		w.h.find(amount(NotCovered, c.AtRail, "customers have %s, and %s is at the rail",
			c.CustomersGross, c.AtRail).limit(c.CustomersGross))
	}
	return w.err
}

// Where entries across midnight are looked for: near it at first, and further away
// only if those there do not explain the difference. transitMax bounds the search.
const transitMax = 1_000_000

var transitReach = []time.Duration{time.Second, time.Minute, time.Hour, 100 * 365 * day}

// transit tells whether a difference is what entries across the end of the day come
// to: an account's clock never goes back, so an entry that was made near midnight may
// be of the next day in one of its accounts and not in the other. All entries but
// the rare ones between customers have a line in an account of the operator's.
func (w *walk) transit(ctx context.Context, difference Amount) (bool, error) {
	until := w.h.Date.Next().Start()
	left := transitMax
	for _, reach := range transitReach {
		var sum Amount
		for _, stripe := range w.stripes {
			from, to := until.Add(-reach), until.Add(reach)
			for e, err := range w.Reader.EntriesBetween(ctx, stripe.ID, from, to) {
				if err != nil {
					return false, err
				}
				if left--; left < 0 {
					return false, nil
				}
				w.add(&sum, across(&e, stripe, until))
			}
		}
		if sum == difference || w.err != nil {
			return sum == difference, w.err
		}
	}
	return false, nil
}

// across returns what an entry posted before an instant, if it posted something
// after it as well. It counts in the first account of the operator's that it has a
// line of, as that was seen.
func across(e *ledger.Entry, stripe ledger.Account, until time.Time) (before Amount) {
	own := false
	for i := range e.Lines {
		l := &e.Lines[i]
		if !own && l.Account.Role() != ledger.Customer {
			if l.Account != stripe.ID || l.Number > stripe.Entries {
				return 0
			}
			own = true
		}
		if l.At.Before(until) {
			before += Amount(l.Posted) // the lines of an entry sum to zero, and so fit
		}
	}
	return before // zero if all lines are on one side
}
