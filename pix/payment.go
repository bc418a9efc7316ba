package pix

import (
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// PlacePayment accepts a payment out: amount and fee are held until the rail
// says what became of it (contract §3.3).
type PlacePayment struct {
	ID          MovementID
	Account     ledger.AccountID
	ExternalID  string // unique per account among payments; empty if none
	Amount      money.Centavos
	Description string
	Key         pixid.Key
	Counterpart Counterpart
	EndToEndID  pixid.EndToEndID
	Rail        Topic // of accounts that are not sandbox accounts
	Scenario    Scenario
	// ExpiresAt calls the payment off if its order has not reached the rail by
	// then (contract §9.4). Zero if never.
	ExpiresAt time.Time
	Code      *ScannedCode // nil unless a BR Code is paid
	Once      *Once        // nil unless the client makes the payment once by a key of its own
	Deny      []pixid.ISPB // banks that must not be paid; the rail minds what is not known here
	House     pixid.ISPB   // the institution's own ISPB; needed with Deny
	Priority  string       // as the client named it, for the rail; empty if not
	// ExpectedNet is the net that the client decided on, in centavos; nil if any will do.
	ExpectedNet *money.Centavos
	At          time.Time
}

// Needs names the account and what the payment must be compared with.
func (c *PlacePayment) Needs() Needs {
	n := Needs{Accounts: []ledger.AccountID{c.Account}}
	if c.ExternalID != "" {
		n.Keys = append(n.Keys, c.externalKey())
	}
	if c.Once != nil {
		n.Keys = append(n.Keys, c.onceKey())
	}
	if c.Code != nil && c.Code.charge() != "" {
		n.Keys = append(n.Keys, c.Code.chargeKey())
	}
	if len(c.Deny) > 0 && c.Key.Value != "" {
		n.Keys = append(n.Keys, c.payeeKey())
	}
	return n
}

func (c *PlacePayment) externalKey() Key { return Key{SpacePayment, c.Account, c.ExternalID} }
func (c *PlacePayment) payeeKey() Key    { return Key{Space: SpacePixKey, Value: c.Key.Value} }

// Decide holds amount and fee, or refuses with InsufficientFundsError,
// DuplicateError, NetBalanceError, ErrScenario, ErrIdempotency, ErrBankDenied or a
// ChargeError. A repetition is answered with the first payment.
func (c *PlacePayment) Decide(b *Books) (Movement, error) {
	if c.Amount <= 0 {
		return Movement{}, ledger.ErrAmountNotPositive
	}
	profile, ok := b.Profiles.Get(c.Account)
	if !ok {
		return Movement{}, ledger.ErrAccountNotFound
	}
	if first, repeated, err := c.repeats(b); repeated || err != nil {
		return first, err
	}
	if err := c.expects(b); err != nil {
		return Movement{}, err
	}
	rail, err := profile.rail(c.Rail, c.Scenario)
	if err != nil {
		return Movement{}, err
	}
	if c.deniesHouse(b) {
		return Movement{}, ErrBankDenied
	}
	m := Movement{
		ID: c.ID, Account: c.Account, Kind: Payment, Status: Pending, Amount: c.Amount,
		ExternalID: c.ExternalID, EndToEndID: c.EndToEndID, PixKey: c.Key.Value, Description: c.Description,
		Counterpart: c.Counterpart, Rail: rail, Scenario: c.Scenario, ExpiresAt: c.ExpiresAt,
		CreatedAt: c.At, UpdatedAt: c.At,
	}
	if err := c.fill(b, &m); err != nil {
		return Movement{}, err
	}
	if m.Fee, err = profile.Fees.Payment.On(m.Amount); err != nil {
		return Movement{}, ErrAmountTooLarge
	}
	m.Hold = ledger.HoldID(m.ID)
	if _, err := b.Place(m.paymentHold(), c.At); err != nil {
		return Movement{}, err
	}
	b.send(m, c.keys())
	return m, nil
}

// deniesHouse tells whether the payee banks with us and the client will not pay
// there. Other payees' banks are known to the rail only.
func (c *PlacePayment) deniesHouse(b *Books) bool {
	if !slices.Contains(c.Deny, c.House) {
		return false
	}
	_, ours := b.Keys.Get(c.payeeKey())
	return ours
}

// repeats finds the payment that the client's ids belong to already.
func (c *PlacePayment) repeats(b *Books) (first Movement, repeated bool, err error) {
	if c.Once != nil {
		if m, ok := b.find(c.onceKey()); ok {
			if m.Terms == nil || m.Terms.Fingerprint != c.Once.Fingerprint {
				return Movement{}, true, ErrIdempotency
			}
			return m, true, nil
		}
	}
	if c.ExternalID != "" {
		if first, taken := b.Keys.Get(c.externalKey()); taken {
			return Movement{}, true, &DuplicateError{"externalId", MovementID(first.ID)}
		}
	}
	return Movement{}, false, nil
}

// keys are the client's ids of the payment.
func (c *PlacePayment) keys() []Key {
	keys := make([]Key, 0, 3) // with room for one more
	if c.ExternalID != "" {
		keys = append(keys, c.externalKey())
	}
	if c.Once != nil {
		keys = append(keys, c.onceKey())
	}
	return keys
}

// paymentHold is what is held for a payment out.
func (m Movement) paymentHold() ledger.HoldRequest {
	return ledger.HoldRequest{
		ID: m.Hold, Account: m.Account, Reason: ledger.ReasonPayment, Amount: m.Total(), About: uint64(m.ID),
	}
}

// send writes a payment out for which money is held, and leaves it to its rail.
// The sandbox is asked no later than the payment would be called off.
func (b *Books) send(m Movement, keys []Key) {
	b.record(m, append(keys, Key{Space: SpaceEndToEndOut, Value: string(m.EndToEndID)})...)
	due := m.CreatedAt.Add(m.Scenario.Wait())
	if m.Overdue() {
		due = m.ExpiresAt
	}
	b.order(m, due)
}

// Overdue tells whether the sandbox is asked to take longer with payment m than
// it may wait for.
func (m Movement) Overdue() bool {
	return m.Kind == Payment && !m.ExpiresAt.IsZero() && m.CreatedAt.Add(m.Scenario.Wait()).After(m.ExpiresAt)
}

// rail tells which rail carries what the account orders.
func (p Profile) rail(house Topic, scenario Scenario) (Topic, error) {
	if p.Sandbox {
		house = RailSandbox
	}
	if scenario != "" && house != RailSandbox {
		return "", ErrScenario
	}
	return house, nil
}

// record writes a new movement and takes its keys.
func (b *Books) record(m Movement, keys ...Key) {
	b.Movements.Put(m.ID, m)
	for _, k := range keys {
		b.Keys.Put(k, Target{m.Account, uint64(m.ID)})
	}
}

// order leaves m to its rail.
func (b *Books) order(m Movement, due time.Time) {
	key := JobKey{m.Rail, uint64(m.ID)}
	b.Jobs.Put(key, Job{JobKey: key, Account: m.Account, Subject: uint64(m.ID), Due: due})
}

// settlePayment takes what was held: the amount leaves through the rail and the
// fee goes to the house.
func (b *Books) settlePayment(m Movement, e *Event, now time.Time) error {
	_, err := b.Capture(m.Hold, m.Total(), now,
		ledger.Posting{Account: b.system(ledger.Settlement), Amount: m.Amount},
		ledger.Posting{Account: b.system(ledger.Fees), Amount: m.Fee})
	if err != nil {
		return err
	}
	m.finish(Confirmed, e.At, now)
	b.finish(m)
	return nil
}

// rejectPayment gives back what was held.
func (b *Books) rejectPayment(m Movement, e *Event, now time.Time) error {
	if _, err := b.Release(m.Hold, m.Total(), now); err != nil {
		return err
	}
	m.ErrorCode, m.ErrorMessage = e.ErrorCode, e.ErrorMessage
	m.finish(Failed, e.At, now)
	b.finish(m)
	return nil
}

// finish writes a final movement, ends its order and tells its owner.
func (b *Books) finish(m Movement) {
	b.Movements.Put(m.ID, m)
	b.Jobs.Delete(JobKey{m.Rail, uint64(m.ID)})
	b.notify(m)
}
