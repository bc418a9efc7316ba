package webhook

import (
	"context"
	"errors"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Replay makes a dead letter a notice again, with all its attempts. It returns
// pix.ErrNotFound if there is none of that number any more.
func (c *Courier) Replay(ctx context.Context, id uint64) error {
	l, err := c.letter(ctx, id)
	if err != nil {
		return err
	}
	_, err = book.Do(ctx, c.book, &pix.ReplayNotice{Letter: letterKey(id), Job: pix.Job{
		JobKey: pix.JobKey{Topic: l.Topic}, Account: l.Account, Subject: l.Subject, Note: l.Note, Due: c.instant(),
	}})
	return err
}

func (c *Courier) letter(ctx context.Context, id uint64) (LoggedLetter, error) {
	record, err := c.reader.Record(ctx, letterKey(id))
	if err != nil {
		return LoggedLetter{}, err
	}
	return readLetter(record)
}

// replayPage is how many dead letters are looked at at once, and replayMax how
// many are made notices again by one call.
const (
	replayPage = 500
	replayMax  = 5_000
)

// ReplayAll replays an account's dead letters in the order in which they were
// given up, and tells how many; more tells that there are others left.
func (c *Courier) ReplayAll(ctx context.Context, account ledger.AccountID) (count int, more bool, err error) {
	ids, err := c.lettersOf(ctx, account)
	if err != nil {
		return 0, false, err
	}
	for len(ids) > 0 && count < replayMax {
		last := ids[len(ids)-1]
		ids = ids[:len(ids)-1]
		switch err := c.Replay(ctx, last); {
		case errors.Is(err, pix.ErrNotFound): // somebody else did
		case err != nil:
			return count, true, err
		default:
			count++
		}
	}
	return count, len(ids) > 0, nil
}

// lettersOf lists the numbers of an account's dead letters, newest first.
func (c *Courier) lettersOf(ctx context.Context, account ledger.AccountID) ([]uint64, error) {
	var ids []uint64
	for before := uint64(0); ; {
		page, err := c.DeadLetters(ctx, before, replayPage)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			if l.Account == account {
				ids = append(ids, l.ID)
			}
		}
		if len(page) < replayPage {
			return ids, nil
		}
		before = page[len(page)-1].Place
	}
}

// Discard gives up a dead letter for good.
func (c *Courier) Discard(ctx context.Context, id uint64) error {
	l, err := c.letter(ctx, id)
	if err != nil {
		return err
	}
	_, err = book.Do(ctx, c.book, &pix.DiscardNotice{Letter: letterKey(id), Account: l.Account})
	return err
}
