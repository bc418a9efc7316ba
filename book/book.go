// Package book runs commands over a store with group commit: it gathers the
// commands in flight, lets each decide in turn over the same working state, and
// has the store make all their changes durable in one write. It knows nothing
// of what the commands do.
package book

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saldo-pix/saldo/pix"
)

// Command is a value that says what it must see and decides on it. Decide must
// touch nothing but its argument, and may be called again with fresh state.
type Command[T any] interface {
	Needs() pix.Needs
	Decide(b *pix.Books) (T, error)
}

// What Do returns when the book can't take a command. Nothing was done then.
var (
	ErrBusy    = errors.New("too many requests in flight")
	ErrStopped = errors.New("shutting down")
)

// Options are the limits of a book. The zero value is fit for use.
type Options struct {
	QueueMax   int // commands waiting; 0 is 4096
	BatchMax   int // commands in one commit; 0 is 256
	Committers int // commits at the same time; 0 is 2
	// Linger is how long a small batch waits for company while another commit is
	// on its way. It pays where a commit costs much whatever it carries.
	Linger time.Duration
	// LingerFrom is how many must have been in flight lately for a batch to wait:
	// where few are, a store that works on two commits at once serves them better.
	LingerFrom int
	// Stripe is the first of the stripes of the system accounts that this book
	// posts to, and Stripes how many there are; 0 is 1. Committers take turns, so
	// that with as many stripes as committers none waits for another's.
	Stripe, Stripes int
	// AfterCommit is told of every durable change, and must return at once.
	AfterCommit func(*pix.Books)
	Log         *slog.Logger
}

// Book takes commands and answers each after its changes are durable.
type Book struct {
	store Store
	ids   *IDs
	opts  Options
	queue chan *call

	// stopping is held for reading while a command is queued, so that none
	// comes after the queue is closed.
	stopping sync.RWMutex
	stopped  bool

	inFlight atomic.Int64
	crowd    atomic.Int64  // the most that were in flight lately, while opts.Linger is set
	running  atomic.Int64  // commits on their way
	ended    chan struct{} // wakes who lingers when one of them ends
	stats    Stats
}

// Stats counts what a book did.
type Stats struct{ Batches, Commands, Refused, Failed, Busy atomic.Uint64 }

// New returns a book over store. Run must be called for it to take effect.
func New(store Store, ids *IDs, opts Options) *Book {
	opts.QueueMax = orDefault(opts.QueueMax, 4096)
	opts.BatchMax = orDefault(opts.BatchMax, 256)
	opts.Committers = orDefault(opts.Committers, 2)
	opts.Stripes = orDefault(opts.Stripes, 1)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Book{
		store: store, ids: ids, opts: opts, queue: make(chan *call, opts.QueueMax), ended: make(chan struct{}, 1),
	}
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// NextID returns a number for a new movement, hold or suspense item.
func (b *Book) NextID() uint64 { return b.ids.Next() }

// Stats returns the book's counters.
func (b *Book) Stats() *Stats { return &b.stats }

// Waiting returns how many commands wait or are being committed.
func (b *Book) Waiting() int { return int(b.inFlight.Load()) }

// call is a command on its way.
type call struct {
	needs  pix.Needs
	decide func(*pix.Books) error
	err    error
	taken  atomic.Bool // by a committer, or by a caller that gave up
	done   chan struct{}
}

// Do runs a command and returns what it decided once that is durable. It
// returns ErrBusy when the queue is full, ErrStopped after the stop, ctx's error
// when ctx ends before the command's turn comes (in these cases nothing was or
// will be done), ErrUnavailable when the store can't be reached, ErrOutcomeUnknown
// when it can't tell whether the command was done, and else the command's own
// error.
func Do[T any](ctx context.Context, b *Book, c Command[T]) (T, error) {
	var result T
	k := &call{needs: c.Needs(), done: make(chan struct{})}
	k.decide = func(books *pix.Books) (err error) {
		result, err = c.Decide(books)
		return err
	}
	if err := b.enqueue(k); err != nil {
		return result, err
	}
	select {
	case <-k.done:
	case <-ctx.Done():
		if k.taken.CompareAndSwap(false, true) {
			return result, ctx.Err()
		}
		<-k.done // it is being decided: tell the truth about it
	}
	if k.err != nil {
		var zero T
		return zero, k.err
	}
	return result, nil
}

func (b *Book) enqueue(k *call) error {
	b.stopping.RLock()
	defer b.stopping.RUnlock()
	if b.stopped {
		return ErrStopped
	}
	b.inFlight.Add(1)
	select {
	case b.queue <- k:
		return nil
	default:
		b.inFlight.Add(-1)
		b.stats.Busy.Add(1)
		return ErrBusy
	}
}

// Run commits what Do gathers until ctx ends. It then refuses new commands,
// answers those that wait, and returns.
func (b *Book) Run(ctx context.Context) error {
	var committers sync.WaitGroup
	for i := range b.opts.Committers {
		committers.Go(func() { b.commitLoop(b.opts.Stripe + i%b.opts.Stripes) })
	}
	<-ctx.Done()
	b.stopping.Lock()
	b.stopped = true
	close(b.queue)
	b.stopping.Unlock()
	committers.Wait()
	return nil
}

func (b *Book) commitLoop(stripe int) {
	batch := make([]*call, 0, b.opts.BatchMax)
	for first := range b.queue {
		batch = b.linger(b.gather(append(batch[:0], first)))
		b.running.Add(1)
		b.commit(batch, stripe)
		b.running.Add(-1)
		select {
		case b.ended <- struct{}{}:
		default:
		}
		// Those who were just answered have their next requests ready in a
		// moment: let them queue, or the next batch is half as large.
		runtime.Gosched()
	}
}

// linger lets a batch grow until it has its share of those who were in flight
// lately, but no longer than another commit runs: nobody waits for company when
// the store has nothing else to do.
func (b *Book) linger(batch []*call) []*call {
	if b.opts.Linger == 0 {
		return batch
	}
	// A crowd that has left is forgotten bit by bit.
	crowd := max(b.inFlight.Load(), b.crowd.Load()-1)
	b.crowd.Store(crowd)
	share := min(int(crowd)/b.opts.Committers, cap(batch))
	if int(crowd) < b.opts.LingerFrom || len(batch) >= share {
		return batch
	}
	select {
	case <-b.ended: // that was before
	default:
	}
	patience := time.NewTimer(b.opts.Linger)
	defer patience.Stop()
	for len(batch) < share && b.running.Load() > 0 {
		select {
		case k, ok := <-b.queue:
			if !ok {
				return batch
			}
			batch = append(batch, k)
		case <-b.ended:
			return b.gather(batch)
		case <-patience.C:
			return batch
		}
	}
	return b.gather(batch)
}

// gather adds to batch what else is waiting.
func (b *Book) gather(batch []*call) []*call {
	for len(batch) < cap(batch) {
		select {
		case k, ok := <-b.queue:
			if !ok {
				return batch
			}
			batch = append(batch, k)
		default:
			return batch
		}
	}
	return batch
}

// commit decides a batch and answers every caller in it.
func (b *Book) commit(batch []*call, stripe int) {
	kept := batch[:0]
	for _, k := range batch {
		if k.taken.CompareAndSwap(false, true) {
			kept = append(kept, k)
		} else {
			b.inFlight.Add(-1)
		}
	}
	if len(kept) == 0 {
		return
	}
	err := b.commitTogether(kept, stripe)
	if !errors.Is(err, ErrUnfit) {
		b.answer(kept, err)
		return
	}
	// The others must not suffer from the one that can't be kept.
	for i := range kept {
		alone := kept[i : i+1]
		b.answer(alone, b.commitTogether(alone, stripe))
	}
}

// commitTogether has the store commit what a batch decides.
func (b *Book) commitTogether(batch []*call, stripe int) error {
	n := pix.Needs{Stripe: stripe}
	for _, k := range batch {
		n.Add(k.needs)
	}
	var decided *pix.Books
	// The context of one caller must not end the commit of the others.
	err := b.store.Commit(context.Background(), n, func(books *pix.Books) error {
		decided = books
		b.decide(books, batch)
		return nil
	})
	if err == nil && b.opts.AfterCommit != nil && decided.Changed() {
		b.opts.AfterCommit(decided)
	}
	return err
}

// decide lets each command decide in turn. One that is refused leaves no trace.
func (b *Book) decide(books *pix.Books, batch []*call) {
	books.NextNumber = b.ids.Next
	for _, k := range batch {
		mark := books.Mark()
		if k.err = b.decideOne(books, k); k.err != nil {
			books.Rollback(mark)
		}
	}
	books.LastID = b.ids.Last()
}

// decideOne turns a panic, which is a bug, into the error of its one command.
func (b *Book) decideOne(books *pix.Books, k *call) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("command panicked: %v", p)
			b.opts.Log.Error("command panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	from := len(books.Entries())
	if err := k.decide(books); err != nil {
		return err
	}
	books.Watch(from)
	return nil
}

func (b *Book) answer(batch []*call, err error) {
	b.stats.Batches.Add(1)
	b.stats.Commands.Add(uint64(len(batch)))
	for _, k := range batch {
		switch {
		case err != nil:
			k.err = fmt.Errorf("commit: %w", err)
			b.stats.Failed.Add(1)
		case k.err != nil:
			b.stats.Refused.Add(1)
		}
		b.inFlight.Add(-1)
		close(k.done)
	}
}
