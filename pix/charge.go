package pix

import (
	"errors"
	"slices"
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
	ExternalID  string // unique per account among charges; empty if none
	Amount      money.Centavos
	Description string
	Payer       Counterpart // as the client named it; anybody may pay
	Notes       []Note
	TxID        pixid.TxID
	Correlation string
	Location    string // where the payer's bank finds the charge, without scheme
	PixKey      string // one of the account's own; empty is its first
	Splits      []Split
	Cob         *Cob // nil unless it is of the Bacen family
	// ExpiresAt is when the charge is to expire; the account's provider may round
	// its life up.
	ExpiresAt time.Time
	Rail      Topic // of accounts that are not sandbox accounts
	Scenario  Scenario
	At        time.Time
}

// Cob is what a charge of the Bacen family has besides (contract §9.2).
type Cob struct {
	Original  money.Centavos `json:"original"` // the value when it was created, in reais
	Alterable bool           `json:"alterable,omitempty"`
	Debtor    Counterpart    `json:"debtor,omitzero"`
}

// ErrForeignKey means that a charge's Pix key is not its account's.
var ErrForeignKey = errors.New("pix key is not the account's")

// Needs names the account and the charge's ids.
func (c *CreateCharge) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Keys: c.keys()}
}

func (c *CreateCharge) keys() []Key {
	if c.ExternalID == "" {
		return []Key{c.txKey()}
	}
	return []Key{c.txKey(), c.externalKey()}
}

func (c *CreateCharge) externalKey() Key { return Key{SpaceCharge, c.Account, c.ExternalID} }
func (c *CreateCharge) txKey() Key       { return Key{Space: SpaceTxID, Value: string(c.TxID)} }

// Decide records the charge, or refuses with DuplicateError, ErrScenario,
// ErrForeignKey, a LifeError or a SplitsError.
func (c *CreateCharge) Decide(b *Books) (Movement, error) {
	if c.Amount <= 0 {
		return Movement{}, ledger.ErrAmountNotPositive
	}
	profile, ok := b.Profiles.Get(c.Account)
	if !ok {
		return Movement{}, ledger.ErrAccountNotFound
	}
	if err := c.duplicate(b); err != nil {
		return Movement{}, err
	}
	rail, err := profile.rail(c.Rail, c.Scenario)
	if err != nil {
		return Movement{}, err
	}
	m := Movement{
		ID: c.ID, Account: c.Account, Kind: Receipt, Status: Pending, Amount: c.Amount,
		ExternalID: c.ExternalID, Correlation: c.Correlation, TxID: c.TxID, Description: c.Description,
		Counterpart: c.Payer, Notes: c.Notes, Rail: rail, Scenario: c.Scenario, CreatedAt: c.At, UpdatedAt: c.At,
	}
	if err := c.agree(profile, &m); err != nil {
		return Movement{}, err
	}
	b.record(m, c.keys()...)
	if rail == RailSandbox && c.Scenario != ScenarioUnpaid {
		b.order(m, c.At.Add(c.Scenario.Wait()))
	}
	return m, nil
}

// duplicate tells which of the charge's ids is taken. Another account's charge is
// not named.
func (c *CreateCharge) duplicate(b *Books) error {
	if first, taken := b.Keys.Get(c.externalKey()); taken && c.ExternalID != "" {
		return &DuplicateError{"externalId", MovementID(first.ID)}
	}
	first, taken := b.Keys.Get(c.txKey())
	switch {
	case !taken:
		return nil
	case first.Account != c.Account:
		return &DuplicateError{Field: "txid"}
	}
	return &DuplicateError{"txid", MovementID(first.ID)}
}

// agree puts into m what depends on the account: code, key, life, fee and splits.
func (c *CreateCharge) agree(profile Profile, m *Movement) error {
	var err error
	if m.BRCode, err = c.brCode(profile); err != nil {
		return err
	}
	life, err := profile.Settings.Provider.life(c.ExpiresAt.Sub(c.At))
	if err != nil {
		return err
	}
	m.ExpiresAt = c.At.Add(life)
	if m.Fee, err = receiptFee(profile, c.Amount); err != nil {
		return err
	}
	switch m.PixKey = c.PixKey; {
	case m.PixKey != "" && !slices.Contains(profile.PixKeys, m.PixKey):
		return ErrForeignKey
	case m.PixKey == "" && len(profile.PixKeys) > 0:
		m.PixKey = profile.PixKeys[0]
	}
	if c.Cob == nil && len(c.Splits) == 0 {
		return nil
	}
	terms := Terms{Cob: c.Cob}
	if len(c.Splits) > 0 {
		if terms.Splits, err = share(c.Splits, c.Amount, m.Fee, profile.Fees.Payment); err != nil {
			return err
		}
	}
	m.Terms = &terms
	return nil
}

// alterable tells whether the payer of charge m may pay another amount.
func (m Movement) alterable() bool {
	return m.Terms != nil && m.Terms.Cob != nil && m.Terms.Cob.Alterable
}

// expired tells whether charge m can't be paid at a time any more.
func (m Movement) expired(at time.Time) bool { return !m.ExpiresAt.IsZero() && at.After(m.ExpiresAt) }

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
