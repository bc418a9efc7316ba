// Package pix is what happens on Pix accounts: payments, charges, receipts,
// returns, MED cases, operator's holds. Each is a command that decides over the books. It is pure:
// it knows no clock, no storage and no wire format.
package pix

import (
	"github.com/saldo-pix/saldo/internal/sheet"
	"github.com/saldo-pix/saldo/ledger"
)

// Books is the part of everything kept that a batch of commands works on. It is
// not safe for concurrent use.
type Books struct {
	ledger.Books
	Profiles  sheet.Sheet[ledger.AccountID, Profile]
	Movements sheet.Sheet[MovementID, Movement]
	Keys      sheet.Sheet[Key, Target]
	Jobs      sheet.Sheet[JobKey, Job]
	Suspended sheet.Sheet[uint64, SuspenseItem]
	Records   sheet.Sheet[RecordKey, Record]

	// NextNumber gives out numbers for what a decision creates besides what its
	// command has a number for. A decision that is taken anew takes new ones.
	NextNumber func() uint64
	// Stripe is the stripe of the system accounts that this batch posts to.
	Stripe int
	// Overwrite says that what is put replaces what the store has under the same
	// key, although it was not loaded, and that entries, keys and suspense items
	// that are there already stay. Only a copy of whole books asks for that.
	Overwrite bool
	// LastID is the highest number given out so far. The store keeps it, so
	// that no number is given out twice.
	LastID uint64
}

// Mark names a moment that Rollback can return to.
type Mark struct {
	ledger                                              ledger.Mark
	profiles, movements, keys, jobs, suspended, records sheet.Mark
}

// Mark returns the present moment.
func (b *Books) Mark() Mark {
	return Mark{
		b.Books.Mark(), b.Profiles.Mark(), b.Movements.Mark(), b.Keys.Mark(), b.Jobs.Mark(), b.Suspended.Mark(),
		b.Records.Mark(),
	}
}

// Rollback takes back everything done since m.
func (b *Books) Rollback(m Mark) {
	b.Books.Rollback(m.ledger)
	b.Profiles.Rollback(m.profiles)
	b.Movements.Rollback(m.movements)
	b.Keys.Rollback(m.keys)
	b.Jobs.Rollback(m.jobs)
	b.Suspended.Rollback(m.suspended)
	b.Records.Rollback(m.records)
}

// Changed tells whether anything is to be written.
func (b *Books) Changed() bool { return b.Mark() != (Mark{}) }

// system returns this batch's stripe of a system account.
func (b *Books) system(r ledger.Role) ledger.AccountID { return ledger.SystemAccount(r, b.Stripe) }

// Needs names what a command must see. The store follows what it names: a key
// to the account and the movement or hold it leads to, a movement to its
// account and its hold, an account to its profile and its waiting holds. The
// system accounts of the batch's stripe are always there. Who names a record
// that others may change at the same time names its account as well, or a key
// that leads there: accounts are what commits exclude each other by.
type Needs struct {
	Accounts []ledger.AccountID
	Keys     []Key
	Jobs     []JobKey
	Records  []RecordKey
	Stripe   int
}

// Add joins more to n.
func (n *Needs) Add(more Needs) {
	n.Accounts = append(n.Accounts, more.Accounts...)
	n.Keys = append(n.Keys, more.Keys...)
	n.Jobs = append(n.Jobs, more.Jobs...)
	n.Records = append(n.Records, more.Records...)
}

// Space tells what a key is a key of.
type Space uint8

// The spaces of keys. A key is taken once and for ever.
const (
	SpaceMovement    Space = iota + 1 // number of a movement, in decimal; found by the movement itself
	SpaceHold                         // number of an operator's hold, in decimal
	SpacePayment                      // externalId of a payment, scoped to the account
	SpaceCharge                       // externalId of a charge, scoped to the account
	SpaceReturn                       // externalId of a return, scoped to the account
	SpaceEndToEndOut                  // end-to-end id of what went out
	SpaceEndToEndIn                   // end-to-end id of what came in
	SpaceTxID                         // txid of a charge
	SpacePixKey                       // Pix key of an account
	SpaceCase                         // case of an operator's hold, scoped to the account
	SpaceEvent                        // id of an event that went to suspense, or that may be applied once only
	SpaceReturnID                     // end-to-end id of a return (D…) that was sent; leads to it
	SpaceReturnOf                     // end-to-end id or number of a return; leads to what it gives back
	SpaceReturnName                   // Bacen id of a return, scoped to the account, after the original's end-to-end id
	SpaceIdempotency                  // x-idempotency-key of a payment, scoped to the account
	SpaceMED                          // id of a MED case; leads to its hold
	SpaceMEDOf                        // id of a MED case; leads to the receipt that is disputed
	SpaceMEDNumber                    // number of a MED case, in decimal; leads to its hold
	SpaceReturnIn                     // end-to-end id of a return (D…) that came in; leads to it
	SpaceSolved                       // number of a suspense item, in decimal; leads to what it has become
	spaceEnd
)

// SpaceMax is the highest of the spaces.
const SpaceMax = spaceEnd - 1

// Spaces lists all spaces, in order.
func Spaces() []Space {
	all := make([]Space, 0, SpaceMax)
	for s := SpaceMovement; s <= SpaceMax; s++ {
		all = append(all, s)
	}
	return all
}

// Key is something that leads to one record and no other.
type Key struct {
	Space   Space
	Account ledger.AccountID // scope; 0 where the key is one for all accounts
	Value   string           // compared byte by byte
}

// Target is where a key leads: an account, and the number of a movement, hold
// or suspense item as the key's space says. Account is 0 for suspense items. What
// leads to one that has become a movement since (SolvedKey) leads on to that, for
// commands and look-ups; the key itself stays as it was taken.
type Target struct {
	Account ledger.AccountID
	ID      uint64
}

// LeadsToMovement tells whether keys of the space lead to a movement.
func (s Space) LeadsToMovement() bool {
	switch s {
	case SpaceMovement, SpacePayment, SpaceCharge, SpaceReturn, SpaceEndToEndOut, SpaceEndToEndIn, SpaceTxID,
		SpaceReturnID, SpaceReturnOf, SpaceReturnName, SpaceReturnIn, SpaceIdempotency, SpaceMEDOf, SpaceSolved:
		return true
	}
	return false
}

// LeadsToHold tells whether keys of the space lead to a hold.
func (s Space) LeadsToHold() bool {
	switch s {
	case SpaceHold, SpaceCase, SpaceMED, SpaceMEDNumber:
		return true
	}
	return false
}

// find returns the movement that key leads to.
func (b *Books) find(key Key) (Movement, bool) {
	target, ok := b.Keys.Get(key)
	if !ok {
		return Movement{}, false
	}
	return b.Movements.Get(MovementID(target.ID))
}
