package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
)

const credentialColumns = `client_id, account, salt, secret_hash, certificate, created_at, scope`

func readCredential(c *columns) auth.Credential {
	return auth.Credential{
		ClientID: c.text(), Account: ledger.AccountID(c.uint()), Salt: [16]byte(c.fixed(16)),
		SecretHash: [32]byte(c.fixed(32)), Certificate: auth.Fingerprint(c.fixed(32)), CreatedAt: c.time(),
		Scope: c.text(),
	}
}

// change runs one statement that may be run again without harm.
func (s *Store) change(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	if s.opts.ReadOnly {
		return tag, fmt.Errorf("%w: %w", book.ErrUnavailable, errReadOnly)
	}
	err = s.ask(ctx, func(ctx context.Context, conn *pgxpool.Conn) (err error) {
		tag, err = conn.Exec(ctx, sql, args...)
		return err
	})
	return tag, err
}

// PutCredential creates or replaces a credential.
func (s *Store) PutCredential(ctx context.Context, c auth.Credential) error {
	_, err := s.change(ctx, `
		INSERT INTO credentials (`+credentialColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (client_id) DO UPDATE SET account = excluded.account, salt = excluded.salt,
			secret_hash = excluded.secret_hash, certificate = excluded.certificate, created_at = excluded.created_at,
			scope = excluded.scope`,
		c.ClientID, fit(c.Account), c.Salt[:], c.SecretHash[:], c.Certificate[:], c.CreatedAt, c.Scope)
	return err
}

// Credential returns a credential.
func (s *Store) Credential(ctx context.Context, clientID string) (auth.Credential, error) {
	if !storable(clientID) {
		return auth.Credential{}, auth.ErrNoCredential
	}
	return one(ctx, s, auth.ErrNoCredential, readCredential,
		`SELECT `+credentialColumns+` FROM credentials WHERE client_id = $1`, clientID)
}

// Credentials lists an account's credentials.
func (s *Store) Credentials(ctx context.Context, account ledger.AccountID) ([]auth.Credential, error) {
	return several(ctx, s, readCredential,
		`SELECT `+credentialColumns+` FROM credentials WHERE account = $1 ORDER BY client_id`, fit(account))
}

// DeleteCredential removes a credential.
func (s *Store) DeleteCredential(ctx context.Context, clientID string) error {
	if !storable(clientID) {
		return auth.ErrNoCredential
	}
	tag, err := s.change(ctx, `DELETE FROM credentials WHERE client_id = $1`, clientID)
	if err == nil && tag.RowsAffected() == 0 {
		return auth.ErrNoCredential
	}
	return err
}

// Bound returns an account that has a credential with this certificate.
func (s *Store) Bound(ctx context.Context, certificate auth.Fingerprint) (ledger.AccountID, error) {
	return one(ctx, s, auth.ErrNoCredential, func(c *columns) ledger.AccountID { return ledger.AccountID(c.uint()) },
		`SELECT account FROM credentials WHERE certificate = $1 LIMIT 1`, certificate[:])
}
