package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// refusal runs a statement that must fail, and returns its error's code and the
// constraint, if one is to blame.
func refusal(t *testing.T, url, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), statement)
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		t.Errorf("%s: %v", statement, err)
		return ""
	}
	return strings.TrimSpace(pg.Code + " " + pg.ConstraintName)
}

func TestTheTablesKnowTheRules(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	s := open(t, url, postgres.Options{})
	must(t, s, openAccount(firstAccount, 100_00))
	must(t, s, payment(1, firstAccount, 10_00))
	must(t, s, payment(2, firstAccount, 10_00))
	must(t, s, settlement(2, 3))
	for statement, want := range map[string]string{
		`UPDATE accounts SET held = posted + 1 WHERE id = 10001`:                     "23514 accounts_covered",
		`UPDATE accounts SET held = -1 WHERE id = 10001`:                             "23514 accounts_covered",
		`UPDATE accounts SET entries = -1`:                                           "23514 accounts_sound",
		`UPDATE accounts SET head = ''`:                                              "23514 accounts_sound",
		`UPDATE holds SET held = held + 1 WHERE id = 1`:                              "23514 holds_add_up",
		`UPDATE holds SET held = -1, shortfall = requested + 1`:                      "23514 holds_add_up",
		`UPDATE holds SET closed_at = now() WHERE id = 1`:                            "23514 holds_ended",
		`UPDATE holds SET held = 0, cancelled = held, closed_at = NULL WHERE id = 1`: "23514 holds_ended",
		`UPDATE movements SET fee = -1`:                                              "23514 movements_sound",
		`UPDATE movements SET status = 0`:                                            "23514 movements_sound",
		`UPDATE entry_lines SET posted_after = -1 WHERE account = 10001`:             "23514 entry_lines_covered",
		`UPDATE entry_lines SET kind = NULL WHERE home_number IS NULL`:               "23514 entry_lines_sound",
		`UPDATE entry_lines SET number = 0`:                                          "23514 entry_lines_sound",
		`INSERT INTO keys SELECT space, account, value, 1, 1 FROM keys`:              "23505 keys_pkey",
		`INSERT INTO entry_lines SELECT * FROM entry_lines`:                          "23505 entry_lines_pkey",
		`UPDATE profiles SET payment_fee_rate = 1000001`:                             "23514 profiles_fees",
		`UPDATE profiles SET payment_fee_min = -1`:                                   "23514 profiles_fees",
		`DELETE FROM accounts WHERE id = 10001`:                                      "23503 profiles_id_fkey",
		`INSERT INTO records VALUES (0, 'a', 0, 0, NULL)`:                            "23514 records_kind_check",
		`INSERT INTO records VALUES (1, 'a', 0, 0, '{')`:                             "22P02",
		`UPDATE committers SET epoch = NULL`:                                         "23502",
	} {
		if got := refusal(t, url, statement); got != want {
			t.Errorf("%s: %q, want %q", statement, got, want)
		}
	}
	sound(t, s)
}

func TestTheRunningRoleCannotRewriteHistory(t *testing.T) {
	server := pgtest.Shared(t)
	owner := server.NewDatabase(t)
	if err := postgres.Migrate(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	app := appOf(t, server, owner)
	s, err := postgres.Open(t.Context(), app, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	must(t, s, openAccount(firstAccount, 100_00))
	key := pix.RecordKey{Kind: pix.RecordMED, Name: "case-1"}
	for _, change := range []func(*pix.Books){
		func(b *pix.Books) { b.Records.Put(key, pix.Record{RecordKey: key, Body: []byte(`{}`)}) },
		func(b *pix.Books) { b.Records.Put(key, pix.Record{RecordKey: key, Number: 1}) },
		func(b *pix.Books) { b.Records.Delete(key) },
	} {
		err := s.Commit(t.Context(), pix.Needs{Records: []pix.RecordKey{key}}, func(b *pix.Books) error {
			change(b)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, statement := range []string{
		`UPDATE entry_lines SET posted = 0`, `DELETE FROM entry_lines`, `TRUNCATE entry_lines`,
		`UPDATE keys SET target = 0`, `DELETE FROM keys`, `DELETE FROM movements`, `DELETE FROM holds`,
		`DELETE FROM accounts`, `DELETE FROM suspense`, `ALTER TABLE entry_lines ADD COLUMN x int`,
		`DROP TABLE entry_lines`, `CREATE TABLE x (y int)`, `UPDATE saldo_migrations SET version_id = 0`,
	} {
		if got := refusal(t, app, statement); got != "42501" {
			t.Errorf("%s: %q", statement, got)
		}
	}
}

func TestMigrationsAtTheSameTime(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	if _, err := postgres.Open(t.Context(), url, postgres.Options{}); !errors.Is(err, postgres.ErrNotMigrated) {
		t.Errorf("without tables: %v", err)
	}
	together(4, func(int) {
		s, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true})
		if err != nil {
			t.Error(err)
			return
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	sql(t, url, `INSERT INTO saldo_migrations (version_id, is_applied) VALUES (99999, true)`)
	if _, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true}); !errors.Is(err, postgres.ErrNewer) {
		t.Errorf("with tables of the future: %v", err)
	}
}

// TestSettingsOfTheServerDoNotMatter opens books where server and database ask for
// other settings than ours.
func TestSettingsOfTheServerDoNotMatter(t *testing.T) {
	server := pgtest.Shared(t)
	url := server.NewDatabase(t)
	name := value[string](t, url, `SELECT current_database()`)
	for _, setting := range []string{
		"default_transaction_isolation = 'serializable'", "timezone = 'America/Sao_Paulo'", "datestyle = 'German'",
		"synchronous_commit = off", "enable_indexscan = off", "bytea_output = 'escape'", "statement_timeout = 1",
	} {
		sql(t, server.URL("postgres"), `ALTER DATABASE `+name+` SET `+setting)
	}
	s := open(t, url+"&default_transaction_isolation=serializable", postgres.Options{})
	must(t, s, openAccount(firstAccount, 100_00))
	together(16, func(i int) {
		if _, err := do(s, payment(uint64(i+1), firstAccount, 1_00)); err != nil {
			t.Error(err)
		}
	})
	if n := counted(t, s, "saldo_postgres_commits_total"); n != 17 {
		t.Errorf("%d commits", n)
	}
	sound(t, s)
}

// TestARowThatVanishes wants a commit that changes what is not there any more to
// be an error.
func TestARowThatVanishes(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	s := open(t, url, postgres.Options{})
	must(t, s, openAccount(firstAccount, 100_00))
	must(t, s, payment(1, firstAccount, 1_00))
	e := settlement(1, 2)
	err := s.Commit(t.Context(), e.Needs(), func(b *pix.Books) error {
		_, err := e.Decide(b)
		sql(t, url, `DELETE FROM movements WHERE id = 1`)
		return err
	})
	if err == nil {
		t.Error("nobody noticed")
	}
}
