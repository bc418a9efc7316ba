package postgres

import (
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

const holdColumns = `h.account, h.id, h.reason, h.requested, h.held, h.captured, h.released, h.cancelled,
	h.sweep, h.about, h.case_id, h.deadline, h.opened_at, h.closed_at`

func (r *rows) hold(h *ledger.Hold) {
	r.begin()
	r.uint(uint64(h.Account))
	r.uint(uint64(h.ID))
	r.small(uint8(h.Reason))
	r.int(int64(h.Requested))
	r.int(int64(h.Held))
	r.int(int64(h.Captured))
	r.int(int64(h.Released))
	r.int(int64(h.Cancelled))
	r.int(int64(h.Shortfall()))
	r.bool(h.Sweep)
	r.uint(h.About)
	r.text(h.Case)
	r.optionalTime(h.Deadline)
	r.time(h.OpenedAt)
	r.optionalTime(h.ClosedAt)
	r.end()
}

// holdStep writes what mostly changes.
func (r *rows) holdStep(h *ledger.Hold) {
	r.begin()
	r.uint(uint64(h.Account))
	r.uint(uint64(h.ID))
	r.int(int64(h.Held))
	r.int(int64(h.Captured))
	r.int(int64(h.Released))
	r.int(int64(h.Cancelled))
	r.int(int64(h.Shortfall()))
	r.optionalTime(h.ClosedAt)
	r.end()
}

func readHold(c *columns) ledger.Hold {
	return ledger.Hold{
		Account: ledger.AccountID(c.uint()), ID: ledger.HoldID(c.uint()), Reason: ledger.Reason(c.small()),
		Requested: money.Centavos(c.int()), Held: money.Centavos(c.int()), Captured: money.Centavos(c.int()),
		Released: money.Centavos(c.int()), Cancelled: money.Centavos(c.int()), Sweep: c.bool(), About: c.uint(),
		Case: c.text(), Deadline: c.optionalTime(), OpenedAt: c.time(), ClosedAt: c.optionalTime(),
	}
}
