package sandbox_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/rail/sandbox"
	"github.com/saldo-pix/saldo/store/memory"
)

const account ledger.AccountID = 1_000_000_001

// play opens an account with 100.00, does order, lets the sandbox handle the job
// after wait, and returns the movement and balance.
func play(t *testing.T, order func(*book.Book) (pix.Movement, error), wait time.Duration) (m pix.Movement, net string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		b := book.New(store, book.NewIDs(time.Now, 0, 0), book.Options{})
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { _ = b.Run(ctx) })
		defer running.Wait()
		defer stop()

		open := &pix.OpenAccount{OpeningBalance: 100_00, Profile: pix.Profile{
			ID: account, Name: "Loja Exemplo", City: "RECIFE", Sandbox: true, CreatedAt: time.Now(),
		}}
		if _, err := book.Do(ctx, b, open); err != nil {
			t.Fatal(err)
		}
		ordered, err := order(b)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		rail := sandbox.New(b, store, time.Now)
		job := pix.Job{JobKey: pix.JobKey{Topic: pix.RailSandbox, ID: uint64(ordered.ID)}}
		for range 2 { // a job is done at least once
			if err := rail.Handle(ctx, job); err != nil {
				t.Fatal(err)
			}
		}
		if m, err = store.Movement(ctx, ordered.ID); err != nil {
			t.Fatal(err)
		}
		if left, _ := store.Jobs(ctx, pix.RailSandbox, 0, 10); len(left) != 0 {
			t.Errorf("jobs left: %v", left)
		}
		a, err := store.Account(ctx, account)
		if err != nil {
			t.Fatal(err)
		}
		net = a.Available().String()
	})
	return m, net
}

func charge(b *book.Book) (pix.Movement, error) {
	now := time.Now().Truncate(time.Microsecond)
	return book.Do(context.Background(), b, &pix.CreateCharge{
		ID: pix.MovementID(b.NextID()), Account: account, ExternalID: "x", Amount: 10_00,
		TxID: "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6", Location: "exemplo.com.br/qr/1", Rail: pix.RailSandbox,
		ExpiresAt: now.Add(time.Minute), At: now,
	})
}

func payment(scenario pix.Scenario) func(b *book.Book) (pix.Movement, error) {
	return hurried(scenario, 0)
}

// hurried is a payment that is called off after life, if that is not zero.
func hurried(scenario pix.Scenario, life time.Duration) func(b *book.Book) (pix.Movement, error) {
	return func(b *book.Book) (pix.Movement, error) {
		now, id := time.Now().Truncate(time.Microsecond), b.NextID()
		c := &pix.PlacePayment{
			ID: pix.MovementID(id), Account: account, ExternalID: "x", Amount: 30_00, Rail: pix.RailSandbox,
			EndToEndID: pixid.EndToEndIDFrom("99999003", now, id), Scenario: scenario, At: now,
		}
		if life != 0 {
			c.ExpiresAt = now.Add(life)
		}
		return book.Do(context.Background(), b, c)
	}
}

// refund gives 4.00 back of a receipt of 10.00.
func refund(scenario pix.Scenario) func(b *book.Book) (pix.Movement, error) {
	return func(b *book.Book) (pix.Movement, error) {
		ctx, now := context.Background(), time.Now().Truncate(time.Microsecond)
		charged, err := charge(b)
		if err != nil {
			return charged, err
		}
		e2e := pixid.EndToEndIDFrom("99999004", now, 1)
		_, err = book.Do(ctx, b, &pix.ApplyEvent{NewID: pix.MovementID(b.NextID()), Now: now, Event: pix.Event{
			ID: "paid", Type: pix.ReceiptSettled, TxID: string(charged.TxID), EndToEndID: e2e, Amount: 10_00, At: now,
		}})
		if err != nil {
			return charged, err
		}
		id := b.NextID()
		return book.Do(ctx, b, &pix.RefundReceipt{
			ID: pix.MovementID(id), Account: account, Original: charged.ID, OriginalID: e2e, ExternalID: "back",
			Amount: 4_00, Nature: pix.NatureOriginal, ReturnID: pixid.ReturnIDFrom("99999003", now, id),
			Rail: pix.RailSandbox, Scenario: scenario, At: now,
		})
	}
}

func TestTheSandboxPlaysWhatWasOrdered(t *testing.T) {
	for _, c := range []struct {
		rule   string
		order  func(*book.Book) (pix.Movement, error)
		wait   time.Duration
		status pix.Status
		code   string
		net    string
	}{
		{"a payment settles", payment(""), time.Second, pix.Confirmed, "", "70.00"},
		{"a payment is rejected", payment("error:invalid-pix-key"), time.Second, pix.Failed, "INVALID_PIX_KEY", "100.00"},
		{"a payment in time settles", hurried("delayed:5s", 6*time.Second), 6 * time.Second, pix.Confirmed, "", "70.00"},
		{"a payment that waits too long is called off", hurried("delayed:5s", 5*time.Second), 5 * time.Second,
			pix.Failed, "TIMEOUT", "100.00"},
		{"a return settles", refund(""), time.Second, pix.Confirmed, "", "106.00"},
		{"a return is rejected", refund("error:account-blocked"), time.Second, pix.Failed, "ACCOUNT_BLOCKED", "110.00"},
		{"a charge is paid", charge, time.Second, pix.Confirmed, "", "110.00"},
		{"an expired charge is not paid", charge, time.Hour, pix.Pending, "", "100.00"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			m, net := play(t, c.order, c.wait)
			if m.Status != c.status || m.ErrorCode != c.code || net != c.net {
				t.Errorf("%s %q, net %s; want %s %q, net %s", m.Status, m.ErrorCode, net, c.status, c.code, c.net)
			}
		})
	}
}

func TestScenarios(t *testing.T) {
	for name, want := range map[string]time.Duration{
		"": time.Second, "success": time.Second, "error:account-blocked": time.Second, "delayed:5s": 6 * time.Second,
		"delayed:60s": 61 * time.Second, "delayed:120s": 121 * time.Second, "delayed:121s": 121 * time.Second,
	} {
		s, err := pix.ParseScenario(name)
		if err != nil || s.Wait() != want {
			t.Errorf("%q waits %s, %v; want %s", name, s.Wait(), err, want)
		}
	}
	for _, name := range []string{"error:x", "delayed:", "delayed:5", "delayed:-5s", "delayed:5m", "delayed:99999s"} {
		if _, err := pix.ParseScenario(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
