package postgres

import (
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

const accountColumns = `a.id, a.posted, a.held, a.entries, a.head, a.last_at, a.sweeps`

func (r *rows) account(a *ledger.Account) {
	r.begin()
	r.uint(uint64(a.ID))
	r.int(int64(a.Posted))
	r.int(int64(a.Held))
	r.uint(a.Entries)
	r.bytes(a.Head[:])
	r.optionalTime(a.LastAt)
	r.int32(int(a.Sweeps))
	r.end()
}

func readAccount(c *columns) ledger.Account {
	a := ledger.Account{
		ID:      ledger.AccountID(c.uint()),
		Balance: ledger.Balance{Posted: money.Centavos(c.int()), Held: money.Centavos(c.int())},
		Entries: c.uint(),
		Head:    ledger.Hash(c.fixed(len(ledger.Hash{}))),
	}
	a.LastAt = c.optionalTime()
	a.Sweeps = uint32(c.int32())
	return a
}
