package report

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/statement"
)

// Instant is a time as both APIs write it: in UTC, to the millisecond.
type Instant struct{ time.Time }

const instantLayout = `"2006-01-02T15:04:05.000Z"`

// MarshalJSON writes the time.
func (i Instant) MarshalJSON() ([]byte, error) { return i.UTC().AppendFormat(nil, instantLayout), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Instant) UnmarshalJSON(raw []byte) (err error) {
	i.Time, err = time.Parse(instantLayout, string(raw))
	return err
}

// BasisPoints are hundredths of a percent. In JSON they are percent: 33.33.
type BasisPoints int64

// Whole is all of it, in basis points.
const Whole BasisPoints = 100_00

// MarshalJSON writes percent with two decimals.
func (p BasisPoints) MarshalJSON() ([]byte, error) { return money.Centavos(p).MarshalJSON() }

// UnmarshalJSON reads what MarshalJSON writes.
func (p *BasisPoints) UnmarshalJSON(raw []byte) error { return (*Amount)(p).UnmarshalJSON(raw) }

// String writes percent with two decimals.
func (p BasisPoints) String() string { return money.Centavos(p).String() }

// Share returns which part of gross is blocked, rounded down; zero where gross is
// not positive.
func Share(blocked, gross Amount) BasisPoints {
	switch {
	case gross <= 0 || blocked <= 0:
		return 0
	case blocked >= gross:
		return Whole
	}
	high, low := bits.Mul64(uint64(blocked), uint64(Whole))
	share, _ := bits.Div64(high, low, uint64(gross))
	return BasisPoints(share)
}

// exceeds tells whether more than percent of gross is blocked.
func exceeds(blocked, gross Amount, percent int64) bool {
	if gross <= 0 || blocked <= 0 {
		return false
	}
	highB, lowB := bits.Mul64(uint64(blocked), 100)
	highG, lowG := bits.Mul64(uint64(gross), uint64(max(percent, 0)))
	return highB > highG || highB == highG && lowB > lowG
}

// Amount is an amount in centavos, of any sign. In JSON it is in reais.
type Amount money.Centavos

// MarshalJSON writes the amount with both decimals.
func (a Amount) MarshalJSON() ([]byte, error) { return money.Centavos(a).MarshalJSON() }

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	whole, cents, ok := strings.Cut(string(raw), ".")
	n, err := strconv.ParseInt(whole+cents, 10, 64)
	if !ok || len(cents) != 2 || err != nil {
		return fmt.Errorf("%q is no amount with two decimals", raw)
	}
	*a = Amount(n)
	return nil
}

// String writes the amount in reais.
func (a Amount) String() string { return money.Centavos(a).String() }

// adder adds amounts up and remembers when a sum does not fit.
type adder struct{ err error }

func (a *adder) add(to *Amount, c Amount) {
	sum, err := money.Centavos(*to).Add(money.Centavos(c))
	if err != nil {
		a.err = err
		return
	}
	*to = Amount(sum)
}

func (a *adder) sub(from *Amount, c Amount) {
	rest, err := money.Centavos(*from).Sub(money.Centavos(c))
	if err != nil {
		a.err = err
		return
	}
	*from = Amount(rest)
}

// DayError tells why there is no report of a day.
type DayError struct{ Reason string }

func (e *DayError) Error() string { return "date " + e.Reason }

// ParseDay reads the day that a report is wanted of, which must have begun. Without
// a text it is the zero day, which stands for yesterday.
func ParseDay(text string, now time.Time) (statement.Day, error) {
	if text == "" {
		return statement.Day{}, nil
	}
	d, err := statement.ParseDay(text)
	if err != nil {
		return d, &DayError{err.Error()}
	}
	if today := statement.DayOf(now); d.After(today) {
		return d, &DayError{"must not be after today, " + today.String()}
	}
	return d, nil
}
