// Package money is amounts of Brazilian reais as whole centavos: checked
// arithmetic, exact reading and exact printing. No float touches it. It knows
// nothing of accounts.
package money

import (
	"errors"
	"math"
	"math/bits"
)

// Centavos is an amount in hundredths of a real. Negative means debit.
type Centavos int64

// Max is the largest amount that an outside party may name, in centavos: API
// Pix allows ten digits before the dot. It stays below 2^53, so every client
// can hold it exactly.
const Max Centavos = 999_999_999_999

// ErrOverflow means that a sum left the range of 64 bits.
var ErrOverflow = errors.New("amount overflows")

// Add returns c + d, or ErrOverflow.
func (c Centavos) Add(d Centavos) (Centavos, error) {
	sum := c + d
	if (d > 0 && sum < c) || (d < 0 && sum > c) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub returns c - d, or ErrOverflow.
func (c Centavos) Sub(d Centavos) (Centavos, error) {
	diff := c - d
	if (d > 0 && diff > c) || (d < 0 && diff < c) {
		return 0, ErrOverflow
	}
	return diff, nil
}

// Share returns c × numerator ÷ denominator, rounded half up to the centavo.
// c and numerator must not be negative and denominator must be positive; any
// other argument, or a result that does not fit, is ErrOverflow.
func (c Centavos) Share(numerator, denominator int64) (Centavos, error) {
	if c < 0 || numerator < 0 || denominator <= 0 {
		return 0, ErrOverflow
	}
	hi, lo := bits.Mul64(uint64(c), uint64(numerator))
	lo, carry := bits.Add64(lo, uint64(denominator)/2, 0)
	hi += carry
	if hi >= uint64(denominator) {
		return 0, ErrOverflow
	}
	quotient, _ := bits.Div64(hi, lo, uint64(denominator))
	if quotient > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return Centavos(quotient), nil
}

// String prints c in reais with both decimals, as in 48734.90 or -0.05.
func (c Centavos) String() string { return string(c.Append(nil)) }

// Append appends c in reais with both decimals to b.
func (c Centavos) Append(b []byte) []byte {
	magnitude := uint64(c)
	if c < 0 {
		b = append(b, '-')
		magnitude = -magnitude
	}
	whole, cents := magnitude/100, magnitude%100
	b = appendUint(b, whole)
	return append(b, '.', byte('0'+cents/10), byte('0'+cents%10))
}

func appendUint(b []byte, v uint64) []byte {
	var digits [20]byte
	i := len(digits)
	for {
		i--
		digits[i] = byte('0' + v%10)
		v /= 10
		if v == 0 {
			return append(b, digits[i:]...)
		}
	}
}

// MarshalJSON prints c as a JSON number in reais with both decimals.
func (c Centavos) MarshalJSON() ([]byte, error) { return c.Append(make([]byte, 0, 16)), nil }

// UnmarshalJSON reads a JSON number in reais, exactly. Its errors are those of
// ParseJSON.
func (c *Centavos) UnmarshalJSON(raw []byte) error {
	read, err := ParseJSON(raw)
	if err == nil {
		*c = read
	}
	return err
}
