package pebble

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// heldUp is a store with one payment that was placed and one that is being
// placed: it is applied and waits for the disk.
type heldUp struct {
	*world
	fs      *faultyFS
	first   pix.Movement
	second  *pix.PlacePayment
	placed  chan error
	release func()
}

func newHeldUp(t *testing.T) *heldUp {
	fs := newFaultyFS(vfs.NewCrashableMem())
	h := &heldUp{world: newWorld(t, open(t, "books", memoryFS(fs))), fs: fs, placed: make(chan error, 1)}
	h.open(firstAccount, 100_00)
	h.first = h.place(firstAccount, 10_00)
	h.release = fs.hold()
	t.Cleanup(h.release)
	id := h.id()
	h.second = payment(id, firstAccount, 20_00, h.now)
	go func() {
		_, err := do(h.world, h.second)
		h.placed <- err
	}()
	<-fs.waiting
	return h
}

func (h *heldUp) finish() {
	h.t.Helper()
	h.release()
	if err := <-h.placed; err != nil {
		h.t.Fatal(err)
	}
}

// given is a context that has ended, so that whoever must wait returns at once.
func given() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func drain[V any](seq iter.Seq2[V, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestReadsFromMemoryShowWhatIsDurable(t *testing.T) {
	h := newHeldUp(t)
	account, err := h.s.Account(given(), firstAccount)
	if err != nil || account.Held != 10_40 || account.Entries != 2 {
		t.Errorf("account %+v, %v", account, err)
	}
	if b, err := h.s.BalanceAt(given(), firstAccount, h.now.Add(time.Hour)); err != nil || b != account.Balance {
		t.Errorf("balance later on %+v, %v", b, err)
	}
	totals, err := h.s.Totals(given())
	if err != nil || totals[ledger.Customer].Held != 10_40 {
		t.Errorf("totals %+v, %v", totals, err)
	}
	if last, err := h.s.LastID(given()); err != nil || last != uint64(h.first.ID) {
		t.Errorf("last id %d, %v", last, err)
	}
	due, _, err := h.s.Claim(given(), pix.RailHTTP, h.now.Add(time.Hour), h.now.Add(2*time.Hour), 10, nil)
	if len(due) != 1 {
		t.Errorf("claimed %d jobs, %v; want 1", len(due), err)
	}
	if holds, err := h.s.OpenHolds(given(), firstAccount, 0, 9); err != nil || len(holds) != 1 {
		t.Errorf("%d open holds, %v; want 1", len(holds), err)
	}
	if jobs, err := h.s.Jobs(given(), pix.RailHTTP, 0, 9); err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs, %v; want 1", len(jobs), err)
	}
	h.finish()
	account, err = h.s.Account(given(), firstAccount)
	if err != nil || account.Held != 30_80 {
		t.Errorf("account after the sync %+v, %v", account, err)
	}
}

// What is read from the engine may not be durable, so the reader waits.
func TestReadsFromTheEngineWaitForTheDisk(t *testing.T) {
	h := newHeldUp(t)
	s, id := h.s, pix.MovementID(h.second.ID)
	reads := map[string]func(context.Context) error{
		"movement":  func(ctx context.Context) error { _, err := s.Movement(ctx, id); return err },
		"movements": func(ctx context.Context) error { _, err := s.Movements(ctx, firstAccount, 0, 9); return err },
		"hold": func(ctx context.Context) error {
			_, err := s.Hold(ctx, firstAccount, ledger.HoldID(id))
			return err
		},
		"lookup": func(ctx context.Context) error {
			_, err := s.Lookup(ctx, pix.MovementKey(id))
			return err
		},
		"balance at": func(ctx context.Context) error { _, err := s.BalanceAt(ctx, firstAccount, start); return err },
		"entries":    func(ctx context.Context) error { return drain(s.EachEntry(ctx, firstAccount)) },
		"between":    func(ctx context.Context) error { return drain(s.EntriesBetween(ctx, firstAccount, start, h.now)) },
		"numbered": func(ctx context.Context) error {
			_, err := s.MovementsNumbered(ctx, []pix.MovementID{id})
			return err
		},
		"holds":    func(ctx context.Context) error { return drain(s.EachHold(ctx, firstAccount)) },
		"accounts": func(ctx context.Context) error { return drain(s.EachAccount(ctx)) },
		"all movements": func(ctx context.Context) error {
			return drain(s.EachMovement(ctx))
		},
		"statement": func(ctx context.Context) error {
			_, _, err := s.Statement(ctx, book.StatementQuery{Account: firstAccount, Limit: 9})
			return err
		},
		"statement by key": func(ctx context.Context) error {
			q := book.StatementQuery{Account: firstAccount, Limit: 9, ExternalID: h.second.ExternalID}
			_, _, err := s.Statement(ctx, q)
			return err
		},
		"records":     func(ctx context.Context) error { _, err := s.Records(ctx, pix.RecordMED, 1, 0, 9); return err },
		"all records": func(ctx context.Context) error { return drain(s.EachRecord(ctx)) },
	}
	for name, read := range reads {
		if err := read(given()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s does not wait: %v", name, err)
		}
	}
	waiting := make(chan error)
	for _, read := range reads {
		go func() { waiting <- read(context.Background()) }()
	}
	h.finish()
	for range reads {
		if err := <-waiting; err != nil {
			t.Error(err)
		}
	}
	for name, read := range reads {
		if err := read(context.Background()); err != nil {
			t.Errorf("%s after the sync: %v", name, err)
		}
	}
}

func TestProfileInMemoryDoesNotWait(t *testing.T) {
	h := newHeldUp(t)
	defer h.finish()
	if _, err := h.s.Profile(given(), firstAccount); err != nil {
		t.Error(err)
	}
}

func TestNewProfileWaitsForTheDisk(t *testing.T) {
	fs := newFaultyFS(vfs.NewMem())
	w := newWorld(t, open(t, "books", memoryFS(fs)))
	release := fs.hold()
	t.Cleanup(release)
	opened := make(chan error)
	go func() {
		_, err := do(w, openAccount(firstAccount, 0))
		opened <- err
	}()
	<-fs.waiting
	if _, err := w.s.Profile(given(), firstAccount); !errors.Is(err, context.Canceled) {
		t.Errorf("profile that is not durable: %v", err)
	}
	if _, err := w.s.Account(given(), firstAccount); !errors.Is(err, ledger.ErrAccountNotFound) {
		t.Errorf("account that is not durable: %v", err)
	}
	release()
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.Profile(given(), firstAccount); err != nil {
		t.Error(err)
	}
}

// A commit decides on what the one before it has applied, while that one waits
// for the disk, and neither is answered before it is durable.
func TestCommitsOverlap(t *testing.T) {
	h := newHeldUp(t)
	third := payment(h.id(), firstAccount, 80_00, h.now)
	refused, repeated, decided := make(chan error, 1), make(chan error, 1), make(chan struct{}, 2)
	go func() {
		_, err := do(h.world, watched{third, decided})
		refused <- err
	}()
	go func() {
		_, err := do(h.world, watched{h.second, decided})
		repeated <- err
	}()
	<-decided
	<-decided
	select {
	case err := <-refused:
		t.Fatalf("refused before the reason is durable: %v", err)
	case err := <-repeated:
		t.Fatalf("found before it is durable: %v", err)
	case err := <-h.placed:
		t.Fatalf("answered before it is durable: %v", err)
	default:
	}
	h.finish()
	if err := <-refused; !errors.Is(err, ledger.ErrInsufficientFunds) {
		t.Errorf("third payment: %v", err)
	}
	if err := <-repeated; !errors.Is(err, pix.ErrDuplicate) {
		t.Errorf("second payment again: %v", err)
	}
	verify(t, h.s)
}

// watched tells when a command has decided.
type watched struct {
	*pix.PlacePayment
	decided chan<- struct{}
}

func (w watched) Decide(b *pix.Books) (pix.Movement, error) {
	defer func() { w.decided <- struct{}{} }()
	return w.PlacePayment.Decide(b)
}

var _ book.Command[pix.Movement] = watched{}

func TestCredentialWaitsForTheDisk(t *testing.T) {
	h := newHeldUp(t)
	put := make(chan error, 1)
	go func() {
		put <- h.s.PutCredential(context.Background(), auth.Credential{ClientID: "c", Account: firstAccount})
	}()
	if _, err := h.s.Credential(given(), "c"); !errors.Is(err, context.Canceled) {
		t.Errorf("credential: %v", err)
	}
	h.finish()
	if err := <-put; err != nil {
		t.Fatal(err)
	}
	if c, err := h.s.Credential(given(), "c"); err != nil || c.Account != firstAccount {
		t.Errorf("credential %+v, %v", c, err)
	}
}

func TestChangeWithEndedContextIsNotMade(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	err := w.s.Commit(given(), pix.Needs{}, func(*pix.Books) error { t.Error("decided"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
