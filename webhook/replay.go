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
	return c.replay(ctx, l)
}

func (c *Courier) letter(ctx context.Context, id uint64) (LoggedLetter, error) {
	record, err := c.reader.Record(ctx, letterKey(id))
	if err != nil {
		return LoggedLetter{}, err
	}
	return readLetter(record)
}

func (c *Courier) replay(ctx context.Context, l LoggedLetter) error {
	_, err := book.Do(ctx, c.book, &pix.ReplayNotice{Letter: letterKey(l.ID), Job: pix.Job{
		Account: l.Account, Subject: l.Subject, Note: l.Note, Due: c.now().UTC(),
	}})
	return err
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
	var letters []LoggedLetter // newest first
	for before := uint64(0); ; {
		page, err := c.DeadLetters(ctx, before, replayPage)
		if err != nil {
			return 0, false, err
		}
		for _, l := range page {
			if l.Account == account {
				letters = append(letters, l)
			}
		}
		if len(page) < replayPage {
			break
		}
		before = page[len(page)-1].Place
	}
	for len(letters) > 0 && count < replayMax {
		last := letters[len(letters)-1]
		letters = letters[:len(letters)-1]
		switch err := c.replay(ctx, last); {
		case errors.Is(err, pix.ErrNotFound): // somebody else did
		case err != nil:
			return count, true, err
		default:
			count++
		}
	}
	return count, len(letters) > 0, nil
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
