package pix

import (
	"slices"

	"github.com/saldo-pix/saldo/ledger"
)

// ChangeAccount changes what an account is configured with. What is nil stays as
// it is.
type ChangeAccount struct {
	ID ledger.AccountID

	Receipt, Payment, Return *FeeRule // prices
	// Provider replaces the provider; one without a name takes it away.
	Provider       *Provider
	SplitFrequency *SplitFrequency // of charges paid from now on
	Bacen          *bool           // whether the Bacen family is open to it
	// PageCertificate tells whether its pages ask for a certificate.
	PageCertificate *bool
	// AddPixKeys are keys that the account gets besides those that it has.
	AddPixKeys []string
}

// Needs names the account and its new keys.
func (c *ChangeAccount) Needs() Needs {
	n := Needs{Accounts: []ledger.AccountID{c.ID}}
	for _, key := range c.AddPixKeys {
		n.Keys = append(n.Keys, Key{Space: SpacePixKey, Value: key})
	}
	return n
}

// Decide changes the account and returns it, or refuses with ErrPixKeyTaken or
// ErrTooManyPixKeys.
func (c *ChangeAccount) Decide(b *Books) (Profile, error) {
	p, ok := b.Profiles.Get(c.ID)
	if !ok {
		return Profile{}, ledger.ErrAccountNotFound
	}
	c.Apply(&p)
	if err := c.addKeys(b, &p); err != nil {
		return Profile{}, err
	}
	b.Profiles.Put(c.ID, p)
	return p, nil
}

// Apply changes prices and settings of p.
func (c *ChangeAccount) Apply(p *Profile) {
	set(&p.Fees.Receipt, c.Receipt)
	set(&p.Fees.Payment, c.Payment)
	set(&p.Fees.Return, c.Return)
	set(&p.Settings.SplitFrequency, c.SplitFrequency)
	if c.Provider != nil {
		p.Settings.Provider = c.Provider
		if c.Provider.Name == "" {
			p.Settings.Provider = nil
		}
	}
	if c.Bacen != nil {
		p.Settings.NoBacen = !*c.Bacen
	}
	set(&p.Settings.PageCertificate, c.PageCertificate)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// addKeys takes the new keys. One that the account has already may be named.
func (c *ChangeAccount) addKeys(b *Books, p *Profile) error {
	keys := slices.Clone(p.PixKeys)
	for _, value := range c.AddPixKeys {
		if slices.Contains(keys, value) {
			continue
		}
		key := Key{Space: SpacePixKey, Value: value}
		if owner, taken := b.Keys.Get(key); taken && owner.Account != c.ID {
			return ErrPixKeyTaken
		}
		b.Keys.Put(key, Target{Account: c.ID})
		keys = append(keys, value)
	}
	if len(keys) > PixKeysMax {
		return ErrTooManyPixKeys
	}
	p.PixKeys = keys
	return nil
}
