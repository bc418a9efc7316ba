package book_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/store/memory"
)

const loja ledger.AccountID = 10_001

// gate is a store of which every commit waits to be let through.
type gate struct {
	*memory.Store
	let     chan error // what the next commit comes to before it begins
	arrived atomic.Int64
	commits int
}

// close makes commits wait.
func (g *gate) close() { g.let = make(chan error) }

// open lets all of them through.
func (g *gate) open() { close(g.let) }

func (g *gate) Commit(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	g.arrived.Add(1)
	if g.let != nil {
		if err := <-g.let; err != nil {
			return err
		}
	}
	g.commits++
	return g.Store.Commit(ctx, n, decide)
}

// desk is a book at work over a gate, inside a bubble of synctest.
type desk struct {
	t     *testing.T
	gate  *gate
	book  *book.Book
	stop  context.CancelFunc
	tries int
}

func newDesk(t *testing.T, opts book.Options) *desk {
	t.Helper()
	d := &desk{t: t, gate: &gate{Store: memory.New()}}
	if opts.Committers == 0 {
		opts.Committers = 1
	}
	d.book = book.New(d.gate, book.NewIDs(standing(noon), 0, 0), opts)
	ctx, stop := context.WithCancel(t.Context())
	d.stop = stop
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.book.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	open := &pix.OpenAccount{Profile: pix.Profile{ID: loja, CreatedAt: noon}, OpeningBalance: 100_00}
	if _, err := book.Do(t.Context(), d.book, open); err != nil {
		t.Fatal(err)
	}
	d.gate.commits = 0
	return d
}

func (d *desk) payment(amount money.Centavos) *pix.PlacePayment {
	d.tries++
	return &pix.PlacePayment{
		ID: pix.MovementID(d.book.NextID()), Account: loja, ExternalID: fmt.Sprint(d.tries), Amount: amount,
		EndToEndID: endToEnd(d.tries), Rail: pix.RailHTTP, At: noon,
	}
}

// endToEnd is an end-to-end id made of a number.
func endToEnd[N ~uint64 | ~int](n N) pixid.EndToEndID {
	return pixid.EndToEndID(fmt.Sprintf("E12345678202611201200%011d", n))
}

// answered is the answer to a command, once there is one.
type answered struct {
	done chan struct{}
	err  error
}

// submit gives a command to the book and returns when it waits or is answered.
func submit[T any](ctx context.Context, d *desk, c book.Command[T]) *answered {
	a := &answered{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		_, a.err = book.Do(ctx, d.book, c)
	}()
	synctest.Wait()
	return a
}

// waits tells whether there is no answer yet.
func (a *answered) waits() bool {
	select {
	case <-a.done:
		return false
	default:
		return true
	}
}

func (d *desk) wantAnswer(a *answered, want error) {
	d.t.Helper()
	synctest.Wait()
	if a.waits() {
		d.t.Fatal("there is no answer")
	}
	if !errors.Is(a.err, want) {
		d.t.Errorf("answer is %v, want %v", a.err, want)
	}
}

func (d *desk) wantHeld(want money.Centavos) {
	d.t.Helper()
	if a, err := d.gate.Account(d.t.Context(), loja); err != nil || a.Held != want {
		d.t.Errorf("held is %s, %v; want %s", a.Held, err, want)
	}
}

func TestWhatWaitsIsCommittedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{})
		d.gate.close()
		waiting := []*answered{submit(t.Context(), d, d.payment(1_00))}
		for range 50 {
			waiting = append(waiting, submit(t.Context(), d, d.payment(1_00)))
		}
		for i, a := range waiting {
			if !a.waits() {
				t.Fatalf("command %d was answered before it was durable: %v", i, a.err)
			}
		}
		if got := d.book.Waiting(); got != 51 {
			t.Errorf("%d commands are in flight", got)
		}
		d.gate.open()
		for _, a := range waiting {
			d.wantAnswer(a, nil)
		}
		d.wantHeld(51_00)
		if d.gate.commits != 2 || d.book.Waiting() != 0 {
			t.Errorf("%d commits, %d in flight afterwards", d.gate.commits, d.book.Waiting())
		}
	})
}

func TestARefusedCommandCostsItsBatchNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{})
		d.gate.close()
		first := submit(t.Context(), d, d.payment(1_00))
		fits, tooMuch, fitsToo := d.payment(60_00), d.payment(60_00), d.payment(39_00)
		a, b, c := submit(t.Context(), d, fits), submit(t.Context(), d, tooMuch), submit(t.Context(), d, fitsToo)
		d.gate.open()
		d.wantAnswer(first, nil)
		d.wantAnswer(a, nil)
		d.wantAnswer(b, ledger.ErrInsufficientFunds)
		d.wantAnswer(c, nil)
		d.wantHeld(100_00)
		if _, err := d.gate.Movement(t.Context(), tooMuch.ID); !errors.Is(err, pix.ErrNotFound) {
			t.Errorf("the refused payment is there: %v", err)
		}
		s := d.book.Stats()
		got := []uint64{uint64(d.gate.commits), s.Refused.Load(), s.Batches.Load(), s.Commands.Load()}
		if !slices.Equal(got, []uint64{2, 1, 3, 5}) {
			t.Errorf("commits, refused, batches and commands are %d", got)
		}
	})
}

func TestABatchHasItsMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{BatchMax: 4})
		d.gate.close()
		for range 10 { // 1, then 4, 4 and 1
			submit(t.Context(), d, d.payment(1_00))
		}
		d.gate.open()
		synctest.Wait()
		d.wantHeld(10_00)
		if d.gate.commits != 4 {
			t.Errorf("%d commits", d.gate.commits)
		}
	})
}

func TestAFullQueueIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{QueueMax: 2})
		d.gate.close()
		taken := []*answered{submit(t.Context(), d, d.payment(1_00))}
		taken = append(taken, submit(t.Context(), d, d.payment(1_00)), submit(t.Context(), d, d.payment(1_00)))
		refused := submit(t.Context(), d, d.payment(1_00))
		d.wantAnswer(refused, book.ErrBusy)
		d.gate.open()
		for _, a := range taken {
			d.wantAnswer(a, nil)
		}
		d.wantHeld(3_00)
		d.wantAnswer(submit(t.Context(), d, d.payment(1_00)), nil)
		if got := d.book.Stats().Busy.Load(); got != 1 {
			t.Errorf("busy %d times", got)
		}
	})
}

func TestAStopAnswersAllThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{BatchMax: 2})
		d.gate.close()
		var waiting []*answered
		for range 7 {
			waiting = append(waiting, submit(t.Context(), d, d.payment(1_00)))
		}
		d.stop()
		synctest.Wait()
		late := submit(t.Context(), d, d.payment(1_00))
		d.wantAnswer(late, book.ErrStopped)
		d.gate.open()
		for _, a := range waiting {
			d.wantAnswer(a, nil)
		}
		d.wantHeld(7_00)
	})
}

// prank is a command that changes something and then goes wrong.
type prank struct{ *pix.PlacePayment }

func (p prank) Decide(b *pix.Books) (pix.Movement, error) {
	if _, err := p.PlacePayment.Decide(b); err != nil {
		return pix.Movement{}, err
	}
	panic("a bug")
}

func TestAPanicIsTheErrorOfItsOneCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{})
		d.gate.close()
		first := submit(t.Context(), d, d.payment(1_00))
		bad := d.payment(5_00)
		before := submit(t.Context(), d, d.payment(2_00))
		broken := submit(t.Context(), d, book.Command[pix.Movement](prank{bad}))
		after := submit(t.Context(), d, d.payment(3_00))
		d.gate.open()
		for _, a := range []*answered{first, before, after} {
			d.wantAnswer(a, nil)
		}
		if broken.waits() || broken.err == nil {
			t.Errorf("the command that panicked got %v", broken.err)
		}
		d.wantHeld(6_00)
		if _, err := d.gate.Movement(t.Context(), bad.ID); !errors.Is(err, pix.ErrNotFound) {
			t.Errorf("it left a trace: %v", err)
		}
		d.wantAnswer(submit(t.Context(), d, d.payment(1_00)), nil)
	})
}

func TestACallerThatGivesUpBeforeItsTurnIsNotServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{})
		d.gate.close()
		first := submit(t.Context(), d, d.payment(1_00))
		ctx, giveUp := context.WithCancel(t.Context())
		queued := submit(ctx, d, d.payment(50_00))
		giveUp()
		d.wantAnswer(queued, context.Canceled)
		d.gate.open()
		d.wantAnswer(first, nil)
		d.wantHeld(1_00)
		if got := d.book.Waiting(); got != 0 {
			t.Errorf("%d in flight", got)
		}
	})
}

func TestACallerThatGivesUpDuringItsTurnLearnsTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{})
		d.gate.close()
		ctx, giveUp := context.WithCancel(t.Context())
		accepted := submit(ctx, d, d.payment(1_00))
		giveUp()
		synctest.Wait()
		if !accepted.waits() {
			t.Fatalf("answered %v while it was committed", accepted.err)
		}
		d.gate.open()
		d.wantAnswer(accepted, nil)
		d.wantHeld(1_00)
	})
}

func TestAFailedCommitFailsAllOfItsBatchAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		d := newDesk(t, book.Options{AfterCommit: func(*pix.Books) { told++ }})
		told = 0
		d.gate.close()
		first := submit(t.Context(), d, d.payment(1_00))
		a, b := submit(t.Context(), d, d.payment(1_00)), submit(t.Context(), d, d.payment(1_000_00))
		d.gate.let <- nil
		d.wantAnswer(first, nil)
		d.gate.let <- book.ErrUnavailable
		d.wantAnswer(a, book.ErrUnavailable)
		d.wantAnswer(b, book.ErrUnavailable)
		d.gate.open()
		d.wantAnswer(submit(t.Context(), d, d.payment(1_000_00)), ledger.ErrInsufficientFunds)
		d.wantAnswer(submit(t.Context(), d, d.payment(2_00)), nil)
		d.wantHeld(3_00)
		if got := d.book.Stats().Failed.Load(); got != 2 || told != 2 {
			t.Errorf("%d failed, told of %d commits that changed something", got, told)
		}
	})
}

// forgetful calls decide on books that it throws away, as after a conflict.
type forgetful struct{ *memory.Store }

var errConflict = errors.New("conflict")

func (s forgetful) Commit(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	err := s.Store.Commit(ctx, n, func(b *pix.Books) error {
		if err := decide(b); err != nil {
			return err
		}
		return errConflict
	})
	if !errors.Is(err, errConflict) {
		return err
	}
	return s.Store.Commit(ctx, n, decide)
}

func TestDecidingAgainAfterAConflictCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{})
		ids := book.NewIDs(standing(noon), 1, d.book.NextID())
		again := book.New(forgetful{d.gate.Store}, ids, book.Options{})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = again.Run(ctx) })
		defer running.Wait()
		defer stop()
		m, err := book.Do(t.Context(), again, d.payment(60_00))
		if err != nil || m.Status != pix.Pending {
			t.Errorf("%+v, %v", m, err)
		}
		if _, err := book.Do(t.Context(), again, d.payment(60_00)); !errors.Is(err, ledger.ErrInsufficientFunds) {
			t.Errorf("the second payment: %v", err)
		}
		d.wantHeld(60_00)
	})
}

func TestTheLastNumberIsKeptWithEveryCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, book.Options{})
		p := d.payment(1_00)
		unused := d.book.NextID()
		d.wantAnswer(submit(t.Context(), d, p), nil)
		if got, err := d.gate.LastID(t.Context()); got != unused || err != nil {
			t.Errorf("it is %d, %v; want %d", got, err, unused)
		}
	})
}

func TestABookThatDoesNotRunKeepsNobodyForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := book.New(memory.New(), book.NewIDs(standing(noon), 0, 0), book.Options{})
		ctx, giveUp := context.WithCancel(t.Context())
		giveUp()
		if _, err := book.Do(ctx, b, &pix.EndJob{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
