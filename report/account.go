package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Maker makes reports out of the ledger.
type Maker struct {
	Reader book.Reader
	// Bank tells who keeps the accounts of a brand; nil names nobody.
	Bank func(brand string) statement.Bank
	Now  func() time.Time
}

// sight is one account as it was at an instant.
type sight struct {
	profile pix.Profile
	account ledger.Account
	at      time.Time
	letters int // dead ones
}

// Account makes the report of an account. The zero day is yesterday, or today for
// an account that was opened today.
func (m *Maker) Account(ctx context.Context, id ledger.AccountID, d statement.Day) (*Account, error) {
	profile, err := m.Reader.Profile(ctx, id)
	if err != nil {
		return nil, err
	}
	if d, err = m.dayOf(d, profile.CreatedAt); err != nil {
		return nil, err
	}
	letters, err := m.deadLetters(ctx)
	if err != nil {
		return nil, err
	}
	s := sight{profile: profile, at: m.Now(), letters: letters[id]}
	if s.account, err = m.Reader.Account(ctx, id); err != nil {
		return nil, err
	}
	return m.account(ctx, &s, d)
}

// dayOf returns the day that a report of an account opened at since is wanted of.
func (m *Maker) dayOf(d statement.Day, since time.Time) (statement.Day, error) {
	first, today := statement.DayOf(since), statement.DayOf(m.Now())
	switch {
	case d == (statement.Day{}):
		if d = today.Add(-1); first.After(d) {
			d = today
		}
	case d.After(today):
		return d, &DayError{"must not be after today, " + today.String()}
	case first.After(d):
		return d, &DayError{"must not be before " + first.String() + ", when the account was opened"}
	}
	return d, nil
}

// account makes the report of an account as it was seen.
func (m *Maker) account(ctx context.Context, s *sight, d statement.Day) (*Account, error) {
	var bank statement.Bank
	if m.Bank != nil {
		bank = m.Bank(s.profile.Brand)
	}
	a := &Account{Owner: Owner{
		AccountID: s.profile.ID, Name: s.profile.Name, Document: string(s.profile.Document),
		BankName: bank.Name, BankISPB: string(bank.ISPB),
	}}
	a.begin(d, s.at)
	if alerts := s.profile.Settings.Alerts; alerts != nil {
		for i := range alerts.Channels {
			if alerts.Channels[i].DailyReport {
				a.tell = append(a.tell, alerts.Channels[i].ID)
			}
		}
	}
	a.OpenAlerts, a.DeadLetters = len(s.profile.Settings.Alerts.Open()), s.letters
	st, err := statement.OpenAs(ctx, m.Reader, s.profile, s.account, statement.Period{From: d, To: d}, bank, s.at)
	if err == nil {
		err = a.sum(ctx, st)
	}
	if errors.Is(err, statement.ErrBroken) {
		a.find(Reason{Code: DoesNotAddUp, Message: err.Error()})
		err = nil
	}
	if err != nil {
		return nil, err
	}
	a.set(st.Opening, st.Closing)
	if a.Holds, err = m.holds(ctx, s, a); err != nil {
		return nil, err
	}
	if err := a.checkFlow(); err != nil {
		return nil, err
	}
	return a, a.judge(limitsOf(s.profile.Settings.Alerts))
}

// begin sets the day, and the instant that the report is as of.
func (h *Head) begin(d statement.Day, now time.Time) {
	end := d.Next().Start()
	h.Date, h.Status, h.Reasons, h.CreatedAt = d, OK, []Reason{}, Instant{now.UTC()}
	h.Complete, h.AsOf = !now.Before(end), Instant{now.UTC()}
	if h.Complete {
		h.AsOf.Time = end.UTC().Add(-time.Microsecond)
	}
	h.Kinds = make([]KindSum, len(kinds))
	for i, k := range kinds {
		h.Kinds[i].Kind = k
	}
	h.Holds = newHolds()
}

// set sets the balances at both ends of the day.
func (h *Head) set(opening, closing ledger.Balance) {
	from, to := newBalance(opening), newBalance(closing)
	h.Balance = to
	h.BlockedPercentage = Share(to.Blocked, to.Gross)
	h.Flow.Opening, h.Flow.Closing = from.Gross, to.Gross
	h.BlockedFlow.Opening, h.BlockedFlow.Closing = from.Blocked, to.Blocked
}

// kinds are the kinds of entry, in the order in which reports show them.
var kinds = []statement.Kind{
	statement.OpeningBalance, statement.PixIn, statement.PixOut, statement.RefundIn, statement.RefundOut,
	statement.Transfer, MEDCapture, statement.Capture, statement.Block, statement.Unblock, statement.Move,
}

// MEDCapture is the kind of what was taken out of a block of the MED, which
// statements show among the other captures. Those are the operator's.
const MEDCapture statement.Kind = "med_capture"

func kindOf(l *statement.Line) statement.Kind {
	if l.Kind == statement.Capture {
		for _, h := range l.Holds {
			if h.Amount < 0 && h.Reason == ledger.ReasonMED.String() {
				return MEDCapture
			}
		}
	}
	return l.Kind
}

// sum adds up the lines of a day, each of which must follow from the one before.
func (h *Head) sum(ctx context.Context, st *statement.Statement) error {
	balance, number := st.Opening, uint64(0)
	for l, err := range st.Lines(ctx) {
		if err != nil {
			return err
		}
		if err := h.line(&l); err != nil {
			return err
		}
		balance.Posted += l.Amount // line has added the same up, checked
		balance.Held += l.Blocked
		if balance != l.After || number != 0 && l.Number != number+1 {
			return fmt.Errorf("%w: entry %d", statement.ErrBroken, l.Number)
		}
		number = l.Number
	}
	return nil
}

// line adds one line to the flows and to its kind.
func (h *Head) line(l *statement.Line) error {
	var a adder
	k := h.kind(kindOf(l))
	fee := Amount(l.Fee - l.FeeBack) // one of them is zero
	moved, blocked := Amount(l.Amount), Amount(l.Blocked)
	a.add(&moved, fee)
	h.Entries++
	k.Count++
	if l.Reversal {
		k.Reversals++
	}
	a.add(&k.Fees, fee)
	a.add(&h.Flow.Fees, fee)
	if moved > 0 {
		a.add(&k.Credits, moved)
		a.add(&h.Flow.Credits, moved)
	} else {
		a.sub(&k.Debits, moved)
		a.sub(&h.Flow.Debits, moved)
	}
	if blocked > 0 {
		a.add(&k.Blocked, blocked)
		a.add(&h.BlockedFlow.Blocked, blocked)
	} else {
		a.sub(&k.Unblocked, blocked)
		a.sub(&h.BlockedFlow.Unblocked, blocked)
	}
	return a.err
}

// kind returns the sum of a kind.
func (h *Head) kind(k statement.Kind) *KindSum {
	for i := range h.Kinds {
		if h.Kinds[i].Kind == k {
			return &h.Kinds[i]
		}
	}
	h.Kinds = append(h.Kinds, KindSum{Kind: k})
	return &h.Kinds[len(h.Kinds)-1]
}
