package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/saldo-pix/saldo/money"
)

// Fields checks the fields of a request and remembers every violation. The zero
// value is ready for use.
type Fields struct {
	violations []Violation
	amount     bool // whether the first violation is of an amount
}

// Refuse records a violation.
func (f *Fields) Refuse(field, reason string) {
	f.violations = append(f.violations, Violation{field, reason})
}

// Err returns the problem of all violations, or nil. Its message tells the
// first; clients search it for "valor inválido" when an amount is wrong
// (contract §1.4).
func (f *Fields) Err() error {
	if p := f.Problem(); p != nil {
		return p
	}
	return nil
}

// Problem is Err as a Problem.
func (f *Fields) Problem() *Problem {
	if len(f.violations) == 0 {
		return nil
	}
	first := f.violations[0]
	p := Invalid(first.Field, first.Reason)
	if f.amount {
		p.Code, p.Message = "INVALID_AMOUNT", "valor inválido: "+p.Message
	}
	p.Details["violations"] = f.violations
	return p
}

// Amount reads a required amount of at least 0.01, in reais.
func (f *Fields) Amount(field string, raw json.RawMessage) money.Centavos {
	if absent(raw) {
		f.RefuseAmount(field, "is required")
		return 0
	}
	c, err := money.ParseJSON(raw)
	switch {
	case err != nil:
		f.RefuseAmount(field, err.Error())
	case c < 1:
		f.RefuseAmount(field, "must be at least 0.01")
	}
	return c
}

// OptionalAmount reads an amount of at least 0, in reais; 0 if it is absent.
func (f *Fields) OptionalAmount(field string, raw json.RawMessage) money.Centavos {
	if absent(raw) {
		return 0
	}
	c, err := money.ParseJSON(raw)
	if err != nil {
		f.RefuseAmount(field, err.Error())
	}
	return c
}

// RefuseAmount records a violation of an amount.
func (f *Fields) RefuseAmount(field, reason string) {
	f.amount = f.amount || len(f.violations) == 0
	f.Refuse(field, reason)
}

// Whole reads an optional whole number between low and high; otherwise if it is
// absent. A number written with a fraction of zero is whole.
func (f *Fields) Whole(field string, raw json.RawMessage, low, high, otherwise int64) int64 {
	if absent(raw) {
		return otherwise
	}
	n, err := money.ParseScaled(raw, 0)
	switch err {
	case nil:
	case money.ErrNotNumber:
		f.Refuse(field, "must be a number")
		return otherwise
	case money.ErrPrecision:
		f.Refuse(field, "must be a whole number")
		return otherwise
	default:
		f.Refuse(field, fmt.Sprintf("must be between %d and %d", low, high))
		return otherwise
	}
	if n < low || n > high {
		f.Refuse(field, fmt.Sprintf("must be between %d and %d", low, high))
	}
	return n
}

// Text reads a required text of at most most characters.
func (f *Fields) Text(field string, s *string, most int) string {
	if s == nil || strings.TrimSpace(*s) == "" {
		f.Refuse(field, "is required")
		return ""
	}
	return f.OptionalText(field, s, most)
}

// OptionalText reads a text of at most most characters; empty if it is absent.
func (f *Fields) OptionalText(field string, s *string, most int) string {
	if s == nil {
		return ""
	}
	if utf8.RuneCountInString(*s) > most {
		f.Refuse(field, fmt.Sprintf("must have at most %d characters", most))
	}
	if strings.ContainsFunc(*s, forbidden) {
		f.Refuse(field, "must not contain control characters")
	}
	return *s
}

// forbidden tells whether r may not stand in a text: control characters other
// than white space.
func forbidden(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// OneOf reads a required text that must be one of the names.
func (f *Fields) OneOf(field string, s *string, names ...string) string {
	if s == nil || *s == "" {
		f.Refuse(field, "is required")
		return ""
	}
	for _, name := range names {
		if *s == name {
			return name
		}
	}
	f.Refuse(field, "must be one of "+strings.Join(names, ", "))
	return ""
}

// Time reads an optional time with its zone (RFC 3339); otherwise if it is
// absent. It is cut to microseconds, which is what the books keep.
func (f *Fields) Time(field string, text *string, otherwise time.Time) time.Time {
	if text == nil {
		return otherwise.UTC().Truncate(time.Microsecond)
	}
	t, err := time.Parse(time.RFC3339Nano, *text)
	if err != nil {
		f.Refuse(field, "must be a time with its zone, as in 2026-11-20T12:00:00.000Z")
	}
	return t.UTC().Truncate(time.Microsecond)
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
