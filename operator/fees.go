package operator

import (
	"encoding/json"
	"fmt"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// feesRequest is an account's prices by operation, in the contract's words.
type feesRequest struct {
	CashIn   feeRequest `json:"cashIn"`
	CashOut  feeRequest `json:"cashOut"`
	RefundIn feeRequest `json:"refundIn"`
}

// feeRequest is the price of one operation: reais, and per cent of the amount.
type feeRequest struct {
	Fixed      json.RawMessage `json:"fixed"`
	Percentage json.RawMessage `json:"percentage"`
	Minimum    json.RawMessage `json:"minimum"`
	Maximum    json.RawMessage `json:"maximum"`
}

// percentDecimals makes a percentage a FeeRule's rate: 1 % is 10 000 millionths.
const percentDecimals = 4

func (r feesRequest) read(f *wire.Fields) pix.Fees {
	return pix.Fees{
		Receipt: r.CashIn.read(f, "fees.cashIn"), Payment: r.CashOut.read(f, "fees.cashOut"),
		Return: r.RefundIn.read(f, "fees.refundIn"),
	}
}

func (r feeRequest) read(f *wire.Fields, field string) pix.FeeRule {
	rule := pix.FeeRule{
		Fixed: f.OptionalAmount(field+".fixed", r.Fixed),
		Min:   f.OptionalAmount(field+".minimum", r.Minimum),
		Max:   f.OptionalAmount(field+".maximum", r.Maximum),
	}
	if len(r.Percentage) > 0 {
		var err error
		if rule.Rate, err = money.ParseScaled(r.Percentage, percentDecimals); err != nil {
			f.Refuse(field+".percentage", "must be a number with at most 4 decimal places")
		}
	}
	if !rule.Valid() {
		f.Refuse(field, "must have a percentage of at most 100 and a minimum not above the maximum")
	}
	return rule
}

type feesResponse struct {
	CashIn   feeResponse `json:"cashIn"`
	CashOut  feeResponse `json:"cashOut"`
	RefundIn feeResponse `json:"refundIn"`
}

type feeResponse struct {
	Fixed      money.Centavos  `json:"fixed"`
	Percentage json.RawMessage `json:"percentage"`
	Minimum    money.Centavos  `json:"minimum"`
	Maximum    *money.Centavos `json:"maximum"`
}

func newFeesResponse(f pix.Fees) feesResponse {
	return feesResponse{newFeeResponse(f.Receipt), newFeeResponse(f.Payment), newFeeResponse(f.Return)}
}

func newFeeResponse(r pix.FeeRule) feeResponse {
	const one = pix.RateOne / 100
	out := feeResponse{
		Fixed: r.Fixed, Minimum: r.Min,
		Percentage: fmt.Appendf(nil, "%d.%0*d", r.Rate/one, percentDecimals, r.Rate%one),
	}
	if r.Max > 0 {
		out.Maximum = &r.Max
	}
	return out
}
