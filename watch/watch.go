// Package watch wakes those who watch accounts when something on them changes,
// through whatever node. It tells the newest state only, so that who is slow has
// less to read and keeps nobody waiting. It knows no HTTP and not who may watch.
package watch

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// What Watch returns when it can't let anybody watch.
var (
	ErrTooMany = errors.New("too many watch this account")
	ErrFull    = errors.New("too many watch accounts here")
	ErrEnded   = errors.New("nothing is watched any more")
)

// Options are the limits of a hub. The zero value is fit for use.
type Options struct {
	PerAccount int // who may watch one account; 0 is 20
	Max        int // who may watch in all; 0 is 4 096
	// Poll returns the newest states of accounts that others than this process
	// change as well; nil if nobody else does. It is asked every Every, 0 is 200 ms,
	// for all accounts that are watched.
	Poll  func(context.Context, []ledger.AccountID) ([]ledger.Account, error)
	Every time.Duration
	Log   *slog.Logger
}

// Hub knows who watches what. Use New.
type Hub struct {
	opts  Options
	ended chan struct{}
	count atomic.Int64 // of watchers

	mu       sync.Mutex
	accounts map[ledger.AccountID]*account // those that are watched; guarded by mu
}

// account is one that is watched. Its fields are guarded by Hub.mu.
type account struct {
	newest   ledger.Account // zero until something changes
	watchers map[*Watcher]struct{}
}

// New returns a hub. Run must be called for it to hear of other nodes.
func New(o Options) *Hub {
	o.PerAccount, o.Max = orDefault(o.PerAccount, 20), orDefault(o.Max, 4096)
	o.Every = orDefault(o.Every, 200*time.Millisecond)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{opts: o, ended: make(chan struct{}), accounts: make(map[ledger.AccountID]*account)}
}

func orDefault[N int | time.Duration](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}

// Watcher is one who watches an account. Close must be called in the end.
type Watcher struct {
	hub     *Hub
	id      ledger.AccountID
	of      *account
	changed chan struct{}
}

// Watch begins to watch an account. Whatever is durable after it has returned wakes
// the watcher; what was before is read from the store afterwards.
func (h *Hub) Watch(id ledger.AccountID) (*Watcher, error) {
	select {
	case <-h.ended:
		return nil, ErrEnded
	default:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count.Load() >= int64(h.opts.Max) {
		return nil, ErrFull
	}
	a := h.accounts[id]
	if a == nil {
		a = &account{watchers: make(map[*Watcher]struct{})}
		h.accounts[id] = a
	}
	if len(a.watchers) >= h.opts.PerAccount {
		return nil, ErrTooMany
	}
	w := &Watcher{hub: h, id: id, of: a, changed: make(chan struct{}, 1)}
	a.watchers[w] = struct{}{}
	h.count.Add(1)
	return w, nil
}

// Changed is ready when the account has changed since it was last ready.
func (w *Watcher) Changed() <-chan struct{} { return w.changed }

// Newest returns the newest state that the watcher was woken for.
func (w *Watcher) Newest() ledger.Account {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	return w.of.newest
}

// Close ends the watching. It must be called once.
func (w *Watcher) Close() {
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(w.of.watchers, w)
	h.count.Add(-1)
	if len(w.of.watchers) == 0 {
		delete(h.accounts, w.id)
	}
}

// Count returns how many watch.
func (h *Hub) Count() int { return int(h.count.Load()) }

// Ended is closed when the hub has stopped, and nobody will be woken any more.
func (h *Hub) Ended() <-chan struct{} { return h.ended }

// Committed wakes those who watch what was changed and is durable. It returns at
// once.
func (h *Hub) Committed(b *pix.Books) {
	if h.count.Load() == 0 {
		return
	}
	changes := b.Accounts.Changes()
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range changes {
		h.wake(&changes[i].Value)
	}
}

// wake wakes those who watch an account if its state is newer than the newest. The
// caller holds the lock.
func (h *Hub) wake(newest *ledger.Account) {
	a := h.accounts[newest.ID]
	if a == nil || newest.Entries <= a.newest.Entries {
		return
	}
	a.newest = *newest
	for w := range a.watchers {
		select {
		case w.changed <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Run looks after changes by others until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	defer close(h.ended)
	if h.opts.Poll == nil {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(h.opts.Every)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := h.poll(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			h.opts.Log.Warn("changes by other nodes can't be seen", "error", err)
		}
		failing = err != nil
	}
}

// poll asks once for all that is watched.
func (h *Hub) poll(ctx context.Context) error {
	h.mu.Lock()
	ids := slices.Collect(maps.Keys(h.accounts))
	h.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	states, err := h.opts.Poll(ctx, ids)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range states {
		h.wake(&states[i])
	}
	return nil
}
