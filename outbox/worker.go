// Package outbox works off what commits left to do, in order per subject, at
// least once. It knows nothing of what is done.
package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// Handle does one job. It ends the job itself, by a commit that removes it; a
// job that it returns an error for, or leaves, is done again later.
type Handle func(ctx context.Context, job pix.Job) error

// Worker works off the jobs of one topic.
type Worker struct {
	store  Store
	book   *book.Book
	topic  pix.Topic
	handle Handle
	opts   Options
	wake   chan struct{}

	mu sync.Mutex
	// queued holds the jobs whose subject is being worked on, by subject. A
	// subject is present while it is worked on. Guarded by mu.
	queued map[uint64][]pix.Job
}

// Options are the limits of a worker. Now and Log are required.
type Options struct {
	Parallel int           // jobs at the same time; 0 is 64
	Lease    time.Duration // how long a job is kept from other nodes; 0 is a minute
	Retry    time.Duration // wait after a failure, growing with attempts; 0 is a second
	RetryMax time.Duration // the longest wait; 0 is five minutes
	Now      func() time.Time
	Log      *slog.Logger
}

// NewWorker returns a worker. Run must be called for it to take effect.
func NewWorker(store Store, b *book.Book, topic pix.Topic, handle Handle, opts Options) *Worker {
	if opts.Parallel == 0 {
		opts.Parallel = 64
	}
	opts.Lease = orDefault(opts.Lease, time.Minute)
	opts.Retry = orDefault(opts.Retry, time.Second)
	opts.RetryMax = orDefault(opts.RetryMax, 5*time.Minute)
	return &Worker{
		store: store, book: b, topic: topic, handle: handle, opts: opts,
		wake: make(chan struct{}, 1), queued: make(map[uint64][]pix.Job),
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Committed wakes the worker if b created or changed jobs of its topic. It
// returns at once.
func (w *Worker) Committed(b *pix.Books) {
	for _, c := range b.Jobs.Changes() {
		if c.Key.Topic == w.topic && !c.Deleted {
			select {
			case w.wake <- struct{}{}:
			default:
			}
			return
		}
	}
}

// poll is how long the worker waits at most before it looks again, for jobs
// that other nodes created or whose lease ran out.
const poll = 5 * time.Second

// Run works until ctx ends, and then waits for the jobs it has begun.
func (w *Worker) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, w.opts.Parallel)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case <-timer.C:
		}
		timer.Reset(w.round(ctx, free, &running))
	}
}

// round starts what is due and returns how long nothing more will be.
func (w *Worker) round(ctx context.Context, free chan struct{}, running *sync.WaitGroup) time.Duration {
	now := w.opts.Now()
	jobs, next, err := w.store.Claim(ctx, w.topic, now, now.Add(w.opts.Lease), w.opts.Parallel)
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
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return poll
		}
		running.Go(func() {
			defer func() { <-free }()
			w.work(ctx, job)
		})
	}
	if next.IsZero() {
		return poll
	}
	return max(min(next.Sub(w.opts.Now()), poll), 0)
}

// begin takes job's subject, or queues the job behind the one that has it.
func (w *Worker) begin(job pix.Job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting, busy := w.queued[job.Subject]
	if busy {
		w.queued[job.Subject] = append(waiting, job)
		return false
	}
	w.queued[job.Subject] = nil
	return true
}

// next returns the job queued behind the one just done, or gives up the subject.
func (w *Worker) next(subject uint64) (pix.Job, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := w.queued[subject]
	if len(waiting) == 0 {
		delete(w.queued, subject)
		return pix.Job{}, false
	}
	w.queued[subject] = waiting[1:]
	return waiting[0], true
}

// work does job and those of the same subject that came meanwhile.
func (w *Worker) work(ctx context.Context, job pix.Job) {
	for more := true; more; job, more = w.next(job.Subject) {
		if ctx.Err() != nil {
			continue // it stays in the store
		}
		if err := w.handle(ctx, job); err != nil && ctx.Err() == nil {
			w.postpone(ctx, job, err)
		}
	}
}

func (w *Worker) postpone(ctx context.Context, job pix.Job, cause error) {
	wait := min(w.opts.Retry<<min(job.Attempts, 20), w.opts.RetryMax)
	w.opts.Log.WarnContext(ctx, "job failed", "topic", w.topic, "job", job.ID, "attempts", job.Attempts+1,
		"again_in", wait, "error", cause)
	_, err := book.Do(ctx, w.book, &pix.PostponeJob{JobKey: job.JobKey, Due: w.opts.Now().Add(wait)})
	if err != nil && ctx.Err() == nil {
		w.opts.Log.WarnContext(ctx, "postpone job", "topic", w.topic, "job", job.ID, "error", err)
	}
}
