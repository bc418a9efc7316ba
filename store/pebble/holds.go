package pebble

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
)

// OpenHolds lists an account's open holds, from memory.
func (s *Store) OpenHolds(
	_ context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) ([]ledger.Hold, error) {
	if err := s.health(); err != nil {
		return nil, err
	}
	return readOpen(id, s.holds.page(id, after, limit))
}

// readOpen decodes open holds of an account.
func readOpen(id ledger.AccountID, records []numbered[string]) ([]ledger.Hold, error) {
	page := make([]ledger.Hold, len(records))
	var key []byte
	for i, r := range records {
		key = appendNumbered(key[:0], prefixOpen, id, r.id)
		var err error
		if page[i], err = decode(key, []byte(r.thing), readHold); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// Blocked returns why money of an account is held, from memory. It looks at all of
// the account's open holds.
func (s *Store) Blocked(
	_ context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) (b book.Blocked, err error) {
	if err := s.health(); err != nil {
		return b, err
	}
	var ok bool
	var records []numbered[string]
	s.flight.hold(func() {
		if b.Account, ok = s.accounts.durable(id); ok {
			records = s.holds.page(id, 0, math.MaxInt)
		}
	})
	if !ok {
		return b, ledger.ErrAccountNotFound
	}
	open, err := readOpen(id, records)
	if err != nil {
		return b, err
	}
	b.Reasons = book.Sum(slices.Values(open))
	first, exact := slices.BinarySearchFunc(open, after, func(h ledger.Hold, id ledger.HoldID) int {
		return cmp.Compare(h.ID, id)
	})
	if exact {
		first++
	}
	b.Holds = open[first:min(first+min(max(limit, 0), len(open)), len(open))]
	return b, nil
}

// HoldsByAge adds up the open holds of all accounts, from memory, one account after
// the other.
func (s *Store) HoldsByAge(ctx context.Context, instants []time.Time) ([]book.AgedHolds, error) {
	if err := s.health(); err != nil {
		return nil, err
	}
	sums := book.NewHoldSums(instants)
	for _, account := range s.holds.accounts() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		open, err := readOpen(account, s.holds.page(account, 0, math.MaxInt))
		if err != nil {
			return nil, err
		}
		for _, h := range open {
			sums.Add(h)
		}
	}
	return sums.List(), nil
}

// openHolds are the records of all durable open holds, in memory: an account
// that closes many holds leaves many deleted records among the open ones, which
// the engine would have to step over.
type openHolds struct {
	mu sync.RWMutex
	of map[ledger.AccountID]*shelf[string] // guarded by mu; none is empty
}

// holdChange is what a commit did to an open hold.
type holdChange struct {
	account ledger.AccountID
	id      ledger.HoldID
	record  string // empty when the hold is closed
}

func newOpenHolds() *openHolds { return &openHolds{of: make(map[ledger.AccountID]*shelf[string])} }

// apply takes in what a commit changed.
func (h *openHolds) apply(changes []holdChange) {
	if len(changes) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range changes {
		h.change(&changes[i])
	}
}

// change takes in one change. The caller holds the lock, or is alone.
func (h *openHolds) change(c *holdChange) {
	s := h.of[c.account]
	if s == nil {
		s = new(shelf[string])
		h.of[c.account] = s
	}
	if c.record != "" {
		s.put(uint64(c.id), c.record)
		return
	}
	s.delete(uint64(c.id))
	if len(*s) == 0 {
		delete(h.of, c.account)
	}
}

// accounts lists the accounts that have open holds.
func (h *openHolds) accounts() []ledger.AccountID {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Keys(h.of))
}

// page returns the records of the first limit holds of an account above after.
func (h *openHolds) page(account ledger.AccountID, after ledger.HoldID, limit int) []numbered[string] {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if s := h.of[account]; s != nil {
		return s.page(uint64(after), limit)
	}
	return nil
}
