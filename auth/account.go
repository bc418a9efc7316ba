package auth

import (
	"context"

	"github.com/saldo-pix/saldo/ledger"
)

// AccountOf returns the account of a client, or ErrNoCredential.
func (a *Authority) AccountOf(ctx context.Context, clientID string) (ledger.AccountID, error) {
	credential, err := a.store.Credential(ctx, clientID)
	return credential.Account, err
}
