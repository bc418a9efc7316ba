package report

import (
	"context"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// Limits of what is read about the holds of one account.
const (
	// holdsAtOnce is how many open holds are read from one snapshot. Of an account
	// that has more, the others are read as they are by then.
	holdsAtOnce = 50_000
	holdsPage   = 1_000
	// takenBackMax is how many entries after the day are taken back to tell what was
	// open at its end.
	takenBackMax = 100_000
)

// undone is what later entries did to one hold.
type undone struct {
	held   Amount
	filled Amount    // what came to it, and did not leave it
	first  time.Time // of the first such entry
}

// holds returns the open holds at the end of a's day.
func (m *Maker) holds(ctx context.Context, s *sight, a *Account) (Holds, error) {
	out := newHolds()
	if s.account.Held == 0 && s.account.Sweeps == 0 && s.account.LastAt.Before(a.Date.Next().Start()) {
		return out, nil // not even a look: most accounts of a house are like that
	}
	now, err := m.Reader.Blocked(ctx, s.account.ID, 0, holdsAtOnce)
	if err != nil {
		return out, err
	}
	later, exact, err := m.later(ctx, s, a, now.Account)
	if err != nil {
		return out, err
	}
	if exact = exact && len(now.Holds) < holdsAtOnce; !exact {
		later, out.Moment = nil, NowOpen
	}
	at := a.AsOf.Time
	if !exact {
		at = m.Now()
	}
	sum := holdSum{Holds: &out, at: at}
	for _, h := range now.Holds {
		u, changed := later[h.ID]
		delete(later, h.ID)
		sum.add(h, u, changed)
	}
	if len(now.Holds) == holdsAtOnce {
		err = m.more(ctx, s.account.ID, now.Holds[holdsAtOnce-1].ID, &sum)
	} else {
		err = m.closedSince(ctx, s.account.ID, later, &sum)
	}
	sum.finish()
	if err == nil {
		err = sum.err
	}
	return out, err
}

// later gathers what entries after a's day, or after s was seen, did to holds until
// the account was as it is now. It is not exact if there are too many.
func (m *Maker) later(
	ctx context.Context, s *sight, a *Account, now ledger.Account,
) (later map[ledger.HoldID]undone, exact bool, err error) {
	since, after := a.Date.Next().Start(), uint64(0)
	if !a.Complete && s.account.LastAt.Before(since) {
		since, after = s.account.LastAt, s.account.Entries
	}
	if now.LastAt.Before(since) || now.Entries == after {
		return nil, true, nil
	}
	later = make(map[ledger.HoldID]undone)
	seen := 0
	for e, err := range m.Reader.EntriesBetween(ctx, now.ID, since, now.LastAt.Add(time.Microsecond)) {
		if err != nil {
			return nil, false, err
		}
		line, _ := e.Line(now.ID)
		if line.Number <= after {
			continue
		}
		if line.Number > now.Entries {
			break
		}
		if seen++; seen > takenBackMax {
			return nil, false, nil
		}
		for _, h := range e.Holds {
			if h.Account != now.ID {
				continue
			}
			u, known := later[h.Hold]
			if !known {
				u.first = e.At
			}
			u.held += Amount(h.Held)
			u.filled += max(Amount(h.Held), 0)
			later[h.Hold] = u
		}
	}
	return later, true, nil
}

// closedSince adds the holds that were open and are closed by now, and so change no
// more.
func (m *Maker) closedSince(
	ctx context.Context, account ledger.AccountID, later map[ledger.HoldID]undone, sum *holdSum,
) error {
	ids := make([]ledger.HoldID, 0, holdsPage)
	flush := func() error {
		closed, err := m.Reader.HoldsNumbered(ctx, account, ids)
		for _, id := range ids {
			if h, ok := closed[id]; ok {
				sum.add(h, later[id], true)
			}
		}
		ids = ids[:0]
		return err
	}
	for id := range later {
		if ids = append(ids, id); len(ids) == holdsPage {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return flush()
}

// more adds the open holds after one.
func (m *Maker) more(ctx context.Context, account ledger.AccountID, after ledger.HoldID, sum *holdSum) error {
	for {
		page, err := m.Reader.OpenHolds(ctx, account, after, holdsPage)
		if err != nil {
			return err
		}
		for _, h := range page {
			sum.add(h, undone{}, false)
		}
		if len(page) < holdsPage {
			return nil
		}
		after = page[holdsPage-1].ID
	}
}

// holdSum adds holds up.
type holdSum struct {
	*Holds
	adder
	at      time.Time
	reasons [1 << 8]ReasonSum
}

func newHolds() Holds {
	h := Holds{Moment: ThenOpen, Ages: make([]AgeSum, len(Ages())), Reasons: []ReasonSum{}}
	for i, age := range Ages() {
		h.Ages[i].Age = age
	}
	return h
}

// add adds a hold as it was before u, unless it was not there yet.
func (s *holdSum) add(h ledger.Hold, u undone, changed bool) {
	if changed && u.first.Equal(h.OpenedAt) {
		return
	}
	// What a hold lacks when it closes is Cancelled from then on.
	held, short := Amount(h.Held)-u.held, Amount(h.Shortfall()+h.Cancelled)+u.filled
	s.Open++
	s.adder.add(&s.Held, held)
	s.adder.add(&s.Shortfall, short)
	if short > 0 {
		s.Short++
	}
	if !h.Deadline.IsZero() && h.Deadline.Before(s.at) {
		s.Overdue++
	}
	if s.Oldest == nil || h.OpenedAt.Before(s.Oldest.Time) {
		s.Oldest = &Instant{h.OpenedAt.UTC()}
	}
	age := &s.Ages[ageOf(s.at.Sub(h.OpenedAt))]
	age.Holds++
	s.adder.add(&age.Held, held)
	s.adder.add(&age.Shortfall, short)
	r := &s.reasons[h.Reason]
	r.Holds++
	s.adder.add(&r.Held, held)
	s.adder.add(&r.Shortfall, short)
}

func (s *holdSum) finish() {
	for reason := range s.reasons {
		if r := s.reasons[reason]; r.Holds > 0 {
			r.Reason = ledger.Reason(reason).String()
			s.Reasons = append(s.Reasons, r)
		}
	}
}
