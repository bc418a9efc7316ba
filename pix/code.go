package pix

import (
	"errors"
	"fmt"
	"strings"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// ScannedCode is a BR Code that is paid (contract §4.4).
type ScannedCode struct {
	pixid.BRCode
	Text string // as it was scanned
}

// What can keep a charge of this house from being paid by its code.
var (
	ErrChargePaid    = errors.New("charge is paid already")
	ErrChargeExpired = errors.New("charge has expired")
	ErrChargeFailed  = errors.New("charge can't be paid any more")
)

// CodeAmountError tells that a payment is of another amount than its code or
// charge asks for, in centavos.
type CodeAmountError struct{ Asked, Paid money.Centavos }

func (e *CodeAmountError) Error() string {
	return fmt.Sprintf("code asks for %s, not for %s", e.Asked, e.Paid)
}

// codeTolerance is how far an amount may be from what a code asks for, in
// centavos (contract §4.4).
const codeTolerance = 1

// agree returns an error if amount is not what is asked for.
func agree(asked, amount money.Centavos) error {
	if max(asked-amount, amount-asked) > codeTolerance {
		return &CodeAmountError{asked, amount}
	}
	return nil
}

// charge returns the txid at the end of a dynamic code's location, if any. It
// may be that of a charge of ours.
func (c *ScannedCode) charge() string {
	if !c.IsDynamic() {
		return ""
	}
	txID, err := pixid.ParseTxID(c.URL[strings.LastIndexByte(c.URL, '/')+1:])
	if err != nil {
		return ""
	}
	return string(txID)
}

func (c *ScannedCode) chargeKey() Key { return Key{Space: SpaceTxID, Value: c.charge()} }

// fill puts into m what the code says. A charge of ours is paid as it asks, or
// refused.
func (c *ScannedCode) fill(b *Books, p *PlacePayment, m *Movement) error {
	m.BRCode = c.Text
	m.TxID = c.TxID
	if c.HasAmount {
		if err := agree(money.Centavos(c.AmountCentavos), m.Amount); err != nil {
			return err
		}
	}
	charge, ours := b.find(c.chargeKey())
	if !ours || c.charge() == "" || !charge.isAt(c.URL) {
		return nil
	}
	switch {
	case charge.Status == Confirmed || charge.Processing:
		return ErrChargePaid
	case charge.Status == Failed:
		return ErrChargeFailed
	case charge.expired(p.At):
		return ErrChargeExpired
	}
	if !charge.alterable() {
		if err := agree(charge.Amount, m.Amount); err != nil {
			return err
		}
		m.Amount = charge.Amount // the rail would refuse any other
	}
	m.PixKey, m.TxID = charge.PixKey, charge.TxID
	if profile, ok := b.Profiles.Get(charge.Account); ok && m.Counterpart.Document == "" {
		m.Counterpart.Document = string(profile.Document)
	}
	return nil
}

// isAt tells whether the charge's own code refers to a location.
func (m Movement) isAt(location string) bool {
	code, err := pixid.ParseBRCode(m.BRCode)
	return err == nil && m.Kind == Receipt && code.URL == location
}
