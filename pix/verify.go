package pix

import (
	"fmt"

	"github.com/saldo-pix/saldo/ledger"
)

// Wrong tells what a movement must never be by itself, or nothing.
func (m Movement) Wrong() string {
	final := m.Status == Confirmed || m.Status == Failed
	switch {
	case !m.Kind.Valid():
		return fmt.Sprintf("is of unknown kind %d", uint8(m.Kind))
	case !m.Status.Valid():
		return fmt.Sprintf("has unknown status %d", uint8(m.Status))
	case m.Amount < 0 || m.Fee < 0:
		return "has a negative amount or fee"
	case m.Kind.Credit() && m.Fee > m.Amount:
		return "its fee is more than its amount"
	case m.Returned < 0 || m.Returned > m.Amount:
		return fmt.Sprintf("gave back %s of %s", m.Returned, m.Amount)
	case m.Kind == ReturnReceived && m.Parent == 0:
		return "is of no payment"
	case m.Kind == ReturnSent && m.Parent == 0 && !m.Nature().MED():
		return "is of no receipt"
	case m.Nature().MED() && (m.Hold != 0 || m.Status != Confirmed):
		return "is a MED case's, and has a hold or is not confirmed"
	case m.Processing && m.Status != Pending:
		return "is " + m.Status.String() + " and still processed"
	case final == m.ProcessedAt.IsZero():
		return "is " + m.Status.String() + " and its time of processing does not say so"
	case m.Hold != 0 && m.Hold != ledger.HoldID(m.ID):
		return "its hold is another movement's"
	case m.Hold == 0 && m.needsHold():
		return "has no hold"
	}
	return ""
}

// needsHold tells whether money must be or have been held for m.
func (m Movement) needsHold() bool {
	switch m.Kind {
	case Payment:
		return true
	case ReturnSent:
		return !m.Nature().MED() // a MED case's hold may serve several
	case Receipt:
		return m.Processing && m.Total() > 0
	}
	return false
}

// WrongHold tells how a movement and its hold disagree, or nothing: all is held
// while the movement is pending, and afterwards all is captured or all released.
func (m Movement) WrongHold(h ledger.Hold) string {
	reason, ok := m.reason()
	switch {
	case !ok:
		return m.Kind.String() + " has a hold"
	case h.Reason != reason:
		return fmt.Sprintf("its hold is for %s, not for %s", h.Reason, reason)
	case h.About != uint64(m.ID):
		return fmt.Sprintf("its hold is about %d", h.About)
	case h.Sweep:
		return "its hold waits for credits"
	case h.Requested != m.Total():
		return fmt.Sprintf("asks for %s, its hold for %s", m.Total(), h.Requested)
	}
	// A debit is captured when it succeeds; a credit is captured when it fails.
	captured := m.Kind.Credit() == (m.Status == Failed)
	switch {
	case m.Status == Pending && h.Held != m.Total():
		return fmt.Sprintf("is pending, and %s of %s is held", h.Held, m.Total())
	case m.Status != Pending && captured && h.Captured != m.Total():
		return fmt.Sprintf("is %s, and %s of %s was captured", m.Status, h.Captured, m.Total())
	case m.Status != Pending && !captured && h.Released != m.Total():
		return fmt.Sprintf("is %s, and %s of %s was released", m.Status, h.Released, m.Total())
	}
	return ""
}

// reason is why money is held for m, if ever it is.
func (m Movement) reason() (ledger.Reason, bool) {
	switch m.Kind {
	case Payment:
		return ledger.ReasonPayment, true
	case ReturnSent:
		return ledger.ReasonReturn, true
	case Receipt:
		return ledger.ReasonProcessing, true
	}
	return 0, false
}
