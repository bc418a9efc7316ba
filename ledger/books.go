// Package ledger is every rule about money and nothing else: accounts, typed
// holds with partial and repeated capture, balanced entries with running
// balances, a hash chain for each account. It is pure: it knows no clock, no
// storage and no Pix.
package ledger

import (
	"fmt"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/internal/sheet"
	"github.com/saldo-pix/saldo/money"
)

// Books is the part of the ledger that a batch of commands works on. Its
// methods either do the whole of what they say or return an error and change
// nothing. It is not safe for concurrent use.
type Books struct {
	Accounts sheet.Sheet[AccountID, Account]
	Holds    sheet.Sheet[HoldID, Hold]

	entries []Entry
	sweeps  map[AccountID][]HoldID // holds that wait for credits, in order
}

// Mark names a moment that Rollback can return to.
type Mark struct {
	accounts, holds sheet.Mark
	entries         int
}

// Mark returns the present moment.
func (b *Books) Mark() Mark { return Mark{b.Accounts.Mark(), b.Holds.Mark(), len(b.entries)} }

// Rollback takes back everything done since m.
func (b *Books) Rollback(m Mark) {
	b.Accounts.Rollback(m.accounts)
	b.Holds.Rollback(m.holds)
	b.entries = b.entries[:m.entries]
}

// Entries lists the entries made, in order.
func (b *Books) Entries() []Entry { return b.entries }

// Import takes over an entry of another book as it is, without a rule being
// applied: the account rows that go with it are put by the caller.
func (b *Books) Import(e Entry) { b.entries = append(b.entries, e) }

// LoadHold records a hold that the store has.
func (b *Books) LoadHold(h Hold) {
	if b.Holds.Loaded(h.ID) {
		return
	}
	b.Holds.Load(h.ID, h)
	if h.waits() {
		b.await(h)
	}
}

// await remembers that h waits for credits of its account.
func (b *Books) await(h Hold) {
	if b.sweeps == nil {
		b.sweeps = make(map[AccountID][]HoldID)
	}
	waiting := b.sweeps[h.Account]
	if at, found := slices.BinarySearch(waiting, h.ID); !found {
		b.sweeps[h.Account] = slices.Insert(waiting, at, h.ID)
	}
}

// Open creates an account with nothing in it.
func (b *Books) Open(id AccountID) { b.Accounts.Put(id, Account{ID: id}) }

// Fact is what an entry tells besides its amounts.
type Fact struct {
	About uint64 // number of the payment, charge or hold that caused it
	At    time.Time
}

// Posting is one signed line of an entry: credits positive, debits negative.
type Posting struct {
	Account AccountID
	Amount  money.Centavos
}

// Transfer moves money between accounts. The postings must sum to zero. A
// customer account that would fall below zero available is refused with
// InsufficientFundsError; credits fill waiting holds first.
func (b *Books) Transfer(f Fact, postings ...Posting) error {
	return b.post(f, KindTransfer, draft{lines: changes(postings)})
}

// HoldRequest asks for money to be set aside.
type HoldRequest struct {
	ID       HoldID
	Account  AccountID
	Reason   Reason
	Amount   money.Centavos // centavos, positive
	Sweep    bool           // take what is there, and the rest from later credits
	About    uint64
	Case     string
	Deadline time.Time
}

// Place sets money aside: all of it, or InsufficientFundsError. A sweeping hold
// takes what is there, down to nothing, and waits for the rest, or is refused
// with ErrTooManyWaiting.
func (b *Books) Place(r HoldRequest, at time.Time) (Hold, error) {
	if r.Amount <= 0 {
		return Hold{}, ErrAmountNotPositive
	}
	account, ok := b.Accounts.Get(r.Account)
	if !ok {
		return Hold{}, ErrAccountNotFound
	}
	amount := r.Amount
	if r.Sweep {
		amount = min(amount, max(account.Available(), 0))
	}
	hold := newHold(r, amount, at)
	if hold.waits() && account.Sweeps >= waitingMax {
		return Hold{}, ErrTooManyWaiting
	}
	d := draft{lines: []change{{account: r.Account, held: amount}}}
	d.hold(hold, amount)
	return hold, b.post(Fact{r.About, at}, KindHold, d)
}

// Arrive credits money and sets all of it aside at once, as for a receipt that
// is not final. The postings must sum to zero and credit r.Account with
// r.Amount.
func (b *Books) Arrive(r HoldRequest, at time.Time, postings ...Posting) (Hold, error) {
	holds, err := b.ArriveFor([]HoldRequest{r}, at, postings...)
	if err != nil {
		return Hold{}, err
	}
	return holds[0], nil
}

// ArriveFor credits money and sets some of it aside at once, for one hold or
// several of one account and about one thing, before any hold that waits takes
// from it; what they leave is available. The postings must sum to zero, and the
// first must credit the account with no less than the holds ask for.
func (b *Books) ArriveFor(requests []HoldRequest, at time.Time, postings ...Posting) ([]Hold, error) {
	d := draft{lines: changes(postings)}
	holds, sum, err := d.open(requests, at)
	if err != nil {
		return nil, err
	}
	if d.lines[0].account != requests[0].Account || d.lines[0].posted < sum {
		panic("ledger: first posting of an arrival does not cover its holds")
	}
	d.lines[0].held = sum
	return holds, b.post(Fact{requests[0].About, at}, KindArrival, d)
}

// open adds new holds to d and returns them with the sum that they set aside.
func (d *draft) open(requests []HoldRequest, at time.Time) (holds []Hold, sum money.Centavos, err error) {
	for _, r := range requests {
		if r.Amount <= 0 {
			return nil, 0, ErrAmountNotPositive
		}
		if r.Account != requests[0].Account || r.About != requests[0].About || r.Sweep {
			panic("ledger: holds that open together differ in account or cause, or wait")
		}
		if sum, err = sum.Add(r.Amount); err != nil {
			return nil, 0, err
		}
		hold := newHold(r, r.Amount, at)
		holds = append(holds, hold)
		d.hold(hold, r.Amount)
	}
	return holds, sum, nil
}

// Part is some of what a hold has set aside, in centavos.
type Part struct {
	Hold   HoldID
	Amount money.Centavos
}

// Move opens holds with money that other holds of the account have set aside,
// so that it is available at no moment in between and no hold that waits can take
// it. To the holds that it comes from it counts as released. They must give no
// less than is asked for; what they give over becomes available.
func (b *Books) Move(from []Part, to []HoldRequest, at time.Time) ([]Hold, error) {
	var d draft
	opened, asked, err := d.open(to, at)
	if err != nil {
		return nil, err
	}
	var given money.Centavos
	for _, part := range from {
		hold, err := b.held(part.Hold, part.Amount)
		if err != nil {
			return nil, err
		}
		if hold.Account != to[0].Account || d.changes(hold.ID) {
			panic("ledger: a move from another account or twice from one hold")
		}
		hold.Held -= part.Amount
		hold.Released += part.Amount
		hold.settle(at)
		d.hold(hold, -part.Amount)
		given += part.Amount // the sum of holds of one account fits
	}
	if given < asked {
		return nil, fmt.Errorf("%w: %s of %s", ErrHoldTooSmall, asked, given)
	}
	d.lines = []change{{account: to[0].Account, held: asked - given}}
	return opened, b.post(Fact{to[0].About, at}, KindMove, d)
}

func newHold(r HoldRequest, held money.Centavos, at time.Time) Hold {
	return Hold{
		ID: r.ID, Account: r.Account, Reason: r.Reason, Requested: r.Amount, Held: held,
		Sweep: r.Sweep, About: r.About, Case: r.Case, Deadline: r.Deadline,
		OpenedAt: at.Truncate(time.Microsecond), // as its entry
	}
}

// Capture takes amount, in centavos, out of the account that holds it. The
// postings say where it goes and must sum to amount.
func (b *Books) Capture(id HoldID, amount money.Centavos, at time.Time, to ...Posting) (Hold, error) {
	hold, err := b.held(id, amount)
	if err != nil {
		return Hold{}, err
	}
	hold.Held -= amount
	hold.Captured += amount
	hold.settle(at)
	d := draft{lines: append([]change{{account: hold.Account, posted: -amount, held: -amount}}, changes(to)...)}
	d.hold(hold, -amount)
	return hold, b.post(Fact{aboutHold(hold), at}, KindCapture, d)
}

// Release gives amount, in centavos, back to the owner. What other holds wait
// for is taken from it first.
func (b *Books) Release(id HoldID, amount money.Centavos, at time.Time) (Hold, error) {
	hold, err := b.held(id, amount)
	if err != nil {
		return Hold{}, err
	}
	hold.Held -= amount
	hold.Released += amount
	if hold.Held == 0 {
		hold.close(at)
	}
	return hold, b.release(hold, amount, at)
}

// Void ends a hold: what is held is given back, what is missing is no longer
// waited for.
func (b *Books) Void(id HoldID, at time.Time) (Hold, error) {
	hold, ok := b.Holds.Get(id)
	if !ok {
		return Hold{}, ErrHoldNotFound
	}
	if !hold.Open() {
		return Hold{}, ErrHoldClosed
	}
	amount := hold.Held
	hold.Held, hold.Released = 0, hold.Released+amount
	hold.close(at)
	return hold, b.release(hold, amount, at)
}

// Defer sets when an open hold is to be looked at again. It moves nothing.
func (b *Books) Defer(id HoldID, deadline time.Time) (Hold, error) {
	hold, ok := b.Holds.Get(id)
	if !ok {
		return Hold{}, ErrHoldNotFound
	}
	if !hold.Open() {
		return Hold{}, ErrHoldClosed
	}
	hold.Deadline = deadline
	b.Holds.Put(id, hold)
	return hold, nil
}

func (b *Books) release(hold Hold, amount money.Centavos, at time.Time) error {
	d := draft{lines: []change{{account: hold.Account, held: -amount}}}
	d.hold(hold, -amount)
	return b.post(Fact{aboutHold(hold), at}, KindRelease, d)
}

// held returns an open hold that has at least amount set aside.
func (b *Books) held(id HoldID, amount money.Centavos) (Hold, error) {
	hold, ok := b.Holds.Get(id)
	switch {
	case !ok:
		return Hold{}, ErrHoldNotFound
	case !hold.Open():
		return Hold{}, ErrHoldClosed
	case amount <= 0:
		return Hold{}, ErrAmountNotPositive
	case amount > hold.Held:
		return Hold{}, fmt.Errorf("%w: %s of %s", ErrHoldTooSmall, amount, hold.Held)
	}
	return hold, nil
}

func aboutHold(h Hold) uint64 {
	if h.About != 0 {
		return h.About
	}
	return uint64(h.ID)
}
