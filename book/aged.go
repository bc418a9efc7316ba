package book

import (
	"cmp"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// AgedHolds is the sum over the open holds of one reason that were opened in one
// stretch of time.
type AgedHolds struct {
	BlockedFor
	// Stretch is how many of the instants that were asked for are not after the holds
	// were opened: 0 are the oldest holds.
	Stretch int
	Oldest  time.Time // when the oldest of them was opened
}

// HoldSums adds up open holds for stores that read them one by one.
type HoldSums struct {
	instants []time.Time
	of       map[place]*AgedHolds
}

type place struct {
	reason  ledger.Reason
	stretch int
}

// NewHoldSums returns sums of nothing. The instants are in order.
func NewHoldSums(instants []time.Time) *HoldSums {
	return &HoldSums{instants: instants, of: make(map[place]*AgedHolds)}
}

// Add adds an open hold.
func (s *HoldSums) Add(h ledger.Hold) {
	at := place{h.Reason, 0}
	for at.stretch < len(s.instants) && !h.OpenedAt.Before(s.instants[at.stretch]) {
		at.stretch++
	}
	sum := s.of[at]
	if sum == nil {
		sum = &AgedHolds{BlockedFor: BlockedFor{Reason: h.Reason}, Stretch: at.stretch, Oldest: h.OpenedAt}
		s.of[at] = sum
	}
	sum.Holds++
	sum.Held += h.Held
	sum.Shortfall += h.Shortfall()
	if h.OpenedAt.Before(sum.Oldest) {
		sum.Oldest = h.OpenedAt
	}
}

// List returns the sums of which there is anything, in order of reason and stretch.
func (s *HoldSums) List() []AgedHolds {
	var list []AgedHolds
	for _, sum := range s.of {
		list = append(list, *sum)
	}
	slices.SortFunc(list, func(a, b AgedHolds) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Stretch, b.Stretch))
	})
	return list
}
