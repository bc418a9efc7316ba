package pix

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// PlaceHold is a hold that the operator puts on an account. Place it again with
// the same case and it is found, not doubled.
type PlaceHold struct {
	ledger.HoldRequest
	At time.Time
}

// Needs names the account and the case.
func (c *PlaceHold) Needs() Needs {
	n := Needs{Accounts: []ledger.AccountID{c.Account}}
	if c.Case != "" {
		n.Keys = append(n.Keys, c.caseKey())
	}
	return n
}

func (c *PlaceHold) caseKey() Key { return Key{SpaceCase, c.Account, c.Reason.String() + "/" + c.Case} }

// Decide places the hold, or refuses with InsufficientFundsError or
// ErrCaseConflict.
func (c *PlaceHold) Decide(b *Books) (ledger.Hold, error) {
	if c.Case != "" {
		if first, repeated := b.Keys.Get(c.caseKey()); repeated {
			return c.repeat(b, first)
		}
	}
	hold, err := b.Place(c.HoldRequest, c.At)
	if err != nil {
		return hold, err
	}
	target := Target{c.Account, uint64(c.ID)}
	b.Keys.Put(HoldKey(c.ID), target)
	b.review(hold)
	if c.Case != "" {
		b.Keys.Put(c.caseKey(), target)
	}
	return hold, nil
}

func (c *PlaceHold) repeat(b *Books, first Target) (ledger.Hold, error) {
	hold, ok := b.Holds.Get(ledger.HoldID(first.ID))
	if !ok || hold.Requested != c.Amount || hold.Sweep != c.Sweep {
		return hold, ErrCaseConflict
	}
	return hold, nil
}

// CaptureHold takes money out of an operator's hold. Repeated with the same
// step it changes nothing.
type CaptureHold struct {
	ID     ledger.HoldID
	Amount money.Centavos // 0 takes all that is held
	To     ledger.Role    // the system account that gets it
	Step   string         // makes a repetition safe; may be empty
	At     time.Time
}

// Needs names the hold and the step.
func (c *CaptureHold) Needs() Needs { return stepNeeds(c.ID, c.Step) }

// Decide captures, or refuses with the ledger's errors on holds.
func (c *CaptureHold) Decide(b *Books) (ledger.Hold, error) {
	return b.step(c.ID, c.Step, func(hold ledger.Hold) (ledger.Hold, error) {
		amount := c.Amount
		if amount == 0 {
			amount = hold.Held
		}
		return b.Capture(c.ID, amount, c.At, ledger.Posting{Account: b.system(c.To), Amount: amount})
	})
}

// ReleaseHold gives held money back to its owner. Repeated with the same step
// it changes nothing.
type ReleaseHold struct {
	ID     ledger.HoldID
	Amount money.Centavos // 0 ends the hold with all that is held
	Step   string         // makes a repetition safe; may be empty
	At     time.Time
}

// Needs names the hold and the step.
func (c *ReleaseHold) Needs() Needs { return stepNeeds(c.ID, c.Step) }

// Decide releases, or refuses with the ledger's errors on holds.
func (c *ReleaseHold) Decide(b *Books) (ledger.Hold, error) {
	return b.step(c.ID, c.Step, func(ledger.Hold) (ledger.Hold, error) {
		if c.Amount == 0 {
			return b.Void(c.ID, c.At)
		}
		return b.Release(c.ID, c.Amount, c.At)
	})
}

func stepNeeds(id ledger.HoldID, step string) Needs {
	n := Needs{Keys: []Key{HoldKey(id)}}
	if step != "" {
		n.Keys = append(n.Keys, stepKey(id, step))
	}
	return n
}

func stepKey(id ledger.HoldID, step string) Key {
	return Key{Space: SpaceCase, Value: id.String() + "/" + step}
}

// step does one named step on an operator's hold, once. The hold of a MED case
// ends with the case, so that what is taken out of it is a return.
func (b *Books) step(
	id ledger.HoldID, name string, do func(ledger.Hold) (ledger.Hold, error),
) (ledger.Hold, error) {
	target, ok := b.Keys.Get(HoldKey(id))
	hold, found := b.Holds.Get(id)
	if !ok || !found {
		return ledger.Hold{}, ledger.ErrHoldNotFound
	}
	if hold.Reason == ledger.ReasonMED && hold.About == uint64(hold.ID) {
		return hold, ErrMEDHold
	}
	if name != "" {
		if _, done := b.Keys.Get(stepKey(id, name)); done {
			return hold, nil
		}
		b.Keys.Put(stepKey(id, name), target)
	}
	hold, err := do(hold)
	if err == nil && !hold.Open() {
		b.reviewed(id)
	}
	return hold, err
}
