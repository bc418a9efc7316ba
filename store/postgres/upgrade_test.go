package postgres

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// Rows as the first release wrote them, and still does while a newer one runs
// beside it.
const (
	firstMovement = `INSERT INTO movements SELECT u.* FROM unnest(ARRAY[(
		$1, 10001, 2, 1, 100, 40, 'order', '', 'E1', '', 'k', '', '', '', '', '', '', '', '', '', ARRAY['a', 'b'], 0, false,
		'rail.http', '', NULL, now(), now(), NULL, '', '')::movement_row]) AS u`
	firstProfile = `INSERT INTO profiles SELECT u.* FROM unnest(ARRAY[(
		$1, 'Loja', '11144477735', 'avista', '', false, '{}', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, now())::profile_row]) AS u`
	firstAccount = `INSERT INTO accounts SELECT u.* FROM unnest(ARRAY[(
		$1, 0, 0, 0, decode(repeat('00', 32), 'hex'), NULL, 0)::account_row]) AS u`
	firstJob = `INSERT INTO jobs (topic, id, account, subject, due, attempts, free_at)
		SELECT topic, id, account, subject, due, attempts, due
		FROM unnest(ARRAY[('rail.http', $1, 10001, 1, now(), 0)::job_row]) AS u`
)

// TestTablesOfTheFirstReleaseAreRaised wants what the first release wrote to be
// read, and its statements to work on.
func TestTablesOfTheFirstReleaseAreRaised(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	if err := migrate(t.Context(), db, 1); err != nil {
		t.Fatal(err)
	}
	write := func(id int) {
		t.Helper()
		for _, statement := range []string{firstAccount, firstProfile, firstMovement, firstJob} {
			if _, err := db.ExecContext(t.Context(), statement, id); err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
	}
	write(10001)
	if _, err := Open(t.Context(), url, Options{}); !errors.Is(err, ErrNotMigrated) {
		t.Errorf("tables of the first release: %v", err)
	}
	s, err := Open(t.Context(), url, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	write(10002)
	for id := range uint64(2) {
		m, err := s.Movement(t.Context(), pix.MovementID(10001+id))
		if err != nil || m.ExternalID != "order" || m.Parent != 0 || m.Returned != 0 || m.Terms != nil {
			t.Errorf("movement %+v, %v", m, err)
		}
	}
	profiles, err := s.Profiles(t.Context(), 0, 9)
	if err != nil || len(profiles) != 2 || profiles[0].More() != "" {
		t.Errorf("profiles %+v, %v", profiles, err)
	}
	jobs, err := s.Jobs(t.Context(), pix.RailHTTP, 0, 9)
	if err != nil || len(jobs) != 2 || jobs[0].Note != "" {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
}
