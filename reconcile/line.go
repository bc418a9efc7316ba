package reconcile

import (
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Status is how far a line is at the other side.
type Status uint8

// The statuses. A line that tells none is Settled.
const (
	Settled Status = iota
	Pending
	Failed
	Returned // it was settled, and has come back since
)

func (s Status) String() string { return [...]string{"settled", "pending", "failed", "returned"}[s] }

// Line is one line of an outside statement. Amounts are in centavos; credits to the
// account are positive.
type Line struct {
	Number int // among the lines of the file, from 1
	Row    int // of text, on which it begins or ends, from 1
	// At is when it was booked there. If Day is set only the day is known, and At is
	// its first instant.
	At     time.Time
	Day    bool
	Amount money.Centavos
	Status Status
	IsFee  bool // says that it is a fee

	ID          string // end-to-end id or id of a return; empty if none
	Original    string // of a return: the end-to-end id of what it gives back; empty if not told
	TxID        string
	Reference   string // the other side's own name of the line
	Description string

	// repeated marks a line whose id was in the file before, in the same direction.
	repeated bool
}

// until is the first instant that At can't mean.
func (l *Line) until() time.Time {
	if l.Day {
		return l.At.Add(24 * time.Hour)
	}
	return l.At
}

// booked is what of the amount was moved there.
func (l *Line) booked() money.Centavos {
	if l.Status == Pending || l.Status == Failed {
		return 0
	}
	return l.Amount
}

// Entry is one line of the ledger that changed the account's balance.
type Entry struct {
	Number uint64 // in the account
	At     time.Time
	Kind   statement.Kind
	// Reversal tells that it takes back what an entry of this kind did.
	Reversal bool
	Amount   money.Centavos // that the balance changed by; credits are positive
	Fee      money.Centavos // part of Amount, positive

	ID            string // end-to-end id, or id of a return
	Original      string // of a return: the end-to-end id of what it gives back
	TxID          string
	TransactionID string
	ParentID      string // transaction that it gives back
	ExternalID    string

	// near marks an entry of the days around the period: it is there to be found,
	// and not missed if nothing is.
	near bool
}

// pure is the amount that was moved by Pix: without the fee, with its sign.
func (e *Entry) pure() money.Centavos { return e.Amount + e.Fee }

// agrees tells whether an outside amount is the entry's: with the fee, as statements
// of account have it, or without, as the payment system does.
func (e *Entry) agrees(amount money.Centavos) bool { return amount == e.pure() || amount == e.Amount }

// Class says what became of a line.
type Class string

// The classes. All but Matched are breaks.
const (
	Matched        Class = "matched"
	MissingHere    Class = "missing_here"  // the ledger does not have it
	MissingThere   Class = "missing_there" // the file does not have it
	AmountDiffers  Class = "amount_differs"
	StatusDiffers  Class = "status_differs"
	WrongDirection Class = "wrong_direction"
	Duplicate      Class = "duplicate" // the file has it twice
	WasReturned    Class = "returned"
	DayBoundary    Class = "day_boundary" // booked on another day
	UnexplainedFee Class = "unexplained_fee"
)

// Breaks lists the classes of breaks, in the order in which they are numbered.
func Breaks() []Class {
	return []Class{
		MissingHere, MissingThere, AmountDiffers, StatusDiffers, WrongDirection, Duplicate, WasReturned, DayBoundary,
		UnexplainedFee,
	}
}

// By says by what two lines were found to go together.
type By string

// The ways, in the order in which they are tried.
const (
	ByID       By = "id"       // the end-to-end id, or the id of the return
	ByOriginal By = "original" // a return that is listed under the id of what it gives back
	ByTxID     By = "txid"     // and the amount
	ByAmount   By = "amount"   // and the time
	ByNothing  By = ""
)

// Finding is what became of a line, or of two that go together.
type Finding struct {
	Class Class
	By    By
	There *Line  // nil if the file does not have it
	Here  *Entry // nil if the ledger's period does not have it
	Why   string // in words, where the class does not say it all
}

// Problem is a file that can't be read. Row and Field say where, as far as known.
type Problem struct {
	Row    int    // line of text, from 1; 0 if the whole file is meant
	Field  string // column, element or parameter; empty if the whole line is meant
	Reason string
}

func (p *Problem) Error() string {
	switch {
	case p.Row == 0 && p.Field == "":
		return p.Reason
	case p.Row == 0:
		return p.Field + ": " + p.Reason
	case p.Field == "":
		return fmt.Sprintf("line %d: %s", p.Row, p.Reason)
	}
	return fmt.Sprintf("line %d, %s: %s", p.Row, p.Field, p.Reason)
}

func problem(row int, field, reason string) error { return &Problem{row, field, reason} }

// dayStart is the first instant of a day in a zone.
func dayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	if zone == pix.SaoPaulo {
		return pix.DayStart(year, month, day)
	}
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}
