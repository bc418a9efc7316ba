package pix

import (
	"errors"
	"fmt"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// NetBalanceError means that an account's net is not what the client expected when
// it ordered a payment, in centavos.
type NetBalanceError struct{ Expected, Net money.Centavos }

func (e *NetBalanceError) Error() string {
	return fmt.Sprintf("net is %s, and %s was expected", e.Net, e.Expected)
}

// expects refuses a payment whose client expected another net than there is.
func (c *PlacePayment) expects(b *Books) error {
	if c.ExpectedNet == nil {
		return nil
	}
	account, _ := b.Accounts.Get(c.Account)
	if net := account.Available(); net != *c.ExpectedNet {
		return &NetBalanceError{Expected: *c.ExpectedNet, Net: net}
	}
	return nil
}

// TryPayment asks whether a payment would be accepted at the moment of its turn,
// and does nothing.
type TryPayment struct{ PlacePayment }

// Trial is what would become of a payment. Amounts are in centavos.
type Trial struct {
	Amount, Fee money.Centavos
	Net         money.Centavos // before
	NetAfter    money.Centavos // the same as Net if the payment is refused
	// Refused is an InsufficientFundsError, DuplicateError or NetBalanceError; nil if
	// the payment is accepted.
	Refused error
}

// Total is what the payment would take.
func (t Trial) Total() money.Centavos { return t.Amount + t.Fee }

// Decide decides as PlacePayment does and takes everything back. Its error is one
// that does not depend on the moment.
func (c *TryPayment) Decide(b *Books) (Trial, error) {
	profile, ok := b.Profiles.Get(c.Account)
	if !ok {
		return Trial{}, ledger.ErrAccountNotFound
	}
	account, _ := b.Accounts.Get(c.Account)
	t := Trial{Amount: c.Amount, Net: account.Available()}
	var err error
	if t.Fee, err = profile.Fees.Payment.On(c.Amount); err != nil {
		return Trial{}, ErrAmountTooLarge
	}
	mark := b.Mark()
	_, t.Refused = c.PlacePayment.Decide(b)
	account, _ = b.Accounts.Get(c.Account)
	t.NetAfter = account.Available()
	b.Rollback(mark)
	if t.Refused != nil && !passing(t.Refused) {
		return Trial{}, t.Refused
	}
	return t, nil
}

// passing tells whether the payment that was refused may be accepted at another
// moment, or with another id.
func passing(err error) bool {
	var net *NetBalanceError
	return errors.Is(err, ledger.ErrInsufficientFunds) || errors.Is(err, ErrDuplicate) || errors.As(err, &net)
}
