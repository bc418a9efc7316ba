package pix

import (
	"fmt"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// Nature says why a receipt is given back (API Pix 2.9.0).
type Nature string

// The natures. A client may ask for the first two.
const (
	NatureOriginal    Nature = "ORIGINAL"        // the payee wants it (MD06)
	NatureWithdrawal  Nature = "RETIRADA"        // a cash service that failed (SL02)
	NatureOperational Nature = "MED_OPERACIONAL" // a MED case for an operational failure (BE08)
	NatureFraud       Nature = "MED_FRAUDE"      // a MED case for fraud (FR01)
)

// MED tells whether a MED case made the return.
func (n Nature) MED() bool { return n == NatureOperational || n == NatureFraud }

// Nature is why a return was sent. It is empty for what is no return sent.
func (m Movement) Nature() Nature {
	switch {
	case m.Kind != ReturnSent:
		return ""
	case m.Terms == nil || m.Terms.Nature == "":
		return NatureOriginal
	}
	return m.Terms.Nature
}

// Refundable is what may still be returned of m, in centavos: returns on their
// way and those of MED cases count, fees do not (contract §4.6).
func (m Movement) Refundable() money.Centavos { return m.Amount - m.Returned }

// RefundableAt is what a return of m could be of if it was asked for now, in centavos: 0
// for what RefundReceipt would refuse.
func (m Movement) RefundableAt(now time.Time) money.Centavos {
	if m.Kind != Receipt || m.notRefundable(now) != nil {
		return 0
	}
	return m.Refundable()
}

// notRefundable tells what keeps receipt m from being returned at all.
func (m Movement) notRefundable(at time.Time) error {
	switch {
	case m.Status != Confirmed:
		return ErrNotSettled
	case m.Terms != nil && len(m.Terms.Cases) > 0:
		return ErrDisputed
	case at.Sub(m.ProcessedAt) >= returnWindow:
		return ErrReturnTooLate
	}
	return nil
}

// returnWindow is how long after its settlement a receipt may be returned: 89
// days are in time, 90 are not (contract §12).
const returnWindow = 90 * 24 * time.Hour

// RefundReceipt gives a confirmed receipt back, whole or in part (devolução,
// contract §4.6 and §9.3). Amount and fee are held until the rail says what
// became of it.
type RefundReceipt struct {
	ID       MovementID
	Account  ledger.AccountID
	Original MovementID
	// OriginalID is the receipt's own end-to-end id.
	OriginalID pixid.EndToEndID
	// ExternalID is the client's id of the return. It is unique per account, or per
	// original where Named.
	ExternalID string
	// Named says that ExternalID names the return among those of its original (Bacen
	// family): asked for again with the same terms, it is found.
	Named       bool
	Amount      money.Centavos
	Description string
	Nature      Nature // NatureOriginal or NatureWithdrawal
	ReturnID    pixid.ReturnID
	Correlation string
	Rail        Topic // of accounts that are not sandbox accounts
	Scenario    Scenario
	At          time.Time
}

// Needs names the account, the original and the client's id.
func (c *RefundReceipt) Needs() Needs {
	return Needs{
		Accounts: []ledger.AccountID{c.Account},
		Keys:     []Key{MovementKey(c.Original), c.externalKey(), c.nameKey()},
	}
}

func (c *RefundReceipt) externalKey() Key { return Key{SpaceReturn, c.Account, c.ExternalID} }
func (c *RefundReceipt) nameKey() Key     { return ReturnNameKey(c.Account, c.OriginalID, c.ExternalID) }

// ReturnNameKey is the key of a return's name among those of its original.
func ReturnNameKey(account ledger.AccountID, original pixid.EndToEndID, name string) Key {
	return Key{SpaceReturnName, account, string(original) + "/" + name}
}

// Decide holds amount and fee, or refuses with ErrNotFound, ErrNotReceipt,
// ErrNotSettled, ErrReturnTooLate, ErrDisputed, RemainingError, DuplicateError,
// ErrScenario or InsufficientFundsError.
func (c *RefundReceipt) Decide(b *Books) (Movement, error) {
	if c.Amount <= 0 {
		return Movement{}, ledger.ErrAmountNotPositive
	}
	profile, ok := b.Profiles.Get(c.Account)
	if !ok {
		return Movement{}, ledger.ErrAccountNotFound
	}
	if m, err := c.repeated(b); err != nil || m.ID != 0 {
		return m, err
	}
	original, err := c.original(b)
	if err != nil {
		return Movement{}, err
	}
	rail, err := profile.rail(c.Rail, c.Scenario)
	if err != nil {
		return Movement{}, err
	}
	fee, err := profile.Fees.Return.On(c.Amount)
	if err != nil {
		return Movement{}, ErrAmountTooLarge
	}
	m := Movement{
		ID: c.ID, Account: c.Account, Kind: ReturnSent, Status: Pending, Amount: c.Amount, Fee: fee,
		ExternalID: c.ExternalID, Correlation: c.Correlation, EndToEndID: pixid.EndToEndID(c.ReturnID),
		PixKey: original.PixKey, Description: c.Description, Counterpart: original.Counterpart,
		Hold: ledger.HoldID(c.ID), Rail: rail, Scenario: c.Scenario, Parent: original.ID,
		CreatedAt: c.At, UpdatedAt: c.At,
	}
	m.setTerms(Terms{Nature: c.Nature})
	hold := ledger.HoldRequest{
		ID: m.Hold, Account: c.Account, Reason: ledger.ReasonReturn, Amount: m.Total(), About: uint64(c.ID),
	}
	if _, err := b.Place(hold, c.At); err != nil {
		return Movement{}, err
	}
	c.write(b, m, original)
	return m, nil
}

// repeated returns the return that has the name already, if it has the same
// terms. Any other use of an id that is taken is refused with DuplicateError.
func (c *RefundReceipt) repeated(b *Books) (Movement, error) {
	key, field := c.externalKey(), "externalId"
	if c.Named {
		key, field = c.nameKey(), "id"
	}
	first, taken := b.Keys.Get(key)
	if !taken {
		return Movement{}, nil
	}
	m, ok := b.Movements.Get(MovementID(first.ID))
	if ok && c.Named && m.Amount == c.Amount && m.Nature() == c.Nature && m.Description == c.Description {
		return m, nil
	}
	return Movement{}, &DuplicateError{field, MovementID(first.ID)}
}

// original returns the receipt if that much of it may be returned now.
func (c *RefundReceipt) original(b *Books) (Movement, error) {
	m, ok := b.Movements.Get(c.Original)
	switch {
	case !ok || m.Account != c.Account:
		return m, ErrNotFound
	case m.Kind != Receipt:
		return m, ErrNotReceipt
	}
	if err := m.notRefundable(c.At); err != nil {
		return m, err
	}
	if c.Amount > m.Refundable() {
		return m, &RemainingError{Remaining: m.Refundable(), Wanted: c.Amount}
	}
	return m, nil
}

// write records the return and leaves it to its rail. Of the two keys of its id,
// one that is not free stays with whom it belongs to.
func (c *RefundReceipt) write(b *Books, m, original Movement) {
	t := original.terms()
	t.OnItsWay += m.Amount
	original.setTerms(t)
	original.listReturn(m.ID)
	original.Returned += m.Amount
	original.UpdatedAt = c.At
	b.Movements.Put(original.ID, original)
	b.record(m, Key{Space: SpaceReturnID, Value: string(m.EndToEndID)})
	for _, key := range []Key{c.externalKey(), c.nameKey()} {
		if _, taken := b.Keys.Get(key); !taken {
			b.Keys.Put(key, Target{m.Account, uint64(m.ID)})
		}
	}
	for _, key := range []Key{returnOfKey(string(m.EndToEndID)), returnOfKey(m.ID.String())} {
		b.Keys.Put(key, Target{original.Account, uint64(original.ID)})
	}
	b.order(m, c.At.Add(c.Scenario.Wait()))
}

// returnOfKey leads from a return's id or number to what it gives back.
func returnOfKey(id string) Key { return Key{Space: SpaceReturnOf, Value: id} }

// returned applies what became of a return that was sent.
func (c *ApplyEvent) returned(b *Books) (Outcome, error) {
	m, ok := b.find(MovementKey(c.Movement))
	if !ok {
		m, ok = b.find(c.returnKey())
	}
	switch {
	case !ok || m.Kind != ReturnSent:
		return c.suspend(b, "no such return", 0)
	case c.ReturnID != "" && pixid.EndToEndID(c.ReturnID) != m.EndToEndID:
		return c.suspend(b, "returnId is another return's", 0)
	}
	settled := c.Type == ReturnSettled
	switch {
	case m.Status == Pending && settled:
		return Applied, b.settleReturn(m, &c.Event, c.Now)
	case m.Status == Pending:
		return Applied, b.rejectReturn(m, &c.Event, c.Now)
	case (m.Status == Confirmed) == settled:
		return Repeated, nil
	case settled:
		return c.suspendLate(b, m, "settled after it was rejected", -m.Amount)
	}
	return c.suspend(b, "rejected after it was settled", 0)
}

// settleReturn takes what was held: the amount leaves through the rail and the
// fee goes to the house.
func (b *Books) settleReturn(m Movement, e *Event, now time.Time) error {
	_, err := b.Capture(m.Hold, m.Total(), now,
		ledger.Posting{Account: b.system(ledger.Settlement), Amount: m.Amount},
		ledger.Posting{Account: b.system(ledger.Fees), Amount: m.Fee})
	if err != nil {
		return err
	}
	if err := b.arrived(m, now, func(*Movement) {}); err != nil {
		return err
	}
	m.finish(Confirmed, e.At, now)
	b.finish(m)
	return nil
}

// rejectReturn gives back what was held, and the receipt may be returned again.
func (b *Books) rejectReturn(m Movement, e *Event, now time.Time) error {
	if _, err := b.Release(m.Hold, m.Total(), now); err != nil {
		return err
	}
	if err := b.arrived(m, now, func(original *Movement) { original.Returned -= m.Amount }); err != nil {
		return err
	}
	m.ErrorCode, m.ErrorMessage = e.ErrorCode, e.ErrorMessage
	m.finish(Failed, e.At, now)
	b.finish(m)
	return nil
}

// arrived takes m, a return, off what is on its way of its original, which also
// changes as told.
func (b *Books) arrived(m Movement, now time.Time, change func(original *Movement)) error {
	original, ok := b.Movements.Get(m.Parent)
	if !ok {
		return fmt.Errorf("return %s of %s: %w", m.ID, m.Parent, ErrNotFound)
	}
	t := original.terms()
	t.OnItsWay -= m.Amount
	original.setTerms(t)
	change(&original)
	original.UpdatedAt = now
	b.Movements.Put(original.ID, original)
	return nil
}

// paymentReturned credits a payment that came back, whole or in part, once per
// return id: to its owner, or to suspense. What comes back had been settled,
// whether the rail has told that or not.
func (c *ApplyEvent) paymentReturned(b *Books) (Outcome, error) {
	switch {
	case c.ReturnID == "":
		return c.suspend(b, "no returnId", 0)
	case c.Amount <= 0:
		return c.suspend(b, "amount is not positive", 0)
	}
	if _, seen := c.seen(b, c.returnInKey()); seen {
		return Repeated, nil
	}
	m, ok := b.find(MovementKey(c.Movement))
	if !ok {
		m, ok = b.find(c.outKey())
	}
	switch {
	case !ok || m.Kind != Payment:
		return c.suspendReturned(b, "no such payment", c.Amount)
	case c.EndToEndID != "" && c.EndToEndID != m.EndToEndID:
		return c.suspendReturned(b, "endToEndId is another payment's", c.Amount)
	case m.Status == Failed:
		return c.returnedAfterAll(b, m)
	case c.Amount > m.Refundable():
		return c.suspendReturned(b, "more came back than is left of the payment", c.Amount)
	}
	if m.Status == Pending {
		if err := b.settlePayment(m, &Event{At: c.At}, c.Now); err != nil {
			return 0, err
		}
		m, _ = b.Movements.Get(m.ID)
	}
	return Applied, c.creditReturn(b, m)
}

// creditReturn credits what came back of payment m. There is no fee for it.
func (c *ApplyEvent) creditReturn(b *Books, m Movement) error {
	err := b.Transfer(ledger.Fact{About: uint64(c.NewID), At: c.Now},
		ledger.Posting{Account: m.Account, Amount: c.Amount},
		ledger.Posting{Account: c.rail(b), Amount: -c.Amount})
	if err != nil {
		return err
	}
	back := Movement{
		ID: c.NewID, Account: m.Account, Kind: ReturnReceived, Status: Pending, Amount: c.Amount,
		EndToEndID: pixid.EndToEndID(c.ReturnID), PixKey: m.PixKey, Counterpart: m.Counterpart, Rail: m.Rail,
		Description: strings.TrimSpace(c.ErrorCode + " " + c.ErrorMessage), // why it came back
		Parent:      m.ID, CreatedAt: c.Now, UpdatedAt: c.Now,
	}
	m.Returned += c.Amount
	m.listReturn(back.ID)
	m.UpdatedAt = c.Now
	b.Movements.Put(m.ID, m)
	b.record(back)
	c.take(b, c.returnInKey(), Target{back.Account, uint64(back.ID)})
	back.finish(Confirmed, c.At, c.Now)
	b.finish(back)
	return nil
}

// returnedAfterAll keeps for the operator what came back of m, which the rail
// had rejected: it must have gone out all the same.
func (c *ApplyEvent) returnedAfterAll(b *Books, m Movement) (Outcome, error) {
	amount := c.Amount
	told := false
	keys := lateKeys(PaymentSettled, m.ID, m.EndToEndID)
	for _, key := range keys {
		if _, late := c.seen(b, key); late {
			told = true
		}
	}
	if !told {
		amount -= m.Amount
		for _, key := range keys {
			c.take(b, key, Target{ID: uint64(c.NewID)})
		}
	}
	return c.suspendReturned(b, "came back after it was rejected", amount)
}

// suspendReturned keeps what came back for the operator; its return id is taken.
func (c *ApplyEvent) suspendReturned(b *Books, reason string, amount money.Centavos) (Outcome, error) {
	c.take(b, c.returnInKey(), Target{ID: uint64(c.NewID)})
	return c.suspend(b, reason, amount)
}
