package pix

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// EventType names what a rail tells.
type EventType string

// The events of a rail. Each may arrive twice, late or out of order.
const (
	PaymentSettled    EventType = "payment.settled"
	PaymentRejected   EventType = "payment.rejected"
	PaymentReturned   EventType = "payment.returned"
	ReceiptProcessing EventType = "receipt.processing"
	ReceiptSettled    EventType = "receipt.settled"
	ReceiptFailed     EventType = "receipt.failed"
	ReturnSettled     EventType = "return.settled"
	ReturnRejected    EventType = "return.rejected"
	MEDOpened         EventType = "med.opened"
	MEDAccepted       EventType = "med.accepted"
	MEDRejected       EventType = "med.rejected"
	MEDCancelled      EventType = "med.cancelled"
)

// Known tells whether t is one of the events.
func (t EventType) Known() bool {
	switch t {
	case PaymentSettled, PaymentRejected, PaymentReturned, ReceiptProcessing, ReceiptSettled, ReceiptFailed,
		ReturnSettled, ReturnRejected, MEDOpened, MEDAccepted, MEDRejected, MEDCancelled:
		return true
	}
	return false
}

// Event is what a rail tells about a movement. Which fields it carries depends
// on its type.
type Event struct {
	ID           string // the rail's own id of the event
	Type         EventType
	EndToEndID   pixid.EndToEndID // of a payment that came back, and of a MED case: the original's
	Movement     MovementID       // of a payment or return, where the rail knows it; else 0
	TxID         string           // of a receipt: the charge it pays
	PixKey       string           // of a receipt: the key it came to
	Amount       money.Centavos
	Payer        Counterpart
	At           time.Time // when it happened at the rail
	ErrorCode    string
	ErrorMessage string
	Raw          string // as received, kept with what goes to suspense

	// Of an event that goes to suspense, what follows is kept in Raw only.

	ReturnID pixid.ReturnID // of a return
	MED      *MEDEvent      // of a MED case; nil for other events
}

// Outcome tells what an event changed.
type Outcome uint8

// The outcomes of an event.
const (
	Applied   Outcome = iota + 1
	Repeated          // it was known already; nothing changed
	Suspended         // it fits nothing; the operator must look
)

func (o Outcome) String() string { return [...]string{"?", "applied", "repeated", "suspended"}[o] }

// ApplyEvent does what a rail's event says, once.
type ApplyEvent struct {
	Event
	NewID MovementID // for what the event creates
	Now   time.Time
	// Strict refuses with StillUnfitError what would go to suspense: nobody's money is
	// at stake where the sandbox plays.
	Strict bool
	again  *again // where it was in suspense; else nil
}

// Needs names everything the event might be about.
func (c *ApplyEvent) Needs() Needs {
	n := Needs{Keys: []Key{c.eventKey()}}
	if c.Movement != 0 {
		n.Keys = append(n.Keys, MovementKey(c.Movement))
	}
	if c.EndToEndID != "" {
		n.Keys = append(n.Keys, c.endToEndKey())
	}
	switch c.Type {
	case PaymentSettled, ReceiptSettled:
		n.Keys = append(n.Keys, lateKeys(c.Type, c.Movement, c.EndToEndID)...)
	case PaymentReturned, ReturnSettled, ReturnRejected:
		n.Keys = append(n.Keys, c.returnKeys()...)
	}
	if c.TxID != "" {
		n.Keys = append(n.Keys, c.txKey())
	}
	if c.PixKey != "" {
		n.Keys = append(n.Keys, c.pixKey())
	}
	if c.MED != nil {
		n.Add(c.medNeeds())
	}
	return n
}

// returnKeys are what an event about a return may be about besides its movement.
func (c *ApplyEvent) returnKeys() []Key {
	var keys []Key
	if c.Type == PaymentReturned {
		keys = lateKeys(PaymentSettled, c.Movement, c.EndToEndID)
		if c.ReturnID != "" {
			keys = append(keys, c.returnInKey())
		}
		return keys
	}
	if c.Movement != 0 {
		keys = append(keys, returnOfKey(c.Movement.String()))
	}
	if c.ReturnID != "" {
		keys = append(keys, c.returnKey(), returnOfKey(string(c.ReturnID)))
	}
	if c.Type == ReturnSettled {
		keys = append(keys, lateKeys(c.Type, c.Movement, pixid.EndToEndID(c.ReturnID))...)
	}
	return keys
}

// endToEndKey is the key of the direction that the event is about.
func (c *ApplyEvent) endToEndKey() Key {
	switch c.Type {
	case PaymentSettled, PaymentRejected, PaymentReturned:
		return c.outKey()
	}
	return c.inKey()
}

func (c *ApplyEvent) eventKey() Key { return Key{Space: SpaceEvent, Value: c.ID} }
func (c *ApplyEvent) outKey() Key   { return Key{Space: SpaceEndToEndOut, Value: string(c.EndToEndID)} }
func (c *ApplyEvent) inKey() Key    { return Key{Space: SpaceEndToEndIn, Value: string(c.EndToEndID)} }
func (c *ApplyEvent) txKey() Key    { return Key{Space: SpaceTxID, Value: c.TxID} }
func (c *ApplyEvent) pixKey() Key   { return Key{Space: SpacePixKey, Value: c.PixKey} }

// returnKey and returnInKey are those of a return that was sent and of one that
// came in: between two accounts of the house they have the same id.
func (c *ApplyEvent) returnKey() Key   { return Key{Space: SpaceReturnID, Value: string(c.ReturnID)} }
func (c *ApplyEvent) returnInKey() Key { return Key{Space: SpaceReturnIn, Value: string(c.ReturnID)} }

// lateKeys are taken once the rail has settled what it had called off before,
// so that the money goes to suspense once, however often that is told.
func lateKeys(settled EventType, id MovementID, e2e pixid.EndToEndID) []Key {
	var keys []Key
	if id != 0 {
		keys = append(keys, Key{Space: SpaceEvent, Value: string(settled) + " late " + id.String()})
	}
	if e2e != "" {
		keys = append(keys, Key{Space: SpaceEvent, Value: string(settled) + " late " + string(e2e)})
	}
	return keys
}

// suspendLate keeps the money of m for the operator, which the rail settled
// after it had called it off. amount is as in suspend.
func (c *ApplyEvent) suspendLate(b *Books, m Movement, reason string, amount money.Centavos) (Outcome, error) {
	keys := lateKeys(c.Type, m.ID, m.EndToEndID)
	for _, key := range keys {
		if _, told := c.seen(b, key); told {
			return Repeated, nil
		}
	}
	for _, key := range keys {
		c.take(b, key, Target{ID: uint64(c.NewID)})
	}
	return c.suspend(b, reason, amount)
}

// Decide applies the event, finds that it was applied before, or leaves it to
// the operator.
func (c *ApplyEvent) Decide(b *Books) (Outcome, error) {
	if _, seen := c.seen(b, c.eventKey()); seen {
		return Repeated, nil
	}
	switch c.Type {
	case PaymentSettled, PaymentRejected:
		return c.payment(b)
	case ReceiptProcessing, ReceiptSettled, ReceiptFailed:
		return c.receipt(b)
	case PaymentReturned:
		return c.paymentReturned(b)
	case ReturnSettled, ReturnRejected:
		return c.returned(b)
	}
	return c.med(b)
}

// payment applies what became of a payment.
func (c *ApplyEvent) payment(b *Books) (Outcome, error) {
	m, ok := b.find(MovementKey(c.Movement))
	if !ok {
		m, ok = b.find(c.outKey())
	}
	switch {
	case !ok || m.Kind != Payment:
		return c.suspend(b, "no such payment", 0)
	case c.EndToEndID != "" && c.EndToEndID != m.EndToEndID:
		return c.suspend(b, "endToEndId is another payment's", 0)
	}
	settled := c.Type == PaymentSettled
	switch {
	case m.Status == Pending && settled:
		return Applied, b.settlePayment(m, &c.Event, c.Now)
	case m.Status == Pending:
		return Applied, b.rejectPayment(m, &c.Event, c.Now)
	case (m.Status == Confirmed) == settled:
		return Repeated, nil
	case settled:
		return c.suspendLate(b, m, "settled after it was rejected", -m.Amount)
	}
	return c.suspend(b, "rejected after it was settled", 0)
}

// SuspenseItem is an event that fits nothing, kept for the operator.
type SuspenseItem struct {
	ID     uint64
	Event  Event
	Reason string
	// Amount is what the event posted to the suspense account, in centavos:
	// positive came in, negative went out, 0 moved nothing.
	Amount     money.Centavos
	ReceivedAt time.Time
}

// suspend keeps the event for the operator. amount, in centavos, is what the
// rail says came in (positive) or went out (negative) without an owner. An event
// that was in suspense already, or is Strict, is refused with StillUnfitError.
func (c *ApplyEvent) suspend(b *Books, reason string, amount money.Centavos) (Outcome, error) {
	if c.again != nil || c.Strict {
		return 0, &StillUnfitError{reason}
	}
	id := uint64(c.NewID)
	if amount != 0 {
		err := b.Transfer(ledger.Fact{About: id, At: c.Now},
			ledger.Posting{Account: b.system(ledger.Suspense), Amount: amount},
			ledger.Posting{Account: b.system(ledger.Settlement), Amount: -amount})
		if err != nil {
			return 0, err
		}
	}
	kept := c.Event
	kept.ReturnID, kept.MED = "", nil
	b.Suspended.Put(id, SuspenseItem{ID: id, Event: kept, Reason: reason, Amount: amount, ReceivedAt: c.Now})
	b.Keys.Put(c.eventKey(), Target{ID: id})
	return Suspended, nil
}

// ApplyEvents applies events in order, each by itself: one that fails leaves no
// trace and does not keep the others from being applied.
type ApplyEvents struct{ Events []ApplyEvent }

// EventResult is what became of one of several events.
type EventResult struct {
	Outcome Outcome
	Err     error
}

// Needs names what every event needs.
func (c *ApplyEvents) Needs() Needs {
	var n Needs
	for i := range c.Events {
		n.Add(c.Events[i].Needs())
	}
	return n
}

// Decide tells what became of each event, in their order.
func (c *ApplyEvents) Decide(b *Books) ([]EventResult, error) {
	results := make([]EventResult, len(c.Events))
	for i := range c.Events {
		mark := b.Mark()
		outcome, err := c.Events[i].Decide(b)
		if err != nil {
			b.Rollback(mark)
		}
		results[i] = EventResult{outcome, err}
	}
	return results, nil
}
