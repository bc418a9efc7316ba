package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

const (
	certificateLifetimeDefault = 365 * 24 * time.Hour
	// certificateBackdate lets a new certificate in where the clock is behind ours.
	certificateBackdate = 5 * time.Minute
	clientIDAttemptsMax = 8
)

// CreateOptions say how a credential is made.
type CreateOptions struct {
	// Certificate is the PEM of a certificate that the client has already. Empty means that
	// one is made, with its key.
	Certificate string
	// Lifetime is that of a certificate that is made. 0 means a year.
	Lifetime time.Duration
	// Scopes are what the credential's tokens are good for. None means all.
	Scopes []string
}

// Issued is a new credential. Its secrets are nowhere else: they are shown once.
type Issued struct {
	ClientID       string
	Secret         Secret
	Account        ledger.AccountID
	CertificatePEM string
	KeyPEM         Secret // empty when the client brought its certificate
	Certificate    Fingerprint
	CreatedAt      time.Time
	Scope          string // separated by blanks; empty for all
}

// CreateCredential lets a new client in. A certificate can be that of several credentials
// of one account, but not of two accounts.
func (a *Authority) CreateCredential(
	ctx context.Context, account ledger.AccountID, o CreateOptions,
) (Issued, error) {
	if account.Role() != ledger.Customer || account > ledger.AccountIDMax {
		return Issued{}, ledger.ErrAccountID
	}
	a.enrolling.Lock()
	defer a.enrolling.Unlock()
	clientID, err := a.freeClientID(ctx, clientPrefix, account)
	if err != nil {
		return Issued{}, err
	}
	issued := Issued{ClientID: clientID, Account: account, CreatedAt: a.now().UTC()}
	if issued.Scope, err = joinScopes(o.Scopes); err != nil {
		return Issued{}, err
	}
	if err := a.certify(ctx, &issued, o); err != nil {
		return Issued{}, err
	}
	if issued.Secret, err = NewSecret(a.rand); err != nil {
		return Issued{}, err
	}
	credential := Credential{
		ClientID:    clientID,
		Account:     account,
		Certificate: issued.Certificate,
		CreatedAt:   issued.CreatedAt,
		Scope:       issued.Scope,
	}
	if err := credential.SetSecret(a.rand, issued.Secret); err != nil {
		return Issued{}, err
	}
	if err := a.store.PutCredential(ctx, credential); err != nil {
		return Issued{}, err
	}
	return issued, nil
}

// freeClientID draws client ids until one is not in use.
func (a *Authority) freeClientID(ctx context.Context, prefix string, account ledger.AccountID) (string, error) {
	for range clientIDAttemptsMax {
		clientID, err := newID(a.rand, prefix, account)
		if err != nil {
			return "", err
		}
		_, err = a.store.Credential(ctx, clientID)
		if errors.Is(err, ErrNoCredential) {
			return clientID, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("auth: no free client id for account %s", account)
}

// certify gives a new credential the certificate that the options ask for.
func (a *Authority) certify(ctx context.Context, issued *Issued, o CreateOptions) error {
	if o.Certificate != "" {
		return a.bind(ctx, issued, o.Certificate)
	}
	if o.Lifetime == 0 {
		o.Lifetime = certificateLifetimeDefault
	}
	if o.Lifetime < 0 {
		return fmt.Errorf("auth: no certificate for %s", o.Lifetime)
	}
	from, to := issued.CreatedAt.Add(-certificateBackdate), issued.CreatedAt.Add(o.Lifetime)
	cert, key, fp, err := NewClientCertificate(a.rand, issued.ClientID, from, to)
	issued.CertificatePEM, issued.KeyPEM, issued.Certificate = string(cert), Secret(key), fp
	return err
}

func (a *Authority) bind(ctx context.Context, issued *Issued, text string) error {
	cert, fp, err := ParseCertificate(text)
	if err != nil {
		return err
	}
	if err := CheckValidity(cert, issued.CreatedAt); err != nil {
		return err
	}
	owner, err := a.store.Bound(ctx, fp)
	if err != nil && !errors.Is(err, ErrNoCredential) {
		return err
	}
	if err == nil && owner != issued.Account {
		return ErrCertificateTaken
	}
	issued.CertificatePEM, issued.Certificate = text, fp
	return nil
}

// DeleteCredential shuts a client out: its tokens, and those that others got with its
// certificate, are refused once this returns.
func (a *Authority) DeleteCredential(ctx context.Context, clientID string) error {
	a.enrolling.Lock()
	defer a.enrolling.Unlock()
	// Also after a failure, for the Store may have deleted it all the same.
	defer a.Recheck()
	return a.store.DeleteCredential(ctx, clientID)
}

// Credentials lists an account's credentials in order of client id.
func (a *Authority) Credentials(
	ctx context.Context, account ledger.AccountID,
) ([]Credential, error) {
	all, err := a.store.Credentials(ctx, account)
	return slices.DeleteFunc(all, func(c Credential) bool { return !c.forClients() }), err
}
