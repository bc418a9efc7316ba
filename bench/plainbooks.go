package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// plainBooks are accounts, payments and entries as most people keep them.
type plainBooks struct {
	pool     *pgxpool.Pool
	accounts int
}

// plainConns is how many connections the yardstick has.
const plainConns = 16

// Every column that is looked for has its index, and none has one that isn't. The
// fill factors leave room for new versions of rows beside the old ones.
const plainTables = `
CREATE TABLE accounts (
	id bigint PRIMARY KEY,
	posted bigint NOT NULL,
	held bigint NOT NULL,
	CHECK (held >= 0 AND posted >= held)
) WITH (fillfactor = 70);
CREATE TABLE payments (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account bigint NOT NULL,
	external_id text NOT NULL,
	status smallint NOT NULL DEFAULT 0,
	amount bigint NOT NULL CHECK (amount > 0),
	fee bigint NOT NULL CHECK (fee >= 0),
	description text NOT NULL,
	key text NOT NULL,
	name text NOT NULL,
	document text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	settled_at timestamptz,
	UNIQUE (account, external_id)
) WITH (fillfactor = 70);
CREATE TABLE entries (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account bigint NOT NULL,
	payment bigint NOT NULL,
	posted bigint NOT NULL,
	held bigint NOT NULL,
	posted_after bigint NOT NULL,
	held_after bigint NOT NULL,
	at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON entries (account, id);`

func openPlainBooks(ctx context.Context, url string, payers []payer) (*plainBooks, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = plainConns
	pool, err := pgxpool.NewWithConfig(ctx, config) // statements are prepared once per connection
	if err != nil {
		return nil, err
	}
	rows := make([][]any, len(payers))
	for i, p := range payers {
		rows[i] = []any{int64(p.account), int64(funds), int64(0)}
	}
	if _, err = pool.Exec(ctx, plainTables); err == nil {
		columns := []string{"id", "posted", "held"}
		_, err = pool.CopyFrom(ctx, pgx.Identifier{"accounts"}, columns, pgx.CopyFromRows(rows))
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &plainBooks{pool, len(payers)}, nil
}

var (
	errFunds     = errors.New("not enough money")
	errRepeated  = errors.New("external id was used before")
	errNoPayment = errors.New("no such payment")
	errSettled   = errors.New("payment is settled already")
)

func (b *plainBooks) balance(ctx context.Context, account ledger.AccountID) (posted, held money.Centavos, err error) {
	err = b.pool.QueryRow(ctx, `SELECT posted, held FROM accounts WHERE id = $1`, int64(account)).Scan(&posted, &held)
	return posted, held, err
}

// plainPayment is a payment that is ordered.
type plainPayment struct {
	account                                      ledger.AccountID
	externalID, description, key, name, document string
	amount, fee                                  money.Centavos
}

// place holds a payment's amount and fee.
func (b *plainBooks) place(ctx context.Context, p plainPayment) (id int64, at time.Time, err error) {
	err = pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		posted, held, err := lockPlain(ctx, tx, p.account)
		if err != nil {
			return err
		}
		sum := p.amount + p.fee
		if posted-held < sum {
			return errFunds
		}
		err = tx.QueryRow(ctx, `
			INSERT INTO payments (account, external_id, amount, fee, description, key, name, document)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id, created_at`,
			int64(p.account), p.externalID, int64(p.amount), int64(p.fee), p.description, p.key, p.name, p.document,
		).Scan(&id, &at)
		if err != nil {
			return repeated(err)
		}
		return writePlain(ctx, tx, p.account, id, 0, sum, posted, held+sum)
	})
	return id, at, err
}

// repeated tells an external id that was used from other errors.
func repeated(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" {
		return errRepeated
	}
	return err
}

// settle takes what a payment held.
func (b *plainBooks) settle(ctx context.Context, id int64) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		var account ledger.AccountID
		var amount, fee money.Centavos
		var status int
		err := tx.QueryRow(ctx, `SELECT account, amount, fee, status FROM payments WHERE id = $1 FOR UPDATE`, id).
			Scan(&account, &amount, &fee, &status)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return errNoPayment
		case err != nil:
			return err
		case status != 0:
			return errSettled
		}
		posted, held, err := lockPlain(ctx, tx, account)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE payments SET status = 1, settled_at = now() WHERE id = $1`, id); err != nil {
			return err
		}
		sum := amount + fee
		return writePlain(ctx, tx, account, id, -sum, -sum, posted-sum, held-sum)
	})
}

// lockPlain keeps an account's row for this transaction.
func lockPlain(
	ctx context.Context, tx pgx.Tx, account ledger.AccountID,
) (posted, held money.Centavos, err error) {
	err = tx.QueryRow(ctx, `SELECT posted, held FROM accounts WHERE id = $1 FOR UPDATE`, int64(account)).
		Scan(&posted, &held)
	return posted, held, err
}

// writePlain writes an account's new balance, and the entry that says why.
func writePlain(
	ctx context.Context, tx pgx.Tx, account ledger.AccountID, payment int64,
	posted, held, postedAfter, heldAfter money.Centavos,
) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET posted = $2, held = $3 WHERE id = $1`,
		int64(account), int64(postedAfter), int64(heldAfter))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO entries (account, payment, posted, held, posted_after, held_after)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		int64(account), payment, int64(posted), int64(held), int64(postedAfter), int64(heldAfter))
	return err
}

// check compares the books with the number of payments that were settled.
func (b *plainBooks) check(ctx context.Context, payments int64) error {
	var posted, held, changed money.Centavos
	var settled, entries int64
	err := b.pool.QueryRow(ctx, `
		SELECT (SELECT sum(posted)::bigint FROM accounts), (SELECT sum(held)::bigint FROM accounts),
			(SELECT coalesce(sum(posted), 0)::bigint FROM entries), (SELECT count(*) FROM entries),
			(SELECT count(*) FROM payments WHERE status = 1)`).Scan(&posted, &held, &changed, &entries, &settled)
	if err != nil {
		return err
	}
	spent := money.Centavos(payments) * (amount + fee)
	left := money.Centavos(b.accounts)*funds - spent
	if posted != left || held != 0 || changed != -spent || settled != payments || entries != 2*payments {
		return fmt.Errorf("hand-written books are wrong: %s and %s held, %d payments, %d entries of %s; "+
			"want %s, %d payments", posted, held, settled, entries, changed, left, payments)
	}
	return nil
}
