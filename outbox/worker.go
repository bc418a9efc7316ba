// Package outbox works off what commits left to do, in order per subject, at
// least once. It knows nothing of what is done.
package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Handle does one job. It ends the job itself, by a commit that removes it, or
// puts it off, by a commit that writes it anew; a job that it returns an error
// for, or leaves, is done again later.
type Handle func(ctx context.Context, job pix.Job) error

// Worker works off the jobs of one topic.
type Worker struct {
	store  Store
	book   *book.Book
	topic  pix.Topic
	handle Handle
	opts   Options
	wake   chan struct{} // there may be something to begin
	ended  chan struct{} // something has ended, which another may have waited for
	// hungry tells that there were more jobs due than room for them.
	hungry atomic.Bool

	mu sync.Mutex
	// queued holds the jobs whose subject is being worked on, by subject. A
	// subject is present while it is worked on. Guarded by mu.
	queued map[uint64][]pix.Job
	// loads are the accounts with jobs being worked on and those that are slow.
	// Guarded by mu; only kept with Options.PerAccount.
	loads map[ledger.AccountID]load
}

// load is what is known of an account's jobs.
type load struct {
	running int
	slow    bool // its last job took long
	starved bool // it came to its limit, and may have more jobs
}

// Options are the limits of a worker. Now and Log are required.
type Options struct {
	Parallel int // jobs at the same time; 0 is 64
	// PerAccount is how many jobs of one account are done at the same time, so
	// that others find room beside it; 0 is without limit. An account whose last
	// job took longer than Slow has one at a time.
	PerAccount int
	Slow       time.Duration // 0 is a second
	Lease      time.Duration // how long a job is kept from other nodes; 0 is a minute
	Retry      time.Duration // wait after a failure, growing with attempts; 0 is a second
	RetryMax   time.Duration // the longest wait; 0 is five minutes
	// Uncounted leaves the number of a job's attempts to its handler.
	Uncounted bool
	Now       func() time.Time
	Log       *slog.Logger
}

// NewWorker returns a worker. Run must be called for it to take effect.
func NewWorker(store Store, b *book.Book, topic pix.Topic, handle Handle, opts Options) *Worker {
	if opts.Parallel == 0 {
		opts.Parallel = 64
	}
	opts.Slow = orDefault(opts.Slow, time.Second)
	opts.Lease = orDefault(opts.Lease, time.Minute)
	opts.Retry = orDefault(opts.Retry, time.Second)
	opts.RetryMax = orDefault(opts.RetryMax, 5*time.Minute)
	return &Worker{
		store: store, book: b, topic: topic, handle: handle, opts: opts, wake: make(chan struct{}, 1),
		ended: make(chan struct{}, 1), queued: make(map[uint64][]pix.Job), loads: make(map[ledger.AccountID]load),
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Topic is that of the jobs that the worker works off.
func (w *Worker) Topic() pix.Topic { return w.topic }

// Committed wakes the worker if b created or changed jobs of its topic. It
// returns at once.
func (w *Worker) Committed(b *pix.Books) {
	for _, c := range b.Jobs.Changes() {
		if c.Key.Topic == w.topic && !c.Deleted {
			tell(w.wake)
			return
		}
	}
}

func tell(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// poll is how long the worker waits at most before it looks again, for jobs
// that other nodes created or whose lease ran out, and pause how long when
// something has ended that another may have waited for.
const (
	poll  = 5 * time.Second
	pause = 20 * time.Millisecond
)

// A worker rests between two looks, rest times as long as the one before took, so
// that looking never costs the store more than a sixth of what one caller can; and
// restMax at most, whatever the clock says that it took.
const (
	rest    = 5
	restMax = time.Second
)

// Run works until ctx ends, and then waits for the jobs it has begun.
func (w *Worker) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, w.opts.Parallel)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var wait time.Duration
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.ended:
			if wait > pause {
				wait = pause
				timer.Reset(wait)
			}
			continue
		case <-w.wake:
		case <-timer.C:
		}
		begin := w.opts.Now()
		wait = w.round(ctx, free, &running)
		timer.Reset(wait)
		// Whoever calls meanwhile is heard afterwards.
		select {
		case <-ctx.Done():
		case <-time.After(min(rest*w.opts.Now().Sub(begin), restMax)):
		}
	}
}

// round starts what is due, as far as there is room, and returns how long nothing
// more will be. Nothing is claimed that can't begin at once, because its lease
// runs.
func (w *Worker) round(ctx context.Context, free chan struct{}, running *sync.WaitGroup) time.Duration {
	room := cap(free) - len(free)
	w.hungry.Store(room == 0)
	if room == 0 {
		return poll // jobs that end have the worker look again
	}
	now := w.opts.Now()
	jobs, next, err := w.store.Claim(ctx, w.topic, now, now.Add(w.opts.Lease), room, w.shares())
	if err != nil {
		if ctx.Err() == nil {
			w.opts.Log.ErrorContext(ctx, "claim jobs", "topic", w.topic, "error", err)
		}
		return poll
	}
	for _, job := range jobs {
		if !w.begin(job) {
			continue // queued behind another job of its subject
		}
		free <- struct{}{}
		running.Go(func() {
			starved := w.work(ctx, job)
			<-free
			w.hasEnded(job, starved, len(free) <= cap(free)*3/4)
		})
	}
	w.hungry.Store(len(jobs) == room)
	if next.IsZero() {
		return poll
	}
	return max(min(next.Sub(w.opts.Now()), poll), 0)
}

// hasEnded has the worker look for jobs that waited for one to end: at once where
// much has become free, and else in a moment, since to look costs the more the
// more often it is done.
func (w *Worker) hasEnded(job pix.Job, starved, roomy bool) {
	switch {
	case starved, roomy && w.hungry.Load():
		tell(w.wake)
	case w.hungry.Load(), w.opts.PerAccount > 0, job.Subject != job.ID:
		tell(w.ended)
	}
}

// shares are what accounts may have besides what is being worked on for them.
func (w *Worker) shares() *Shares {
	if w.opts.PerAccount == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &Shares{Each: w.opts.PerAccount, Left: make(map[ledger.AccountID]int, len(w.loads))}
	for account, l := range w.loads {
		s.Left[account] = max(w.limit(l)-l.running, 0)
	}
	return s
}

func (w *Worker) limit(l load) int {
	if l.slow {
		return 1
	}
	return w.opts.PerAccount
}

// begin takes job's subject, or queues the job behind the one that has it: that
// has ended, and its worker has not come to the end of its work, or its lease ran
// out.
func (w *Worker) begin(job pix.Job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting, busy := w.queued[job.Subject]
	if busy {
		w.queued[job.Subject] = append(waiting, job)
		return false
	}
	w.queued[job.Subject] = nil
	w.count(job.Account, 1)
	return true
}

// count counts the jobs of an account that are being worked on. The caller holds
// mu.
func (w *Worker) count(account ledger.AccountID, by int) {
	if w.opts.PerAccount == 0 {
		return
	}
	l := w.loads[account]
	l.running += by
	l.starved = l.starved || l.running >= w.limit(l)
	w.note(account, l)
}

func (w *Worker) note(account ledger.AccountID, l load) {
	if l == (load{}) {
		delete(w.loads, account)
	} else {
		w.loads[account] = l
	}
}

// next returns the job queued behind the one just done, or gives up the subject.
// starved tells whether its account could have had no more jobs and now can.
func (w *Worker) next(done pix.Job) (job pix.Job, more, starved bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := w.queued[done.Subject]
	starved = w.release(done.Account)
	if len(waiting) == 0 {
		delete(w.queued, done.Subject)
		return pix.Job{}, false, starved
	}
	w.queued[done.Subject] = waiting[1:]
	w.count(waiting[0].Account, 1)
	return waiting[0], true, starved
}

// release counts a job less. It tells whether the account had come to its limit
// and has half of it free again. The caller holds mu.
func (w *Worker) release(account ledger.AccountID) bool {
	if w.opts.PerAccount == 0 {
		return false
	}
	l := w.loads[account]
	l.running--
	again := l.starved && l.running <= w.limit(l)/2
	if again {
		l.starved = false
	}
	w.note(account, l)
	return again
}

// work does job and those of the same subject that came meanwhile. starved is as
// next tells it of the last of them.
func (w *Worker) work(ctx context.Context, job pix.Job) (starved bool) {
	for more := true; more; job, more, starved = w.next(job) {
		if ctx.Err() != nil {
			w.giveBack(ctx, job)
			continue
		}
		begin := w.opts.Now()
		err := w.handle(ctx, job)
		w.timed(job.Account, w.opts.Now().Sub(begin))
		switch {
		case err == nil:
		case ctx.Err() != nil:
			w.giveBack(ctx, job)
		default:
			w.postpone(ctx, job, err)
		}
	}
	return starved
}

// giveBack ends the lease of a job that the stop has kept from being done, so that
// another worker, or the next start, need not wait for the lease to run out.
func (w *Worker) giveBack(ctx context.Context, job pix.Job) {
	_, err := book.Do(context.WithoutCancel(ctx), w.book, &pix.PostponeJob{
		JobKey: job.JobKey, Due: job.Due, Uncounted: true,
	})
	if err != nil && !errors.Is(err, pix.ErrNotFound) {
		w.opts.Log.WarnContext(ctx, "give job back", "topic", w.topic, "job", job.ID, "error", err)
	}
}

// timed notes how long a job of an account took.
func (w *Worker) timed(account ledger.AccountID, took time.Duration) {
	if w.opts.PerAccount == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.loads[account]
	l.slow = took > w.opts.Slow
	w.note(account, l)
}

func (w *Worker) postpone(ctx context.Context, job pix.Job, cause error) {
	wait := min(w.opts.Retry<<min(job.Attempts, 20), w.opts.RetryMax)
	w.opts.Log.WarnContext(ctx, "job failed", "topic", w.topic, "job", job.ID, "attempts", job.Attempts+1,
		"again_in", wait, "error", cause)
	_, err := book.Do(ctx, w.book, &pix.PostponeJob{
		JobKey: job.JobKey, Due: w.opts.Now().Add(wait), Uncounted: w.opts.Uncounted,
	})
	if err != nil && ctx.Err() == nil {
		w.opts.Log.WarnContext(ctx, "postpone job", "topic", w.topic, "job", job.ID, "error", err)
	}
}
