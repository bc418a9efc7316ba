package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
)

const operatorTokenBytesMin = 32

// ErrOperatorToken means that a text cannot be the operator's token.
var ErrOperatorToken = errors.New(
	"the operator token must have 32 characters or more, printable ASCII without spaces")

// OperatorToken recognizes the token that opens the operator's API. It does not hold the
// token, only its SHA-256. The zero OperatorToken recognizes nothing.
type OperatorToken struct{ hash [sha256.Size]byte }

// NewOperatorToken takes the configured token, or returns ErrOperatorToken.
func NewOperatorToken(configured Secret) (OperatorToken, error) {
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(configured) < operatorTokenBytesMin ||
		strings.ContainsFunc(string(configured), unprintable) {
		return OperatorToken{}, ErrOperatorToken
	}
	return OperatorToken{hash: sha256.Sum256([]byte(configured))}, nil
}

// Mark changes with the token and is not the token: what is kept of it elsewhere may be
// made of it.
func (t OperatorToken) Mark() [sha256.Size]byte { return t.hash }

// Matches tells whether presented is the configured token. How long it takes depends on
// the length of presented alone.
func (t OperatorToken) Matches(presented string) bool {
	hash := sha256.Sum256([]byte(presented))
	return subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1
}
