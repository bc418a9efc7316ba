package cluster

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// sqlBooks are the least that can be called books: two tables, written without
// Saldo. They show what the cluster alone does.
type sqlBooks struct{ pools []*pgxpool.Pool }

const opening = 1_000_000_000

func newSQLBooks(t *testing.T, url string) *sqlBooks {
	t.Helper()
	b := &sqlBooks{}
	for range 2 {
		config, err := pgxpool.ParseConfig(url)
		if err != nil {
			t.Fatal(err)
		}
		config.ConnConfig.OnNotice = closeOnNotice
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		b.pools = append(b.pools, pool)
	}
	_, err := b.pools[0].Exec(t.Context(), fmt.Sprintf(`
		CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
		CREATE TABLE payment (id text PRIMARY KEY, account int NOT NULL, tries int NOT NULL);
		INSERT INTO account SELECT n, %d FROM generate_series(0, %d) AS n`, opening, accounts-1))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// closeOnNotice breaks a connection on which PostgreSQL warns that it stopped to
// wait for the standby: the commit that it then reports as done is not safe.
func closeOnNotice(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.Severity == "WARNING" {
		_ = conn.Conn().Close()
	}
}

func (b *sqlBooks) payers() []payer { return []payer{sqlNode{b.pools[0]}, sqlNode{b.pools[1]}} }

type sqlNode struct{ pool *pgxpool.Pool }

// pay writes the payment in any case, even when it is there already: only a
// commit of our own tells that a standby has it.
func (n sqlNode) pay(ctx context.Context, account int, id string) error {
	return pgx.BeginFunc(ctx, n.pool, func(tx pgx.Tx) error {
		var tries int
		err := tx.QueryRow(ctx, `INSERT INTO payment VALUES ($1, $2, 1)
			ON CONFLICT (id) DO UPDATE SET tries = payment.tries + 1 RETURNING tries`, id, account).Scan(&tries)
		if err != nil || tries > 1 {
			return err
		}
		tag, err := tx.Exec(ctx, "UPDATE account SET balance = balance - 1 WHERE id = $1", account)
		if err == nil && tag.RowsAffected() != 1 {
			err = errors.New("no such account")
		}
		return err
	})
}

func (b *sqlBooks) check(t *testing.T, sent []payment) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rows, err := b.pools[0].Query(ctx, "SELECT id FROM payment")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	for _, id := range ids {
		there[id] = true
	}
	for _, p := range sent {
		if p.acked && !there[p.id] {
			t.Errorf("payment %s was acknowledged and is lost", p.id)
		}
		delete(there, p.id)
	}
	if len(there) > 0 {
		t.Errorf("%d payments are there that nobody sent", len(there))
	}
	var wrong int
	err = b.pools[0].QueryRow(ctx, `SELECT count(*) FROM account WHERE balance <>
		$1 - (SELECT count(*) FROM payment WHERE payment.account = account.id)`, opening).Scan(&wrong)
	if err != nil || wrong != 0 {
		t.Errorf("%d balances differ from their payments (%v)", wrong, err)
	}
}
