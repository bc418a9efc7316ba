package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/test/pgtest"
)

// TestPlansGoByKeys wants no statement of a commit to read a whole table, neither
// while tables are small nor when they have grown.
func TestPlansGoByKeys(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, pgtest.Shared(t).NewDatabase(t), Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, when := range []struct {
		tables  string
		prepare func(*pgx.Conn)
	}{
		{"new tables", func(*pgx.Conn) {}},
		{"20 000 rows", func(c *pgx.Conn) { fill(t, c, 20_000) }},
		{"no jobs left after a vacuum", func(c *pgx.Conn) {
			execute(t, c, `DELETE FROM jobs WHERE topic <> ''`)
			execute(t, c, `VACUUM ANALYZE jobs`)
		}},
	} {
		conn, err := s.commits.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		when.prepare(conn.Conn())
		for _, st := range prepared[3:] {
			for _, line := range explain(t, conn.Conn(), st) {
				if !byKey(line) {
					t.Errorf("%s with %s: %s", st.name, when.tables, line)
				}
			}
		}
		conn.Release()
	}
}

// byKey tells whether a line of a plan reads nothing, or rows by all of their key.
func byKey(line string) bool {
	for index, columns := range map[string][]string{
		"accounts_pkey": {"id"}, "profiles_pkey": {"id"}, "movements_pkey": {"id"}, "holds_pkey": {"account", "id"},
		"keys_pkey": {"space", "account", "value"}, "jobs_pkey": {"topic", "id"}, "records_pkey": {"kind", "name"}, "committers_pkey": {"node", "slot"},
		"holds_waiting": {"account"},
	} {
		if !strings.Contains(line, "using "+index+" ") {
			continue
		}
		for _, column := range columns {
			if !strings.Contains(line, "("+column+" = ") {
				return false
			}
		}
		return true
	}
	return !strings.Contains(line, "Scan on") && !strings.Contains(line, "Scan using") ||
		strings.Contains(line, "Function Scan") || strings.Contains(line, "Subquery Scan") ||
		strings.Contains(line, "CTE Scan")
}

// explain returns the plan of a prepared statement, the condition of an index scan
// on the line of the scan.
func explain(t *testing.T, conn *pgx.Conn, st *statement) []string {
	t.Helper()
	parameters := strings.Count(st.sql, "$")
	most := 0
	for i := range parameters {
		if strings.Contains(st.sql, fmt.Sprintf("$%d", i+1)) {
			most = i + 1
		}
	}
	call := st.name
	if most > 0 {
		call += "(" + strings.TrimSuffix(strings.Repeat("NULL,", most), ",") + ")"
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN (COSTS OFF) EXECUTE "+call, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", st.name, err)
	}
	var out []string
	for _, line := range lines {
		if strings.Contains(line, "Index Cond") && len(out) > 0 {
			out[len(out)-1] += " Cond" + line
			continue
		}
		out = append(out, line)
	}
	return out
}

// fill puts rows into the tables and lets the server learn about them.
func fill(t *testing.T, conn *pgx.Conn, size int) {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO accounts (id, posted, held, entries, head, sweeps)
			SELECT 10000 + i, 0, 0, 0, decode(repeat('00', 32), 'hex'), 0 FROM generate_series(1, %d) AS i`,
		`INSERT INTO keys SELECT 3, 10000 + i, i::text, 10000 + i, i FROM generate_series(1, %d) AS i`,
		`INSERT INTO jobs SELECT 'rail.http', i, 10000 + i, i, now(), 0, now() FROM generate_series(1, %d) AS i`,
		`INSERT INTO holds SELECT 10000 + i, i, 1, 1, 1, 0, 0, 0, 0, false, i, '', NULL, now(), NULL
			FROM generate_series(1, %d) AS i`,
		`INSERT INTO movements SELECT i, 10000 + i, 1, 1, 1, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '',
			NULL, i, false, '', '', NULL, now(), now(), NULL, '', '' FROM generate_series(1, %d) AS i`,
		`INSERT INTO records SELECT 1 + i %% 3, i::text, 10000 + i, i, '{}' FROM generate_series(1, %d) AS i`,
		`INSERT INTO entry_lines (account, at, number, posted, held, posted_after, held_after, hash, kind)
			SELECT 10000 + i, now(), 1, 0, 0, 0, 0, decode(repeat('00', 32), 'hex'), 1 FROM generate_series(1, %d) AS i`,
		`ANALYZE`,
	} {
		if strings.Contains(statement, "%d") {
			statement = fmt.Sprintf(statement, size)
		}
		execute(t, conn, statement)
	}
}

func execute(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// TestSessionsAreDurable wants commits to wait for the disk although the database
// says otherwise, and no promise to be weakened that goes further.
func TestSessionsAreDurable(t *testing.T) {
	server := pgtest.Shared(t)
	for asked, want := range map[string]string{"off": "on", "local": "local", "on": "on", "remote_apply": "remote_apply"} {
		url := server.NewDatabase(t)
		s, err := Open(t.Context(), url+"&synchronous_commit="+asked, Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		var got, isolation string
		err = s.commits.QueryRow(t.Context(), `
			SELECT current_setting('synchronous_commit'), current_setting('default_transaction_isolation')`,
		).Scan(&got, &isolation)
		if err != nil || got != want || isolation != "read committed" {
			t.Errorf("asked for %s: %s, %s, %v", asked, got, isolation, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
