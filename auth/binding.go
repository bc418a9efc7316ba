package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// Certificate is one that is bound to an account: whoever has its key may get tokens of
// any of the account's clients whose secret it knows.
type Certificate struct {
	Fingerprint Fingerprint
	BoundAt     time.Time
	// Clients are those it was issued with, none when it was bound by itself.
	Clients []string
}

// BindCertificate binds one more certificate to an account, whose clients stay what they
// are: it is how a certificate is changed before it expires. Issued has neither client id
// nor secret then. A certificate that the account has already stays as it is.
func (a *Authority) BindCertificate(
	ctx context.Context, account ledger.AccountID, o CreateOptions,
) (Issued, error) {
	if account.Role() != ledger.Customer || account > ledger.AccountIDMax {
		return Issued{}, ledger.ErrAccountID
	}
	a.enrolling.Lock()
	defer a.enrolling.Unlock()
	id, err := a.freeClientID(ctx, certificatePrefix, account)
	if err != nil {
		return Issued{}, err
	}
	issued := Issued{ClientID: id, Account: account, CreatedAt: a.now().UTC()}
	if err := a.certify(ctx, &issued, o); err != nil {
		return Issued{}, err
	}
	issued.ClientID = ""
	_, err = a.store.Bound(ctx, issued.Certificate)
	if err == nil {
		return issued, nil // by this account, as certify made sure
	}
	if !errors.Is(err, ErrNoCredential) {
		return Issued{}, err
	}
	return issued, a.store.PutCredential(ctx, Credential{
		ClientID: id, Account: account, Certificate: issued.Certificate, CreatedAt: issued.CreatedAt,
	})
}

// Certificates lists an account's certificates, each once, in order of the credentials
// that hold them.
func (a *Authority) Certificates(ctx context.Context, account ledger.AccountID) ([]Certificate, error) {
	credentials, err := a.store.Credentials(ctx, account)
	if err != nil {
		return nil, err
	}
	var all []Certificate
	place := make(map[Fingerprint]int)
	for _, c := range credentials {
		if c.Certificate == (Fingerprint{}) {
			continue
		}
		i, known := place[c.Certificate]
		if !known {
			i = len(all)
			place[c.Certificate] = i
			all = append(all, Certificate{Fingerprint: c.Certificate, BoundAt: c.CreatedAt})
		}
		if c.CreatedAt.Before(all[i].BoundAt) {
			all[i].BoundAt = c.CreatedAt
		}
		if c.forClients() {
			all[i].Clients = append(all[i].Clients, c.ClientID)
		}
	}
	return all, nil
}

// UnbindCertificate takes a certificate from an account, or returns
// ErrCertificateUnbound. The account's clients stay, and need another of its certificates;
// tokens that they got with this one are refused once this returns.
func (a *Authority) UnbindCertificate(ctx context.Context, account ledger.AccountID, fp Fingerprint) error {
	a.enrolling.Lock()
	defer a.enrolling.Unlock()
	credentials, err := a.store.Credentials(ctx, account)
	if err != nil {
		return err
	}
	// Also after a failure, for the Store may have done it all the same.
	defer a.Recheck()
	found := false
	for _, c := range credentials {
		if c.Certificate != fp || fp == (Fingerprint{}) {
			continue
		}
		found = true
		if err := a.unbind(ctx, c); err != nil {
			return err
		}
	}
	if !found {
		return ErrCertificateUnbound
	}
	return nil
}

func (a *Authority) unbind(ctx context.Context, c Credential) error {
	if c.forClients() {
		c.Certificate = Fingerprint{}
		return a.store.PutCredential(ctx, c)
	}
	err := a.store.DeleteCredential(ctx, c.ClientID)
	if errors.Is(err, ErrNoCredential) {
		return nil // another node did the same
	}
	return err
}

// Prove tells whether a caller shows the certificate that its token is bound to (RFC 8705,
// section 3), or returns ErrTokenUnproved. A token that was got without a certificate is
// bound to none, and is never proved.
func (id *Identity) Prove(shown *x509.Certificate, now time.Time) error {
	if shown == nil || FingerprintOf(shown) != id.Certificate || CheckValidity(shown, now) != nil {
		return ErrTokenUnproved
	}
	return nil
}
