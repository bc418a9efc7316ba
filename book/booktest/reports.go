package booktest

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
)

// TestReports compares the daily reports of random histories, over several days in
// São Paulo, with a replay of the journal that shares nothing with them.
func TestReports(t *testing.T, empty NewHarness) {
	for _, seed := range seeds(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { reports(newFixture(t, empty(t)), seed) })
	}
}

const reportDays = 4

// reports plays a history whose days end and begin with entries at the last and at
// the first microsecond, and whose clock goes back over midnight now and then.
func reports(f *fixture, seed uint64) {
	p := &player{f: f, g: NewGenerator(seed), batchMax: 6}
	p.start()
	defer func() { p.stop() }()
	p.do(p.g.Open()...)
	rng := rand.New(rand.NewPCG(seed, 17))
	first := statement.DayOf(p.g.now)
	for d := range reportDays {
		for range 60 {
			p.some(rng)
			if rng.IntN(10) == 0 { // rare ones more often
				p.do(p.g.openCase())
				p.do(p.g.decideCase())
			}
		}
		p.g.now = first.Add(d).Start().Add(time.Duration(1 + rng.Int64N(int64(23*time.Hour))))
		wantToday(p)
		midnight := first.Add(d + 1).Start()
		p.g.still = true
		for _, at := range []time.Time{midnight.Add(-time.Microsecond), midnight} {
			p.g.now = at
			for range 8 {
				p.some(rng)
			}
		}
		p.g.still = false
		for range 20 {
			p.some(rng)
		}
		p.g.now = midnight.Add(12 * time.Hour)
	}
	now := first.Add(reportDays + 30).Start()
	m := report.Maker{Reader: f.s, Now: func() time.Time { return now }}
	var before []ledger.Balance
	for d := range reportDays + 1 {
		before = wantReports(p, &m, first.Add(d), before)
	}
	keptReports(p, &m, first)
	_, err := m.Account(f.ctx, maria, first.Add(-1))
	wantDayError(f.t, err)
	_, err = m.Account(f.ctx, maria, first.Add(reportDays+31))
	wantDayError(f.t, err)
	_, err = m.House(f.ctx, first.Add(reportDays+31), nil)
	wantDayError(f.t, err)
}

// keptReports has two desks make and keep the reports of every day, at the same time.
func keptReports(p *player, m *report.Maker, first statement.Day) {
	p.f.t.Helper()
	for d := range reportDays + 1 {
		on := first.Add(d)
		plan := &pix.PlanReport{Day: on.Number(), House: pix.ReportKey(0, on.String()), Due: m.Now()}
		for i := range 2 {
			if planned, err := book.Do(p.f.ctx, p.book, plan); err != nil || planned != (i == 0) {
				p.fail("planned %s for the time %d: %t, %v", on, i+1, planned, err)
			}
		}
		var desks sync.WaitGroup
		for range 2 {
			desk := report.Desk{Maker: *m, Book: p.book, Log: slog.New(slog.DiscardHandler)}
			desks.Go(func() {
				job := pix.Job{JobKey: pix.JobKey{Topic: pix.TopicReport, ID: on.Number()}}
				if err := desk.Handle(p.f.ctx, job); err != nil && !errors.Is(err, pix.ErrNotFound) {
					p.f.t.Error(err)
				}
			})
		}
		desks.Wait()
		desk := report.Desk{Maker: *m}
		desk.Now = func() time.Time { return m.Now().Add(24 * time.Hour) }
		for _, id := range p.g.ids {
			kept, err := desk.Account(p.f.ctx, id, on)
			p.f.fatal(err)
			made, err := m.Account(p.f.ctx, id, on)
			p.f.fatal(err)
			if kept.Moved() {
				same(p.f.t, "the report that is kept of "+on.String(), written(p, kept), written(p, made))
			}
		}
	}
	kept, err := p.f.s.Records(p.f.ctx, pix.RecordReport, 0, 0, 100)
	p.f.fatal(err)
	jobs, err := p.f.s.Jobs(p.f.ctx, pix.TopicReport, 0, 100)
	p.f.fatal(err)
	if len(kept) != reportDays+1 || len(jobs) != 0 {
		p.fail("%d reports of the house are kept, and %d days are left", len(kept), len(jobs))
	}
}

func wantDayError(t *testing.T, err error) {
	t.Helper()
	var wrong *report.DayError
	if !errors.As(err, &wrong) {
		t.Errorf("a report of no day: %v", err)
	}
}

// some does a few steps at once.
func (p *player) some(rng *rand.Rand) {
	steps := make([]*Step, 1+rng.IntN(p.batchMax))
	for i := range steps {
		steps[i] = p.g.Next()
	}
	p.do(steps...)
}

// wantToday wants the report of a day that goes on to be as of now.
func wantToday(p *player) {
	p.f.t.Helper()
	m := report.Maker{Reader: p.f.s, Now: func() time.Time { return p.g.now }}
	today := statement.DayOf(p.g.now)
	for _, id := range p.g.ids {
		a, err := m.Account(p.f.ctx, id, today)
		p.f.fatal(err)
		if a.Complete {
			p.fail("today is over: %+v", a)
		}
		wantAccount(p, a, today)
	}
	h, err := m.House(p.f.ctx, today, nil)
	p.f.fatal(err)
	if !h.Trial.Balanced || h.Complete {
		p.fail("the trial balance of today is %+v", h.Trial)
	}
}

// wantReports wants the reports of one day to be as the journal says, and returns
// the closing balances. before are those of the day before.
func wantReports(p *player, m *report.Maker, d statement.Day, before []ledger.Balance) []ledger.Balance {
	p.f.t.Helper()
	var accounts []*report.Account
	h, err := m.House(p.f.ctx, d, func(a *report.Account) error { accounts = append(accounts, a); return nil })
	p.f.fatal(err)
	var closing []ledger.Balance
	for i, a := range accounts {
		if before != nil && (int64(a.Flow.Opening) != int64(before[i].Posted) ||
			int64(a.BlockedFlow.Opening) != int64(before[i].Held)) {
			p.fail("account %s begins %s with %+v, and ended the day before with %+v", a.AccountID, d, a.Flow,
				before[i])
		}
		closing = append(closing, ledger.Balance{
			Posted: money.Centavos(a.Flow.Closing), Held: money.Centavos(a.BlockedFlow.Closing),
		})
		wantAccount(p, a, d)
		alone, err := m.Account(p.f.ctx, a.AccountID, d)
		p.f.fatal(err)
		same(p.f.t, "the report of an account alone", written(p, alone), written(p, a))
	}
	if len(accounts) != len(p.g.ids) || h.Accounts != len(accounts) || !h.Complete {
		p.fail("%d accounts on %s: %+v", len(accounts), d, h)
	}
	wantHouse(p, h, accounts)
	return closing
}

func written(p *player, a *report.Account) string {
	p.f.t.Helper()
	var out strings.Builder
	p.f.fatal(report.WriteAccount(&out, report.JSON, a))
	return out.String()
}

// tally is what a replay of the journal says of one account's day.
type tally struct {
	opening, closing, openingHeld, closingHeld int64
	credits, debits, fees                      int64
	blocked, unblocked                         int64
	kinds                                      map[statement.Kind][4]int64 // count, credits, debits, fees
	holds                                      map[ledger.HoldID]*replayedHold
}

// replayedHold is what became of a hold until the end of the day and afterwards.
type replayedHold struct{ before, filled, after int64 }

// replayDay adds up the journal of an account.
func replayDay(p *player, id ledger.AccountID, d statement.Day) *tally {
	p.f.t.Helper()
	movements := make(map[uint64]pix.Movement)
	for m, err := range p.f.s.EachMovement(p.f.ctx) {
		p.f.fatal(err)
		movements[uint64(m.ID)] = m
	}
	from, until := d.Start(), d.Next().Start()
	t := &tally{kinds: make(map[statement.Kind][4]int64), holds: make(map[ledger.HoldID]*replayedHold)}
	for e, err := range p.f.s.EachEntry(p.f.ctx, id) {
		p.f.fatal(err)
		l, _ := e.Line(id)
		t.replayHolds(&e, id, l.At.Before(until))
		if !l.At.Before(until) {
			continue
		}
		t.closing += int64(l.Posted)
		t.closingHeld += int64(l.Held)
		if l.At.Before(from) {
			t.opening, t.openingHeld = t.closing, t.closingHeld
			continue
		}
		t.entry(&e, l, movements[e.About], slices.ContainsFunc(e.Holds, func(c ledger.HoldChange) bool {
			h, err := p.f.s.Hold(p.f.ctx, id, c.Hold)
			p.f.fatal(err)
			return c.Held < 0 && h.Reason == ledger.ReasonMED
		}))
	}
	return t
}

func (t *tally) replayHolds(e *ledger.Entry, id ledger.AccountID, before bool) {
	for _, c := range e.Holds {
		if c.Account != id {
			continue
		}
		h := t.holds[c.Hold]
		if h == nil {
			h = new(replayedHold)
			t.holds[c.Hold] = h
			if !before {
				h.after = -1 // opened after the day
			}
		}
		switch {
		case h.after < 0:
		case before:
			h.before += int64(c.Held)
			h.filled += max(int64(c.Held), 0)
		default:
			h.after++
		}
	}
}

// entry adds an entry of the day. med tells whether it took from a hold of the MED.
func (t *tally) entry(e *ledger.Entry, l ledger.Line, m pix.Movement, med bool) {
	var fee int64
	for _, other := range e.Lines {
		if other.Account.Role() == ledger.Fees {
			fee += int64(other.Posted)
		}
	}
	own := slices.ContainsFunc(e.Holds, func(c ledger.HoldChange) bool { return c.Hold == m.Hold })
	known := m.ID != 0 && m.Account == l.Account
	kind := statement.Transfer
	switch {
	case l.Posted == 0 && e.Kind == ledger.KindRelease:
		kind = statement.Unblock
	case l.Posted == 0 && e.Kind == ledger.KindMove:
		kind = statement.Move
	case l.Posted == 0:
		kind = statement.Block
	case e.Kind == ledger.KindCapture && (!known || m.Kind == pix.Receipt && !own):
		if kind = statement.Capture; med {
			kind = report.MEDCapture
		}
	case known && m.Kind == pix.Receipt:
		kind = statement.PixIn
	case known && m.Kind == pix.Payment:
		kind = statement.PixOut
	case known && m.Kind == pix.ReturnSent:
		kind = statement.RefundIn
	case known && m.Kind == pix.ReturnReceived:
		kind = statement.RefundOut
	case e.About == 0 && l.Number == 1:
		kind = statement.OpeningBalance
	}
	moved := int64(l.Posted) + fee
	credit, debit := max(moved, 0), max(-moved, 0)
	t.credits += credit
	t.debits += debit
	t.fees += fee
	t.blocked += max(int64(l.Held), 0)
	t.unblocked += max(-int64(l.Held), 0)
	k := t.kinds[kind]
	t.kinds[kind] = [4]int64{k[0] + 1, k[1] + credit, k[2] + debit, k[3] + fee}
}

// wantAccount compares the report of an account with a replay.
func wantAccount(p *player, a *report.Account, d statement.Day) {
	p.f.t.Helper()
	want := replayDay(p, a.AccountID, d)
	got := tally{
		opening: int64(a.Flow.Opening), closing: int64(a.Flow.Closing), openingHeld: int64(a.BlockedFlow.Opening),
		closingHeld: int64(a.BlockedFlow.Closing), credits: int64(a.Flow.Credits), debits: int64(a.Flow.Debits),
		fees: int64(a.Flow.Fees), blocked: int64(a.BlockedFlow.Blocked), unblocked: int64(a.BlockedFlow.Unblocked),
		kinds: make(map[statement.Kind][4]int64),
	}
	for _, k := range a.Kinds {
		if k.Count > 0 {
			got.kinds[k.Kind] = [4]int64{int64(k.Count), int64(k.Credits), int64(k.Debits), int64(k.Fees)}
		}
	}
	got.holds = want.holds
	if !maps.Equal(got.kinds, want.kinds) || fmt.Sprint(got) != fmt.Sprint(*want) {
		p.fail("account %s on %s is\n%+v\nthe journal says\n%+v", a.AccountID, d, got, *want)
	}
	f := a.Flow
	if f.Difference != 0 || f.Opening+f.Credits-f.Debits-f.Fees != f.Closing || a.Has(report.DoesNotAddUp) {
		p.fail("account %s on %s does not add up: %+v", a.AccountID, d, a)
	}
	wantHolds(p, a, want.holds)
}

// wantHolds compares open holds with those of a replay: what was there, and has
// changed since or is open still.
func wantHolds(p *player, a *report.Account, holds map[ledger.HoldID]*replayedHold) {
	p.f.t.Helper()
	var open, short int
	var held, shortfall int64
	for id, h := range holds {
		now, err := p.f.s.Hold(p.f.ctx, a.AccountID, id)
		p.f.fatal(err)
		if h.after < 0 || h.after == 0 && !now.Open() {
			continue
		}
		open++
		held += h.before
		lack := int64(now.Requested) - h.filled
		shortfall += lack
		if lack > 0 {
			short++
		}
	}
	got := a.Holds
	if got.Moment != report.ThenOpen || got.Open != open || int64(got.Held) != held ||
		int64(got.Shortfall) != shortfall || got.Short != short {
		p.fail("account %s on %s has open holds %+v; the journal says %d of %d, %d lack %d", a.AccountID, a.Date, got,
			open, held, short, shortfall)
	}
	for _, age := range got.Ages {
		open -= age.Holds
		held -= int64(age.Held)
	}
	if open != 0 || held != 0 {
		p.fail("ages of account %s on %s: %+v", a.AccountID, a.Date, got)
	}
}

// wantHouse wants the report of the house to be the sum over the accounts, and all
// accounts to be in balance.
func wantHouse(p *player, h *report.House, accounts []*report.Account) {
	p.f.t.Helper()
	var want report.Head
	alerting := 0
	for _, a := range accounts {
		want.Flow.Opening += a.Flow.Opening
		want.Flow.Credits += a.Flow.Credits
		want.Flow.Debits += a.Flow.Debits
		want.Flow.Fees += a.Flow.Fees
		want.Flow.Closing += a.Flow.Closing
		want.Balance.Blocked += a.Balance.Blocked
		want.Entries += a.Entries
		want.Holds.Open += a.Holds.Open
		want.Holds.Shortfall += a.Holds.Shortfall
		if a.Status == report.Alert {
			alerting++
		}
		for i, k := range a.Kinds {
			if want.Kinds == nil {
				want.Kinds = make([]report.KindSum, len(a.Kinds))
			}
			want.Kinds[i].Count += k.Count
			want.Kinds[i].Credits += k.Credits
			want.Kinds[i].Debits += k.Debits
		}
	}
	got := h.Head
	got.Flow.Expected, want.Flow.Expected = 0, 0
	for i, k := range got.Kinds {
		if w := want.Kinds[i]; k.Count != w.Count || k.Credits != w.Credits || k.Debits != w.Debits {
			p.fail("the house has %+v on %s, its accounts %+v", k, h.Date, w)
		}
	}
	if got.Flow != want.Flow || got.Balance.Blocked != want.Balance.Blocked || got.Entries != want.Entries ||
		got.Holds.Open != want.Holds.Open || got.Holds.Shortfall != want.Holds.Shortfall || h.Alerting != alerting {
		p.fail("the house on %s is %+v, its accounts %+v", h.Date, got, want)
	}
	sum := h.Balance.Gross
	for _, s := range h.System {
		sum += s.Closing
	}
	if t := h.Trial; !t.Balanced || t.Difference != 0 || sum != t.InTransit || h.Has(report.TrialBalance) ||
		h.Coverage.Surplus != t.Fees+t.Suspense {
		p.fail("the trial balance on %s is %+v, %+v", h.Date, t, h.Coverage)
	}
}
