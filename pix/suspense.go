package pix

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// Solution names what the operator does with a suspense item.
type Solution string

// The solutions.
const (
	SolveApply    Solution = "apply"    // the event is tried again: what it is about is there now
	SolveCredit   Solution = "credit"   // an account gets what came in
	SolveDebit    Solution = "debit"    // an account pays for what went out
	SolveReturned Solution = "returned" // the money was sent back, or fetched back, over the rail by hand
	SolveHouse    Solution = "house"    // the house keeps what came in, or bears what went out: it is in its fees
	SolveDismiss  Solution = "dismiss"  // nothing is to be done, and no money is in suspense for it
)

// Solutions lists all solutions.
func Solutions() []Solution {
	return []Solution{SolveApply, SolveCredit, SolveDebit, SolveReturned, SolveHouse, SolveDismiss}
}

// NamesAccount tells whether the solution is about an account that the operator
// names.
func (s Solution) NamesAccount() bool { return s == SolveCredit || s == SolveDebit }

// Resolution is what became of a suspense item. It is the body of a record of kind
// RecordSuspense, which is named by the item's number, numbered as it, and the
// house's. All of the item's amount has left suspense.
type Resolution struct {
	Item   uint64   `json:"item"`
	Action Solution `json:"action"`
	// Account is who got or paid the money, or whom the event was about; 0 if nobody.
	Account  ledger.AccountID `json:"account,omitempty"`
	Movement MovementID       `json:"movement,omitempty"` // that it became or was about; 0 if none
	By       string           `json:"by,omitempty"`       // who solved it
	Note     string           `json:"note,omitempty"`
	At       time.Time        `json:"at"`
}

// SuspenseKey names the record of an item's resolution.
func SuspenseKey(item uint64) RecordKey {
	return RecordKey{RecordSuspense, strconv.FormatUint(item, 10)}
}

// SolvedKey is the key of a suspense item that has become a movement, or a part of
// one. What leads to the item leads on to there.
func SolvedKey(item uint64) Key { return numberKey(SpaceSolved, item) }

// ReadResolution reads the body of a record of kind RecordSuspense.
func ReadResolution(r Record) (Resolution, error) {
	var out Resolution
	if err := json.Unmarshal(r.Body, &out); err != nil {
		return out, fmt.Errorf("resolution of suspense item %s: %w", r.Name, err)
	}
	return out, nil
}

// What can be wrong with a resolution.
var (
	ErrResolved      = errors.New("the item was resolved in another way")
	ErrStillUnfit    = errors.New("the event still fits nothing")
	ErrInSuspense    = errors.New("money is in suspense for the item and would stay there")
	ErrNoneCameIn    = errors.New("no money came in with the item")
	ErrNoneWentOut   = errors.New("no money went out with the item")
	ErrNotInSuspense = errors.New("no money is in suspense for the item")
)

// StillUnfitError tells why an event goes to suspense again. It matches
// ErrStillUnfit.
type StillUnfitError struct{ Reason string }

func (e *StillUnfitError) Error() string { return "the event still fits nothing: " + e.Reason }

// Is makes errors.Is find the sentinel.
func (e *StillUnfitError) Is(target error) bool { return target == ErrStillUnfit }

// ResolveSuspense solves a suspense item, once. All that is in suspense for it
// leaves in the entry that gives it to somebody else.
type ResolveSuspense struct {
	Item SuspenseItem // as it is kept: items never change
	// Event is the item's event with all that it told, for SolveApply only.
	Event   Event
	Action  Solution
	Account ledger.AccountID // where the solution names one; else 0
	By      string
	Note    string
	NewID   MovementID // for what is created
	Now     time.Time
}

// Needs names the item's record, the account, and what the event is about.
func (c *ResolveSuspense) Needs() Needs {
	n := Needs{Records: []RecordKey{SuspenseKey(c.Item.ID)}}
	switch {
	case c.Action == SolveApply:
		n.Add(c.again(c.Event).Needs())
	case c.Action.NamesAccount():
		n.Accounts = append(n.Accounts, c.Account)
		n.Keys = append(n.Keys, c.again(c.Item.Event).inKey())
	}
	return n
}

// again is an event of the item, to be applied with the money that is in suspense
// for it.
func (c *ResolveSuspense) again(e Event) *ApplyEvent {
	return &ApplyEvent{Event: e, NewID: c.NewID, Now: c.Now, again: &again{item: &c.Item}}
}

// Decide solves the item, or finds how the same was done before. It refuses with
// ErrResolved, StillUnfitError, ErrInSuspense, ErrNoneCameIn, ErrNoneWentOut,
// ErrNotInSuspense, ErrAccountNotFound or InsufficientFundsError.
func (c *ResolveSuspense) Decide(b *Books) (Resolution, error) {
	key := SuspenseKey(c.Item.ID)
	if record, done := b.Records.Get(key); done {
		first, err := ReadResolution(record)
		if err == nil && (first.Action != c.Action || c.Action.NamesAccount() && first.Account != c.Account) {
			err = ErrResolved
		}
		return first, err
	}
	r := Resolution{Item: c.Item.ID, Action: c.Action, By: c.By, Note: c.Note, At: c.Now.UTC()}
	before := b.inSuspense()
	if err := c.solve(b, &r); err != nil {
		return r, err
	}
	if b.inSuspense()-before != -c.Item.Amount {
		return r, ErrInSuspense
	}
	body, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("pix: resolution of %d: %v", r.Item, err)) // plain data can always be encoded
	}
	b.Records.Put(key, Record{RecordKey: key, Number: r.Item, Body: body})
	return r, nil
}

// inSuspense is what this batch's stripe of the suspense account has.
func (b *Books) inSuspense() money.Centavos {
	account, _ := b.Accounts.Get(b.system(ledger.Suspense))
	return account.Posted
}

func (c *ResolveSuspense) solve(b *Books, r *Resolution) error {
	switch c.Action {
	case SolveApply:
		return c.apply(b, r)
	case SolveCredit:
		if c.Item.Amount <= 0 {
			return ErrNoneCameIn
		}
		return c.credit(b, r)
	case SolveDebit:
		if c.Item.Amount >= 0 {
			return ErrNoneWentOut
		}
		return c.give(b, r, c.Account)
	case SolveReturned:
		return c.give(b, r, b.system(ledger.Settlement))
	case SolveHouse:
		return c.give(b, r, b.system(ledger.Fees))
	}
	return nil // dismissed
}

// give moves what is in suspense for the item to an account.
func (c *ResolveSuspense) give(b *Books, r *Resolution, to ledger.AccountID) error {
	if c.Item.Amount == 0 {
		return ErrNotInSuspense
	}
	if to.Role() == ledger.Customer {
		r.Account = to
	}
	return b.Transfer(ledger.Fact{About: c.Item.ID, At: c.Now},
		ledger.Posting{Account: to, Amount: c.Item.Amount},
		ledger.Posting{Account: b.system(ledger.Suspense), Amount: -c.Item.Amount})
}

// credit gives what came in to the account that the operator names. A receipt
// becomes one of the account, as if its Pix key had been the account's.
func (c *ResolveSuspense) credit(b *Books, r *Resolution) error {
	profile, ok := b.Profiles.Get(c.Account)
	if !ok {
		return ledger.ErrAccountNotFound
	}
	event := c.again(c.Item.Event)
	if event.Type != ReceiptSettled || !event.mine(b, event.inKey()) {
		return c.give(b, r, c.Account)
	}
	fee, err := receiptFee(profile, event.Amount)
	if err != nil {
		return ErrAmountTooLarge
	}
	m := Movement{
		ID: c.NewID, Account: c.Account, Kind: Receipt, Status: Pending, Amount: event.Amount, Fee: fee,
		PixKey: event.PixKey, CreatedAt: c.Now, Rail: RailHTTP,
	}
	if err := event.credit(b, m); err != nil {
		return err
	}
	event.again.leadOn(b, r)
	return nil
}

// apply tries the event again.
func (c *ResolveSuspense) apply(b *Books, r *Resolution) error {
	event := c.again(c.Event)
	if _, err := event.Decide(b); err != nil {
		return err
	}
	event.again.leadOn(b, r)
	for _, key := range event.Needs().Keys {
		target, ok := b.Keys.Get(key)
		if !ok || target.Account == 0 || r.Account != 0 && r.Movement != 0 {
			continue
		}
		if key.Space.LeadsToMovement() {
			r.Account, r.Movement = target.Account, MovementID(target.ID)
		} else if r.Account == 0 {
			r.Account = target.Account
		}
	}
	return nil
}

// again is what an event knows that was in suspense and is applied again.
type again struct {
	item   *SuspenseItem
	became Target // what the item's keys would lead to if they were not taken by it
}

// leadOn has what leads to the item lead on to what it has become.
func (a *again) leadOn(b *Books, r *Resolution) {
	if a.became.Account == 0 {
		return
	}
	b.Keys.Put(SolvedKey(a.item.ID), a.became)
	r.Account, r.Movement = a.became.Account, MovementID(a.became.ID)
}

// mine tells whether the key was taken by the item that the event is of.
func (c *ApplyEvent) mine(b *Books, key Key) bool {
	target, taken := b.Keys.Get(key)
	return taken && c.again != nil && target == Target{ID: c.again.item.ID}
}

// seen returns where a key leads, if another than the event itself has taken it.
func (c *ApplyEvent) seen(b *Books, key Key) (Target, bool) {
	if c.mine(b, key) {
		return Target{}, false
	}
	return b.Keys.Get(key)
}

// take takes a key for what the event has become. One that the event took when it
// went to suspense stays, since keys are for ever.
func (c *ApplyEvent) take(b *Books, key Key, to Target) {
	if !c.mine(b, key) {
		b.Keys.Put(key, to)
	} else if to.Account != 0 {
		c.again.became = to
	}
}

// rail is the account that holds for us what the event says came in: the rail's
// mirror, or suspense where it has been since.
func (c *ApplyEvent) rail(b *Books) ledger.AccountID {
	if c.again != nil && c.again.item.Amount != 0 {
		return b.system(ledger.Suspense)
	}
	return b.system(ledger.Settlement)
}
