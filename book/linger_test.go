package book_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
)

// letOne lets one commit through, the one that has waited longest.
func (d *desk) letOne() {
	d.gate.let <- nil
	synctest.Wait()
}

// pay submits as many payments.
func (d *desk) pay(payments int) {
	for range payments {
		submit(d.t.Context(), d, d.payment(1_00))
	}
}

// wantArrived tells how many commits should have come to the gate since the last time.
func (d *desk) wantArrived(want int64) {
	d.t.Helper()
	if got := d.gate.arrived.Swap(0); got != want {
		d.t.Errorf("%d commits arrived, want %d", got, want)
	}
}

// crowded returns a desk with two committers after seven were in flight: one has
// six of them on their way, the other has nothing to do.
func crowded(t *testing.T, opts book.Options) *desk {
	t.Helper()
	opts.Committers = 2
	d := newDesk(t, opts)
	d.gate.close()
	d.pay(8) // 1, 1, and 6 that wait
	d.letOne()
	d.letOne()
	d.gate.arrived.Store(0)
	return d
}

// leave lets all commits through that still wait, one after the other.
func (d *desk) leave(held int) {
	for d.book.Waiting() > 0 {
		d.letOne()
	}
	d.wantHeld(1_00 * money.Centavos(held))
}

const patience = 10 * time.Millisecond

func TestAFewWaitForCompanyWhileAnotherCommitRuns(t *testing.T) {
	tests := map[string]struct {
		until func(d *desk)
		held  int
	}{
		"until they have their share": {func(d *desk) {
			d.pay(1)
			d.wantArrived(0)
			d.pay(1)
		}, 11},
		"until the other commit ends": {(*desk).letOne, 9},
		"until patience ends":         {func(*desk) { time.Sleep(patience); synctest.Wait() }, 9},
		"until the book stops":        {func(d *desk) { d.stop(); synctest.Wait() }, 9},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := crowded(t, book.Options{Linger: patience})
				d.pay(1)
				d.wantArrived(0)
				tt.until(d)
				d.wantArrived(1)
				d.leave(tt.held)
			})
		})
	}
}

func TestNobodyWaitsForCompanyWithoutNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := crowded(t, book.Options{Linger: patience})
		d.letOne() // so that no commit runs
		d.pay(1)
		d.wantArrived(1)
		d.leave(9)
	})
	synctest.Test(t, func(t *testing.T) {
		d := crowded(t, book.Options{})
		d.pay(1)
		d.wantArrived(1)
		d.leave(9)
	})
	synctest.Test(t, func(t *testing.T) {
		d := crowded(t, book.Options{Linger: patience, LingerFrom: 8})
		d.pay(1) // seven were in flight, which is no crowd
		d.wantArrived(1)
		d.leave(9)
	})
}

func TestACrowdThatHasLeftIsForgottenBitByBit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := crowded(t, book.Options{Linger: patience})
		d.letOne()
		d.pay(2)
		d.wantArrived(1) // more were here a moment ago
		d.letOne()
		d.letOne()
		for range 5 {
			d.pay(1)
			d.letOne()
		}
		d.gate.arrived.Store(0)
		d.pay(2)
		d.wantArrived(2)
		d.leave(17)
	})
}
