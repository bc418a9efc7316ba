package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"

	"github.com/saldo-pix/saldo/ledger"
)

const (
	secretBytes = 32 // 52 characters as text
	masked      = "[secret]"
)

// Secret is a text that must not show up where it was not asked for. Logged, printed
// or encoded it is masked; string(s) is the text itself.
type Secret string

func (Secret) String() string { return masked }

// GoString masks the secret in %#v.
func (Secret) GoString() string { return masked }

// Format masks the secret in every other verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// LogValue masks the secret in logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText masks the secret in JSON, which is how a log shows the fields of a struct.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// NewSecret draws a secret of 256 bits: letters and digits only, so that it survives
// shells, forms and configuration files.
func NewSecret(rand io.Reader) (Secret, error) {
	var random [secretBytes]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return Secret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:])), nil
}

// What the ids of credentials begin with, before the account's number.
const (
	clientPrefix      = "account-"     // contract §2.1
	certificatePrefix = "certificate-" // of what holds a certificate and lets nobody in
)

// NewClientID draws a client id of an account: account-<account id>-<8 hex digits>.
func NewClientID(rand io.Reader, account ledger.AccountID) (string, error) {
	return newID(rand, clientPrefix, account)
}

func newID(rand io.Reader, prefix string, account ledger.AccountID) (string, error) {
	var suffix [4]byte
	if _, err := io.ReadFull(rand, suffix[:]); err != nil {
		return "", fmt.Errorf("draw a client id: %w", err)
	}
	return prefix + account.String() + "-" + hex.EncodeToString(suffix[:]), nil
}

// SetSecret keeps the hash of a secret under a fresh salt.
//
// The hash is fast, HMAC-SHA-256 keyed with the salt, where passwords need a slow one.
// Secrets are drawn by NewSecret and nobody can choose one: 2^256 guesses are out of
// reach at any speed, and a slow hash would only let strangers keep us busy. See
// docs/decisions/0009-secret-hashing.md.
func (c *Credential) SetSecret(rand io.Reader, secret Secret) error {
	if _, err := io.ReadFull(rand, c.Salt[:]); err != nil {
		return fmt.Errorf("draw a salt: %w", err)
	}
	c.SecretHash = hashSecret(c.Salt, secret)
	return nil
}

// SecretMatches tells whether secret is the credential's. It takes as long for a wrong
// secret as for the right one, and as long for the zero Credential, which no secret
// matches: use that for a client that does not exist.
func (c *Credential) SecretMatches(secret Secret) bool {
	hash := hashSecret(c.Salt, secret)
	return hmac.Equal(hash[:], c.SecretHash[:])
}

func hashSecret(salt [16]byte, secret Secret) (hash [32]byte) {
	mac := hmac.New(sha256.New, salt[:])
	mac.Write([]byte(secret))
	mac.Sum(hash[:0])
	return hash
}
