package pix

import (
	"fmt"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// PixKeysMax is how many Pix keys an account may have (DICT: 20 for a company).
const PixKeysMax = 20

// ErrTooManyPixKeys means that an account would have more than PixKeysMax.
var ErrTooManyPixKeys = fmt.Errorf("an account has at most %d pix keys", PixKeysMax)

// OpenAccount creates a customer account, with money in it if wanted.
type OpenAccount struct {
	Profile
	OpeningBalance money.Centavos
}

// Needs names the account and its Pix keys.
func (c *OpenAccount) Needs() Needs {
	n := Needs{Accounts: []ledger.AccountID{c.ID}}
	for _, key := range c.PixKeys {
		n.Keys = append(n.Keys, Key{Space: SpacePixKey, Value: key})
	}
	return n
}

// Decide opens the account, or refuses with ErrAccountExists or ErrPixKeyTaken.
func (c *OpenAccount) Decide(b *Books) (Profile, error) {
	if c.ID.Role() != ledger.Customer {
		return Profile{}, ErrNotCustomer
	}
	if _, exists := b.Accounts.Get(c.ID); exists {
		return Profile{}, ErrAccountExists
	}
	b.Open(c.ID)
	b.Profiles.Put(c.ID, c.Profile)
	for _, value := range c.PixKeys {
		key := Key{Space: SpacePixKey, Value: value}
		if _, taken := b.Keys.Get(key); taken {
			return Profile{}, ErrPixKeyTaken
		}
		b.Keys.Put(key, Target{Account: c.ID})
	}
	if c.OpeningBalance <= 0 {
		return c.Profile, nil
	}
	return c.Profile, b.Transfer(ledger.Fact{At: c.CreatedAt},
		ledger.Posting{Account: c.ID, Amount: c.OpeningBalance},
		ledger.Posting{Account: b.system(ledger.Settlement), Amount: -c.OpeningBalance})
}
