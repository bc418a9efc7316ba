package ledger

import (
	"errors"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
)

// HoldID names a hold. A payment's hold has the payment's own number.
type HoldID uint64

func (id HoldID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Reason says why money is held.
type Reason uint8

// The reasons for which money is held.
const (
	ReasonOther         Reason = iota
	ReasonPayment              // a payment on its way
	ReasonReturn               // a return (devolução) on its way
	ReasonProcessing           // a receipt that is not final yet
	ReasonMED                  // Mecanismo Especial de Devolução
	ReasonPrecautionary        // bloqueio cautelar
	ReasonJudicial             // a court's order
	ReasonSplit                // a share of a charge waiting to be paid out
	reasonCount
)

var reasonNames = [...]string{
	"other", "payment", "return", "processing", "med", "precautionary", "judicial", "split",
}

func (r Reason) String() string { return reasonNames[r] }

// ParseReason reads a reason's name.
func ParseReason(s string) (Reason, bool) {
	for i, name := range reasonNames {
		if name == s {
			return Reason(i), true
		}
	}
	return 0, false
}

// Valid tells whether r is one of the reasons.
func (r Reason) Valid() bool { return r < reasonCount }

// Hold is money set aside in one account. Amounts are in centavos and never
// negative; Requested = Held + Captured + Released + Shortfall always.
type Hold struct {
	ID        HoldID
	Account   AccountID
	Reason    Reason
	Requested money.Centavos
	Held      money.Centavos // still set aside
	Captured  money.Centavos // taken out of the account
	Released  money.Centavos // given back to the owner, or gone over to other holds
	// Cancelled is the part of Requested that was never there and is no longer
	// wanted, since the hold was closed.
	Cancelled money.Centavos
	// Sweep lets later credits fill the shortfall.
	Sweep bool
	// About is the number of what the hold is for, such as a payment; 0 if none.
	About uint64
	// Case is the outside case that asked for it, such as a MED or a court
	// case; empty if none.
	Case string
	// Deadline asks for a review; it frees nothing by itself. Zero if none.
	Deadline time.Time
	OpenedAt time.Time
	ClosedAt time.Time // zero while open
}

// Shortfall is what was asked for and is not there yet.
func (h Hold) Shortfall() money.Centavos {
	return h.Requested - h.Held - h.Captured - h.Released - h.Cancelled
}

// Open tells whether the hold may still change.
func (h Hold) Open() bool { return h.ClosedAt.IsZero() }

// waits tells whether the hold takes from the next credit.
func (h Hold) waits() bool { return h.Open() && h.Sweep && h.Shortfall() > 0 }

// settle closes h once nothing is set aside and nothing is waited for.
func (h *Hold) settle(at time.Time) {
	if h.Held == 0 && (!h.Sweep || h.Shortfall() == 0) {
		h.close(at)
	}
}

// close ends h and gives up its shortfall. h holds nothing any more.
func (h *Hold) close(at time.Time) {
	h.Cancelled += h.Shortfall()
	h.ClosedAt = at.Truncate(time.Microsecond) // as its entry
}

// What can be wrong with an operation on a hold.
var (
	ErrHoldNotFound      = errors.New("no such hold")
	ErrHoldClosed        = errors.New("hold is closed")
	ErrHoldTooSmall      = errors.New("amount is more than is held")
	ErrAmountNotPositive = errors.New("amount must be positive")
	ErrAccountNotFound   = errors.New("no such account")
)
