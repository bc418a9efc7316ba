package book

import (
	"context"
	"fmt"
	"iter"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// copyChunk is how many records one commit of a copy holds.
const copyChunk = 500

// Copy copies a whole book into another store, byte for byte in what it means:
// entries with their hashes, holds, movements, keys, jobs, suspense and records. Nobody
// may write to either meanwhile. It can be cut off at any time and begun again:
// it goes on where it was. The target must be empty or an unfinished copy of
// the same book. progress may be nil.
func Copy(ctx context.Context, from Reader, to Store, progress func(Progress)) error {
	last, err := from.LastID(ctx)
	if err != nil {
		return err
	}
	c := copier{from: from, to: to, tell: progress, last: last}
	for _, step := range []func(context.Context) error{c.accounts, c.movements, c.keys, c.jobs, c.suspense, c.records} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

type copier struct {
	from Reader
	to   Store
	tell func(Progress)
	done Progress
	last uint64 // the source's highest number
}

func (c *copier) commit(ctx context.Context, n pix.Needs, write func(*pix.Books)) error {
	err := c.to.Commit(ctx, n, func(b *pix.Books) error {
		write(b)
		b.LastID, b.Overwrite = c.last, true
		return nil
	})
	if err == nil && c.tell != nil {
		c.tell(c.done)
	}
	return err
}

// accounts copies accounts one after the other. An account whose row is the
// source's is done.
func (c *copier) accounts(ctx context.Context) error {
	for account, err := range c.from.EachAccount(ctx) {
		if err != nil {
			return err
		}
		c.done.Accounts++
		at, err := c.to.Account(ctx, account.ID)
		if err != nil && err != ledger.ErrAccountNotFound {
			return err
		}
		if err == nil && at == account {
			continue
		}
		if at.Entries > account.Entries {
			return fmt.Errorf("account %s of the target has %d entries, more than the source", account.ID, at.Entries)
		}
		if err := c.account(ctx, account, at); err != nil {
			return fmt.Errorf("account %s: %w", account.ID, err)
		}
	}
	return nil
}

// account copies one account, of which the target has at. Its row becomes the
// source's last of all.
func (c *copier) account(ctx context.Context, account, at ledger.Account) error {
	profile, err := c.from.Profile(ctx, account.ID)
	if err != nil && err != ledger.ErrAccountNotFound {
		return err
	}
	at.ID = account.ID
	begin := func(b *pix.Books) {
		if profile.ID != 0 {
			b.Profiles.Put(profile.ID, profile)
		}
		b.Accounts.Put(account.ID, at)
	}
	if err := c.commit(ctx, pix.Needs{}, begin); err != nil {
		return err
	}
	holds := func(b *pix.Books, h ledger.Hold) { b.Holds.Put(h.ID, h) }
	if err := chunks(ctx, c, c.from.EachHold(ctx, account.ID), &c.done.Holds, holds); err != nil {
		return err
	}
	if err := c.entries(ctx, account.ID, at.Entries); err != nil {
		return err
	}
	return c.commit(ctx, pix.Needs{}, func(b *pix.Books) { b.Accounts.Put(account.ID, account) })
}

// entries copies the entries that are kept under the account. Every commit ends
// with the account's row as it was after the last of them, so that a copy that
// is begun again knows where it was.
func (c *copier) entries(ctx context.Context, id ledger.AccountID, number uint64) error {
	chunk := make([]ledger.Entry, 0, copyChunk)
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		last := chunk[len(chunk)-1].Lines[0]
		c.done.Entries += uint64(len(chunk))
		err := c.commit(ctx, pix.Needs{}, func(b *pix.Books) {
			for _, e := range chunk {
				b.Import(e)
			}
			b.Accounts.Put(id, ledger.Account{
				ID: id, Balance: last.After(), Entries: last.Number, Head: last.Hash, LastAt: last.At,
			})
		})
		chunk = chunk[:0]
		return err
	}
	for e, err := range c.from.EachEntry(ctx, id) {
		if err != nil {
			return err
		}
		if home := e.Lines[0]; home.Account != id || home.Number <= number {
			continue // kept under another account, or copied before
		}
		if chunk = append(chunk, e); len(chunk) == copyChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (c *copier) movements(ctx context.Context) error {
	return chunks(ctx, c, c.from.EachMovement(ctx), &c.done.Movements, func(b *pix.Books, m pix.Movement) {
		b.Movements.Put(m.ID, m)
	})
}

func (c *copier) jobs(ctx context.Context) error {
	return chunks(ctx, c, c.from.EachJob(ctx), nil, func(b *pix.Books, j pix.Job) { b.Jobs.Put(j.JobKey, j) })
}

func (c *copier) records(ctx context.Context) error {
	return chunks(ctx, c, c.from.EachRecord(ctx), nil, func(b *pix.Books, r pix.Record) {
		b.Records.Put(r.RecordKey, r)
	})
}

// keys copies keys. Those that an earlier run copied are there and stay.
func (c *copier) keys(ctx context.Context) error {
	var chunk []TakenKey
	flush := func() error {
		var n pix.Needs
		for _, k := range chunk {
			n.Keys = append(n.Keys, k.Key)
		}
		err := c.commit(ctx, n, func(b *pix.Books) {
			for _, k := range chunk {
				if _, taken := b.Keys.Get(k.Key); !taken {
					b.Keys.Put(k.Key, k.Target)
				}
			}
		})
		chunk = chunk[:0]
		return err
	}
	for k, err := range c.from.EachKey(ctx) {
		if err != nil {
			return err
		}
		if chunk = append(chunk, k); len(chunk) == copyChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (c *copier) suspense(ctx context.Context) error {
	after := uint64(0)
	for {
		items, err := c.from.Suspense(ctx, after, copyChunk)
		if err != nil || len(items) == 0 {
			return err
		}
		after = items[len(items)-1].ID
		err = c.commit(ctx, pix.Needs{}, func(b *pix.Books) {
			for _, item := range items {
				b.Suspended.Put(item.ID, item)
			}
		})
		if err != nil {
			return err
		}
	}
}

// chunks writes what all yields, copyChunk records to a commit.
func chunks[V any](
	ctx context.Context, c *copier, all iter.Seq2[V, error], count *uint64, put func(*pix.Books, V),
) error {
	chunk := make([]V, 0, copyChunk)
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		if count != nil {
			*count += uint64(len(chunk))
		}
		err := c.commit(ctx, pix.Needs{}, func(b *pix.Books) {
			for _, v := range chunk {
				put(b, v)
			}
		})
		chunk = chunk[:0]
		return err
	}
	for v, err := range all {
		if err != nil {
			return err
		}
		if chunk = append(chunk, v); len(chunk) == copyChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
