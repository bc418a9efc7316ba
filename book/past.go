package book

import (
	"errors"
	"iter"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// Past is what an account had from an instant on: after one of its lines.
type Past struct {
	Number uint64 // of the line in its account
	At     time.Time
	ledger.Balance
}

// Blocked tells why money of an account is held: its newest state, what is held
// for each reason that there is, and a page of its open holds, from one snapshot.
// What is held for all reasons is what the account has held.
type Blocked struct {
	Account ledger.Account
	Reasons []BlockedFor // in order of reason
	Holds   []ledger.Hold
}

// BlockedFor is the sum over an account's open holds of one reason, in centavos.
type BlockedFor struct {
	Reason    ledger.Reason
	Holds     int
	Held      money.Centavos
	Shortfall money.Centavos // asked for, and not there yet
}

// Sum adds up open holds by reason.
func Sum(holds iter.Seq[ledger.Hold]) []BlockedFor {
	var of [1 << 8]BlockedFor
	for h := range holds {
		s := &of[h.Reason]
		s.Holds++
		s.Held += h.Held
		s.Shortfall += h.Shortfall()
	}
	var sums []BlockedFor
	for reason, s := range of {
		if s.Holds > 0 {
			s.Reason = ledger.Reason(reason)
			sums = append(sums, s)
		}
	}
	return sums
}

// Stretch is what became of an account's net between two instants: From counts to
// it, Until does not.
type Stretch struct {
	From, Until     time.Time
	Opening         money.Centavos // net before From
	Lowest, Highest money.Centavos // net, Opening included
	Changes         int            // of the account, whether or not they change net
	Closing         ledger.Balance // before Until
}

// ErrTooManyChanges means that a chart has more changes than it may look at.
var ErrTooManyChanges = errors.New("too many changes in this time")

// Chart cuts an account's past into stretches. bounds are instants in order, two at
// least: where each stretch begins, and the end of the last one. opening is the
// balance before the first, and past what comes between the first and the last. It
// keeps the stretches only, and looks at no more than changesMax.
func Chart(
	opening ledger.Balance, bounds []time.Time, past iter.Seq2[Past, error], changesMax int,
) ([]Stretch, error) {
	c := chart{bounds: bounds, stretches: make([]Stretch, 0, len(bounds)-1)}
	c.begin(opening)
	seen := 0
	for p, err := range past {
		if err != nil {
			return nil, err
		}
		if seen++; seen > changesMax {
			return nil, ErrTooManyChanges
		}
		for !p.At.Before(c.now().Until) {
			c.begin(c.now().Closing)
		}
		c.now().add(p.Balance)
	}
	for len(c.stretches) < cap(c.stretches) {
		c.begin(c.now().Closing)
	}
	return c.stretches, nil
}

type chart struct {
	bounds    []time.Time
	stretches []Stretch
}

// now is the stretch that is being filled.
func (c *chart) now() *Stretch { return &c.stretches[len(c.stretches)-1] }

// begin begins the next stretch.
func (c *chart) begin(b ledger.Balance) {
	i, net := len(c.stretches), b.Available()
	c.stretches = append(c.stretches, Stretch{
		From: c.bounds[i], Until: c.bounds[i+1], Opening: net, Lowest: net, Highest: net, Closing: b,
	})
}

// add takes in the next change.
func (s *Stretch) add(b ledger.Balance) {
	s.Changes++
	s.Lowest, s.Highest = min(s.Lowest, b.Available()), max(s.Highest, b.Available())
	s.Closing = b
}
