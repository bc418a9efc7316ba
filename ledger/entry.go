package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/saldo-pix/saldo/money"
)

// Hash is a SHA-256 sum in an account's chain.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Kind tells what an entry did.
type Kind uint8

// The kinds of entry.
const (
	KindTransfer Kind = iota + 1 // money moved between accounts
	KindHold                     // money was set aside
	KindCapture                  // held money left the account
	KindRelease                  // held money was given back
	KindArrival                  // money arrived and was held at once, all of it or some
	KindMove                     // held money went to other holds
	kindCount
)

func (k Kind) String() string {
	return [...]string{"?", "transfer", "hold", "capture", "release", "arrival", "move"}[k]
}

// Valid tells whether k is one of the kinds.
func (k Kind) Valid() bool { return k > 0 && k < kindCount }

// Entry is one balanced fact: the posted changes of its lines sum to zero. It
// is never edited; a mistake is reversed by another entry. An entry is found
// under its first line's account and number.
type Entry struct {
	Kind  Kind
	About uint64 // number of the payment, charge or hold that caused it; 0 if none
	At    time.Time
	Lines []Line
	Holds []HoldChange
}

// Line is what an entry did to one account, in centavos.
type Line struct {
	Account AccountID
	Number  uint64 // position in the account, from 1 without gaps
	// At is Entry.At, or later where the clock went back: times of one
	// account never decrease.
	At          time.Time
	Posted      money.Centavos // change
	Held        money.Centavos // change
	PostedAfter money.Centavos
	HeldAfter   money.Centavos
	Hash        Hash // over the account's previous hash and this line
}

// After is the account's balance once the entry was made.
func (l Line) After() Balance { return Balance{l.PostedAfter, l.HeldAfter} }

// HoldChange is what an entry changed in one hold.
type HoldChange struct {
	Account AccountID
	Hold    HoldID
	Held    money.Centavos // change
}

// chain returns the hash of line i of e, which follows previous. It covers the
// whole entry: kind, cause, every line's account and change, every hold change.
func (e *Entry) chain(previous Hash, i int) Hash {
	line := &e.Lines[i]
	var space [512]byte
	b := append(space[:0], previous[:]...)
	u64 := func(v uint64) { b = binary.BigEndian.AppendUint64(b, v) }
	b = append(b, byte(e.Kind))
	u64(e.About)
	u64(uint64(e.At.UnixMicro()))
	u64(uint64(line.Account))
	u64(line.Number)
	u64(uint64(line.At.UnixMicro()))
	u64(uint64(line.PostedAfter))
	u64(uint64(line.HeldAfter))
	u64(uint64(len(e.Lines)))
	for j := range e.Lines {
		u64(uint64(e.Lines[j].Account))
		u64(uint64(e.Lines[j].Posted))
		u64(uint64(e.Lines[j].Held))
	}
	for _, h := range e.Holds {
		u64(uint64(h.Account))
		u64(uint64(h.Hold))
		u64(uint64(h.Held))
	}
	return sha256.Sum256(b)
}

// Line returns the entry's line for account.
func (e *Entry) Line(account AccountID) (Line, bool) {
	for _, l := range e.Lines {
		if l.Account == account {
			return l, true
		}
	}
	return Line{}, false
}
