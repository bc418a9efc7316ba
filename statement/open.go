package statement

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Statement is one account's statement, ready to be read.
type Statement struct {
	Head
	Brand  string // under which the institution serves the account
	reader book.Reader
	first  uint64 // number of the first line
}

// ErrBroken means that lines and balances do not go together: some are missing or
// doubled, and what was written of the statement is not to be used.
var ErrBroken = errors.New("the lines of the statement do not add up")

// Open returns the statement of an account as of now: what is booked later is not
// on it, so that its balances can be told before its lines are read.
func Open(
	ctx context.Context, r book.Reader, id ledger.AccountID, p Period, bank Bank, now time.Time,
) (*Statement, error) {
	profile, err := r.Profile(ctx, id)
	if err != nil {
		return nil, err
	}
	account, err := r.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	return OpenAs(ctx, r, profile, account, p, bank, now)
}

// OpenAs returns the statement of an account as it was when account was read.
func OpenAs(
	ctx context.Context, r book.Reader, profile pix.Profile, account ledger.Account, p Period, bank Bank, now time.Time,
) (*Statement, error) {
	s := &Statement{Brand: profile.Brand, reader: r, Head: Head{
		Account: account.ID, Name: profile.Name, Document: profile.Document, Bank: bank, Period: p, At: now,
	}}
	return s, s.bound(ctx, account)
}

// bound finds the first and the last line and the balances at both ends. Times of
// an account never go back, so what is before its newest line stays as it is.
func (s *Statement) bound(ctx context.Context, account ledger.Account) (err error) {
	from, until := s.Period.Bounds()
	s.Opening, s.Closing = account.Balance, account.Balance
	if account.Entries == 0 || account.LastAt.Before(from) {
		return nil
	}
	// The books count microseconds.
	if s.Opening, err = s.reader.BalanceAt(ctx, s.Account, from.Add(-time.Microsecond)); err != nil {
		return err
	}
	if s.first, err = s.firstSince(ctx, from, account); err != nil {
		return err
	}
	end := account.Entries + 1
	if !account.LastAt.Before(until) {
		if s.Closing, err = s.reader.BalanceAt(ctx, s.Account, until.Add(-time.Microsecond)); err != nil {
			return err
		}
		if end, err = s.firstSince(ctx, until, account); err != nil {
			return err
		}
	}
	s.Entries = end - s.first
	return nil
}

// firstSince returns the number of the account's first line at an instant or
// later. There is one.
func (s *Statement) firstSince(ctx context.Context, at time.Time, account ledger.Account) (uint64, error) {
	for e, err := range s.reader.EntriesBetween(ctx, s.Account, at, account.LastAt.Add(time.Microsecond)) {
		line, _ := e.Line(s.Account)
		return line.Number, err
	}
	return 0, fmt.Errorf("%w: account %s has no entry between %s and its newest", ErrBroken, s.Account, at)
}

// linesAtOnce is how many lines are held in memory, with what they are about.
const linesAtOnce = 250

// Lines yields the lines, oldest first. What they are about is looked up for many
// at once, and shown as it is now.
func (s *Statement) Lines(ctx context.Context) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		if s.Entries == 0 {
			return
		}
		from, until := s.Period.Bounds()
		batch := make([]ledger.Entry, 0, linesAtOnce)
		next, end := s.first, s.first+s.Entries
		for e, err := range s.reader.EntriesBetween(ctx, s.Account, from, until) {
			if err != nil {
				yield(Line{}, err)
				return
			}
			if batch = append(batch, e); len(batch) < linesAtOnce && next+uint64(len(batch)) < end {
				continue
			}
			if next += uint64(len(batch)); !s.explained(ctx, batch, yield) || next == end {
				return
			}
			batch = batch[:0]
		}
		yield(Line{}, fmt.Errorf("%w: %d lines are missing", ErrBroken, end-next-uint64(len(batch))))
	}
}

// explained yields the lines of a batch, and returns false when that is the end.
func (s *Statement) explained(ctx context.Context, batch []ledger.Entry, yield func(Line, error) bool) bool {
	a, err := s.lookUp(ctx, batch)
	if err != nil {
		yield(Line{}, err)
		return false
	}
	for i := range batch {
		if !yield(a.line(&batch[i]), nil) {
			return false
		}
	}
	return true
}

// about is what the entries of a batch are about.
type about struct {
	account   ledger.AccountID
	movements map[pix.MovementID]pix.Movement
	holds     map[ledger.HoldID]ledger.Hold
}

func (s *Statement) lookUp(ctx context.Context, batch []ledger.Entry) (about, error) {
	a := about{account: s.Account}
	movements := make([]pix.MovementID, 0, len(batch))
	var holds []ledger.HoldID
	for i := range batch {
		e := &batch[i]
		if e.About != 0 {
			movements = append(movements, pix.MovementID(e.About))
		}
		for _, h := range e.Holds {
			if h.Account == s.Account {
				holds = append(holds, h.Hold)
			}
		}
	}
	var err error
	if a.movements, err = s.reader.MovementsNumbered(ctx, movements); err != nil {
		return a, err
	}
	if len(holds) > 0 {
		a.holds, err = s.reader.HoldsNumbered(ctx, s.Account, holds)
	}
	return a, err
}

// line makes a line of an entry.
func (a *about) line(e *ledger.Entry) Line {
	in, _ := e.Line(a.account)
	l := Line{Number: in.Number, At: in.At, Amount: in.Posted, Blocked: in.Held, After: in.After()}
	for _, h := range e.Holds {
		if h.Account != a.account {
			continue
		}
		held := Hold{ID: h.Hold.String(), Amount: h.Held}
		if known, ok := a.holds[h.Hold]; ok {
			held.Reason = known.Reason.String()
		}
		l.Holds = append(l.Holds, held)
	}
	m, known := a.movements[pix.MovementID(e.About)]
	known = known && m.Account == a.account
	if known {
		l.describe(&m)
	}
	l.classify(e, &m, known)
	return l
}

// describe puts what is known of a movement into l.
func (l *Line) describe(m *pix.Movement) {
	l.TransactionID, l.ExternalID, l.EndToEndID = m.ID.String(), m.ExternalID, string(m.EndToEndID)
	l.TxID, l.Description = string(m.TxID), m.Description
	if m.Parent != 0 {
		l.ParentID = m.Parent.String()
	}
	c := m.Counterpart
	l.Counterpart = Counterpart{
		Name: c.Name, Document: c.MaskedDocument(), ISPB: c.ISPB, BankName: cmp.Or(c.BankName, c.BankCode),
	}
}

var kinds = map[pix.Kind]Kind{
	pix.Receipt: PixIn, pix.Payment: PixOut, pix.ReturnSent: RefundIn, pix.ReturnReceived: RefundOut,
	pix.Transfer: Transfer,
}

// classify tells what an entry did by its kind and its movement, if one is known.
func (l *Line) classify(e *ledger.Entry, m *pix.Movement, known bool) {
	switch {
	case l.Amount == 0:
		l.Kind = map[ledger.Kind]Kind{ledger.KindRelease: Unblock, ledger.KindMove: Move}[e.Kind]
		l.Kind = cmp.Or(l.Kind, Block)
	case e.Kind == ledger.KindCapture && (!known || m.Kind.Credit() && l.outsideHold(m)):
		l.Kind = Capture // by the operator, of a hold of its own
	case known:
		l.Kind = kinds[m.Kind]
		l.Reversal = m.Kind != pix.Transfer && m.Kind.Credit() != (l.Amount > 0)
		switch {
		case max(l.Amount, -l.Amount) != m.Total():
		case l.Reversal:
			l.FeeBack = m.Fee
		default:
			l.Fee = m.Fee
		}
	case e.About == 0 && l.Number == 1:
		l.Kind = OpeningBalance
	default:
		l.Kind = Transfer
	}
}

// outsideHold tells whether the entry took from a hold that is not its movement's
// own.
func (l *Line) outsideHold(m *pix.Movement) bool {
	for _, h := range l.Holds {
		if h.Amount < 0 && h.ID != m.Hold.String() {
			return true
		}
	}
	return false
}
