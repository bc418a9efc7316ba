package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
)

// reportCmd is saldo report.
type reportCmd struct {
	Account string `placeholder:"ID" help:"Number of the account; the whole house if not given."`
	Date    string `placeholder:"DAY" help:"Day in São Paulo, as in 2026-11-20; yesterday if not given, or today on the first day."`
	Format  string `default:"csv" enum:"json,csv" help:"json or csv (${default}); --json is --format json."`
	Out     string `short:"o" placeholder:"FILE" help:"Write to a file, which is there only when it is whole; the standard output if not given."`
	ISPB    string `placeholder:"DIGITS" help:"With --data or --store: the institution's participant code, which reports name."`
	storeFlags
	operatorFlags
}

// Run writes the report: over the operator's API, or of the store of a stopped
// server if one is named.
func (c *reportCmd) Run(ctx context.Context, m *machine) error {
	var account ledger.AccountID
	if c.Account != "" {
		var err error
		if account, err = ledger.ParseAccountID(c.Account); err != nil {
			return usageError{fmt.Errorf("--account %q: %w", c.Account, err)}
		}
	}
	day, err := report.ParseDay(c.Date, m.now())
	if err != nil {
		return usageError{fmt.Errorf("--%w", err)}
	}
	if c.JSON {
		c.Format = string(report.JSON)
	}
	write := c.fetch
	if c.Data != "" || c.Store != "" {
		write = c.readStore
	}
	return write(ctx, m, account, day)
}

// readStore makes the report out of the store of a stopped server, if none is kept.
func (c *reportCmd) readStore(
	ctx context.Context, m *machine, account ledger.AccountID, day statement.Day,
) (err error) {
	var ispb pixid.ISPB
	if c.ISPB != "" {
		if ispb, err = pixid.ParseISPB(c.ISPB); err != nil {
			return usageError{fmt.Errorf("--ispb: %w", err)}
		}
	}
	store, err := openStopped(c.url(), m)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	desk := report.Desk{Maker: report.Maker{
		Reader: store, Now: m.now,
		Bank: func(brand string) statement.Bank { return statement.Bank{Name: brand, ISPB: ispb} },
	}}
	return c.write(ctx, m, &desk, account, day)
}

// write writes what a desk gives out.
func (c *reportCmd) write(
	ctx context.Context, m *machine, desk *report.Desk, account ledger.AccountID, day statement.Day,
) error {
	format := report.Format(c.Format)
	var write func(io.Writer) error
	var err error
	if account == 0 {
		var h *report.House
		h, err = desk.House(ctx, day)
		write = func(w io.Writer) error { return report.WriteHouse(w, format, h) }
	} else {
		var a *report.Account
		a, err = desk.Account(ctx, account, day)
		write = func(w io.Writer) error { return report.WriteAccount(w, format, a) }
	}
	var wrong *report.DayError
	if errors.As(err, &wrong) {
		return usageError{fmt.Errorf("--%w", err)}
	}
	if err != nil {
		return err
	}
	return writeOut(m.stdout, c.Out, write)
}

// fetch asks the operator's API. An answer that is cut off is an error, and leaves
// no file.
func (c *reportCmd) fetch(
	ctx context.Context, m *machine, account ledger.AccountID, day statement.Day,
) (err error) {
	path, query := "/report", url.Values{"format": {c.Format}}
	if account != 0 {
		path = "/accounts/" + account.String() + path
	}
	if c.Date != "" {
		query.Set("date", day.String())
	}
	body, err := c.stream(ctx, path+"?"+query.Encode())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return writeOut(m.stdout, c.Out, func(w io.Writer) error {
		_, err := io.Copy(w, body)
		return err
	})
}
