package pebble

import (
	"context"
	"errors"
	"flag"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

var (
	crashes   = flag.Int("crashes", 12, "crashes of the machine to try")
	crashSeed = flag.Uint64("crash-seed", 0, "seed of the crashes; 0 draws one")
)

const (
	crashAccounts = 7
	crashesOfOne  = 3 // of one disk, one after the other
)

// acknowledged is what callers were told is done.
type acknowledged struct {
	mu       sync.Mutex
	statuses map[pix.MovementID]pix.Status
	clients  map[string]bool
}

func (a *acknowledged) note(id pix.MovementID, s pix.Status) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statuses[id] = s
}

// TestCrashes lets the machine crash at any time under load, with what was not
// synced lost, kept, or kept in part. What was acknowledged is there after it,
// and what was not is there as a whole or not at all.
func TestCrashes(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-crash-seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var disk *vfs.MemFS
	for crash := range *crashes {
		if crash%crashesOfOne == 0 {
			disk = vfs.NewCrashableMem()
		}
		before, after := crashUnderLoad(t, rng, disk)
		disk = after
		s, err := Open("books", crashOptions(disk))
		if err != nil {
			t.Fatalf("crash %d: %v", crash, err)
		}
		checkAfterCrash(t, s, before)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("after crash %d", crash)
		}
	}
}

func crashOptions(disk vfs.FS) Options {
	return WithShortChapters(Options{FS: disk, MemTableSize: 128 << 10, CacheSize: 1 << 20})
}

// crashUnderLoad runs callers on the disk, and returns the disk as it was in
// one moment and what was acknowledged before that.
func crashUnderLoad(t *testing.T, rng *rand.Rand, disk *vfs.MemFS) (*acknowledged, *vfs.MemFS) {
	t.Helper()
	s, err := Open("books", crashOptions(disk))
	if err != nil {
		t.Fatal(err)
	}
	bk := book.New(s, book.NewIDs(time.Now, 0, s.lastID.Load()), book.Options{BatchMax: 8})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = bk.Run(ctx) })
	for i := range crashAccounts {
		_, err := book.Do(ctx, bk, openAccount(firstAccount+ledger.AccountID(i), 1_000_000_00))
		if err != nil && !errors.Is(err, pix.ErrAccountExists) {
			t.Fatal(err)
		}
	}
	before := &acknowledged{statuses: make(map[pix.MovementID]pix.Status), clients: make(map[string]bool)}
	var operations atomic.Int64
	var callers sync.WaitGroup
	for range 6 {
		seed := rng.Uint64()
		callers.Go(func() { load(t, ctx, rand.New(rand.NewPCG(seed, 1)), bk, s, before, &operations) })
	}
	for wanted := int64(50 + rng.IntN(400)); operations.Load() < wanted; {
		time.Sleep(100 * time.Microsecond)
	}
	before.mu.Lock()
	told := &acknowledged{statuses: maps.Clone(before.statuses), clients: maps.Clone(before.clients)}
	before.mu.Unlock()
	kept := []int{0, 0, 30, 70, 100}[rng.IntN(5)]
	after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: kept, RNG: rand.New(rand.NewPCG(rng.Uint64(), 2))})
	stop()
	callers.Wait()
	running.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return told, after
}

// load calls the book until it stops.
func load(
	t *testing.T, ctx context.Context, rng *rand.Rand, bk *book.Book, s *Store, done *acknowledged, count *atomic.Int64,
) {
	for ctx.Err() == nil {
		account := firstAccount + ledger.AccountID(rng.IntN(crashAccounts))
		id := bk.NextID()
		p := payment(id, account, money.Centavos(1+rng.IntN(10_000)), time.Now())
		if _, err := book.Do(ctx, bk, p); !done.expected(t, ctx, err, pix.MovementID(id), pix.Pending) {
			continue
		}
		count.Add(1)
		if rng.IntN(10) == 0 {
			continue
		}
		event := settlement(id, bk.NextID(), time.Now())
		status := pix.Confirmed
		if rng.IntN(3) == 0 {
			event.Type, status = pix.PaymentRejected, pix.Failed
		}
		_, err := book.Do(ctx, bk, event)
		done.expected(t, ctx, err, pix.MovementID(id), status)
		count.Add(1)
		if client := p.ExternalID; rng.IntN(20) == 0 {
			if err := s.PutCredential(ctx, auth.Credential{ClientID: client, Account: account}); err == nil {
				done.mu.Lock()
				done.clients[client] = true
				done.mu.Unlock()
			}
		}
	}
}

// expected notes what an answer says, and tells whether it is that it was done.
func (a *acknowledged) expected(t *testing.T, ctx context.Context, err error, id pix.MovementID, s pix.Status) bool {
	switch {
	case err == nil:
		a.note(id, s)
	case ctx.Err() == nil && !errors.Is(err, ledger.ErrInsufficientFunds):
		t.Error(err)
	}
	return err == nil
}

func checkAfterCrash(t *testing.T, s *Store, told *acknowledged) {
	t.Helper()
	ctx := context.Background()
	for id, status := range told.statuses {
		m, err := s.Movement(ctx, id)
		if err != nil || m.Status < status || status != pix.Pending && m.Status != status {
			t.Errorf("movement %s is %s, %v; acknowledged as %s", id, m.Status, err, status)
		}
	}
	for client := range told.clients {
		if _, err := s.Credential(ctx, client); err != nil {
			t.Errorf("credential %s: %v", client, err)
		}
	}
	verify(t, s)
	checkIndexes(t, s)
	for i := range crashAccounts {
		wantBalances(t, s, firstAccount+ledger.AccountID(i))
	}
	wantBalances(t, s, ledger.SystemAccount(ledger.Settlement, 0))
}

// checkIndexes compares what is said twice in the folder.
func checkIndexes(t *testing.T, s *Store) {
	t.Helper()
	ctx := context.Background()
	pending := 0
	for m, err := range s.EachMovement(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if uint64(m.ID) > s.lastID.Load() {
			t.Errorf("movement %s is above the last number, %d", m.ID, s.lastID.Load())
		}
		target := pix.Target{Account: m.Account, ID: uint64(m.ID)}
		for _, key := range []pix.Key{
			{Space: pix.SpacePayment, Account: m.Account, Value: m.ExternalID},
			{Space: pix.SpaceEndToEndOut, Value: string(m.EndToEndID)},
		} {
			if got, err := s.Lookup(ctx, key); err != nil || got != target {
				t.Errorf("key %+v leads to %+v, %v; want %+v", key, got, err, target)
			}
		}
		page, err := s.Movements(ctx, m.Account, m.ID+1, 1)
		if err != nil || len(page) != 1 || page[0].ID != m.ID {
			t.Errorf("movement %s is not listed: %v", m.ID, err)
		}
		if m.Status == pix.Pending {
			pending++
		}
	}
	jobs, err := s.Jobs(ctx, pix.RailHTTP, 0, 1<<30)
	if err != nil || len(jobs) != pending {
		t.Errorf("%d jobs of %d pending payments, %v", len(jobs), pending, err)
	}
	due, _, err := s.Claim(ctx, pix.RailHTTP, time.Now().Add(time.Hour), time.Now(), 1<<30, nil)
	if err != nil || len(due) != pending {
		t.Errorf("%d jobs are due of %d pending payments, %v", len(due), pending, err)
	}
	open := 0
	for i := range crashAccounts {
		holds, err := s.OpenHolds(ctx, firstAccount+ledger.AccountID(i), 0, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		open += len(holds)
	}
	if open != pending {
		t.Errorf("%d open holds of %d pending payments", open, pending)
	}
}
