package postgres

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// pastPage is how many lines a look into the past holds in memory.
const pastPage = 2_000

// Past yields the balance after each line of a stretch of time. Lines are only
// added, and at the end, so that pages need no snapshot and no connection is kept
// between them.
func (s *Store) Past(ctx context.Context, id ledger.AccountID, from, until time.Time) iter.Seq2[book.Past, error] {
	return func(yield func(book.Past, error) bool) {
		at, number, until := ceil(from), uint64(0), ceil(until)
		for {
			page, err := several(ctx, s, readPast, `
				SELECT l.number, l.at, l.posted_after, l.held_after FROM entry_lines AS l
				WHERE l.account = $1 AND (l.at, l.number) > ($2, $3) AND l.at < $4
				ORDER BY l.at, l.number LIMIT $5`, fit(id), at, fit(number), until, pastPage)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(book.Past{}, err)
				return
			}
			for _, p := range page {
				if !yield(p, nil) {
					return
				}
				at, number = p.At, p.Number
			}
			if len(page) < pastPage {
				return
			}
		}
	}
}

// ceil returns the first whole microsecond at or after t: no line lies in between.
func ceil(t time.Time) time.Time {
	if whole := t.Truncate(time.Microsecond); whole.Before(t) {
		return whole.Add(time.Microsecond)
	}
	return t
}

func readPast(c *columns) book.Past {
	p := book.Past{Number: c.uint(), At: c.time()}
	p.Balance = readBalance(c)
	return p
}

// HoldsByAge adds up the open holds of all accounts by the index of open ones.
func (s *Store) HoldsByAge(ctx context.Context, instants []time.Time) ([]book.AgedHolds, error) {
	whole := make([]time.Time, len(instants))
	for i, at := range instants {
		whole[i] = ceil(at)
	}
	return several(ctx, s, readAgedHolds, `
		SELECT h.reason, width_bucket(h.opened_at, $1::timestamptz[]) AS stretch, count(*), sum(h.held)::bigint,
			sum(h.shortfall)::bigint, min(h.opened_at)
		FROM holds AS h WHERE h.closed_at IS NULL GROUP BY h.reason, stretch ORDER BY h.reason, stretch`, whole)
}

func readAgedHolds(c *columns) book.AgedHolds {
	a := book.AgedHolds{BlockedFor: book.BlockedFor{Reason: ledger.Reason(c.small())}, Stretch: int(c.int32())}
	a.Holds, a.Held, a.Shortfall = int(c.int()), money.Centavos(c.int()), money.Centavos(c.int())
	a.Oldest = c.time()
	return a
}

// Blocked returns why money of an account is held.
func (s *Store) Blocked(
	ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) (b book.Blocked, err error) {
	err = s.ask(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, snapshot, func(tx pgx.Tx) (err error) {
			b, err = readBlocked(ctx, tx, id, after, limit)
			return err
		})
	})
	if err == nil && b.Account.ID != id {
		err = ledger.ErrAccountNotFound
	}
	return b, err
}

// snapshot is a transaction that sees one moment.
var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// readBlocked reads why money of an account is held, in a snapshot. It is empty if
// there is no such account.
func readBlocked(
	ctx context.Context, q querier, id ledger.AccountID, after ledger.HoldID, limit int,
) (b book.Blocked, err error) {
	accounts, err := list(ctx, q, readAccount, `SELECT `+accountColumns+` FROM accounts AS a WHERE a.id = $1`, fit(id))
	if err != nil || len(accounts) == 0 {
		return b, err
	}
	b.Account = accounts[0]
	if b.Reasons, err = list(ctx, q, readBlockedFor, `
		SELECT h.reason, count(*), sum(h.held)::bigint, sum(h.shortfall)::bigint FROM holds AS h
		WHERE h.account = $1 AND h.closed_at IS NULL GROUP BY h.reason ORDER BY h.reason`, fit(id)); err != nil {
		return b, err
	}
	b.Holds, err = list(ctx, q, readHold, openHoldsPage, fit(id), fit(after), max(limit, 0))
	return b, err
}

func readBlockedFor(c *columns) book.BlockedFor {
	return book.BlockedFor{
		Reason: ledger.Reason(c.small()), Holds: int(c.int()), Held: money.Centavos(c.int()),
		Shortfall: money.Centavos(c.int()),
	}
}

// Accounts returns the newest states of those accounts that there are, with one
// query.
func (s *Store) Accounts(ctx context.Context, ids []ledger.AccountID) ([]ledger.Account, error) {
	asked := make([]int64, len(ids))
	for i, id := range ids {
		asked[i] = fit(id)
	}
	return several(ctx, s, readAccount, `SELECT `+accountColumns+` FROM accounts AS a WHERE a.id = ANY($1)`, asked)
}
