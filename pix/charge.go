package pix

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// CreateCharge creates a charge (cobrança). It changes no balance (contract
// §3.2).
type CreateCharge struct {
	ID          MovementID
	Account     ledger.AccountID
	ExternalID  string // unique per account among charges
	Amount      money.Centavos
	Description string
	Payer       Counterpart // as the client named it; anybody may pay
	Notes       []Note
	TxID        pixid.TxID
	Correlation string
	Location    string // where the payer's bank finds the charge, without scheme
	ExpiresAt   time.Time
	Rail        Topic // of accounts that are not sandbox accounts
	Scenario    Scenario
	At          time.Time
}

// Needs names the account and the charge's ids.
func (c *CreateCharge) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Keys: []Key{c.externalKey(), c.txKey()}}
}

func (c *CreateCharge) externalKey() Key { return Key{SpaceCharge, c.Account, c.ExternalID} }
func (c *CreateCharge) txKey() Key       { return Key{Space: SpaceTxID, Value: string(c.TxID)} }

// Decide records the charge, or refuses with DuplicateError or ErrScenario.
func (c *CreateCharge) Decide(b *Books) (Movement, error) {
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
	if first, taken := b.Keys.Get(c.txKey()); taken {
		return Movement{}, &DuplicateError{"txid", MovementID(first.ID)}
	}
	rail, err := profile.rail(c.Rail, c.Scenario)
	if err != nil {
		return Movement{}, err
	}
	code, err := c.brCode(profile)
	if err != nil {
		return Movement{}, err
	}
	m := Movement{
		ID: c.ID, Account: c.Account, Kind: Receipt, Status: Pending, Amount: c.Amount,
		ExternalID: c.ExternalID, Correlation: c.Correlation, TxID: c.TxID, Description: c.Description,
		Counterpart: c.Payer, BRCode: code, Notes: c.Notes, Rail: rail, Scenario: c.Scenario,
		ExpiresAt: c.ExpiresAt, CreatedAt: c.At, UpdatedAt: c.At,
	}
	if m.Fee, err = receiptFee(profile, c.Amount); err != nil {
		return Movement{}, err
	}
	if len(profile.PixKeys) > 0 {
		m.PixKey = profile.PixKeys[0]
	}
	b.record(m, c.externalKey(), c.txKey())
	if rail == RailSandbox {
		b.order(m, c.At.Add(c.Scenario.Wait()))
	}
	return m, nil
}

func (c *CreateCharge) brCode(p Profile) (string, error) {
	return pixid.DynamicBRCode(c.Location, p.Name, p.City).Encode()
}

// receiptFee is the fee for an incoming amount; it never exceeds the amount.
func receiptFee(p Profile, amount money.Centavos) (money.Centavos, error) {
	fee, err := p.Fees.Receipt.On(amount)
	if err != nil {
		return 0, ErrAmountTooLarge
	}
	return min(fee, amount), nil
}
