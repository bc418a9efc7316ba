package pebble

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// After the disk has failed once, nothing is answered any more, and what was
// answered before is there after the machine has started again.
func TestDiskFailureStopsTheStore(t *testing.T) {
	faults := map[string]func(*faultyFS){
		"write": func(f *faultyFS) { f.writeError = errDisk },
		"sync":  func(f *faultyFS) { f.syncError = errDisk },
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			disk := vfs.NewCrashableMem()
			fs := newFaultyFS(disk)
			s, err := Open("books", memoryFS(fs))
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, s)
			w.open(firstAccount, 100_00)
			m := w.place(firstAccount, 10_00)
			fs.set(fault)
			id := w.id()
			_, err = do(w, payment(id, firstAccount, 20_00, w.now))
			for _, told := range []error{book.ErrUnavailable, book.ErrOutcomeUnknown, errDisk} {
				if !errors.Is(err, told) {
					t.Errorf("commit on a broken disk: %v, want %v", err, told)
				}
			}
			allUnavailable(t, w)
			fs.set(func(f *faultyFS) { f.writeError, f.syncError = nil, nil })
			allUnavailable(t, w)
			fs.set(fault)
			if err := s.Close(); err == nil {
				t.Error("closed as if nothing had happened")
			}

			after := open(t, "books", memoryFS(disk.CrashClone(vfs.CrashCloneCfg{})))
			if _, err := after.Movement(context.Background(), m.ID); err != nil {
				t.Errorf("acknowledged payment: %v", err)
			}
			if _, err := after.Movement(context.Background(), pix.MovementID(id)); !errors.Is(err, pix.ErrNotFound) {
				t.Errorf("failed payment: %v", err)
			}
			verify(t, after)
		})
	}
}

// allUnavailable calls everything that a stopped store must not answer.
func allUnavailable(t *testing.T, w *world) {
	t.Helper()
	ctx, s := context.Background(), w.s
	id := w.id()
	calls := map[string]func() error{
		"commit":  func() error { _, err := do(w, payment(id, firstAccount, 1, w.now)); return err },
		"nothing": func() error { return s.Commit(ctx, pix.Needs{}, func(*pix.Books) error { return nil }) },
		"account": func() error { _, err := s.Account(ctx, firstAccount); return err },
		"balance": func() error { _, err := s.BalanceAt(ctx, firstAccount, w.now); return err },
		"profile": func() error { _, err := s.Profile(ctx, firstAccount); return err },
		"profiles": func() error {
			_, err := s.Profiles(ctx, 0, 1)
			return err
		},
		"lookup":    func() error { _, err := s.Lookup(ctx, pix.MovementKey(1)); return err },
		"movement":  func() error { _, err := s.Movement(ctx, 1); return err },
		"movements": func() error { _, err := s.Movements(ctx, firstAccount, 0, 1); return err },
		"hold":      func() error { _, err := s.Hold(ctx, firstAccount, 1); return err },
		"holds":     func() error { _, err := s.OpenHolds(ctx, firstAccount, 0, 1); return err },
		"jobs":      func() error { _, err := s.Jobs(ctx, pix.RailHTTP, 0, 1); return err },
		"claim": func() error {
			_, _, err := s.Claim(ctx, pix.RailHTTP, w.now, w.now.Add(time.Hour), 1, nil)
			return err
		},
		"suspense":    func() error { _, err := s.Suspense(ctx, 0, 1); return err },
		"totals":      func() error { _, err := s.Totals(ctx); return err },
		"last id":     func() error { _, err := s.LastID(ctx); return err },
		"entries":     func() error { return drain(s.EachEntry(ctx, firstAccount)) },
		"between":     func() error { return drain(s.EntriesBetween(ctx, firstAccount, start, w.now)) },
		"numbered":    func() error { _, err := s.MovementsNumbered(ctx, []pix.MovementID{1}); return err },
		"accounts":    func() error { return drain(s.EachAccount(ctx)) },
		"all holds":   func() error { return drain(s.EachHold(ctx, firstAccount)) },
		"credential":  func() error { _, err := s.Credential(ctx, "c"); return err },
		"credentials": func() error { _, err := s.Credentials(ctx, firstAccount); return err },
		"bound":       func() error { _, err := s.Bound(ctx, auth.Fingerprint{}); return err },
		"put":         func() error { return s.PutCredential(ctx, auth.Credential{}) },
		"delete":      func() error { return s.DeleteCredential(ctx, "c") },
		"checkpoint":  func() error { return s.Checkpoint("copy") },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, book.ErrUnavailable) {
			t.Errorf("%s of a stopped store: %v", name, err)
		}
	}
}

// Everybody who waits for a commit that fails is told.
func TestDiskFailureReachesEveryCommitInFlight(t *testing.T) {
	h := newHeldUp(t)
	other := make(chan error, 1)
	decided := make(chan struct{}, 1)
	third := payment(h.id(), firstAccount, 5_00, h.now)
	go func() {
		_, err := do(h.world, watched{third, decided})
		other <- err
	}()
	<-decided
	reader := make(chan error, 1)
	go func() {
		_, err := h.s.Movement(context.Background(), h.first.ID)
		reader <- err
	}()
	h.fs.set(func(f *faultyFS) { f.syncError = errDisk })
	h.release()
	for name, answer := range map[string]chan error{"second": h.placed, "third": other} {
		if err := <-answer; !errors.Is(err, book.ErrOutcomeUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := <-reader; !errors.Is(err, book.ErrUnavailable) || errors.Is(err, book.ErrOutcomeUnknown) {
		t.Errorf("reader: %v", err)
	}
}

// An engine that panics, as it does here because it is closed, may have locked
// itself up. The process goes on, to say so.
func TestEngineThatPanicsStopsTheStore(t *testing.T) {
	s, err := Open("books", memoryFS(vfs.NewMem()))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, s)
	w.open(firstAccount, 100_00)
	c := &commit{batch: s.db.NewBatch()}
	if err := c.batch.Set(keyLastID, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.hand(c.batch); !errors.Is(err, book.ErrUnavailable) {
		t.Errorf("commit that made the engine panic: %v", err)
	}
	allUnavailable(t, w)
	if err := s.Close(); !errors.Is(err, book.ErrUnavailable) {
		t.Errorf("close: %v", err)
	}
}

func TestFatalErrorOfTheEngineStopsTheStore(t *testing.T) {
	var told string
	opts := memoryFS(vfs.NewMem())
	opts.OnFatal = func(why string) { told = why }
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00)
	logger{slog.New(slog.DiscardHandler), w.s.stop, opts.OnFatal}.Fatalf("log %d is lost", 7)
	if told != "log 7 is lost" {
		t.Errorf("told %q", told)
	}
	allUnavailable(t, w)
}

func TestClosedStoreAnswersNothing(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 100_00)
	for range 2 {
		if err := w.s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	allUnavailable(t, w)
	if m := w.s.Metrics(); m != (Metrics{}) {
		t.Errorf("metrics %+v", m)
	}
}

func TestOnlyJobsAndRecordsCanBeRemoved(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 100_00)
	m := w.place(firstAccount, 1)
	err := w.s.Commit(context.Background(), pix.Needs{}, func(b *pix.Books) error {
		b.Movements.Delete(m.ID)
		return nil
	})
	if !errors.Is(err, book.ErrUnfit) {
		t.Errorf("removing a movement: %v", err)
	}
	if _, err := w.s.Movement(context.Background(), m.ID); err != nil {
		t.Error(err)
	}
}

func TestTextsThatAreTooLongAreRefused(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 100_00)
	long := payment(w.id(), firstAccount, 1_00, w.now)
	long.ExternalID = string(make([]byte, keyMax))
	if _, err := do(w, long); !errors.Is(err, ErrTooLong) {
		t.Errorf("long external id: %v", err)
	}
	long = payment(w.id(), firstAccount, 1_00, w.now)
	long.Description = string(make([]byte, recordMax))
	if _, err := do(w, long); !errors.Is(err, ErrTooLong) || !errors.Is(err, book.ErrUnfit) {
		t.Errorf("long description: %v", err)
	}
	m := w.place(firstAccount, 1_00)
	account, err := w.s.Account(context.Background(), firstAccount)
	if err != nil || account.Held != m.Total() {
		t.Errorf("account %+v, %v", account, err)
	}
	verify(t, w.s)
	_, err = w.s.Hold(context.Background(), firstAccount, ledger.HoldID(long.ID))
	if !errors.Is(err, pix.ErrNotFound) {
		t.Errorf("hold of the refused payment: %v", err)
	}
}

// The engine tries a flush again that has failed, and says so.
func TestFlushThatFailsIsTriedAgain(t *testing.T) {
	var log strings.Builder
	fs := newFaultyFS(vfs.NewMem())
	opts := Options{FS: fs, MemTableSize: 128 << 10, CacheSize: 1 << 20}
	opts.Log = slog.New(slog.NewTextHandler(&lockedWriter{w: &log}, nil))
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00_00)
	fs.set(func(f *faultyFS) { f.tablesLost = 5 })
	for range 500 {
		w.settle(w.place(firstAccount, 1))
	}
	verify(t, w.s)
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "flush or compaction") {
		t.Errorf("log: %s", log.String())
	}
	verify(t, open(t, "books", opts))
}

// lockedWriter is written to by many.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// What can't be read is not called missing, and does not stop the store.
func TestTableThatCanNotBeRead(t *testing.T) {
	fs := newFaultyFS(vfs.NewMem())
	w := newWorld(t, open(t, "books", memoryFS(fs)))
	w.open(firstAccount, 100_00)
	m := w.place(firstAccount, 1)
	w.compact()
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	opts := memoryFS(fs)
	opts.CacheSize = 1
	w.s = open(t, "books", opts)
	fs.set(func(f *faultyFS) { f.readError = errDisk })
	ctx := context.Background()
	reads := map[string]func() error{
		"movement":  func() error { _, err := w.s.Movement(ctx, m.ID); return err },
		"movements": func() error { _, err := w.s.Movements(ctx, firstAccount, 0, 9); return err },
		"hold":      func() error { _, err := w.s.Hold(ctx, firstAccount, m.Hold); return err },
		"lookup": func() error {
			_, err := w.s.Lookup(ctx, pix.Key{Space: pix.SpaceEndToEndOut, Value: string(m.EndToEndID)})
			return err
		},
		"statement": func() error {
			_, _, err := w.s.Statement(ctx, book.StatementQuery{Account: firstAccount, Limit: 9})
			return err
		},
		"statement by key": func() error {
			q := book.StatementQuery{Account: firstAccount, Limit: 9, EndToEndID: string(m.EndToEndID)}
			_, _, err := w.s.Statement(ctx, q)
			return err
		},
		"profile":    func() error { _, err := w.s.Profile(ctx, firstAccount); return err },
		"profiles":   func() error { _, err := w.s.Profiles(ctx, 0, 9); return err },
		"balance at": func() error { _, err := w.s.BalanceAt(ctx, firstAccount, start); return err },
		"entries":    func() error { return drain(w.s.EachEntry(ctx, firstAccount)) },
		"between":    func() error { return drain(w.s.EntriesBetween(ctx, firstAccount, start, w.now)) },
		"numbered":   func() error { _, err := w.s.MovementsNumbered(ctx, []pix.MovementID{m.ID}); return err },
		"holds":      func() error { return drain(w.s.EachHold(ctx, firstAccount)) },
		"accounts":   func() error { return drain(w.s.EachAccount(ctx)) },
		"payment": func() error {
			_, err := do(w, payment(w.id(), firstAccount, 1, w.now))
			return err
		},
	}
	for name, read := range reads {
		if err := read(); !errors.Is(err, errDisk) || !errors.Is(err, book.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fs.set(func(f *faultyFS) { f.readError = nil })
	for name, read := range reads {
		if err := read(); err != nil {
			t.Errorf("%s, once it can be read again: %v", name, err)
		}
	}
}
