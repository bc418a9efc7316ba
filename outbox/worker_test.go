package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
)

const topic pix.Topic = "test"

// pause is how long after a job the next of its subject is looked for.
const pause = 20 * time.Millisecond

// world is a worker over a store in memory, inside a synctest bubble.
type world struct {
	store *memory.Store
	book  *book.Book
	work  *outbox.Worker

	after func() // the worker has stopped; may be nil

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
	runWith(t, outbox.Options{}, handle, body)
}

func runWith(t *testing.T, o outbox.Options, handle func(*world, context.Context, pix.Job) error,
	body func(*testing.T, *world),
) {
	o.Log, o.Lease = slog.New(slog.DiscardHandler), 10*time.Minute
	if o.Now == nil {
		o.Now = time.Now
	}
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
		}, o)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		bookCtx, stopBook := context.WithCancel(context.Background())
		running.Go(func() { _ = w.book.Run(bookCtx) })
		workerDone := make(chan struct{})
		go func() { defer close(workerDone); _ = w.work.Run(ctx) }()
		body(t, w)
		stop()
		<-workerDone
		if w.after != nil {
			w.after()
		}
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
		want := []call{{1, 0}, {3, 0}, {2, 10*time.Second + pause}}
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
		jobs, _, err := w.store.Claim(t.Context(), topic, now, now.Add(time.Minute), 1, nil)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("claim: %v, %v", jobs, err)
		}
		time.Sleep(time.Hour)
		if got := w.seen(); len(got) != 1 || got[0].at < time.Minute {
			t.Errorf("calls %v, want one after the lease", got)
		}
	})
}

// runShared is run with a worker that works on few jobs at a time, and on fewer of
// one account.
func runShared(t *testing.T, parallel, each int, handle func(*world, context.Context, pix.Job) error,
	body func(*testing.T, *world),
) {
	runWith(t, outbox.Options{Parallel: parallel, PerAccount: each}, handle, body)
}

func (w *world) addOf(t *testing.T, account ledger.AccountID, id uint64) {
	t.Helper()
	job := pix.Job{JobKey: pix.JobKey{Topic: topic, ID: id}, Account: account, Subject: id * 1000, Due: time.Now()}
	if _, err := book.Do(t.Context(), w.book, &addJob{job}); err != nil {
		t.Fatal(err)
	}
}

func TestAnAccountWhoseJobsHangDelaysNobodyElse(t *testing.T) {
	hanging := func(_ *world, _ context.Context, job pix.Job) error {
		if job.Account == 1 {
			time.Sleep(10 * time.Second)
		}
		return nil
	}
	runShared(t, 8, 3, hanging, func(t *testing.T, w *world) {
		for id := range uint64(100) {
			w.addOf(t, 1, id+1)
		}
		synctest.Wait()
		for id := range uint64(20) {
			w.addOf(t, 2, 1000+id)
			synctest.Wait()
		}
		var slow, quick []call
		for _, c := range w.seen() {
			if c.job >= 1000 {
				quick = append(quick, c)
			} else {
				slow = append(slow, c)
			}
		}
		if len(slow) != 3 || len(quick) != 20 || quick[19].at != 0 {
			t.Errorf("%d of the hanging account and %d of the other were begun: %v", len(slow), len(quick), quick)
		}
		// From the first slow end on the account has one job at a time.
		time.Sleep(65 * time.Second)
		if n := len(w.seen()) - 20; n != 3+6 {
			t.Errorf("%d jobs of the hanging account after 65 s, want three at once and then one every ten", n)
		}
		time.Sleep(time.Hour)
		if n := len(w.seen()); n != 120 {
			t.Errorf("%d jobs were done, want 120", n)
		}
	})
}

func TestAPostponedJobKeepsThoseOfItsSubjectWaiting(t *testing.T) {
	failing := func(w *world, _ context.Context, job pix.Job) error {
		if job.ID == 1 && len(w.seen()) < 3 {
			return errors.New("not yet")
		}
		return nil
	}
	run(t, failing, func(t *testing.T, w *world) {
		w.add(t, 1, 7, 0)
		w.add(t, 2, 7, 0)
		time.Sleep(time.Minute)
		want := []call{{1, 0}, {1, time.Second}, {1, 3 * time.Second}, {2, 3*time.Second + pause}}
		if got := w.seen(); !slices.Equal(got, want) {
			t.Errorf("calls %v, want %v", got, want)
		}
	})
}

// TestAStopGivesBackWhatItKeepsFromBeingDone lets others have the jobs at once that
// were cut off or waited behind one that was.
func TestAStopGivesBackWhatItKeepsFromBeingDone(t *testing.T) {
	cutOff := func(_ *world, ctx context.Context, _ pix.Job) error {
		<-ctx.Done()
		return ctx.Err()
	}
	run(t, cutOff, func(t *testing.T, w *world) {
		w.add(t, 1, 1, 0)
		w.add(t, 2, 2, 0)
		synctest.Wait()
		w.after = func() {
			free, _, err := w.store.Claim(context.Background(), topic, time.Now(), time.Now(), 10, nil)
			if err != nil || len(free) != 2 || free[0].Attempts != 0 {
				t.Errorf("free after the stop: %+v, %v", free, err)
			}
		}
	})
}

// TestAClockThatJumpsDoesNotPutTheWorkerToSleep has the clock jump while the worker
// looks for jobs.
func TestAClockThatJumpsDoesNotPutTheWorkerToSleep(t *testing.T) {
	done := func(*world, context.Context, pix.Job) error { return nil }
	var hours atomic.Int64
	jumping := func() time.Time { return time.Now().Add(time.Duration(hours.Add(1)) * time.Hour) }
	runWith(t, outbox.Options{Now: jumping}, done, func(t *testing.T, w *world) {
		w.add(t, 1, 1, 0)
		time.Sleep(5 * time.Second)
		w.add(t, 2, 2, 0)
		time.Sleep(5 * time.Second)
		if got := w.seen(); len(got) != 2 {
			t.Errorf("calls %v, want both", got)
		}
	})
}
