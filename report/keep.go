package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Desk gives out reports: those that are kept as they were made, and others newly
// made.
type Desk struct {
	Maker
	Book *book.Book
	// At is when the reports of a day are made and kept, counted from the beginning
	// of the next day in São Paulo, and Dir a folder that they are written to as well;
	// empty writes none.
	At  time.Duration
	Dir string
	Log *slog.Logger
}

// Account returns the report of an account as Maker.Account does, if none is kept.
func (d *Desk) Account(ctx context.Context, id ledger.AccountID, on statement.Day) (*Account, error) {
	profile, err := d.Reader.Profile(ctx, id)
	if err != nil {
		return nil, err
	}
	if on, err = d.dayOf(on, profile.CreatedAt); err != nil {
		return nil, err
	}
	a := new(Account)
	if kept, err := d.kept(ctx, id, on, a); kept || err != nil {
		return a, err
	}
	return d.Maker.Account(ctx, id, on)
}

// House returns the report of the house as Maker.House does, if none is kept. The
// zero day is yesterday, or today for a house whose first account was opened today.
func (d *Desk) House(ctx context.Context, on statement.Day) (*House, error) {
	if on != (statement.Day{}) {
		return d.houseOn(ctx, on)
	}
	today := statement.DayOf(d.Now())
	h, err := d.houseOn(ctx, today.Add(-1))
	var early *DayError
	if errors.As(err, &early) {
		return d.houseOn(ctx, today)
	}
	return h, err
}

func (d *Desk) houseOn(ctx context.Context, on statement.Day) (*House, error) {
	h := new(House)
	if kept, err := d.kept(ctx, 0, on, h); kept || err != nil {
		return h, err
	}
	h, err := d.Maker.House(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	return h, h.early()
}

// early is an error if there was no account yet on the day.
func (h *House) early() error {
	if h.Accounts > 0 || !h.since.After(h.Date) {
		return nil
	}
	return &DayError{"must not be before " + h.since.String() + ", when the first account was opened"}
}

// kept reads the report of an account, or 0 for the house, that is kept of a day.
func (d *Desk) kept(ctx context.Context, of ledger.AccountID, on statement.Day, to any) (bool, error) {
	record, err := d.Reader.Record(ctx, pix.ReportKey(of, on.String()))
	if errors.Is(err, pix.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, read(record, to)
}

func read(r pix.Record, to any) error {
	if err := json.Unmarshal(r.Body, to); err != nil {
		return fmt.Errorf("report %s: %w", r.Name, err)
	}
	return nil
}

// record is a report as it is kept.
func record(of ledger.AccountID, on statement.Day, report any) (pix.Record, error) {
	body, err := json.Marshal(report)
	return pix.Record{
		RecordKey: pix.ReportKey(of, on.String()), Owner: uint64(of), Number: on.Number(), Body: body,
	}, err
}

// dayNumbered returns the day that a number is of.
func dayNumbered(n uint64) (statement.Day, error) {
	return statement.ParseDay(fmt.Sprintf("%04d-%02d-%02d", n/10_000, n/100%100, n%100))
}
