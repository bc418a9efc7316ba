package report_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// counting counts what is read of single accounts.
type counting struct {
	book.Reader
	reads int
}

func (c *counting) Account(ctx context.Context, id ledger.AccountID) (ledger.Account, error) {
	c.reads++
	return c.Reader.Account(ctx, id)
}

func (c *counting) Profile(ctx context.Context, id ledger.AccountID) (pix.Profile, error) {
	c.reads++
	return c.Reader.Profile(ctx, id)
}

func (c *counting) BalanceAt(ctx context.Context, id ledger.AccountID, at time.Time) (ledger.Balance, error) {
	c.reads++
	return c.Reader.BalanceAt(ctx, id, at)
}

func (c *counting) Blocked(
	ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) (book.Blocked, error) {
	c.reads++
	return c.Reader.Blocked(ctx, id, after, limit)
}

func (c *counting) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	c.reads++
	return c.Reader.EntriesBetween(ctx, id, from, until)
}

func (c *counting) Record(ctx context.Context, key pix.RecordKey) (pix.Record, error) {
	c.reads++
	return c.Reader.Record(ctx, key)
}

func (c *counting) Records(
	ctx context.Context, kind pix.RecordKind, owner, before uint64, limit int,
) ([]pix.Record, error) {
	c.reads++
	return c.Reader.Records(ctx, kind, owner, before, limit)
}

// TestAccountsThatDidNotMoveCostNoReads has more accounts than are read at once, of
// which two moved.
func TestAccountsThatDidNotMoveCostNoReads(t *testing.T) {
	w := newWorld(t)
	const idle = 2_500
	for n := range ledger.AccountID(idle) {
		w.open(joao+1+n, "Parada", 1_00)
	}
	aDay(w)
	w.now = at(11, 12, 0)
	w.receive(maria, 2_00)
	w.now = at(12, 0, 20)
	desk := w.desk("")
	reader := &counting{Reader: w.s}
	desk.Reader = reader
	w.plan(on(11))
	w.make(desk)
	// The seeks of two accounts, of three of the house, and of what is kept.
	if reader.reads > 30 {
		t.Errorf("%d reads for two accounts that moved and %d that did not", reader.reads, idle)
	}
	h, err := desk.House(t.Context(), on(11))
	if err != nil {
		t.Fatal(err)
	}
	if h.Accounts != idle+2 || h.Moved != 2 || h.Alerting != idle+1 || len(h.Alerts) != 100 ||
		h.Balance.Gross != idle*1_00+50_908_40 || !h.Trial.Balanced {
		t.Errorf("%d accounts, %d moved, %d in alert, %d named, %s, %+v", h.Accounts, h.Moved, h.Alerting, len(h.Alerts),
			h.Balance.Gross, h.Trial)
	}
}
