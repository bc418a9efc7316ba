package pebble

import (
	"sync"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// profiles are the profiles that were asked for of late, as they were applied.
type profiles struct {
	mu sync.Mutex
	// The fields below are guarded by mu.
	max     int
	changes uint64 // how often commits changed a profile
	place   map[ledger.AccountID]int
	slots   []slot
	hand    int // the slot that is looked at when one must go
}

type slot struct {
	profile pix.Profile
	commit  uint64 // the newest one when the profile was put here
	asked   bool   // since the hand came by
}

func newProfiles(limit int) *profiles {
	return &profiles{max: limit, place: make(map[ledger.AccountID]int)}
}

// get returns a profile, and the number of a commit that it is not newer than.
func (c *profiles) get(id ledger.AccountID) (p pix.Profile, commit uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.place[id]
	if !ok {
		return pix.Profile{}, 0, false
	}
	c.slots[i].asked = true
	return c.slots[i].profile, c.slots[i].commit, true
}

// seen returns how often profiles changed, for remember.
func (c *profiles) seen() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

// remember keeps a profile that was read after seen returned changes, unless
// one was changed since: it may be the one.
func (c *profiles) remember(p pix.Profile, commit, changes uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes == changes {
		c.put(p, commit)
	}
}

// change keeps what a commit has applied.
func (c *profiles) change(p pix.Profile, commit uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.put(p, commit)
}

func (c *profiles) put(p pix.Profile, commit uint64) {
	i, ok := c.place[p.ID]
	if !ok {
		i = c.free()
		c.place[p.ID] = i
	}
	c.slots[i] = slot{profile: p, commit: commit}
}

// free returns a slot for a new profile: one more, or that of a profile which
// was not asked for since the hand last came by.
func (c *profiles) free() int {
	if len(c.slots) < c.max {
		c.slots = append(c.slots, slot{})
		return len(c.slots) - 1
	}
	for c.slots[c.hand].asked {
		c.slots[c.hand].asked = false
		c.hand = (c.hand + 1) % len(c.slots)
	}
	i := c.hand
	c.hand = (c.hand + 1) % len(c.slots)
	delete(c.place, c.slots[i].profile.ID)
	return i
}
