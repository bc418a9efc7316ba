// Package pixid reads and writes the identifiers of Pix: documents, keys, end-to-end ids, txids and
// BR Codes. A typed value is valid everywhere; only parsing makes one. The package is pure and
// knows nothing of money movement: whether a key exists, or who may pay what, is settled elsewhere.
package pixid

import "errors"

// ErrInvalid says that some text is not the identifier it was read as.
var ErrInvalid = errors.New("invalid identifier")

// InvalidError tells which identifier was refused and why. It never quotes the refused text, which
// may be somebody's personal data. It matches ErrInvalid.
type InvalidError struct {
	What   string // "CPF", "end-to-end id"
	Reason string // "check digits do not match"
}

func (e *InvalidError) Error() string { return "invalid " + e.What + ": " + e.Reason }

// Is reports whether target is ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

func invalid(what, reason string) error { return &InvalidError{What: what, Reason: reason} }

// The tests and folds below work on ASCII bytes on purpose: strings.ToUpper turns the long s into S
// and strings.ToLower turns the Kelvin sign into k, so that foreign letters would pass as ours.

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigitOrUpper(c byte) bool { return isDigit(c) || isUpper(c) }

func isAlphanumeric(c byte) bool { return isDigit(c) || isUpper(c) || isLower(c) }

func isPrintable(c byte) bool { return ' ' <= c && c <= '~' }

func upper(c byte) byte {
	if isLower(c) {
		return c - 'a' + 'A'
	}
	return c
}

func lower(c byte) byte {
	if isUpper(c) {
		return c - 'A' + 'a'
	}
	return c
}

// every reports whether ok holds for each byte of s. It holds for the empty string.
func every(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}
