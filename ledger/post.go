package ledger

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/money"
)

// draft is an entry before it is checked and numbered.
type draft struct {
	lines []change
	holds []Hold // as they will be
	moved []HoldChange
}

// change is what a draft does to one account.
type change struct {
	account      AccountID
	posted, held money.Centavos
}

func changes(postings []Posting) []change {
	out := make([]change, 0, len(postings)+1)
	for _, p := range postings {
		if p.Amount != 0 {
			out = append(out, change{account: p.Account, posted: p.Amount})
		}
	}
	return out
}

func (d *draft) hold(h Hold, moved money.Centavos) {
	d.holds = append(d.holds, h)
	d.moved = append(d.moved, HoldChange{h.Account, h.ID, moved})
}

// ErrTooManyWaiting means that no more holds may wait, so that what one credit
// has to fill is bounded.
var ErrTooManyWaiting = errors.New("too many holds wait for credits of this account")

// waitingMax is how many waiting holds an account may have.
const waitingMax = 1_000

// post checks d against every rule and only then applies it.
func (b *Books) post(f Fact, kind Kind, d draft) error {
	if err := b.checkSum(d); err != nil {
		return err
	}
	b.sweep(&d)
	next := make([]Account, len(d.lines))
	for i, c := range d.lines {
		account, ok := b.Accounts.Get(c.account)
		if !ok {
			return fmt.Errorf("account %s: %w", c.account, ErrAccountNotFound)
		}
		var err error
		if next[i], err = c.apply(account); err != nil {
			return err
		}
	}
	b.apply(f, kind, d, next)
	return nil
}

// checkSum panics on an unbalanced draft: that would be our bug.
func (b *Books) checkSum(d draft) error {
	var sum money.Centavos
	for i, c := range d.lines {
		var err error
		if sum, err = sum.Add(c.posted); err != nil {
			return err
		}
		for _, other := range d.lines[:i] {
			if other.account == c.account {
				panic(fmt.Sprintf("ledger: account %s twice in one entry", c.account))
			}
		}
	}
	if sum != 0 {
		panic(fmt.Sprintf("ledger: postings sum to %s", sum))
	}
	return nil
}

// apply returns account after c, or why it may not be.
func (c change) apply(account Account) (Account, error) {
	before := account.Available()
	wanted, err := c.held.Sub(c.posted)
	if err != nil {
		return account, err
	}
	if account.Posted, err = account.Posted.Add(c.posted); err != nil {
		return account, err
	}
	if account.Held, err = account.Held.Add(c.held); err != nil {
		return account, err
	}
	if account.ID.Role() != Customer {
		return account, nil
	}
	if account.Posted < account.Held { // their difference might overflow
		return account, &InsufficientFundsError{Available: before, Wanted: wanted}
	}
	if account.Held < 0 {
		panic(fmt.Sprintf("ledger: account %s would hold %s", account.ID, account.Held))
	}
	return account, nil
}

// sweep adds to d what waiting holds take from the money that d makes
// available, in the order in which the holds were opened.
func (b *Books) sweep(d *draft) {
	for i := range d.lines {
		c := &d.lines[i]
		free := c.posted - c.held
		waiting := b.sweeps[c.account]
		if free <= 0 || len(waiting) == 0 {
			continue
		}
		account, ok := b.Accounts.Get(c.account)
		if !ok || account.Sweeps == 0 {
			continue
		}
		for _, id := range waiting {
			hold, ok := b.Holds.Get(id)
			// A rollback leaves ids behind, which may have come to mean another hold.
			if !ok || hold.Account != c.account || !hold.waits() || d.changes(id) {
				continue
			}
			take := min(hold.Shortfall(), free)
			if take == 0 {
				break
			}
			hold.Held += take
			free -= take
			c.held += take
			d.hold(hold, take)
		}
	}
}

func (d *draft) changes(id HoldID) bool {
	for _, h := range d.holds {
		if h.ID == id {
			return true
		}
	}
	return false
}

// apply writes a checked draft into the books. next are the accounts of its
// lines with their new balances.
func (b *Books) apply(f Fact, kind Kind, d draft, next []Account) {
	e := Entry{
		Kind: kind, About: f.About, At: f.At.Truncate(time.Microsecond),
		Lines: make([]Line, len(d.lines)), Holds: d.moved,
	}
	for i, c := range d.lines {
		account := &next[i]
		account.Entries++
		if e.At.After(account.LastAt) {
			account.LastAt = e.At
		}
		e.Lines[i] = Line{
			Account: c.account, Number: account.Entries, At: account.LastAt, Posted: c.posted, Held: c.held,
			PostedAfter: account.Posted, HeldAfter: account.Held,
		}
	}
	for i := range next {
		next[i].Head = e.chain(next[i].Head, i)
		e.Lines[i].Hash = next[i].Head
	}
	for _, h := range d.holds {
		i := slices.IndexFunc(next, func(a Account) bool { return a.ID == h.Account })
		b.putHold(h, &next[i])
	}
	for _, account := range next {
		b.Accounts.Put(account.ID, account)
	}
	b.entries = append(b.entries, e)
}

// putHold writes h and keeps its account's count of waiting holds.
func (b *Books) putHold(h Hold, account *Account) {
	old, _ := b.Holds.Get(h.ID)
	waited := old.ID == h.ID && old.waits()
	switch {
	case h.waits() && !waited:
		account.Sweeps++
		b.await(h)
	case !h.waits() && waited:
		account.Sweeps--
	}
	b.Holds.Put(h.ID, h)
}
