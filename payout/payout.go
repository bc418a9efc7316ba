// Package payout pays out the shares of charges that others get, when they are
// due. It knows no rule about shares: what is paid, and from what, is decided by
// the books.
package payout

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// Splits pays shares out.
type Splits struct{ opts Options }

// Options are what Splits takes. Every field is required.
type Options struct {
	Book   *book.Book
	Reader Reader
	Rail   pix.Topic  // carries what accounts order that are not sandbox accounts
	ISPB   pixid.ISPB // the institution's, part of every end-to-end id
	Now    func() time.Time
}

// Reader is what Splits reads. Every store is one.
type Reader interface {
	Hold(ctx context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error)
	OpenHolds(ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int) ([]ledger.Hold, error)
}

// New returns a Splits.
func New(o Options) *Splits { return &Splits{o} }

// Handle pays out the share that a job is about and, with it, those that merge
// with it and are due as well.
func (s *Splits) Handle(ctx context.Context, job pix.Job) error {
	hold, err := s.opts.Reader.Hold(ctx, job.Account, ledger.HoldID(job.ID))
	if err != nil && !errors.Is(err, pix.ErrNotFound) {
		return err
	}
	if err != nil || !hold.Open() {
		_, err := book.Do(ctx, s.opts.Book, &pix.EndJob{JobKey: job.JobKey})
		return err
	}
	now := s.opts.Now().Truncate(time.Microsecond)
	due, err := s.due(ctx, hold, now)
	if err != nil {
		return err
	}
	c := &pix.PayOutSplits{ID: pix.MovementID(s.opts.Book.NextID()), Holds: due, Rail: s.opts.Rail, At: now}
	c.EndToEndID = pixid.EndToEndIDFrom(s.opts.ISPB, now, uint64(c.ID))
	_, err = book.Do(ctx, s.opts.Book, c)
	return err
}

// holdPage is how many open holds are read at once.
const holdPage = 1000

// due returns hold and those that merge with it and are due, up to the number
// that one payment pays out.
func (s *Splits) due(ctx context.Context, hold ledger.Hold, now time.Time) ([]ledger.Hold, error) {
	due := []ledger.Hold{hold}
	if share, _ := pix.SplitOf(hold); share.Due.IsZero() {
		return due, nil
	}
	for after := ledger.HoldID(0); ; {
		page, err := s.opts.Reader.OpenHolds(ctx, hold.Account, after, holdPage)
		if err != nil {
			return nil, err
		}
		for _, h := range page {
			if share, _ := pix.SplitOf(h); h.ID != hold.ID && pix.Merges(hold, h) && !share.Due.After(now) {
				due = append(due, h)
			}
			if len(due) == pix.SplitsMergedMax {
				return inOrder(due), nil
			}
		}
		if len(page) < holdPage {
			return inOrder(due), nil
		}
		after = page[len(page)-1].ID
	}
}

// inOrder makes the first share that was set aside come first.
func inOrder(holds []ledger.Hold) []ledger.Hold {
	slices.SortFunc(holds, func(a, b ledger.Hold) int { return cmp.Compare(a.ID, b.ID) })
	return holds
}
