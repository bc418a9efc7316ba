package pebble

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/internal/sheet"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// commit is a set of changes on its way to the disk.
type commit struct {
	number   uint64
	batch    *pebble.Batch
	accounts []ledger.Account
	profiles []pix.Profile
	holds    []holdChange
	jobs     []sheet.Change[pix.JobKey, pix.Job]
	lastID   uint64
	done     chan struct{} // closed when the commit is durable and published
}

// flight is the commits that are applied and not yet durable, oldest first.
type flight struct {
	applied atomic.Uint64 // number of the newest commit
	durable atomic.Uint64 // number of the newest commit that is published

	mu    sync.Mutex
	queue []*commit
}

// enter numbers a commit. Nobody may read what it writes before that, so that
// whoever sees it knows what to wait for.
func (f *flight) enter(c *commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.done = make(chan struct{})
	c.number = f.applied.Load() + 1
	f.queue = append(f.queue, c)
	f.applied.Store(c.number)
}

// land publishes c, which is durable, and all before it, which then are too.
func (f *flight) land(c *commit, publish func(*commit)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	landed := 0
	for _, older := range f.queue {
		if older.number > c.number {
			break
		}
		publish(older)
		f.durable.Store(older.number)
		close(older.done)
		landed++
	}
	f.queue = append(f.queue[:0], f.queue[landed:]...)
}

// hold keeps commits from being published while look looks at what is.
func (f *flight) hold(look func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	look()
}

// newest returns the newest commit in flight, nil if all have landed.
func (f *flight) newest() *commit {
	if f.durable.Load() == f.applied.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return nil
	}
	return f.queue[len(f.queue)-1]
}

// settled waits until what was read before the call is durable.
func (s *Store) settled(ctx context.Context) error {
	c := s.flight.newest()
	if c == nil {
		return s.health()
	}
	return s.arrive(ctx, c)
}

// arrive waits until c is durable.
func (s *Store) arrive(ctx context.Context, c *commit) error {
	select {
	case <-c.done:
		return nil
	case <-s.stopped:
		return s.health()
	case <-ctx.Done():
		return ctx.Err()
	}
}
