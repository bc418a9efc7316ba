package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Scope says which entries of the ledger a file is expected to have.
type Scope string

// The scopes.
const (
	ScopeAll      Scope = "all"      // all that change the balance
	ScopePix      Scope = "pix"      // Pix and their returns
	ScopeReceived Scope = "received" // Pix that came in and what was given back of them, as the API Pix tells
	ScopeSent     Scope = "sent"     // Pix that went out and what came back of them
)

// Scopes lists the names of all scopes.
func Scopes() []string {
	return []string{string(ScopeAll), string(ScopePix), string(ScopeReceived), string(ScopeSent)}
}

// ScopeOf is what files of a format have, unless they are said to have something else.
func ScopeOf(f Format) Scope {
	if f == PixAPI {
		return ScopeReceived
	}
	return ScopeAll
}

func (s Scope) has(k statement.Kind) bool {
	in := k == statement.PixIn || k == statement.RefundIn
	out := k == statement.PixOut || k == statement.RefundOut
	switch s {
	case ScopePix:
		return in || out
	case ScopeReceived:
		return in
	case ScopeSent:
		return out
	}
	return true
}

// Around is the period with the day before and the day after it.
func Around(p statement.Period) statement.Period {
	from, until := p.Bounds()
	return statement.Period{From: statement.DayOf(from.Add(-time.Hour)), To: statement.DayOf(until.Add(time.Hour))}
}

// entriesAtOnce is how many entries are held in memory while it is looked up what
// they give back.
const entriesAtOnce = 250

// Entries yields the entries of an account that a file of the period is matched
// against: those of the period, and of the day before and after it.
func Entries(
	ctx context.Context, r book.Reader, account ledger.AccountID, p statement.Period, scope Scope, now time.Time,
) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s, err := statement.Open(ctx, r, account, Around(p), statement.Bank{}, now)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		batch := make([]Entry, 0, entriesAtOnce)
		flush := func() bool {
			if err := resolve(ctx, r, batch); err != nil {
				yield(Entry{}, err)
				return false
			}
			for i := range batch {
				if !yield(batch[i], nil) {
					return false
				}
			}
			batch = batch[:0]
			return true
		}
		for l, err := range s.Lines(ctx) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if e, ok := EntryOf(&l, scope); ok {
				if batch = append(batch, e); len(batch) == entriesAtOnce && !flush() {
					return
				}
			}
		}
		flush()
	}
}

// EntryOf makes an entry of a line of our own statement of account, and tells whether
// a file has such ones. What returns give back is not known of it.
func EntryOf(l *statement.Line, scope Scope) (Entry, bool) {
	if !l.Booked() || !scope.has(l.Kind) {
		return Entry{}, false
	}
	return Entry{
		Number: l.Number, At: l.At, Kind: l.Kind, Reversal: l.Reversal, Amount: l.Amount, Fee: l.Fee,
		ID: l.EndToEndID, TxID: l.TxID, TransactionID: l.TransactionID, ParentID: l.ParentID, ExternalID: l.ExternalID,
	}, true
}

// resolve finds the end-to-end ids of what returns give back.
func resolve(ctx context.Context, r book.Reader, batch []Entry) error {
	var parents []pix.MovementID
	for i := range batch {
		if id, ok := parent(&batch[i]); ok {
			parents = append(parents, id)
		}
	}
	if len(parents) == 0 {
		return nil
	}
	known, err := r.MovementsNumbered(ctx, parents)
	if err != nil {
		return fmt.Errorf("look up what returns give back: %w", err)
	}
	for i := range batch {
		if id, ok := parent(&batch[i]); ok {
			batch[i].Original = string(known[id].EndToEndID)
		}
	}
	return nil
}

func parent(e *Entry) (pix.MovementID, bool) {
	if e.Kind != statement.RefundIn && e.Kind != statement.RefundOut {
		return 0, false
	}
	id, err := strconv.ParseUint(e.ParentID, 10, 64)
	return pix.MovementID(id), err == nil
}

// Finder looks movements of an account up by the ids that a file may have.
func Finder(r book.Reader, account ledger.AccountID) func(context.Context, string) (pix.Movement, bool, error) {
	return func(ctx context.Context, id string) (pix.Movement, bool, error) {
		spaces := [...]pix.Space{pix.SpaceEndToEndIn, pix.SpaceEndToEndOut}
		if id[0] == 'D' {
			spaces = [...]pix.Space{pix.SpaceReturnIn, pix.SpaceReturnID}
		}
		for _, space := range spaces {
			target, err := r.Lookup(ctx, pix.Key{Space: space, Value: id})
			if errors.Is(err, pix.ErrNotFound) || err == nil && target.Account != account {
				continue
			}
			if err != nil {
				return pix.Movement{}, false, err
			}
			m, err := r.Movement(ctx, pix.MovementID(target.ID))
			if errors.Is(err, pix.ErrNotFound) {
				continue
			}
			return m, err == nil, err
		}
		return pix.Movement{}, false, nil
	}
}
