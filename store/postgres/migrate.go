package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed grants.sql
var grants string

// versionTable is where goose notes which migrations were done.
const versionTable = "saldo_migrations"

// newest is the number of the newest migration.
const newest = 4

// Migrate brings the tables of a database up to this release. Nodes that do it at
// the same time wait for each other. It needs the rights of the tables' owner.
func Migrate(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	for _, setting := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		config.RuntimeParams[setting] = "0" // a migration takes as long as it takes
	}
	db := stdlib.OpenDB(*config)
	return errors.Join(migrate(ctx, db, newest), db.Close())
}

// migrate does the migrations up to a number that were not done yet.
func migrate(ctx context.Context, db *sql.DB, to int64) error {
	const everySecond, tries = 1, 300
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(everySecond, tries))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(versionTable), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.UpTo(ctx, to); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Grant gives a role what it needs to run Saldo on the tables, and nothing more:
// it can neither alter nor delete an entry. It needs the rights of the tables'
// owner, and is to be repeated after every migration.
func Grant(ctx context.Context, url, role string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	statements := strings.ReplaceAll(grants, `"saldo_app"`, pgx.Identifier{role}.Sanitize())
	_, err = conn.PgConn().Exec(ctx, statements).ReadAll()
	if err != nil {
		err = fmt.Errorf("grant: %w", err)
	}
	return errors.Join(err, conn.Close(ctx))
}

// checkTables looks whether the tables are those of this release.
func (s *Store) checkTables(ctx context.Context, url string) error {
	version, err := s.tablesVersion(ctx)
	if err == nil && version < newest && s.opts.Migrate && !s.opts.ReadOnly {
		if err := Migrate(ctx, url); err != nil {
			return err
		}
		version, err = s.tablesVersion(ctx)
	}
	switch {
	case err != nil:
		return err
	case version < newest:
		return fmt.Errorf("%w (they are at %d, this release needs %d)", ErrNotMigrated, version, newest)
	case version > newest:
		return fmt.Errorf("%w (they are at %d, this release knows %d)", ErrNewer, version, newest)
	}
	return nil
}

// tablesVersion returns the number of the newest migration that was done, 0 if
// there are no tables.
func (s *Store) tablesVersion(ctx context.Context) (int, error) {
	var version int
	err := s.asks.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable).Scan(&version)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" { // no such table
		return 0, nil
	}
	return version, translate(ctx, err)
}
