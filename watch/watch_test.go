package watch_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/watch"
)

const (
	maria ledger.AccountID = 10_001
	joao  ledger.AccountID = 10_002
)

func state(id ledger.AccountID, entries uint64) ledger.Account {
	return ledger.Account{ID: id, Entries: entries, Balance: ledger.Balance{Posted: money.Centavos(entries)}}
}

// commit tells a hub of accounts that have changed.
func commit(h *watch.Hub, states ...ledger.Account) {
	var b pix.Books
	for _, a := range states {
		b.Accounts.Put(a.ID, a)
	}
	h.Committed(&b)
}

func watched(t *testing.T, h *watch.Hub, id ledger.AccountID) *watch.Watcher {
	t.Helper()
	w, err := h.Watch(id)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func awake(w *watch.Watcher) bool {
	select {
	case <-w.Changed():
		return true
	default:
		return false
	}
}

func TestWhoWatchesIsWokenForTheNewestState(t *testing.T) {
	h := watch.New(watch.Options{})
	commit(h, state(maria, 1)) // nobody watches
	w, other := watched(t, h, maria), watched(t, h, joao)
	if awake(w) {
		t.Error("woken without a change")
	}
	commit(h, state(maria, 2), state(ledger.SystemAccount(ledger.Settlement, 0), 9))
	commit(h, state(maria, 4))
	commit(h, state(maria, 3)) // of a commit that was told late
	if !awake(w) || awake(w) {
		t.Error("many changes wake once")
	}
	if got := w.Newest(); got != state(maria, 4) {
		t.Errorf("newest %+v", got)
	}
	commit(h, state(maria, 4))
	if awake(w) || awake(other) {
		t.Error("woken for nothing")
	}
	w.Close()
	other.Close()
	if h.Count() != 0 {
		t.Errorf("%d watch", h.Count())
	}
	w = watched(t, h, maria)
	defer w.Close()
	commit(h, state(maria, 2)) // what was known before is forgotten
	if !awake(w) {
		t.Error("not woken after all had left")
	}
}

func TestWatchersAreLimited(t *testing.T) {
	h := watch.New(watch.Options{PerAccount: 2, Max: 3})
	first := watched(t, h, maria)
	watched(t, h, maria)
	if _, err := h.Watch(maria); !errors.Is(err, watch.ErrTooMany) {
		t.Errorf("a third: %v", err)
	}
	watched(t, h, joao)
	if _, err := h.Watch(joao); !errors.Is(err, watch.ErrFull) {
		t.Errorf("a fourth: %v", err)
	}
	first.Close()
	watched(t, h, maria)
}

// TestChangesOfOtherNodesAreSeen polls what is watched, and nothing else.
func TestChangesOfOtherNodesAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		var back atomic.Bool // whether the store can be reached
		h := watch.New(watch.Options{Poll: func(_ context.Context, ids []ledger.AccountID) ([]ledger.Account, error) {
			asked.Add(1)
			if len(ids) != 1 || ids[0] != maria {
				t.Errorf("asked for %v", ids)
			}
			if !back.Load() {
				return nil, errors.New("no connection")
			}
			return []ledger.Account{state(maria, 5)}, nil
		}})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := h.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(1100 * time.Millisecond) // of the bubble, and between two questions
		if n := asked.Load(); n != 0 {
			t.Errorf("asked %d times while nobody watched", n)
		}
		w := watched(t, h, maria)
		time.Sleep(time.Second)
		if n := asked.Load(); n != 5 || awake(w) {
			t.Errorf("asked %d times in a second", n)
		}
		back.Store(true)
		time.Sleep(200 * time.Millisecond)
		if !awake(w) || w.Newest().Entries != 5 {
			t.Errorf("newest %+v", w.Newest())
		}
		time.Sleep(time.Second)
		if awake(w) {
			t.Error("woken without a change")
		}
		cancel()
		running.Wait()
		<-h.Ended()
		if _, err := h.Watch(maria); !errors.Is(err, watch.ErrEnded) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestNoChangeIsMissed changes accounts from many sides while watchers come and go:
// each ends on the newest state.
func TestNoChangeIsMissed(t *testing.T) {
	const changes = 2000
	h := watch.New(watch.Options{PerAccount: 100})
	var mu sync.Mutex
	var durable uint64 // what a store would tell
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for range changes / 2 {
				mu.Lock()
				durable++
				now := state(maria, durable)
				mu.Unlock()
				commit(h, now)
			}
		})
	}
	for range 50 {
		all.Go(func() {
			w, err := h.Watch(maria)
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Close()
			mu.Lock()
			seen := durable
			mu.Unlock()
			for seen < changes {
				<-w.Changed()
				seen = max(seen, w.Newest().Entries)
			}
		})
	}
	all.Wait()
}
