package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// TestReadingPlansGoByKeys wants statements and lists of records to be found by the
// account and number, or by key, however large the tables are.
func TestReadingPlansGoByKeys(t *testing.T) {
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
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	page := book.StatementQuery{Account: 10_001, Limit: 100, Offset: 100, CountMax: 10_000}
	month, confirmed, external, endToEnd := page, page, page, page
	month.From, month.Until, month.PixKey = at, at.AddDate(0, 1, 0), "loja@example.com"
	confirmed.Kind, confirmed.Status, confirmed.CountMax = pix.Payment, pix.Confirmed, 0
	external.ExternalID, external.From = "order-1", at
	endToEnd.EndToEndID = "E1"
	for _, size := range []int{0, 20_000} {
		if size > 0 {
			fill(t, conn.Conn(), size)
		}
		for name, c := range map[string]struct {
			q    book.StatementQuery
			want []string
		}{
			"everything":    {page, []string{"movements_of_account", "(account = "}},
			"a month":       {month, []string{"movements_of_account", "(account = ", "(id >= ", "(id < "}},
			"confirmed":     {confirmed, []string{"movements_of_account", "(account = "}},
			"an externalId": {external, []string{"movements_pkey", "(id = ", "movements_sharing", "(external_id = ", "keys_pkey", "(space = ANY", "(value = "}},
			"an endToEndId": {endToEnd, []string{"movements_pkey", "(id = ", "keys_pkey", "(space = ANY", "(value = "}},
		} {
			sql, args := statementSQL(&c.q)
			plan := explained(t, conn.Conn(), sql, args)
			for _, want := range c.want {
				if strings.Count(plan, want) < 2 { // for the page and for the count
					t.Errorf("%s with %d rows: no %s in\n%s", name, size, want, plan)
				}
			}
			if strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s with %d rows:\n%s", name, size, plan)
			}
		}
		plan := explained(t, conn.Conn(), recordsSQL, []any{int16(1), int64(10_001), int64(1 << 40), 10})
		if !strings.Contains(plan, "records_listed") || !strings.Contains(plan, "(owner = ") ||
			!strings.Contains(plan, "(kind = ") || !strings.Contains(plan, "(number < ") {
			t.Errorf("records with %d rows:\n%s", size, plan)
		}
	}
}

// explained returns how a query is done that is prepared for any parameters.
func explained(t *testing.T, conn *pgx.Conn, sql string, args []any) string {
	t.Helper()
	if _, err := conn.Prepare(t.Context(), "explained", sql); err != nil {
		t.Fatal(err)
	}
	call := "explained(" + strings.TrimSuffix(strings.Repeat("NULL,", len(args)), ",") + ")"
	rows, err := conn.Query(t.Context(), "EXPLAIN (COSTS OFF) EXECUTE "+call, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Deallocate(t.Context(), "explained"); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
