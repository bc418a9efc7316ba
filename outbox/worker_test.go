package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
)

const topic pix.Topic = "test"

// world is a worker over a store in memory, inside a synctest bubble.
type world struct {
	store *memory.Store
	book  *book.Book
	work  *outbox.Worker

	mu    sync.Mutex
	calls []call // guarded by mu
}

type call struct {
	job uint64
	at  time.Duration // since the start
}

// addJob is a command that leaves a job.
type addJob struct{ pix.Job }

func (c *addJob) Needs() pix.Needs { return pix.Needs{} }

func (c *addJob) Decide(b *pix.Books) (struct{}, error) {
	b.Jobs.Put(c.JobKey, c.Job)
	return struct{}{}, nil
}

// run calls body with a running worker and stops everything after it.
func run(t *testing.T, handle func(*world, context.Context, pix.Job) error, body func(*testing.T, *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{store: memory.New()}
		w.book = book.New(w.store, book.NewIDs(time.Now, 0, 0), book.Options{
			AfterCommit: func(b *pix.Books) { w.work.Committed(b) },
		})
		start := time.Now()
		w.work = outbox.NewWorker(w.store, w.book, topic, func(ctx context.Context, job pix.Job) error {
			w.mu.Lock()
			w.calls = append(w.calls, call{job.ID, time.Since(start)})
			w.mu.Unlock()
			if err := handle(w, ctx, job); err != nil {
				return err
			}
			_, err := book.Do(ctx, w.book, &pix.EndJob{JobKey: job.JobKey})
			return err
		}, outbox.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler), Lease: 10 * time.Minute})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		bookCtx, stopBook := context.WithCancel(context.Background())
		running.Go(func() { _ = w.book.Run(bookCtx) })
		workerDone := make(chan struct{})
		go func() { defer close(workerDone); _ = w.work.Run(ctx) }()
		body(t, w)
		stop()
		<-workerDone
		stopBook()
		running.Wait()
	})
}

func (w *world) add(t *testing.T, id, subject uint64, wait time.Duration) {
	t.Helper()
	job := pix.Job{JobKey: pix.JobKey{Topic: topic, ID: id}, Subject: subject, Due: time.Now().Add(wait)}
	if _, err := book.Do(t.Context(), w.book, &addJob{job}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) seen() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

func TestAJobIsDoneWhenItIsDueAndOnce(t *testing.T) {
	done := func(*world, context.Context, pix.Job) error { return nil }
	run(t, done, func(t *testing.T, w *world) {
		w.add(t, 1, 1, 3*time.Second)
		w.add(t, 2, 2, 0)
		time.Sleep(time.Minute)
		want := []call{{2, 0}, {1, 3 * time.Second}}
		if got := w.seen(); !slices.Equal(got, want) {
			t.Errorf("calls %v, want %v", got, want)
		}
	})
}

func TestAFailedJobIsDoneAgainLaterAndLater(t *testing.T) {
	failing := func(w *world, _ context.Context, _ pix.Job) error {
		if len(w.seen()) < 4 {
			return errors.New("not yet")
		}
		return nil
	}
	run(t, failing, func(t *testing.T, w *world) {
		w.add(t, 1, 1, 0)
		time.Sleep(time.Hour)
		want := []call{{1, 0}, {1, time.Second}, {1, 3 * time.Second}, {1, 7 * time.Second}}
		if got := w.seen(); !slices.Equal(got, want) {
			t.Errorf("calls %v, want %v", got, want)
		}
	})
}

func TestJobsOfOneSubjectAreDoneInOrderAndOthersMeanwhile(t *testing.T) {
	slow := func(_ *world, _ context.Context, job pix.Job) error {
		if job.Subject == 7 {
			time.Sleep(10 * time.Second)
		}
		return nil
	}
	run(t, slow, func(t *testing.T, w *world) {
		w.add(t, 1, 7, 0)
		synctest.Wait()
		w.add(t, 2, 7, 0)
		w.add(t, 3, 8, 0)
		time.Sleep(time.Minute)
		want := []call{{1, 0}, {3, 0}, {2, 10 * time.Second}}
		if got := w.seen(); !slices.Equal(got, want) {
			t.Errorf("calls %v, want %v", got, want)
		}
	})
}

func TestAJobLeftByACrashIsDoneAfterItsLease(t *testing.T) {
	done := func(*world, context.Context, pix.Job) error { return nil }
	run(t, done, func(t *testing.T, w *world) {
		w.add(t, 1, 1, time.Second)
		// Another node claims it and is never heard of again.
		now := time.Now().Add(time.Second)
		jobs, _, err := w.store.Claim(t.Context(), topic, now, now.Add(time.Minute), 1)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("claim: %v, %v", jobs, err)
		}
		time.Sleep(time.Hour)
		if got := w.seen(); len(got) != 1 || got[0].at < time.Minute {
			t.Errorf("calls %v, want one after the lease", got)
		}
	})
}
