package memory

import (
	"context"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
)

// PutCredential creates or replaces a credential.
func (s *Store) PutCredential(_ context.Context, c auth.Credential) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credentials[c.ClientID] = c
	return nil
}

// Credential returns a credential.
func (s *Store) Credential(_ context.Context, clientID string) (auth.Credential, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return found(s.credentials, clientID, auth.ErrNoCredential)
}

// Credentials lists an account's credentials.
func (s *Store) Credentials(_ context.Context, account ledger.AccountID) ([]auth.Credential, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return page(s.credentials, "", len(s.credentials), func(c auth.Credential) bool {
		return c.Account == account
	}), nil
}

// DeleteCredential removes a credential.
func (s *Store) DeleteCredential(_ context.Context, clientID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := found(s.credentials, clientID, auth.ErrNoCredential)
	delete(s.credentials, clientID)
	return err
}

// Bound returns an account that has a credential with this certificate.
func (s *Store) Bound(_ context.Context, certificate auth.Fingerprint) (ledger.AccountID, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.credentials {
		if c.Certificate == certificate {
			return c.Account, nil
		}
	}
	return 0, auth.ErrNoCredential
}
