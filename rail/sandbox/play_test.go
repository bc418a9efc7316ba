package sandbox_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/rail/sandbox"
	"github.com/saldo-pix/saldo/store/memory"
)

// house is an account of 100.00 and a rail to play with.
type house struct {
	*testing.T
	book  *book.Book
	store *memory.Store
	rail  *sandbox.Rail
}

// within runs a test in a house.
func within(t *testing.T, test func(context.Context, *house)) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{T: t, store: memory.New()}
		h.book = book.New(h.store, book.NewIDs(time.Now, 0, 0), book.Options{})
		h.rail = sandbox.New(h.book, h.store, time.Now)
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { _ = h.book.Run(ctx) })
		defer running.Wait()
		defer stop()
		open := &pix.OpenAccount{OpeningBalance: 100_00, Profile: pix.Profile{
			ID: account, Name: "Loja Exemplo", City: "RECIFE", Sandbox: true, CreatedAt: time.Now(),
		}}
		if _, err := book.Do(ctx, h.book, open); err != nil {
			t.Fatal(err)
		}
		test(ctx, h)
	})
}

// wants checks net, and that nothing is left to do or in suspense.
func (h *house) wants(ctx context.Context, net string) {
	h.Helper()
	a, err := h.store.Account(ctx, account)
	if err != nil || a.Available().String() != net {
		h.Errorf("net %s, want %s: %v", a.Available(), net, err)
	}
	if jobs, err := h.store.Jobs(ctx, pix.RailSandbox, 0, 10); len(jobs) != 0 || err != nil {
		h.Errorf("jobs left: %v %v", jobs, err)
	}
	if items, err := h.store.Suspense(ctx, 0, 10); len(items) != 0 || err != nil {
		h.Errorf("in suspense: %v %v", items, err)
	}
}

// TestAChargeIsPaidOnceHoweverItIs pays a charge that was asked to be paid by itself too:
// by hand, by hand again, and when its own turn comes.
func TestAChargeIsPaidOnceHoweverItIs(t *testing.T) {
	within(t, func(ctx context.Context, h *house) {
		made, err := charge(h.book)
		if err != nil {
			t.Fatal(err)
		}
		job := pix.Job{JobKey: pix.JobKey{Topic: pix.RailSandbox, ID: uint64(made.ID)}}
		// The turn of the job has come already: it knows the charge as it was.
		if err := h.rail.Pay(ctx, made, 0); err != nil {
			t.Fatal(err)
		}
		if err := h.rail.Pay(ctx, made, 0); !errors.Is(err, pix.ErrStillUnfit) {
			t.Errorf("paid twice: %v", err)
		}
		late := sandbox.New(h.book, stale{made}, time.Now)
		if err := late.Handle(ctx, job); err != nil {
			t.Errorf("its own turn: %v", err)
		}
		h.wants(ctx, "110.00")
	})
}

// stale is a store that has not heard of a movement's end.
type stale struct{ movement pix.Movement }

func (s stale) Movement(context.Context, pix.MovementID) (pix.Movement, error) {
	return s.movement, nil
}

func TestNobodyPaysAnUnpaidChargeByHimself(t *testing.T) {
	within(t, func(ctx context.Context, h *house) {
		now := time.Now().Truncate(time.Microsecond)
		made, err := book.Do(ctx, h.book, &pix.CreateCharge{
			ID: pix.MovementID(h.book.NextID()), Account: account, ExternalID: "x", Amount: 10_00,
			TxID: "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6", Location: "exemplo.com.br/qr/1", Rail: pix.RailSandbox,
			ExpiresAt: now.Add(time.Minute), At: now, Scenario: pix.ScenarioUnpaid,
		})
		if err != nil {
			t.Fatal(err)
		}
		h.wants(ctx, "100.00")
		if err := h.rail.Pay(ctx, made, 10_01); !errors.Is(err, pix.ErrStillUnfit) {
			t.Errorf("another amount: %v", err)
		}
		time.Sleep(time.Minute + time.Second)
		if err := h.rail.Pay(ctx, made, 0); !errors.Is(err, pix.ErrStillUnfit) {
			t.Errorf("an expired charge: %v", err)
		}
		h.wants(ctx, "100.00")
	})
}

func TestACaseIsOpenedAndDecidedOnce(t *testing.T) {
	within(t, func(ctx context.Context, h *house) {
		made, err := charge(h.book)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.rail.Pay(ctx, made, 0); err != nil {
			t.Fatal(err)
		}
		receipt, err := h.store.Movement(ctx, made.ID)
		if err != nil {
			t.Fatal(err)
		}
		open := func(amount int64) pix.MEDCase {
			id, err := h.rail.OpenCase(ctx, receipt, 0, "SOCIAL_ENGINEERING", "")
			if err != nil {
				t.Fatal(err)
			}
			record, err := h.store.Record(ctx, pix.MEDKey(id))
			if err != nil {
				t.Fatal(err)
			}
			c, err := pix.ReadMEDCase(record)
			if err != nil || int64(c.Held) != amount || c.Requesting.ISPB == "" {
				t.Fatalf("case %+v: %v", c, err)
			}
			return c
		}
		first := open(10_00)
		h.wants(ctx, "100.00")
		if err := h.rail.DecideCase(ctx, first, false); err != nil {
			t.Fatal(err)
		}
		if err := h.rail.DecideCase(ctx, first, true); !errors.Is(err, pix.ErrStillUnfit) {
			t.Errorf("accepted after it was rejected: %v", err)
		}
		h.wants(ctx, "110.00")
		second := open(10_00)
		if err := h.rail.DecideCase(ctx, second, true); err != nil {
			t.Fatal(err)
		}
		h.wants(ctx, "100.00")
	})
}
