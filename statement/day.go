package statement

import (
	"errors"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/pix"
)

// Day is a calendar day in São Paulo. The zero value is no day.
type Day struct {
	year  int
	month time.Month
	day   int
}

var errDay = errors.New("must be a date, as in 2026-11-20")

// ParseDay reads a day written as 2026-11-20.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Day{}, errDay
	}
	return dateOf(t), nil
}

// DayOf returns the day of an instant.
func DayOf(t time.Time) Day { return dateOf(t.In(pix.SaoPaulo)) }

func dateOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day{year, month, day}
}

func (d Day) noon() time.Time { return time.Date(d.year, d.month, d.day, 12, 0, 0, 0, time.UTC) }

// Next returns the day after.
func (d Day) Next() Day { return d.Add(1) }

// Add returns the day that many days later.
func (d Day) Add(days int) Day { return dateOf(d.noon().AddDate(0, 0, days)) }

// First returns the first day of the month.
func (d Day) First() Day { return Day{d.year, d.month, 1} }

// After tells whether d is later than e.
func (d Day) After(e Day) bool { return d.noon().After(e.noon()) }

// Start returns the day's first instant. Where summer time began at midnight that
// is one o'clock.
func (d Day) Start() time.Time { return pix.DayStart(d.year, d.month, d.day).In(pix.SaoPaulo) }

// Number writes the day as a number that rises: 20261120.
func (d Day) Number() uint64 { return uint64(d.year*10_000 + int(d.month)*100 + d.day) }

// MarshalText writes the day as String does.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDay reads.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day) }

// Period is a stretch of whole days, both included.
type Period struct{ From, To Day }

// Bounds returns the first instant of the period and the first after it.
func (p Period) Bounds() (from, until time.Time) { return p.From.Start(), p.To.Next().Start() }
