package auth

import (
	"context"
	"errors"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// Fingerprint is the SHA-256 of a certificate's DER bytes.
type Fingerprint [32]byte

// Credential lets a client get tokens for one account. The secret itself is not
// kept, only its hash.
//
// A credential without a hash lets nobody in: it only binds its certificate to the
// account, as BindCertificate does.
type Credential struct {
	ClientID    string
	Account     ledger.AccountID
	Salt        [16]byte
	SecretHash  [32]byte
	Certificate Fingerprint // zero when it was unbound since
	CreatedAt   time.Time
	Scope       string // what its tokens are good for, separated by blanks; empty for all
}

// forClients tells whether a client can get tokens with c.
func (c *Credential) forClients() bool { return c.SecretHash != [32]byte{} }

// ErrNoCredential means that there is no such credential, or no longer.
var ErrNoCredential = errors.New("no such credential")

// Store keeps credentials. Changes are durable when a method returns and are
// seen by every later call.
type Store interface {
	// PutCredential creates or replaces a credential.
	PutCredential(ctx context.Context, c Credential) error
	// Credential returns a credential or ErrNoCredential.
	Credential(ctx context.Context, clientID string) (Credential, error)
	// Credentials lists an account's credentials in order of client id.
	Credentials(ctx context.Context, account ledger.AccountID) ([]Credential, error)
	// DeleteCredential removes a credential, or returns ErrNoCredential.
	DeleteCredential(ctx context.Context, clientID string) error
	// Bound returns an account that has a credential with this certificate, or
	// ErrNoCredential.
	Bound(ctx context.Context, certificate Fingerprint) (ledger.AccountID, error)
}
