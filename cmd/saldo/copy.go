package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/server"
)

// copyCmd is saldo copy.
type copyCmd struct {
	From string `required:"" placeholder:"URL" help:"Store to copy: pebble:DIR or postgres://…. It is only read."`
	To   string `required:"" placeholder:"URL" help:"Store to fill: empty, or an unfinished copy of the same book."`
}

// Run copies a book, and verifies both ends. Cut off, it can be run again and
// goes on where it was. No server may work on either store meanwhile.
func (c *copyCmd) Run(ctx context.Context, m *machine) (err error) {
	if c.From == c.To {
		return usageError{errors.New("--from and --to are the same store")}
	}
	log := slog.New(slog.NewTextHandler(m.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	from, err := server.OpenStore(c.From, server.StoreOptions{ReadOnly: true, Log: log})
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := server.OpenStore(c.To, server.StoreOptions{Log: log})
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := server.Copy(ctx, from, to, progressOn(m.stderr)); err != nil {
		return fmt.Errorf("copy broke off, run it again to go on: %w", err)
	}
	for _, end := range []struct {
		url   string
		store server.Store
	}{{c.From, from}, {c.To, to}} {
		report, err := book.Verify(ctx, end.store, progressOn(m.stderr))
		if err != nil {
			return fmt.Errorf("verify %s: %w", redacted(end.url), err)
		}
		for _, finding := range report.Findings {
			fmt.Fprintln(m.stdout, finding)
		}
		if len(report.Findings) > 0 {
			return fmt.Errorf("%s: %w", redacted(end.url), errNotInOrder)
		}
		fmt.Fprintf(m.stdout, "%d accounts, %d entries, %d holds, %d movements: ok\n",
			report.Accounts, report.Entries, report.Holds, report.Movements)
	}
	return nil
}
