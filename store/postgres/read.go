package postgres

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// ask lets do use a connection, and another one if that turns out to be dead. do
// runs to its end even if ctx ends, because to cut a query off costs its
// connection.
func (s *Store) ask(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	for lost := 0; ; lost++ {
		conn, err := s.acquire(ctx, s.asks)
		if err != nil {
			return translate(ctx, err)
		}
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.Timeout)
		err = do(patience, conn)
		dead := err != nil && classify(err) == kindLost
		if dead {
			_ = conn.Conn().Close(patience)
		}
		cancel()
		conn.Release()
		if !dead || lost == lostMax {
			return translate(ctx, err)
		}
		s.asks.Reset()
	}
}

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// list runs one query and reads its rows.
func list[V any](ctx context.Context, q querier, read func(*columns) V, sql string, args ...any) ([]V, error) {
	rows, err := q.Query(ctx, sql, append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []V
	for rows.Next() {
		v, err := readRow(rows.RawValues(), read)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// several answers one query.
func several[V any](
	ctx context.Context, s *Store, read func(*columns) V, sql string, args ...any,
) (out []V, err error) {
	err = s.ask(ctx, func(ctx context.Context, conn *pgxpool.Conn) (err error) {
		out, err = list(ctx, conn, read, sql, args...)
		return err
	})
	return out, err
}

// one answers a query for one row, or returns missing.
func one[V any](
	ctx context.Context, s *Store, missing error, read func(*columns) V, sql string, args ...any,
) (v V, err error) {
	out, err := several(ctx, s, read, sql, args...)
	switch {
	case err != nil:
		return v, err
	case len(out) == 0:
		return v, missing
	}
	return out[0], nil
}

// fit returns n as a bigint. Nothing has a number as large as those that don't fit.
func fit[N ~uint64](n N) int64 { return int64(min(n, math.MaxInt64)) }

// Account returns the newest state of an account. Readers share queries.
func (s *Store) Account(ctx context.Context, id ledger.AccountID) (ledger.Account, error) {
	s.stats.reads.Inc()
	a, ok, err := s.accounts.get(ctx, id)
	switch {
	case err != nil:
		return a, err
	case !ok:
		return a, ledger.ErrAccountNotFound
	}
	return a, nil
}

// loadAccounts loads accounts for those who share a query.
func (s *Store) loadAccounts(
	ctx context.Context, ids []ledger.AccountID,
) (map[ledger.AccountID]ledger.Account, error) {
	s.stats.queries.Inc()
	found, err := s.Accounts(ctx, ids)
	byID := make(map[ledger.AccountID]ledger.Account, len(found))
	for _, a := range found {
		byID[a.ID] = a
	}
	return byID, err
}

// BalanceAt returns the balance as of an instant.
func (s *Store) BalanceAt(ctx context.Context, id ledger.AccountID, at time.Time) (ledger.Balance, error) {
	return one(ctx, s, ledger.ErrAccountNotFound, readBalance, `
		SELECT coalesce(l.posted_after, 0), coalesce(l.held_after, 0)
		FROM accounts AS a LEFT JOIN LATERAL (
			SELECT l.posted_after, l.held_after FROM entry_lines AS l WHERE l.account = a.id AND l.at <= $2
			ORDER BY l.at DESC, l.number DESC LIMIT 1
		) AS l ON true
		WHERE a.id = $1`, fit(id), at)
}

func readBalance(c *columns) ledger.Balance {
	return ledger.Balance{Posted: money.Centavos(c.int()), Held: money.Centavos(c.int())}
}

// Profile returns what is known of an account.
func (s *Store) Profile(ctx context.Context, id ledger.AccountID) (pix.Profile, error) {
	return one(ctx, s, ledger.ErrAccountNotFound, readProfile,
		`SELECT `+profileColumns+` FROM profiles AS p WHERE p.id = $1`, fit(id))
}

// Profiles lists customer accounts.
func (s *Store) Profiles(ctx context.Context, after ledger.AccountID, limit int) ([]pix.Profile, error) {
	return several(ctx, s, readProfile,
		`SELECT `+profileColumns+` FROM profiles AS p WHERE p.id > $1 ORDER BY p.id LIMIT $2`, fit(after), max(limit, 0))
}

// Lookup returns where a key leads.
func (s *Store) Lookup(ctx context.Context, key pix.Key) (pix.Target, error) {
	if !askable(key) {
		return pix.Target{}, pix.ErrNotFound
	}
	if id, ok := movementNumber(key); ok {
		return one(ctx, s, pix.ErrNotFound, readTarget, `SELECT account, id FROM movements WHERE id = $1`, fit(id))
	}
	columns, from := targetColumns, `keys AS k`
	if key.Space.LeadsToMovement() {
		columns, from = onwardColumns, from+onwardKeys(`true`)
	}
	return one(ctx, s, pix.ErrNotFound, readTarget,
		`SELECT `+columns+` FROM `+from+` WHERE k.space = $1 AND k.account = $2 AND k.value = $3`,
		int16(key.Space), int64(key.Account), key.Value)
}

// Movement returns one movement.
func (s *Store) Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error) {
	return one(ctx, s, pix.ErrNotFound, readMovement,
		`SELECT `+movementColumns+` FROM movements AS m WHERE m.id = $1`, fit(id))
}

// Movements lists an account's movements, newest first.
func (s *Store) Movements(
	ctx context.Context, id ledger.AccountID, before pix.MovementID, limit int,
) ([]pix.Movement, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return several(ctx, s, readMovement,
		`SELECT `+movementColumns+` FROM movements AS m WHERE m.account = $1 AND m.id < $2
		ORDER BY m.id DESC LIMIT $3`, fit(id), fit(before), max(limit, 0))
}

// Hold returns one hold.
func (s *Store) Hold(ctx context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error) {
	return one(ctx, s, pix.ErrNotFound, readHold,
		`SELECT `+holdColumns+` FROM holds AS h WHERE h.account = $1 AND h.id = $2`, fit(account), fit(id))
}

// OpenHolds lists an account's open holds.
func (s *Store) OpenHolds(
	ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) ([]ledger.Hold, error) {
	return several(ctx, s, readHold, openHoldsPage, fit(id), fit(after), max(limit, 0))
}

const openHoldsPage = `SELECT ` + holdColumns + ` FROM holds AS h
	WHERE h.account = $1 AND h.id > $2 AND h.closed_at IS NULL ORDER BY h.id LIMIT $3`

// Jobs lists the jobs of a topic.
func (s *Store) Jobs(ctx context.Context, topic pix.Topic, after uint64, limit int) ([]pix.Job, error) {
	if !storable(string(topic)) {
		return nil, nil
	}
	return several(ctx, s, readJob,
		`SELECT `+jobColumns+` FROM jobs AS j WHERE j.topic = $1 AND j.id > $2 ORDER BY j.id LIMIT $3`,
		string(topic), fit(after), max(limit, 0))
}

// Suspense lists suspense items.
func (s *Store) Suspense(ctx context.Context, after uint64, limit int) ([]pix.SuspenseItem, error) {
	return several(ctx, s, readSuspenseItem,
		`SELECT `+suspenseColumns+` FROM suspense AS s WHERE s.id > $1 ORDER BY s.id LIMIT $2`,
		fit(after), max(limit, 0))
}

// LastID returns the highest number given out before the last commit.
func (s *Store) LastID(ctx context.Context) (uint64, error) {
	return one(ctx, s, pix.ErrNotFound, (*columns).uint, `SELECT coalesce(max(last_id), 0) FROM committers`)
}

// Totals returns the trial balance. It takes time for every account.
func (s *Store) Totals(ctx context.Context) (book.Totals, error) {
	totals := make(book.Totals)
	err := s.ask(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			// Here the whole table is wanted.
			if _, err := tx.Exec(ctx, `SET LOCAL enable_seqscan = on`); err != nil {
				return err
			}
			sums, err := list(ctx, tx, readRoleTotal, `
				SELECT CASE WHEN id BETWEEN 1000 AND 3999 THEN id / 1000 ELSE 0 END, count(*),
					sum(posted)::bigint, sum(held)::bigint
				FROM accounts GROUP BY 1`)
			for _, sum := range sums {
				totals[sum.role] = sum.Total
			}
			return err
		})
	})
	return totals, err
}

type roleTotal struct {
	role ledger.Role
	book.Total
}

func readRoleTotal(c *columns) roleTotal {
	return roleTotal{ledger.Role(c.int()), book.Total{
		Accounts: int(c.int()), Posted: money.Centavos(c.int()), Held: money.Centavos(c.int()),
	}}
}
