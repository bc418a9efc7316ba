package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// TestClaimsPassOverAnAccountInOneStep wants what has piled up for one account not
// to be read by those who look for jobs of others.
func TestClaimsPassOverAnAccountInOneStep(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, pgtest.Shared(t).NewDatabase(t), Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.asks.Exec(ctx, `
		INSERT INTO jobs (topic, id, account, subject, due, attempts, free_at)
		SELECT 'webhook', i, 10001, i * 10, now() - interval '1 hour', 0, now() - interval '1 hour'
		FROM generate_series(1, 20000) AS i
		UNION ALL
		SELECT 'webhook', 30000 + i, 20000 + i, 300000 + i, now(), 0, now() FROM generate_series(1, 20) AS i`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.asks.Exec(ctx, `ANALYZE jobs`); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(time.Hour)
	busy := &outbox.Shares{Each: 8, Left: map[ledger.AccountID]int{10_001: 0}}
	jobs, next, err := s.Claim(ctx, pix.TopicWebhook, now, now.Add(time.Minute), 100, busy)
	if err != nil || len(jobs) != 20 || !next.IsZero() {
		t.Fatalf("%d jobs, next at %s, %v", len(jobs), next, err)
	}
	sql := strings.ReplaceAll(claimShares, "%s", quoted(pix.TopicWebhook))
	sql = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) " + sql
	rows, err := s.asks.Query(ctx, sql, string(pix.TopicWebhook), now.Add(time.Hour), now, s.holder(), 100, 8,
		[]int64{10_001}, []int64{0})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range plan {
		var read, loops int
		if _, after, ok := strings.Cut(line, "actual rows="); ok {
			_, _ = fmt.Sscanf(after, "%d", &read)
			_, after, _ = strings.Cut(after, "loops=")
			_, _ = fmt.Sscanf(after, "%d", &loops)
		}
		table := strings.Contains(line, " on jobs ")
		if table && read*loops > 100 || strings.Contains(line, "Seq Scan on jobs") {
			t.Errorf("reads too much, in %q of\n%s", line, strings.Join(plan, "\n"))
			break
		}
	}
}
