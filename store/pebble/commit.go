package pebble

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// Commit loads, decides and applies one after the other, and waits for the disk
// side by side: the next commit decides on what this one applied, while this one
// is being made durable. What must be read to decide is read under the lock; it
// is nearly always in memory.
func (s *Store) Commit(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	return s.change(ctx, func(c *commit) (bool, error) {
		var b pix.Books
		if err := s.loadBooks(&b, n); err != nil {
			return false, err
		}
		if err := decide(&b); err != nil || !b.Changed() {
			return false, err
		}
		return true, s.writer.books(c, &b)
	})
}

// change makes durable what build writes into a commit. build tells whether it
// wrote anything.
func (s *Store) change(ctx context.Context, build func(*commit) (bool, error)) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.users.end()
	if s.opts.ReadOnly {
		return fmt.Errorf("%w: %w", book.ErrUnavailable, errReadOnly)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := s.apply(build)
	if c != nil {
		return s.sync(c)
	}
	// What was decided may rest on what is not durable yet.
	if unsettled := s.settled(context.WithoutCancel(ctx)); unsettled != nil {
		return unsettled
	}
	return err
}

// apply hands the engine what build writes. It returns nil when nothing is to be
// made durable.
func (s *Store) apply(build func(*commit) (bool, error)) (*commit, error) {
	s.deciding.Lock()
	defer s.deciding.Unlock()
	if err := s.health(); err != nil {
		return nil, err
	}
	c := &commit{batch: s.db.NewBatch()}
	if changed, err := build(c); err != nil || !changed {
		s.release(c)
		return nil, err
	}
	s.flight.enter(c)
	s.accounts.stage(c.number, c.accounts)
	if err := s.hand(c.batch); err != nil {
		return nil, err
	}
	for _, p := range c.profiles {
		s.profiles.change(p, c.number)
	}
	return c, nil
}

// release gives a commit's batch back to the engine.
func (s *Store) release(c *commit) {
	if err := c.batch.Close(); err != nil {
		s.opts.Log.Error("storage engine", slog.Any("error", err))
	}
}

func (s *Store) loadBooks(b *pix.Books, n pix.Needs) error {
	src := source{Store: s}
	err := book.Load(b, n, &src)
	return firstError(err, src.close())
}

// hand gives a batch to the engine, which shows it to readers at once and makes
// it durable in time. The engine panics when its log can't be written, and is
// of no use from then on; in the middle of a change of logs it ends the process.
func (s *Store) hand(batch *pebble.Batch) error {
	return s.guard(func() error { return s.db.ApplyNoSyncWait(batch, pebble.Sync) })
}

// guard stops the store when the engine can't write.
func (s *Store) guard(write func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.jammed.Store(true)
			err = s.fail(fmt.Errorf("write: %v", p))
		}
	}()
	if err := write(); err != nil {
		return s.fail(fmt.Errorf("write: %w", err))
	}
	return nil
}

// sync waits until a commit is durable, and then shows it to readers.
func (s *Store) sync(c *commit) error {
	if err := c.batch.SyncWait(); err != nil {
		return s.fail(fmt.Errorf("sync: %w", err))
	}
	if err := s.health(); err != nil {
		return unknown(err)
	}
	s.flight.land(c, s.publish)
	s.release(c)
	return nil
}

// publish is called once for every commit, in their order.
func (s *Store) publish(c *commit) {
	s.writeChapters(s.accounts.publish(c.number, c.accounts, s.chapters.due)...)
	s.holds.apply(c.holds)
	s.jobs.apply(c.jobs)
	s.lastID.Store(max(s.lastID.Load(), c.lastID))
}

// fail stops the store, because nobody knows what is on the disk: a write that
// failed once can't be tried again. It returns what the caller is told.
func (s *Store) fail(why error) error {
	s.stop(why)
	s.opts.Log.Error("store is stopped", slog.Any("error", why))
	return unknown(s.health())
}

// unknown is the answer to a commit that was handed over to the engine: it may
// be found done when the folder is opened again.
func unknown(err error) error { return fmt.Errorf("%w: %w", book.ErrOutcomeUnknown, err) }
