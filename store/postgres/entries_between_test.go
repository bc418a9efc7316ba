package postgres

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/test/pgtest"
)

// TestAPageOfEntriesReadsNoMoreThanIts wants a page of a stretch of time to be read
// by the key of lines, from the place where the page before ended, and nothing to
// be sorted to find it.
func TestAPageOfEntriesReadsNoMoreThanIts(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, pgtest.Shared(t).NewDatabase(t), Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn, err := s.asks.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	fill(t, conn.Conn(), 1000)
	execute(t, conn.Conn(), `INSERT INTO entry_lines
		(account, at, number, posted, held, posted_after, held_after, hash, kind)
		SELECT 10001, '2026-11-01Z'::timestamptz + i * interval '1 minute', i, 0, 0, 0, 0,
			decode(repeat('00', 32), 'hex'), 1 FROM generate_series(2, 50000) AS i`)
	execute(t, conn.Conn(), `ANALYZE entry_lines`)
	query := strings.NewReplacer("$1", "10001", "$2", "'2026-11-20Z'", "$3", "0", "$4", "250", "$5", "'2026-11-30Z'").
		Replace(entriesWhere(betweenPlaces))
	rows, err := conn.Query(ctx, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "+query,
		pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(lines, "\n")
	_, page, _ := strings.Cut(plan, "CTE page\n")
	page, _, _ = strings.Cut(page, "Nested Loop")
	if strings.Contains(plan, "Seq Scan") || strings.Contains(page, "Sort") ||
		strings.Contains(page, "Removed by Filter") || strings.Count(page, "actual rows=250") != 2 {
		t.Errorf("plan:\n%s", plan)
	}
}
