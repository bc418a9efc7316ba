package book

import (
	"sync"
	"time"
)

// IDs gives out numbers that are unique over all nodes, rise on one node, and
// stay below 2^53: 31 bits of seconds since 2026, 6 bits of node, 16 bits of
// sequence. A node that needs more than 65 536 a second runs ahead of the clock.
type IDs struct {
	now  func() time.Time
	node uint64

	mu   sync.Mutex
	last uint64
}

const (
	sequenceBits = 16
	nodeBits     = 6
	// NodeMax is the highest number that a node can have.
	NodeMax = 1<<nodeBits - 1
	// StripesPerNode is how many stripes of the system accounts every node can
	// have to itself.
	StripesPerNode = 15
)

// idSecondMax is a second that no number reaches.
const idSecondMax = 1 << 40

var idEpoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// NewIDs returns a source of numbers above last for a node.
func NewIDs(now func() time.Time, node int, last uint64) *IDs {
	if node < 0 || node > NodeMax {
		panic("book: node number out of range")
	}
	return &IDs{now: now, node: uint64(node), last: last}
}

// Next returns a new number.
func (g *IDs) Next() uint64 {
	second := uint64(max(g.now().Unix()-idEpoch, 1))
	g.mu.Lock()
	defer g.mu.Unlock()
	next := second<<(nodeBits+sequenceBits) | g.node<<sequenceBits
	if next <= g.last {
		next = g.after(g.last)
	}
	g.last = next
	return next
}

// after returns this node's next number above last, whichever node gave last out.
func (g *IDs) after(last uint64) uint64 {
	second := last >> (nodeBits + sequenceBits)
	first := second<<(nodeBits+sequenceBits) | g.node<<sequenceBits
	switch {
	case last < first:
		return first
	case last-first < 1<<sequenceBits-1:
		return last + 1
	}
	return (second+1)<<(nodeBits+sequenceBits) | g.node<<sequenceBits
}

// Last returns the highest number given out so far.
func (g *IDs) Last() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

// How far a number may be from the time that the thing which bears it was
// created. A number is drawn when a request comes in, before or after the request
// is given its time, and is never behind its node's clock: numberLate is what a
// request can wait in between, with much room. It runs ahead of the clock where
// the clock was set back, because numbers never fall: numberEarly is room for a
// clock that was set to a wrong time zone.
const (
	numberLate  = time.Hour
	numberEarly = 24 * time.Hour
)

// numbersAround returns the numbers, from first to before end, that things may
// have which were created at from or later, and before until. A zero time is no
// limit.
func numbersAround(from, until time.Time) (first, end uint64) {
	number := func(second int64) uint64 {
		return uint64(min(max(second-idEpoch, 0), idSecondMax)) << (nodeBits + sequenceBits)
	}
	if !from.IsZero() {
		first = number(from.Add(-numberLate).Unix())
	}
	if end = 1 << 63; !until.IsZero() {
		end = number(until.Add(numberEarly).Unix() + 1)
	}
	return first, end
}

// NumberTime is the second in which a number was given out, or later if more were
// given out than a second has room for.
func NumberTime(n uint64) time.Time {
	return time.Unix(int64(n>>(nodeBits+sequenceBits))+idEpoch, 0).UTC()
}
