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

// Issue makes a token when the grant is right: first the certificate must be valid and of
// some account, then the credentials right, then both of the same account.
func (a *Authority) Issue(ctx context.Context, g Grant) (Token, error) {
	if g.Lifetime < time.Second {
		return Token{}, fmt.Errorf("auth: no token for %s", g.Lifetime)
	}
	now := a.now()
	if err := a.checkBound(ctx, g.Certificate, now); err != nil {
		return Token{}, err
	}
	credential, err := a.authenticate(ctx, g.ClientID, g.Secret)
	if err != nil {
		return Token{}, err
	}
	if g.Certificate != nil {
		has, err := a.hasCertificate(ctx, credential, FingerprintOf(g.Certificate))
		if err != nil {
			return Token{}, err
		}
		if !has {
			return Token{}, ErrCertificateMismatch
		}
	}
	if g.IssuerOf != nil {
		if g.Issuer, err = g.IssuerOf(ctx, credential.Account); err != nil {
			return Token{}, err
		}
	}
	if !a.issues(g.Issuer) {
		return Token{}, fmt.Errorf("auth: no token of %q", g.Issuer)
	}
	asked := g.Scope
	if g.Scope, err = credential.narrow(asked); err != nil {
		return Token{}, err
	}
	access, err := a.sign(g, credential.Account, now)
	if err != nil {
		return Token{}, err
	}
	token := Token{Access: access, ExpiresIn: int(g.Lifetime / time.Second)}
	if asked != "" {
		token.Scope = g.Scope
	}
	return token, nil
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

func (a *Authority) sign(g Grant, account ledger.AccountID, now time.Time) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(a.rand, id[:]); err != nil {
		return "", fmt.Errorf("draw a token id: %w", err)
	}
	issued := now.UTC().Truncate(time.Second)
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    g.Issuer,
			Subject:   g.ClientID,
			IssuedAt:  jwt.NewNumericDate(issued),
			ExpiresAt: jwt.NewNumericDate(issued.Add(g.Lifetime)),
			ID:        base64.RawURLEncoding.EncodeToString(id[:]),
		},
		Account: account,
		Scope:   g.Scope,
	}
	if g.Certificate != nil {
		fp := FingerprintOf(g.Certificate)
		c.Confirmation = &confirmation{base64.RawURLEncoding.EncodeToString(fp[:])}
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
