package postgres

import (
	"context"
	"iter"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// How many records a walk holds in memory.
const (
	walkPage  = 1_000
	entryPage = 250
)

// walk yields records page by page, from one snapshot. next reads the page after
// a record, or the first one; a page that is not full is the last. A walk that
// fits into one page keeps no connection while it yields.
func walk[V any](
	ctx context.Context, s *Store, size int, next func(ctx context.Context, q querier, after *V) ([]V, error),
) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		var w walking
		defer w.end()
		page, err := first(ctx, s, &w, next)
		for err == nil {
			last := len(page) < size
			if last {
				w.end()
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if last {
				return
			}
			page, err = next(ctx, w.tx, &page[len(page)-1])
		}
		var zero V
		yield(zero, translate(ctx, err))
	}
}

// first opens a snapshot and reads the first page, on another connection if one
// turns out to be dead.
func first[V any](
	ctx context.Context, s *Store, w *walking, next func(context.Context, querier, *V) ([]V, error),
) (page []V, err error) {
	for lost := 0; ; lost++ {
		if err = w.begin(ctx, s); err == nil {
			page, err = next(ctx, w.tx, nil)
		}
		if err == nil || lost == lostMax || classify(err) != kindLost || ctx.Err() != nil {
			return page, err
		}
		w.end()
		s.walks.Reset()
	}
}

// walking is the connection and the snapshot of a walk.
type walking struct {
	conn *pgxpool.Conn
	tx   pgx.Tx
}

func (w *walking) begin(ctx context.Context, s *Store) (err error) {
	if w.conn, err = s.acquire(ctx, s.walks); err != nil {
		return err
	}
	w.tx, err = w.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	return err
}

// end gives the connection back. It may be called more than once.
func (w *walking) end() {
	if w.tx != nil {
		_ = w.tx.Rollback(context.Background())
	}
	if w.conn != nil {
		w.conn.Release()
	}
	w.tx, w.conn = nil, nil
}

// EachAccount yields every account.
func (s *Store) EachAccount(ctx context.Context) iter.Seq2[ledger.Account, error] {
	type account = ledger.Account
	return walk(ctx, s, walkPage, func(ctx context.Context, q querier, after *account) ([]account, error) {
		var id ledger.AccountID
		if after != nil {
			id = after.ID
		}
		return list(ctx, q, readAccount,
			`SELECT `+accountColumns+` FROM accounts AS a WHERE a.id > $1 ORDER BY a.id LIMIT $2`, fit(id), walkPage)
	})
}

// EachHold yields an account's holds.
func (s *Store) EachHold(ctx context.Context, account ledger.AccountID) iter.Seq2[ledger.Hold, error] {
	return walk(ctx, s, walkPage, func(ctx context.Context, q querier, after *ledger.Hold) ([]ledger.Hold, error) {
		var id ledger.HoldID
		if after != nil {
			id = after.ID
		}
		return list(ctx, q, readHold, `SELECT `+holdColumns+` FROM holds AS h
			WHERE h.account = $1 AND h.id > $2 ORDER BY h.id LIMIT $3`, fit(account), fit(id), walkPage)
	})
}

// EachMovement yields every movement.
func (s *Store) EachMovement(ctx context.Context) iter.Seq2[pix.Movement, error] {
	return walk(ctx, s, walkPage, func(ctx context.Context, q querier, after *pix.Movement) ([]pix.Movement, error) {
		var id pix.MovementID
		if after != nil {
			id = after.ID
		}
		return list(ctx, q, readMovement,
			`SELECT `+movementColumns+` FROM movements AS m WHERE m.id > $1 ORDER BY m.id LIMIT $2`, fit(id), walkPage)
	})
}

// EachEntry yields an account's entries.
func (s *Store) EachEntry(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Entry, error] {
	return walk(ctx, s, entryPage, func(ctx context.Context, q querier, after *ledger.Entry) ([]ledger.Entry, error) {
		var at time.Time // no line is as old
		var number uint64
		if after != nil {
			line, _ := after.Line(id)
			at, number = line.At, line.Number
		}
		return entries(ctx, q, id, at, number)
	})
}

// entries reads the entries of which an account's lines come after an instant
// and number: each of these lines, its home, and from there all lines.
func entries(
	ctx context.Context, q querier, id ledger.AccountID, at time.Time, number uint64,
) ([]ledger.Entry, error) {
	lines, err := list(ctx, q, readEntryLine, entriesWhere(`account = $1 AND (at, number) > ($2, $3)`),
		fit(id), at, fit(number), entryPage)
	return assembled(lines), err
}

// entriesWhere is the query for the first $4 entries of which a line fulfils a
// condition.
func entriesWhere(condition string) string {
	return `
		WITH page AS MATERIALIZED (
			SELECT number, coalesce(home_account, account) AS home_account, coalesce(home_at, at) AS home_at,
				coalesce(home_number, number) AS home_number
			FROM entry_lines WHERE ` + condition + `
			ORDER BY at, number LIMIT $4
		)
		SELECT page.number, ` + homeColumns + `, ` + lineColumns + `
		FROM page
		JOIN entry_lines AS h
			ON h.account = page.home_account AND h.at = page.home_at AND h.number = page.home_number
		CROSS JOIN LATERAL (
			SELECT 0, h.account, h.at, h.number
			UNION ALL
			SELECT i, account, at, number
			FROM unnest(h.line_accounts, h.line_ats, h.line_numbers) WITH ORDINALITY AS o(account, at, number, i)
		) AS place(i, account, at, number)
		JOIN entry_lines AS l ON l.account = place.account AND l.at = place.at AND l.number = place.number
		ORDER BY page.number, place.i`
}

// assembled are the entries that lines belong to, in the order of the lines.
func assembled(lines []entryLine) []ledger.Entry {
	var out []ledger.Entry
	var last uint64
	for i := range lines {
		if l := &lines[i]; len(out) == 0 || l.number != last {
			out = append(out, l.entry)
			last = l.number
		}
		e := &out[len(out)-1]
		e.Lines = append(e.Lines, lines[i].line)
	}
	return out
}

// entryLine is one line of an entry, and the entry without its lines.
type entryLine struct {
	number uint64 // of the entry in the account that is asked for
	entry  ledger.Entry
	line   ledger.Line
}

func readEntryLine(c *columns) entryLine { return entryLine{c.uint(), readHome(c), readLine(c)} }

// EachKey yields every key.
func (s *Store) EachKey(ctx context.Context) iter.Seq2[book.TakenKey, error] {
	type taken = book.TakenKey
	return walk(ctx, s, walkPage, func(ctx context.Context, q querier, after *taken) ([]taken, error) {
		var key pix.Key
		if after != nil {
			key = after.Key
		}
		return list(ctx, q, readTakenKey, `SELECT k.space, k.account, k.value, `+targetColumns+` FROM keys AS k
			WHERE (k.space, k.account, k.value) > ($1, $2, $3) ORDER BY k.space, k.account, k.value LIMIT $4`,
			int16(key.Space), int64(key.Account), key.Value, walkPage)
	})
}

// EachJob yields every job.
func (s *Store) EachJob(ctx context.Context) iter.Seq2[pix.Job, error] {
	return walk(ctx, s, walkPage, func(ctx context.Context, q querier, after *pix.Job) ([]pix.Job, error) {
		key := pix.JobKey{ID: math.MaxInt64} // past the rows of no topic, which are no jobs
		if after != nil {
			key = after.JobKey
		}
		return list(ctx, q, readJob, `SELECT `+jobColumns+` FROM jobs AS j
			WHERE (j.topic, j.id) > ($1, $2) ORDER BY j.topic, j.id LIMIT $3`, string(key.Topic), fit(key.ID), walkPage)
	})
}
