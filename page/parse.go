package page

import (
	"errors"
	"strconv"
	"strings"

	"github.com/saldo-pix/saldo/money"
)

// ErrNotTyped means that a text is no number as people of the language write it.
var ErrNotTyped = errors.New("not a number of this language")

// ParseAmount reads an amount as people of the language type it, with or without the
// currency and marks between thousands: R$ 1.234,56, 1234,5 or 1234. Its errors are
// ErrNotTyped and those of money.ParseJSON.
func (l *Lang) ParseAmount(text string) (money.Centavos, error) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "R$"))
	whole, cents, hasCents := strings.Cut(text, l.decimal)
	whole, err := l.ungrouped(whole)
	if err != nil || hasCents && (cents == "" || !digits(cents)) {
		return 0, ErrNotTyped
	}
	if hasCents {
		whole += "." + cents
	}
	return money.ParseDecimal(whole)
}

// ParseNumber reads a whole number as people of the language type it. Its error is
// ErrNotTyped.
func (l *Lang) ParseNumber(text string) (int64, error) {
	plain, err := l.ungrouped(strings.TrimSpace(text))
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(plain, 10, 64)
	if err != nil {
		return 0, ErrNotTyped
	}
	return n, nil
}

// ungrouped takes the marks between thousands away, which must all be there, or none.
func (l *Lang) ungrouped(text string) (string, error) {
	plain := strings.ReplaceAll(text, l.group, "")
	if plain == "" || !digits(plain) || plain != text && l.grouped(plain) != text {
		return "", ErrNotTyped
	}
	if plain = strings.TrimLeft(plain, "0"); plain == "" {
		plain = "0"
	}
	return plain, nil
}

// digits tells whether a text has nothing else.
func digits(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// Again shows a page under a title with a status of its own: a form that was refused,
// with what was typed and what is wrong with it.
func (c *Call) Again(status int, name, title string, data any) error {
	return c.render(status, name, title, data)
}

// Typed writes an amount as people type it into a field: without the currency.
func (l *Lang) Typed(c money.Centavos) string { return strings.Replace(l.Amount(c), l.currency, "", 1) }
