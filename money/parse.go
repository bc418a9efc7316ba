package money

import "errors"

// What can be wrong with an amount as written. They are sentinels, so that an
// edge can put them into its own words.
var (
	ErrNotNumber = errors.New("must be a number")
	ErrPrecision = errors.New("must have at most 2 decimal places")
	ErrTooLarge  = errors.New("is too large")
	ErrNegative  = errors.New("must not be negative")
)

// ParseJSON reads an amount in reais from a JSON number exactly as it was
// written: 1e2 is 100.00, 0.001 is ErrPrecision, "5" is ErrNotNumber. It does
// not go through a float. Amounts above Max are ErrTooLarge, below zero
// ErrNegative (-0 is zero).
func ParseJSON(raw []byte) (Centavos, error) {
	n, err := scan(raw)
	if err != nil {
		return 0, err
	}
	c, err := n.scaled(2)
	return Centavos(c), err
}

// ParseScaled reads a JSON number exactly, in units of 10^-decimals: with 4
// decimals, 1.5 is 15000. It takes at most ten digits before the dot and at most
// eight decimals; its errors are those of ParseJSON.
func ParseScaled(raw []byte, decimals int) (int64, error) {
	n, err := scan(raw)
	if err != nil {
		return 0, err
	}
	return n.scaled(min(decimals, 8))
}

// ParseDecimal reads an amount in reais written as plain digits, with no or
// one or two decimals, as in "55.10": no sign, exponent or grouping. Its
// errors are those of ParseJSON.
func ParseDecimal(s string) (Centavos, error) {
	for i := range len(s) {
		if c := s[i]; c != '.' && (c < '0' || c > '9') {
			return 0, ErrNotNumber
		}
	}
	return ParseJSON([]byte(s))
}

// number is a JSON number taken apart: 0.digits × 10^point, with no leading
// and no trailing zero in digits.
type number struct {
	negative bool
	digits   []byte
	point    int
}

// exponentMax bounds exponents before they are used in arithmetic; anything
// beyond it is too large or too fine for an amount anyway.
const exponentMax = 10_000

// scan checks raw against the grammar of RFC 8259 §6.
func scan(raw []byte) (number, error) {
	var n number
	i := 0
	if i < len(raw) && raw[i] == '-' {
		n.negative = true
		i++
	}
	whole := digitsAt(raw, i)
	if whole == 0 || (whole > 1 && raw[i] == '0') {
		return n, ErrNotNumber
	}
	n.digits = append(n.digits, raw[i:i+whole]...)
	n.point = whole
	i += whole
	if i < len(raw) && raw[i] == '.' {
		fraction := digitsAt(raw, i+1)
		if fraction == 0 {
			return n, ErrNotNumber
		}
		n.digits = append(n.digits, raw[i+1:i+1+fraction]...)
		i += 1 + fraction
	}
	exponent, used, ok := exponentAt(raw[i:])
	if !ok || i+used != len(raw) {
		return n, ErrNotNumber
	}
	n.point += exponent
	n.trim()
	return n, nil
}

// trim drops zeros that do not count.
func (n *number) trim() {
	for len(n.digits) > 0 && n.digits[0] == '0' {
		n.digits = n.digits[1:]
		n.point--
	}
	for len(n.digits) > 0 && n.digits[len(n.digits)-1] == '0' {
		n.digits = n.digits[:len(n.digits)-1]
	}
}

// scaled converts n to units of 10^-decimals, refusing what has no exact value
// in range.
func (n *number) scaled(decimals int) (int64, error) {
	if len(n.digits) == 0 {
		return 0, nil
	}
	if n.negative {
		return 0, ErrNegative
	}
	if len(n.digits)-n.point > decimals {
		return 0, ErrPrecision
	}
	if n.point > 10 {
		return 0, ErrTooLarge
	}
	// At most ten digits before the point and eight after: no overflow.
	var v int64
	for i := range n.point + decimals {
		v *= 10
		if i < len(n.digits) {
			v += int64(n.digits[i] - '0')
		}
	}
	return v, nil
}

func digitsAt(raw []byte, i int) int {
	start := i
	for i < len(raw) && raw[i] >= '0' && raw[i] <= '9' {
		i++
	}
	return i - start
}

// exponentAt reads an optional exponent at the start of raw and tells its
// value and length.
func exponentAt(raw []byte) (exponent, used int, ok bool) {
	if len(raw) == 0 || (raw[0] != 'e' && raw[0] != 'E') {
		return 0, 0, true
	}
	i, sign := 1, 1
	if i < len(raw) && (raw[i] == '+' || raw[i] == '-') {
		if raw[i] == '-' {
			sign = -1
		}
		i++
	}
	count := digitsAt(raw, i)
	if count == 0 {
		return 0, 0, false
	}
	for _, c := range raw[i : i+count] {
		exponent = min(exponent*10+int(c-'0'), exponentMax)
	}
	return sign * exponent, i + count, true
}
