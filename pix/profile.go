package pix

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// Profile is what is known of a customer account besides its balance.
type Profile struct {
	ID       ledger.AccountID
	Name     string
	Document pixid.Document
	Brand    string
	City     string // shown in its BR Codes
	Sandbox  bool   // its money is play money and its rail is the sandbox
	PixKeys  []string
	Fees     Fees
	Settings Settings // its slices are replaced, never written through

	CreatedAt time.Time
}

// Fees are an account's prices by operation.
type Fees struct {
	Receipt FeeRule // for money that comes in
	Payment FeeRule // for a payment out
	Return  FeeRule // for a devolução of a receipt
}

// FeeRule is the price of one operation: Fixed plus Rate of the amount, not
// below Min and not above Max. The zero value is free of charge.
type FeeRule struct {
	Fixed money.Centavos
	Rate  int64 // millionths of the amount: 10 000 is 1 %
	Min   money.Centavos
	Max   money.Centavos // 0 is without limit
}

// RateOne is the Rate that takes the whole amount.
const RateOne = 1_000_000

// On returns the fee for amount, in centavos, rounded half up once.
func (r FeeRule) On(amount money.Centavos) (money.Centavos, error) {
	share, err := amount.Share(r.Rate, RateOne)
	if err != nil {
		return 0, err
	}
	fee, err := share.Add(r.Fixed)
	if err != nil {
		return 0, err
	}
	fee = max(fee, r.Min)
	if r.Max > 0 {
		fee = min(fee, r.Max)
	}
	return fee, nil
}

// Valid tells whether the rule's amounts make sense together.
func (r FeeRule) Valid() bool {
	return r.Fixed >= 0 && r.Rate >= 0 && r.Rate <= RateOne && r.Min >= 0 && r.Max >= 0 &&
		(r.Max == 0 || r.Min <= r.Max)
}
