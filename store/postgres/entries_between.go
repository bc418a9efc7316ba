package postgres

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// EntriesBetween yields the entries of which an account's lines are of a stretch
// of time. Each page is a query of its own, so that a slow reader keeps neither a
// connection nor a snapshot: entries never change, and come one behind the other.
func (s *Store) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		at, number := from, uint64(0)
		for {
			page, err := s.entriesBetween(ctx, id, at, number, until)
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if len(page) < entryPage {
				return
			}
			line, _ := page[len(page)-1].Line(id)
			at, number = line.At, line.Number
		}
	}
}

// betweenPlaces picks the lines behind a place, and before an instant.
const betweenPlaces = `account = $1 AND (at, number) > ($2, $3) AND at < $5`

// entriesBetween reads a page of entries: those of an account's lines after an
// instant and number, and before another instant.
func (s *Store) entriesBetween(
	ctx context.Context, id ledger.AccountID, at time.Time, number uint64, until time.Time,
) (page []ledger.Entry, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = s.ask(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		lines, err := list(ctx, conn, readEntryLine,
			entriesWhere(betweenPlaces), fit(id), at, fit(number), entryPage, until)
		page = assembled(lines)
		return err
	})
	return page, err
}

// MovementsNumbered returns the movements that there are of these numbers.
func (s *Store) MovementsNumbered(
	ctx context.Context, ids []pix.MovementID,
) (map[pix.MovementID]pix.Movement, error) {
	found, err := several(ctx, s, readMovement,
		`SELECT `+movementColumns+` FROM movements AS m WHERE m.id = ANY($1)`, fitAll(ids))
	out := make(map[pix.MovementID]pix.Movement, len(found))
	for i := range found {
		out[found[i].ID] = found[i]
	}
	return out, err
}

// HoldsNumbered returns the holds that an account has of these numbers.
func (s *Store) HoldsNumbered(
	ctx context.Context, account ledger.AccountID, ids []ledger.HoldID,
) (map[ledger.HoldID]ledger.Hold, error) {
	found, err := several(ctx, s, readHold,
		`SELECT `+holdColumns+` FROM holds AS h WHERE h.account = $1 AND h.id = ANY($2)`, fit(account), fitAll(ids))
	out := make(map[ledger.HoldID]ledger.Hold, len(found))
	for _, h := range found {
		out[h.ID] = h
	}
	return out, err
}

// fitAll returns numbers as bigints.
func fitAll[N ~uint64](numbers []N) []int64 {
	out := make([]int64, len(numbers))
	for i, n := range numbers {
		out[i] = fit(n)
	}
	return out
}
