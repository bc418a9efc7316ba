package ledger

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/money"
)

// WrongError says what is wrong with the books of an account, and where first.
type WrongError struct {
	Account AccountID
	Number  uint64 // of the account's entry; 0 where no entry is to blame
	Hold    HoldID // 0 where no hold is to blame
	What    string
}

func (e *WrongError) Error() string {
	where := "account " + e.Account.String()
	if e.Number != 0 {
		where += fmt.Sprintf(" entry %d", e.Number)
	}
	if e.Hold != 0 {
		where += " hold " + e.Hold.String()
	}
	return where + ": " + e.What
}

// AccountCheck goes over the books of one account and finds what is wrong with
// them. Feed it every hold in order of id and every entry in order of number;
// feed a hold before the entry that opens it, which Wants tells. It keeps in
// mind only holds that are not done with. A wrong entry is named once: what
// follows it is judged by what the entry says.
type AccountCheck struct {
	account Account
	next    Account // as the entries so far make it
	holds   map[HoldID]*holdCheck
	lastID  HoldID // of the holds fed so far
	held    money.Centavos
	sweeps  uint32
	wrong   []*WrongError
}

// holdCheck is a hold as it is kept, and as the entries so far make it.
type holdCheck struct {
	Hold
	opened                   bool
	held, captured, released money.Centavos
	changedAt                time.Time
}

// NewAccountCheck starts to check the books of an account.
func NewAccountCheck(a Account) *AccountCheck {
	return &AccountCheck{account: a, next: Account{ID: a.ID}, holds: make(map[HoldID]*holdCheck)}
}

// Wrong lists what was found so far.
func (c *AccountCheck) Wrong() []*WrongError { return c.wrong }

func (c *AccountCheck) blame(number uint64, hold HoldID, format string, args ...any) {
	c.wrong = append(c.wrong, &WrongError{c.account.ID, number, hold, fmt.Sprintf(format, args...)})
}

// Wants tells whether e opens a hold that comes after those fed so far.
func (c *AccountCheck) Wants(e *Entry) bool {
	return e.opens() && slices.ContainsFunc(e.Holds, func(h HoldChange) bool {
		return h.Account == c.account.ID && h.Hold > c.lastID
	})
}

// opens tells whether the entry's first hold change opens a hold. Those after it
// may open more.
func (e *Entry) opens() bool {
	return e.Kind == KindHold || e.Kind == KindArrival || e.Kind == KindMove
}

// AddHold takes the next hold.
func (c *AccountCheck) AddHold(h Hold) {
	if h.ID <= c.lastID {
		c.blame(0, h.ID, "comes after hold %s", c.lastID)
	}
	c.lastID = max(c.lastID, h.ID)
	c.holds[h.ID] = &holdCheck{Hold: h}
	if what := h.wrong(c.account.ID); what != "" {
		c.blame(0, h.ID, "%s", what)
	}
	if h.waits() {
		c.sweeps++
	}
	var err error
	if c.held, err = c.held.Add(h.Held); err != nil {
		c.blame(0, h.ID, "held by all holds: %v", err)
	}
}

// wrong tells what a hold must never be, or nothing.
func (h Hold) wrong(owner AccountID) string {
	for _, amount := range []money.Centavos{h.Held, h.Captured, h.Released, h.Cancelled, h.Shortfall()} {
		if amount < 0 {
			return "has a negative amount"
		}
	}
	switch {
	case h.Account != owner:
		return "belongs to account " + h.Account.String()
	case !h.Reason.Valid():
		return "has no known reason"
	case h.Requested <= 0:
		return "asks for nothing"
	case !h.Open() && h.Held != 0:
		return "is closed and holds " + h.Held.String()
	case !h.Open() && h.Shortfall() != 0:
		return "is closed and misses " + h.Shortfall().String()
	case h.Open() && h.Cancelled != 0:
		return "is open and cancelled in part"
	case h.Open() && !h.Sweep && h.Shortfall() != 0:
		return "misses " + h.Shortfall().String() + " and does not wait for it"
	case h.Open() && h.Held == 0 && h.Shortfall() == 0:
		return "is open with nothing left"
	}
	return ""
}

// Add takes the next entry.
func (c *AccountCheck) Add(e Entry) {
	number := c.next.Entries + 1
	i, what := c.line(&e)
	if what != "" {
		c.blame(number, 0, "%s", what)
		c.next.Entries = number
		return
	}
	line := e.Lines[i]
	if what := c.wrongLine(&e, i); what != "" {
		c.blame(number, 0, "%s", what)
	}
	c.next.Balance, c.next.Entries = line.After(), number
	c.next.LastAt, c.next.Head = line.At, line.Hash
	for j, change := range e.Holds {
		if change.Account == c.account.ID {
			c.change(&e, number, change, j == 0 && e.Kind != KindTransfer)
		}
	}
}

// line finds the account's line in e.
func (c *AccountCheck) line(e *Entry) (found int, what string) {
	found = -1
	for i := range e.Lines {
		switch {
		case e.Lines[i].Account != c.account.ID:
		case found >= 0:
			return 0, "has two lines for the account"
		default:
			found = i
		}
	}
	if found < 0 {
		return 0, "has no line for the account"
	}
	return found, ""
}

// wrongLine tells what is wrong with line i of e, or nothing.
func (c *AccountCheck) wrongLine(e *Entry, i int) string {
	line := e.Lines[i]
	at := c.next.LastAt
	if e.At.After(at) {
		at = e.At
	}
	posted, postedErr := c.next.Posted.Add(line.Posted)
	held, heldErr := c.next.Held.Add(line.Held)
	customer := c.account.ID.Role() == Customer
	switch {
	case !e.Kind.Valid():
		return fmt.Sprintf("is of unknown kind %d", uint8(e.Kind))
	case line.Number != c.next.Entries+1:
		return fmt.Sprintf("is numbered %d", line.Number)
	case !line.At.Equal(at):
		return fmt.Sprintf("is of %s, not of %s", stamp(line.At), stamp(at))
	case !e.balanced():
		return "does not sum to zero"
	case postedErr != nil || posted != line.PostedAfter:
		return fmt.Sprintf("posted after it is %s, not %s", line.PostedAfter, posted)
	case heldErr != nil || held != line.HeldAfter:
		return fmt.Sprintf("held after it is %s, not %s", line.HeldAfter, held)
	case customer && (line.HeldAfter < 0 || line.PostedAfter < line.HeldAfter):
		return "leaves less than nothing available"
	case line.Held != e.heldBy(c.account.ID):
		return fmt.Sprintf("held changes by %s, in its holds by %s", line.Held, e.heldBy(c.account.ID))
	case line.Hash != e.chain(c.next.Head, i):
		return "its hash does not follow from what it says and from the entry before"
	}
	return ""
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// balanced tells whether the posted changes sum to zero.
func (e *Entry) balanced() bool {
	var sum money.Centavos
	for _, l := range e.Lines {
		var err error
		if sum, err = sum.Add(l.Posted); err != nil {
			return false
		}
	}
	return sum == 0
}

// heldBy is by how much the entry changes the holds of an account.
func (e *Entry) heldBy(account AccountID) money.Centavos {
	var sum money.Centavos
	for _, h := range e.Holds {
		if h.Account == account {
			sum += h.Held
		}
	}
	return sum
}

// change follows what an entry does to a hold: to its own ones, of which one
// comes first, to one that gave to them, or to one that waited for a credit.
func (c *AccountCheck) change(e *Entry, number uint64, change HoldChange, own bool) {
	h, known := c.holds[change.Hold]
	if !known {
		c.blame(number, change.Hold, "changes a hold that is closed or unknown")
		return
	}
	own = own || (e.Kind == KindArrival || e.Kind == KindMove) && !h.opened
	if what := h.follow(e, change.Held, own); what != "" {
		c.blame(number, change.Hold, "%s", what)
	}
	// A hold that was cancelled in part may have ended with an entry of nothing.
	if !h.Open() && h.Cancelled == 0 && h.differs() == "" {
		delete(c.holds, change.Hold) // done with
	}
}

// follow applies an entry's change and tells what is wrong with it, or nothing.
func (h *holdCheck) follow(e *Entry, amount money.Centavos, own bool) string {
	if h.opened == (own && e.opens()) {
		return "changes a hold before it opens or opens it again"
	}
	h.held += amount
	h.changedAt = e.At
	about := aboutHold(h.Hold)
	switch {
	case !own && e.Kind == KindMove && amount < 0:
		h.released -= amount
	case !own:
	case e.opens():
		h.opened = true
		about = h.About
		if !h.OpenedAt.Equal(e.At) {
			return "opens a hold that was opened at " + stamp(h.OpenedAt)
		}
	case e.Kind == KindCapture:
		h.captured -= amount
	case e.Kind == KindRelease:
		h.released -= amount
	}
	if own && e.About != about {
		return fmt.Sprintf("is about %d, its hold about %d", e.About, about)
	}
	return ""
}

// differs tells how the hold differs from what the entries so far made of it,
// or nothing.
func (h *holdCheck) differs() string {
	switch {
	case !h.opened:
		return "no entry opens it"
	case h.held != h.Held:
		return fmt.Sprintf("holds %s, by its entries %s", h.Held, h.held)
	case h.captured != h.Captured:
		return fmt.Sprintf("captured %s, by its entries %s", h.Captured, h.captured)
	case h.released != h.Released:
		return fmt.Sprintf("released %s, by its entries %s", h.Released, h.released)
	case !h.Open() && !h.ClosedAt.Equal(h.changedAt):
		return "was closed at " + stamp(h.ClosedAt) + ", by its entries at " + stamp(h.changedAt)
	}
	return ""
}

// Finish compares what entries and holds come to with the account itself. All
// entries and holds have been fed by then.
func (c *AccountCheck) Finish() {
	for _, id := range slices.Sorted(maps.Keys(c.holds)) {
		if what := c.holds[id].differs(); what != "" {
			c.blame(0, id, "%s", what)
		}
	}
	a, next := c.account, c.next
	switch {
	case a.Entries != next.Entries:
		c.blame(min(a.Entries, next.Entries)+1, 0, "counts %d entries and has %d", a.Entries, next.Entries)
	case a.Head != next.Head:
		c.blame(next.Entries, 0, "the account's head is not the hash of its newest entry")
	case !a.LastAt.Equal(next.LastAt):
		c.blame(next.Entries, 0, "is of %s, the account's newest of %s", stamp(next.LastAt), stamp(a.LastAt))
	}
	if a.Posted != next.Posted {
		c.blame(next.Entries, 0, "posted is %s, by its entries %s", a.Posted, next.Posted)
	}
	if a.Held != next.Held {
		c.blame(next.Entries, 0, "held is %s, by its entries %s", a.Held, next.Held)
	}
	if a.Held != c.held {
		c.blame(0, 0, "held is %s, by its holds %s", a.Held, c.held)
	}
	if a.Sweeps != c.sweeps {
		c.blame(0, 0, "counts %d holds that wait, by its holds %d", a.Sweeps, c.sweeps)
	}
}
