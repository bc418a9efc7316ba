package server

import (
	"context"
	"fmt"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
)

// credentialsPage is how many accounts' credentials are copied at a time.
const credentialsPage = 500

// Copy copies everything that a store keeps into another one: the book, and the
// credentials. It can be cut off and begun again; see book.Copy.
func Copy(ctx context.Context, from, to Store, progress func(book.Progress)) error {
	if err := book.Copy(ctx, from, to, progress); err != nil {
		return err
	}
	after := ledger.AccountID(0)
	for {
		profiles, err := from.Profiles(ctx, after, credentialsPage)
		if err != nil || len(profiles) == 0 {
			return err
		}
		for _, p := range profiles {
			if err := copyCredentials(ctx, from, to, p.ID); err != nil {
				return fmt.Errorf("credentials of account %s: %w", p.ID, err)
			}
		}
		after = profiles[len(profiles)-1].ID
	}
}

func copyCredentials(ctx context.Context, from, to Store, account ledger.AccountID) error {
	credentials, err := from.Credentials(ctx, account)
	if err != nil {
		return err
	}
	for _, c := range credentials {
		if err := to.PutCredential(ctx, c); err != nil {
			return err
		}
	}
	return nil
}
