package pix

import (
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
	ExternalID  string // unique per account among payments
	Amount      money.Centavos
	Description string
	Key         pixid.Key
	Counterpart Counterpart
	EndToEndID  pixid.EndToEndID
	Rail        Topic // of accounts that are not sandbox accounts
	Scenario    Scenario
	At          time.Time
}

// Needs names the account and the client's id.
func (c *PlacePayment) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Keys: []Key{c.externalKey()}}
}

func (c *PlacePayment) externalKey() Key { return Key{SpacePayment, c.Account, c.ExternalID} }

// Decide holds amount and fee, or refuses with InsufficientFundsError,
// DuplicateError or ErrScenario.
func (c *PlacePayment) Decide(b *Books) (Movement, error) {
	if c.Amount <= 0 {
		return Movement{}, ledger.ErrAmountNotPositive
	}
	profile, ok := b.Profiles.Get(c.Account)
	if !ok {
		return Movement{}, ledger.ErrAccountNotFound
	}
	if first, taken := b.Keys.Get(c.externalKey()); taken {
		return Movement{}, &DuplicateError{"externalId", MovementID(first.ID)}
	}
	rail, err := profile.rail(c.Rail, c.Scenario)
	if err != nil {
		return Movement{}, err
	}
	fee, err := profile.Fees.Payment.On(c.Amount)
	if err != nil {
		return Movement{}, ErrAmountTooLarge
	}
	m := Movement{
		ID: c.ID, Account: c.Account, Kind: Payment, Status: Pending, Amount: c.Amount, Fee: fee,
		ExternalID: c.ExternalID, EndToEndID: c.EndToEndID, PixKey: c.Key.Value, Description: c.Description,
		Counterpart: c.Counterpart, Hold: ledger.HoldID(c.ID), Rail: rail, Scenario: c.Scenario,
		CreatedAt: c.At, UpdatedAt: c.At,
	}
	hold := ledger.HoldRequest{
		ID: m.Hold, Account: c.Account, Reason: ledger.ReasonPayment, Amount: m.Total(), About: uint64(c.ID),
	}
	if _, err := b.Place(hold, c.At); err != nil {
		return Movement{}, err
	}
	b.record(m, c.externalKey(), Key{Space: SpaceEndToEndOut, Value: string(c.EndToEndID)})
	b.order(m, c.At.Add(c.Scenario.Wait()))
	return m, nil
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

// finish writes a final movement and ends its order.
func (b *Books) finish(m Movement) {
	b.Movements.Put(m.ID, m)
	b.Jobs.Delete(JobKey{m.Rail, uint64(m.ID)})
}
