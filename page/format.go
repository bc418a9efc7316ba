package page

import (
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// Amount writes an amount as people of the language do: R$ 1.234,56 (CLDR 48).
func (l *Lang) Amount(c money.Centavos) string {
	plain := c.String()
	digits, negative := strings.CutPrefix(plain, "-")
	whole, cents, _ := strings.Cut(digits, ".")
	out := l.currency + l.grouped(whole) + l.decimal + cents
	if negative {
		out = "-" + out
	}
	return out
}

// Signed is Amount with a plus before what is more than nothing.
func (l *Lang) Signed(c money.Centavos) string {
	if c > 0 {
		return "+" + l.Amount(c)
	}
	return l.Amount(c)
}

// Number writes a whole number.
func (l *Lang) Number(n int64) string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(n, 10), "-")
	if negative {
		return "-" + l.grouped(digits)
	}
	return l.grouped(digits)
}

// Percent writes basis points as percent: 1250 is 12,5%.
func (l *Lang) Percent(basisPoints int64) string {
	text := l.Number(basisPoints / 100)
	if rest := basisPoints % 100; rest != 0 {
		text += l.decimal + strings.TrimRight(strconv.FormatInt(100+rest, 10)[1:], "0")
	}
	return text + "%"
}

// grouped puts a separator between each three digits.
func (l *Lang) grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + l.group + digits[i:]
	}
	return digits
}

// Time writes an instant as São Paulo's clocks show it; nothing for the zero time.
func (l *Lang) Time(t time.Time) string { return in(t, l.dateTime) }

// Date writes São Paulo's day of an instant.
func (l *Lang) Date(t time.Time) string { return in(t, l.date) }

// Day is Date without the year.
func (l *Lang) Day(t time.Time) string { return in(t, l.day) }

// Clock writes hours and minutes of an instant in São Paulo.
func (l *Lang) Clock(t time.Time) string { return in(t, l.clock) }

func in(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(pix.SaoPaulo).Format(layout)
}

// Ago writes how long something has lasted, in its largest whole unit.
func (l *Lang) Ago(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return l.N("ago.seconds", max(int(d/time.Second), 0))
	case d < time.Hour:
		return l.N("ago.minutes", int(d/time.Minute))
	case d < 2*day:
		return l.N("ago.hours", int(d/time.Hour))
	}
	return l.N("ago.days", int(d/day))
}
