package dashboard

import (
	"bytes"

	"github.com/saldo-pix/saldo/money"
)

// reais is an amount of an answer that may be negative, or null, which is nothing.
type reais struct{ money.Centavos }

// UnmarshalJSON reads what the API writes.
func (r *reais) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	digits, negative := bytes.CutPrefix(raw, []byte("-"))
	c, err := money.ParseJSON(digits)
	if negative {
		c = -c
	}
	r.Centavos = c
	return err
}
