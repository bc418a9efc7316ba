package auth

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/saldo-pix/saldo/ledger"
)

// Grant is what a client asks a token with, and what kind of token it gets.
type Grant struct {
	ClientID string
	Secret   Secret
	// Certificate is what the client showed. Nil when it may do without: whether it may is
	// the caller's decision.
	Certificate *x509.Certificate
	// Issuer is the name of the brand that issues the token. Where it depends on the
	// account, IssuerOf tells it instead, or ErrBadCredentials for an account that must not
	// be seen here; it is called when all else is right.
	Issuer   string
	IssuerOf func(context.Context, ledger.AccountID) (string, error)
	Lifetime time.Duration // whole seconds
	Scope    string        // separated by spaces; empty for all
}

// Token is an access token for a client.
type Token struct {
	Access    string
	ExpiresIn int    // seconds
	Scope     string // empty if none was asked for, although the token may carry some
}

// LogValue leaves the token itself out.
func (t Token) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("expiresIn", t.ExpiresIn), slog.String("scope", t.Scope))
}

// claims are what a token says.
type claims struct {
	jwt.RegisteredClaims
	Account      ledger.AccountID `json:"accountId"`
	Scope        string           `json:"scope,omitempty"`
	Confirmation *confirmation    `json:"cnf,omitempty"`
}

// confirmation binds a token to a certificate (RFC 8705, section 3.1).
type confirmation struct {
	Thumbprint string `json:"x5t#S256"`
}

// Issue makes a token when the grant is right, as Authenticate tells.
func (a *Authority) Issue(ctx context.Context, g Grant) (Token, error) {
	if g.Lifetime < time.Second {
		return Token{}, fmt.Errorf("auth: no token for %s", g.Lifetime)
	}
	id, err := a.Authenticate(ctx, g)
	if err != nil {
		return Token{}, err
	}
	access, err := a.sign(id, a.now())
	if err != nil {
		return Token{}, err
	}
	token := Token{Access: access, ExpiresIn: int(g.Lifetime / time.Second)}
	if g.Scope != "" {
		token.Scope = id.Scope
	}
	return token, nil
}

// Authenticate tells whom a grant speaks for, from now until its lifetime ends: first the
// certificate must be valid and of some account, then the credentials right, then both of
// the same account.
func (a *Authority) Authenticate(ctx context.Context, g Grant) (Identity, error) {
	now := a.now()
	if err := a.checkBound(ctx, g.Certificate, now); err != nil {
		return Identity{}, err
	}
	credential, err := a.authenticate(ctx, g.ClientID, g.Secret)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{
		Account: credential.Account, ClientID: credential.ClientID, Issuer: g.Issuer,
		ExpiresAt: now.UTC().Truncate(time.Second).Add(g.Lifetime),
	}
	if g.Certificate != nil {
		id.Certificate = FingerprintOf(g.Certificate)
		has, err := a.hasCertificate(ctx, credential, id.Certificate)
		if err != nil {
			return Identity{}, err
		}
		if !has {
			return Identity{}, ErrCertificateMismatch
		}
	}
	if g.IssuerOf != nil {
		if id.Issuer, err = g.IssuerOf(ctx, credential.Account); err != nil {
			return Identity{}, err
		}
	}
	if !a.issues(id.Issuer) {
		return Identity{}, fmt.Errorf("auth: no token of %q", id.Issuer)
	}
	id.Scope, err = credential.narrow(g.Scope)
	return id, err
}

// Recall tells whether somebody who was authenticated before still is: the time is not
// over, and credential and certificate are still there. What is wrong matches
// ErrUnauthorized; failures of the Store are returned as they are.
func (a *Authority) Recall(ctx context.Context, id Identity) error {
	if !a.now().Before(id.ExpiresAt) {
		return ErrTokenExpired
	}
	if !a.issues(id.Issuer) {
		return ErrTokenInvalid
	}
	return a.checkExists(ctx, id)
}

func (a *Authority) issues(issuer string) bool { return issuer != "" && a.knownIssuer(issuer) }

// checkBound checks a certificate, if there is one, as far as it is known without knowing
// who the client says to be.
func (a *Authority) checkBound(
	ctx context.Context, cert *x509.Certificate, now time.Time,
) error {
	if cert == nil {
		return nil
	}
	if err := CheckValidity(cert, now); err != nil {
		return err
	}
	_, err := a.store.Bound(ctx, FingerprintOf(cert))
	if errors.Is(err, ErrNoCredential) {
		return ErrCertificateUnbound
	}
	return err
}

// authenticate finds the credential that id and secret are of. It works as hard for an
// unknown id, so that the time it takes does not tell which ids exist.
func (a *Authority) authenticate(
	ctx context.Context, clientID string, secret Secret,
) (Credential, error) {
	credential, err := a.store.Credential(ctx, clientID)
	unknown := errors.Is(err, ErrNoCredential)
	if err != nil && !unknown {
		return Credential{}, err
	}
	if unknown {
		credential = Credential{}
	}
	if !credential.SecretMatches(secret) || unknown {
		return Credential{}, ErrBadCredentials
	}
	return credential, nil
}

// hasCertificate tells whether a certificate is the credential's own or that of another
// credential of the same account.
func (a *Authority) hasCertificate(
	ctx context.Context, credential Credential, fp Fingerprint,
) (bool, error) {
	if credential.Certificate == fp {
		return true, nil
	}
	siblings, err := a.store.Credentials(ctx, credential.Account)
	if err != nil {
		return false, err
	}
	for _, sibling := range siblings {
		if sibling.Certificate == fp {
			return true, nil
		}
	}
	return false, nil
}

func (a *Authority) sign(who Identity, now time.Time) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(a.rand, id[:]); err != nil {
		return "", fmt.Errorf("draw a token id: %w", err)
	}
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    who.Issuer,
			Subject:   who.ClientID,
			IssuedAt:  jwt.NewNumericDate(now.UTC().Truncate(time.Second)),
			ExpiresAt: jwt.NewNumericDate(who.ExpiresAt),
			ID:        base64.RawURLEncoding.EncodeToString(id[:]),
		},
		Account: who.Account,
		Scope:   who.Scope,
	}
	if who.Certificate != (Fingerprint{}) {
		c.Confirmation = &confirmation{base64.RawURLEncoding.EncodeToString(who.Certificate[:])}
	}
	key := a.keys.Load().signing
	token := jwt.NewWithClaims(key.method, c)
	token.Header["kid"] = key.id
	access, err := token.SignedString(key.sign)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return access, nil
}
