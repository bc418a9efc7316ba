package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/server"
)

// verifyCmd is saldo verify.
type verifyCmd struct {
	storeFlags
	JSON bool `name:"json" help:"Print the result as one JSON object."`
}

// errNotInOrder is the outcome of a verification that found something.
var errNotInOrder = errors.New("the books are not in order")

// verdict is what --json prints.
type verdict struct {
	OK        bool     `json:"ok"`
	Accounts  uint64   `json:"accounts"`
	Entries   uint64   `json:"entries"`
	Holds     uint64   `json:"holds"`
	Movements uint64   `json:"movements"`
	Findings  []string `json:"findings"`
	Stopped   bool     `json:"stopped"` // after too many findings to go on
}

// Run goes over the books and tells what is wrong with them.
func (c *verifyCmd) Run(ctx context.Context, m *machine) (err error) {
	if strings.HasPrefix(c.url(), "memory:") {
		return usageError{errors.New("a store in memory is empty: there is nothing to verify")}
	}
	if dir := folder(c.url()); dir != "" {
		if _, err := os.Stat(dir); err != nil {
			return fmt.Errorf("no books to verify: %w", err)
		}
	}
	log := slog.New(slog.NewTextHandler(m.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, err := server.OpenStore(c.url(), server.StoreOptions{ReadOnly: true, Log: log})
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	report, err := book.Verify(ctx, store, progressOn(m.stderr))
	if err != nil {
		return fmt.Errorf("verification broke off: %w", err)
	}
	if err := c.print(m.stdout, report); err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return errNotInOrder
	}
	return nil
}

// progressOn shows progress on a terminal, and none elsewhere.
func progressOn(w io.Writer) func(book.Progress) {
	if !onTerminal(w) {
		return nil
	}
	return func(p book.Progress) {
		fmt.Fprintf(w, "\r%d accounts, %d entries, %d movements\x1b[K\r", p.Accounts, p.Entries, p.Movements)
	}
}

// onTerminal tells whether somebody sees what is written.
func onTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (c *verifyCmd) print(w io.Writer, r book.Report) error {
	if c.JSON {
		v := verdict{
			OK: len(r.Findings) == 0, Accounts: r.Accounts, Entries: r.Entries, Holds: r.Holds,
			Movements: r.Movements, Findings: []string{}, Stopped: r.Stopped,
		}
		for _, finding := range r.Findings {
			v.Findings = append(v.Findings, finding.Error())
		}
		return json.NewEncoder(w).Encode(v)
	}
	for _, finding := range r.Findings {
		fmt.Fprintln(w, finding)
	}
	if r.Stopped {
		fmt.Fprintln(w, "stopped: too much is wrong to go on")
	}
	fmt.Fprintf(w, "%d accounts, %d entries, %d holds, %d movements\n", r.Accounts, r.Entries, r.Holds, r.Movements)
	if len(r.Findings) > 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, "ok")
	return err
}
