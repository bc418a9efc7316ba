package pebble

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// WithShortChapters makes chapters of few lines and keeps next to none of them, so
// that short histories have many.
func WithShortChapters(o Options) Options {
	o.chapterLines, o.ChaptersSize = 3, 40
	return o
}

// written waits until all chapters are written that were asked for.
func (s *Store) written() {
	for {
		s.chapters.mu.Lock()
		done := s.chapters.done
		s.chapters.mu.Unlock()
		if done == nil {
			return
		}
		<-done
	}
}

// wantBalances holds balances at instants around each line of an account against
// its entries, and returns how many of its chapters are known.
func wantBalances(t *testing.T, s *Store, id ledger.AccountID) (chapters int) {
	t.Helper()
	past := []moment{{at: start.Add(-time.Hour).UnixMicro()}}
	for e, err := range s.EachEntry(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		l, _ := e.Line(id)
		past = append(past, moment{micros(l.At), l.After()})
	}
	for i, m := range past {
		want := m.balance
		for _, later := range past[i+1:] {
			if later.at > m.at {
				break
			}
			want = later.balance // of several lines at an instant the last counts
		}
		until := m.at + 7
		if i+1 < len(past) && past[i+1].at > m.at {
			until = past[i+1].at - 1
		} else if i+1 < len(past) {
			until = m.at
		}
		for _, at := range []int64{m.at, until} {
			got, err := s.BalanceAt(t.Context(), id, instant(at))
			if err != nil || got != want {
				t.Errorf("%s, after line %d: %+v, %v; want %+v", id, i, got, err, want)
			}
		}
	}
	c := s.chapters.lock(id)
	defer c.mu.Unlock()
	return len(c.starts)
}

func TestChaptersTellWhatEntriesDo(t *testing.T) {
	opts := WithShortChapters(memoryFS(vfs.NewMem()))
	w := newWorld(t, open(t, "books", opts))
	accounts := []ledger.AccountID{firstAccount, firstAccount + 1, ledger.SystemAccount(ledger.Settlement, 0)}
	w.open(firstAccount, 100_00)
	w.open(firstAccount+1, 100_00)
	for i := range 20 {
		w.settle(w.place(firstAccount, money.Centavos(i+1)))
		w.now = w.now.Add(-time.Millisecond) // so that some lines have the same time
		if i%4 == 0 {
			w.place(firstAccount+1, 1)
		}
	}
	w.s.written()
	for i, want := range []int{12, 0, 0} { // that nobody asked for
		p, err := w.s.findChapter(accounts[i], 0)
		if err != nil || p.count < want || want == 0 && p.count > 0 {
			t.Errorf("%s has %d chapters, %v; want %d", accounts[i], p.count, err, want)
		}
	}
	check := func() {
		t.Helper()
		for _, id := range accounts {
			wantBalances(t, w.s, id)
			w.s.written()
			account, err := w.s.Account(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := wantBalances(t, w.s, id), int(account.Entries/opts.chapterLines); got != want {
				t.Errorf("%s has %d chapters, want %d", id, got, want)
			}
		}
	}
	check()
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	w.s = open(t, "books", opts)
	check()
	w.settle(w.place(firstAccount, 1))
	w.settle(w.place(firstAccount, 1))
	check()
}

// An older release wrote no chapters, and one that was stopped may not have come to
// it. They are written once they are missed.
func TestChaptersThatAreMissing(t *testing.T) {
	opts := WithShortChapters(memoryFS(vfs.NewMem()))
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00)
	for range 3 * chaptersAtOnce {
		w.settle(w.place(firstAccount, 1))
	}
	w.s.written()
	full := wantBalances(t, w.s, firstAccount)
	if full != 2*chaptersAtOnce {
		t.Fatalf("%d chapters", full)
	}
	for _, left := range []int{0, 1, 5, chaptersAtOnce} {
		from := w.s.chapters.appendKey(nil, firstAccount, left)
		if err := w.s.db.DeleteRange(from, after([]byte{prefixChapter}), pebble.Sync); err != nil {
			t.Fatal(err)
		}
		if err := w.s.Close(); err != nil {
			t.Fatal(err)
		}
		readOnly := opts
		readOnly.ReadOnly = true
		w.s = open(t, "books", readOnly)
		if got := wantBalances(t, w.s, firstAccount); got != left {
			t.Errorf("%d chapters where nothing can be written, want %d", got, left)
		}
		if err := w.s.Close(); err != nil {
			t.Fatal(err)
		}
		w.s = open(t, "books", opts)
		wantBalances(t, w.s, firstAccount)
		w.s.written()
		if got := wantBalances(t, w.s, firstAccount); got != full {
			t.Errorf("%d chapters, %d of them new; want %d", got, got-left, full)
		}
	}
}

// What is kept of chapters is bounded, and what is known of them.
func TestChaptersInMemoryAreBounded(t *testing.T) {
	opts := memoryFS(vfs.NewMem())
	opts.chapterLines = 2
	w := newWorld(t, open(t, "books", opts))
	const accounts, payments = 12, 10
	for i := range accounts {
		w.open(firstAccount+ledger.AccountID(i), 100_00)
		for range payments {
			w.settle(w.place(firstAccount+ledger.AccountID(i), 1))
		}
	}
	w.s.written()
	c := w.s.chapters
	c.mu.Lock()
	c.room, c.most = 50, 4*contentsCost
	c.mu.Unlock()
	for range 3 {
		for i := range accounts {
			wantBalances(t, w.s, firstAccount+ledger.AccountID(i))
		}
		w.s.written()
		c.mu.Lock()
		kept, known := int64(0), 0
		for _, of := range c.of {
			known += len(of.starts) + contentsCost
			for _, text := range of.texts {
				kept += int64(len(text))
			}
		}
		if kept != c.kept || kept > c.room {
			t.Errorf("%d bytes are kept, counted as %d; want at most %d", kept, c.kept, c.room)
		}
		if most := c.most + payments + contentsCost; known != c.known || known > most {
			t.Errorf("%d are known, counted as %d; want at most %d", known, c.known, most)
		}
		c.mu.Unlock()
	}
}

// Readers and the writer of chapters do not get into each other's way.
func TestChaptersWhilePaymentsAreMade(t *testing.T) {
	opts := WithShortChapters(memoryFS(vfs.NewMem()))
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 1_000_00)
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for seed := range uint64(3) {
		readers.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 1))
			for ctx.Err() == nil {
				at := start.Add(time.Duration(rng.Int64N(int64(time.Second))))
				b, err := w.s.BalanceAt(context.Background(), firstAccount, at)
				if err != nil || b.Held < 0 || b.Posted < 0 || b.Posted > 1_000_00 {
					t.Errorf("%+v, %v", b, err)
					return
				}
			}
		})
	}
	for range 300 {
		w.settle(w.place(firstAccount, 1))
	}
	stop()
	readers.Wait()
	w.s.written()
	if got := wantBalances(t, w.s, firstAccount); got != 601/3 {
		t.Errorf("%d chapters", got)
	}
}

func TestChapterThatIsDamaged(t *testing.T) {
	opts := WithShortChapters(memoryFS(vfs.NewMem()))
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00)
	for range 6 {
		w.settle(w.place(firstAccount, 1))
	}
	w.s.written()
	key := w.s.chapters.appendKey(nil, firstAccount, 1)
	if err := w.s.db.Set(key, []byte{recordVersion, 3, 0}, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	_, err := w.s.BalanceAt(t.Context(), firstAccount, start.Add(5*time.Millisecond))
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v, want %v", err, ErrCorrupt)
	}
}

func FuzzChapter(f *testing.F) {
	f.Add(appendChapter(nil, []moment{{1, ledger.Balance{Posted: 2, Held: 3}}, {4, ledger.Balance{Posted: -5}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var lines []moment
		err := eachMoment(nil, data, func(m moment) bool {
			lines = append(lines, m)
			return true
		})
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		var again []moment
		text := appendChapter(nil, lines)
		err = eachMoment(nil, text, func(m moment) bool {
			again = append(again, m)
			return true
		})
		if err != nil || !bytes.Equal(appendChapter(nil, again), text) || len(again) != len(lines) {
			t.Errorf("%+v became %+v, %v", lines, again, err)
		}
	})
}
