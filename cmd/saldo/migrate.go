package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/saldo-pix/saldo/store/postgres"
)

// migrateCmd is saldo migrate.
type migrateCmd struct {
	Store string `required:"" placeholder:"URL" environ:"SALDO_STORE" help:"Store to bring up to this release: postgres://…, as the tables' owner."`
}

// Run makes the tables of a PostgreSQL store, or brings them up to this release.
// It can be run at any time, by several at once: one does it, the others wait.
func (c *migrateCmd) Run(ctx context.Context, m *machine) error {
	if !inPostgres(c.Store) {
		return usageError{errors.New("only a PostgreSQL store has tables to migrate: write postgres://…")}
	}
	if err := postgres.Migrate(ctx, c.Store); err != nil {
		return err
	}
	_, err := fmt.Fprintln(m.stdout, "the tables are up to date")
	return err
}
