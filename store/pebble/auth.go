package pebble

import (
	"context"
	"errors"
	"fmt"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
)

// PutCredential creates or replaces a credential.
func (s *Store) PutCredential(ctx context.Context, c auth.Credential) error {
	return s.change(ctx, func(to *commit) (bool, error) {
		old, exists, err := s.credential(c.ClientID)
		if err != nil {
			return false, err
		}
		return true, s.writer.credential(to, func(w *writer) {
			if exists && old.Account != c.Account {
				w.delete(appendClientKey(w.key[:0], old.Account, old.ClientID))
			}
			if exists && old.Certificate != c.Certificate {
				w.delete(appendFingerprintKey(w.key[:0], old.Certificate, old.ClientID))
			}
			w.putCredential(&c)
		})
	})
}

// DeleteCredential removes a credential.
func (s *Store) DeleteCredential(ctx context.Context, clientID string) error {
	return s.change(ctx, func(to *commit) (bool, error) {
		old, exists, err := s.credential(clientID)
		switch {
		case err != nil:
			return false, err
		case !exists:
			return false, auth.ErrNoCredential
		}
		return true, s.writer.credential(to, func(w *writer) { w.dropCredential(&old) })
	})
}

// Credential returns a credential.
func (s *Store) Credential(ctx context.Context, clientID string) (auth.Credential, error) {
	return one(ctx, s, auth.ErrNoCredential, func(*source) (auth.Credential, bool, error) {
		return s.credential(clientID)
	})
}

// Bound returns an account that has a credential with this certificate.
func (s *Store) Bound(ctx context.Context, certificate auth.Fingerprint) (ledger.AccountID, error) {
	return one(ctx, s, auth.ErrNoCredential, func(*source) (id ledger.AccountID, ok bool, err error) {
		prefix := appendFingerprintKey(nil, certificate, "")
		err = s.eachClient(prefix, func(c auth.Credential) error {
			id, ok = c.Account, true
			return errEnough
		})
		return id, ok, err
	})
}

// Credentials lists an account's credentials.
func (s *Store) Credentials(ctx context.Context, account ledger.AccountID) ([]auth.Credential, error) {
	return one(ctx, s, nil, func(*source) (all []auth.Credential, ok bool, err error) {
		err = s.eachClient(appendClientKey(nil, account, ""), func(c auth.Credential) error {
			all = append(all, c)
			return nil
		})
		return all, true, err
	})
}

func (s *Store) credential(clientID string) (auth.Credential, bool, error) {
	return get(s.db, appendCredentialKey(nil, clientID), readCredential)
}

// eachClient calls do with the credentials that the index entries under a prefix
// name, in order of client id, until do returns an error. errEnough is none.
func (s *Store) eachClient(prefix []byte, do func(auth.Credential) error) (err error) {
	snapshot := s.db.NewSnapshot()
	defer func() { err = firstError(err, snapshot.Close()) }()
	err = scan(snapshot, prefix, func(key, _ []byte) error {
		c, ok, err := get(snapshot, appendCredentialKey(nil, string(key[len(prefix):])), readCredential)
		switch {
		case err != nil:
			return err
		case !ok:
			return fmt.Errorf("%w: key %q leads nowhere", ErrCorrupt, key)
		}
		return do(c)
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// credential encodes what write does into c.
func (w *writer) credential(c *commit, write func(*writer)) error {
	w.batch, w.err, c.lastID = c.batch, nil, w.lastID
	write(w)
	return w.err
}

func (w *writer) putCredential(c *auth.Credential) {
	w.set(appendCredentialKey(w.key[:0], c.ClientID), appendCredential(w.value[:0], c))
	w.set(appendClientKey(w.key[:0], c.Account, c.ClientID), w.value[:0])
	w.set(appendFingerprintKey(w.key[:0], c.Certificate, c.ClientID), w.value[:0])
}

func (w *writer) dropCredential(c *auth.Credential) {
	w.delete(appendCredentialKey(w.key[:0], c.ClientID))
	w.delete(appendClientKey(w.key[:0], c.Account, c.ClientID))
	w.delete(appendFingerprintKey(w.key[:0], c.Certificate, c.ClientID))
}
