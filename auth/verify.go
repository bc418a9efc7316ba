package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/saldo-pix/saldo/ledger"
)

const (
	tokenBytesMax = 4 << 10
	// clockSkewMax is how far the clock of another node that issues tokens may be ahead.
	clockSkewMax = 30 * time.Second
)

// Identity is who asks, as a verified token tells.
type Identity struct {
	Account   ledger.AccountID
	ClientID  string
	Issuer    string // the brand's
	Scope     string // separated by spaces; empty for all
	ExpiresAt time.Time
	// Certificate is what the client showed when it got the token; zero when it had none.
	Certificate Fingerprint
}

// Allows tells whether the token is good for a scope. One without scopes is good for all.
func (id Identity) Allows(scope string) bool {
	if id.Scope == "" {
		return true
	}
	for each := range strings.FieldsSeq(id.Scope) {
		if each == scope {
			return true
		}
	}
	return false
}

// Verify tells whom a token speaks for. What is wrong with the token matches
// ErrUnauthorized; failures of the Store are returned as they are.
//
// A token that was verified before costs a look into memory. It is refused all the same
// from the instant it expires, and once DeleteCredential has returned.
func (a *Authority) Verify(ctx context.Context, raw string) (Identity, error) {
	if raw == "" {
		return Identity{}, ErrTokenMissing
	}
	now := a.now()
	// The epoch is read before the Store is asked: a deletion in between makes the verdict
	// old the moment it is remembered.
	epoch := a.epoch.Load()
	known := a.cache.get(raw)
	if known == nil {
		return a.examine(ctx, raw, epoch, now)
	}
	if !now.Before(known.identity.ExpiresAt) {
		a.cache.remove(raw)
		return Identity{}, ErrTokenExpired
	}
	if known.epoch == epoch && !a.due(known, now) {
		return known.identity, nil
	}
	if known.keys != a.keys.Load() {
		a.cache.remove(raw)
		return a.examine(ctx, raw, epoch, now)
	}
	return a.admit(ctx, raw, verdict{known.identity, known.keys, epoch, now})
}

// examine verifies a token that is not remembered.
func (a *Authority) examine(ctx context.Context, raw string, epoch uint64, now time.Time) (Identity, error) {
	keys := a.keys.Load()
	id, err := a.parse(keys, raw, now)
	if err != nil {
		return Identity{}, err
	}
	return a.admit(ctx, raw, verdict{id, keys, epoch, now})
}

// due tells whether the Store has not been asked about a token for too long.
func (a *Authority) due(known *verdict, now time.Time) bool {
	return a.recheckAfter > 0 && now.Sub(known.checkedAt) >= a.recheckAfter
}

// admit asks the Store whether what a token was issued for still exists, and remembers
// the token if so.
func (a *Authority) admit(ctx context.Context, raw string, v verdict) (Identity, error) {
	err := a.checkExists(ctx, v.identity)
	if err == nil {
		a.cache.put(raw, &v)
		return v.identity, nil
	}
	if errors.Is(err, ErrTokenRevoked) {
		a.cache.remove(raw)
	}
	return Identity{}, err
}

func (a *Authority) checkExists(ctx context.Context, id Identity) error {
	credential, err := a.store.Credential(ctx, id.ClientID)
	if errors.Is(err, ErrNoCredential) {
		return ErrTokenRevoked
	}
	if err != nil {
		return err
	}
	if credential.Account != id.Account {
		return ErrTokenRevoked
	}
	if id.Certificate == (Fingerprint{}) {
		return nil
	}
	has, err := a.hasCertificate(ctx, credential, id.Certificate)
	if err == nil && !has {
		return ErrTokenRevoked
	}
	return err
}

func newParser(keys keyring, now func() time.Time) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods(keys.algorithms()),
		jwt.WithTimeFunc(now),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
	)
}

// parse checks all about a token that can be checked without the Store.
func (a *Authority) parse(keys *keyset, raw string, now time.Time) (Identity, error) {
	// The decoder skips line ends. They would give one token many spellings, each with
	// its own place in the cache.
	if len(raw) > tokenBytesMax || strings.ContainsAny(raw, "\r\n") {
		return Identity{}, ErrTokenMalformed
	}
	var c claims
	_, err := keys.parser.ParseWithClaims(raw, &c, keys.ring.verifier)
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Identity{}, fmt.Errorf("%w: %v", ErrTokenMalformed, err)
	case errors.Is(err, jwt.ErrTokenExpired):
		return Identity{}, ErrTokenExpired
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %v", ErrTokenInvalid, err)
	case c.IssuedAt == nil || c.IssuedAt.After(now.Add(clockSkewMax)):
		return Identity{}, fmt.Errorf("%w: issued in the future", ErrTokenInvalid)
	case c.Subject == "" || !a.issues(c.Issuer):
		return Identity{}, fmt.Errorf("%w: unknown issuer or no subject", ErrTokenInvalid)
	}
	return c.identity()
}

func (c *claims) identity() (Identity, error) {
	id := Identity{
		Account:   c.Account,
		ClientID:  c.Subject,
		Issuer:    c.Issuer,
		Scope:     c.Scope,
		ExpiresAt: c.ExpiresAt.UTC(),
	}
	if c.Confirmation == nil {
		return id, nil
	}
	thumbprint, err := base64.RawURLEncoding.Strict().DecodeString(c.Confirmation.Thumbprint)
	if err != nil || len(thumbprint) != len(id.Certificate) {
		return Identity{}, fmt.Errorf("%w: no fingerprint in cnf", ErrTokenInvalid)
	}
	copy(id.Certificate[:], thumbprint)
	return id, nil
}
