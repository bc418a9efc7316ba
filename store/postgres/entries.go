package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// entry writes the lines of an entry. The first is its home.
func (r *rows) entry(e *ledger.Entry) {
	for i := range e.Lines {
		r.begin()
		r.line(&e.Lines[i])
		if i == 0 {
			r.home(e)
		} else {
			r.away(&e.Lines[0])
		}
		r.end()
	}
}

func (r *rows) line(l *ledger.Line) {
	r.uint(uint64(l.Account))
	r.time(l.At)
	r.uint(l.Number)
	r.int(int64(l.Posted))
	r.int(int64(l.Held))
	r.int(int64(l.PostedAfter))
	r.int(int64(l.HeldAfter))
	r.bytes(l.Hash[:])
}

// home writes what only a home line has.
func (r *rows) home(e *ledger.Entry) {
	r.null(pgtype.Int8OID)
	r.null(pgtype.TimestamptzOID)
	r.null(pgtype.Int8OID)
	r.small(uint8(e.Kind))
	r.uint(e.About)
	r.time(e.At)
	r.others(e.Lines[1:])
	r.holdChanges(e.Holds)
}

// others writes where the other lines of an entry are.
func (r *rows) others(lines []ledger.Line) {
	if len(lines) == 0 {
		r.null(pgtype.Int8ArrayOID)
		r.null(pgtype.TimestamptzArrayOID)
		r.null(pgtype.Int8ArrayOID)
		return
	}
	r.list(pgtype.Int8ArrayOID, pgtype.Int8OID, len(lines), 8)
	for i := range lines {
		r.listInt(uint64(lines[i].Account))
	}
	r.list(pgtype.TimestamptzArrayOID, pgtype.TimestamptzOID, len(lines), 8)
	for i := range lines {
		r.listTime(lines[i].At)
	}
	r.list(pgtype.Int8ArrayOID, pgtype.Int8OID, len(lines), 8)
	for i := range lines {
		r.listInt(lines[i].Number)
	}
}

func (r *rows) holdChanges(changes []ledger.HoldChange) {
	if len(changes) == 0 {
		r.null(pgtype.Int8ArrayOID)
		r.null(pgtype.Int8ArrayOID)
		r.null(pgtype.Int8ArrayOID)
		return
	}
	r.list(pgtype.Int8ArrayOID, pgtype.Int8OID, len(changes), 8)
	for _, c := range changes {
		r.listInt(uint64(c.Account))
	}
	r.list(pgtype.Int8ArrayOID, pgtype.Int8OID, len(changes), 8)
	for _, c := range changes {
		r.listInt(uint64(c.Hold))
	}
	r.list(pgtype.Int8ArrayOID, pgtype.Int8OID, len(changes), 8)
	for _, c := range changes {
		r.listSigned(int64(c.Held))
	}
}

// away writes what a line has that is not home.
func (r *rows) away(home *ledger.Line) {
	r.uint(uint64(home.Account))
	r.time(home.At)
	r.uint(home.Number)
	r.null(pgtype.Int2OID)
	r.null(pgtype.Int8OID)
	r.null(pgtype.TimestamptzOID)
	r.others(nil)
	r.holdChanges(nil)
}

const lineColumns = `l.account, l.at, l.number, l.posted, l.held, l.posted_after, l.held_after, l.hash`

func readLine(c *columns) ledger.Line {
	return ledger.Line{
		Account: ledger.AccountID(c.uint()), At: c.time(), Number: c.uint(),
		Posted: money.Centavos(c.int()), Held: money.Centavos(c.int()),
		PostedAfter: money.Centavos(c.int()), HeldAfter: money.Centavos(c.int()),
		Hash: ledger.Hash(c.fixed(len(ledger.Hash{}))),
	}
}

const homeColumns = `h.kind, h.about, h.entry_at, h.hold_accounts, h.hold_ids, h.hold_changes`

// readHome reads an entry without its lines.
func readHome(c *columns) ledger.Entry {
	e := ledger.Entry{Kind: ledger.Kind(c.small()), About: c.uint(), At: c.time()}
	accounts, holds, changes := c.uints(), c.uints(), c.uints()
	if len(holds) != len(accounts) || len(changes) != len(accounts) {
		c.bad = true
		return e
	}
	for i := range accounts {
		e.Holds = append(e.Holds, ledger.HoldChange{
			Account: ledger.AccountID(accounts[i]), Hold: ledger.HoldID(holds[i]),
			Held: money.Centavos(int64(changes[i])),
		})
	}
	return e
}
