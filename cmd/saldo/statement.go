package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/statement"
)

// statementCmd is saldo statement.
type statementCmd struct {
	Account string `arg:"" help:"Number of the account."`
	From    string `placeholder:"DAY" help:"First day in São Paulo, as in 2026-11-01; the first of the month if not given."`
	To      string `placeholder:"DAY" help:"Last day, included; today if not given."`
	Format  string `default:"csv" enum:"json,jsonl,csv,ofx,camt053" help:"json, jsonl, csv, ofx or camt053 (${default}); --json is --format json."`
	Output  string `short:"o" placeholder:"FILE" help:"Write to a file, which is there only when it is whole; the standard output if not given."`
	ISPB    string `placeholder:"DIGITS" help:"With --data or --store: the institution's participant code, which files name."`
	storeFlags
	operatorFlags
}

// Run writes the statement: over the operator's API, or of the store of a stopped
// server if one is named.
func (c *statementCmd) Run(ctx context.Context, m *machine) (err error) {
	account, err := ledger.ParseAccountID(c.Account)
	if err != nil {
		return usageError{fmt.Errorf("%q: %w", c.Account, err)}
	}
	var wrong []error
	period := statement.ParsePeriod(c.From, c.To, m.now(), func(name, reason string) {
		wrong = append(wrong, fmt.Errorf("--%s %s", name, reason))
	})
	if len(wrong) > 0 {
		return usageError{errors.Join(wrong...)}
	}
	if c.JSON {
		c.Format = string(statement.JSON)
	}
	read := c.fetch
	if c.Data != "" || c.Store != "" {
		read = c.readStore
	}
	head, lines, closeSource, err := read(ctx, m, account, period)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeSource()) }()
	bar := &bar{now: m.now, total: head.Entries}
	if onTerminal(m.stderr) && (c.Output != "" || !onTerminal(m.stdout)) {
		bar.w = m.stderr
	}
	defer bar.end()
	return writeOut(m.stdout, c.Output, func(w io.Writer) error {
		return statement.Write(w, statement.Format(c.Format), &head, bar.along(lines))
	})
}

// readStore reads the statement out of the store of a stopped server.
func (c *statementCmd) readStore(
	ctx context.Context, m *machine, account ledger.AccountID, period statement.Period,
) (statement.Head, iter.Seq2[statement.Line, error], func() error, error) {
	var bank statement.Bank
	if c.ISPB != "" {
		var err error
		if bank.ISPB, err = pixid.ParseISPB(c.ISPB); err != nil {
			return statement.Head{}, nil, nil, usageError{fmt.Errorf("--ispb: %w", err)}
		}
	}
	store, err := openStopped(c.url(), m)
	if err != nil {
		return statement.Head{}, nil, nil, err
	}
	s, err := statement.Open(ctx, store, account, period, bank, m.now())
	if err != nil {
		return statement.Head{}, nil, nil, errors.Join(err, store.Close())
	}
	s.Bank.Name = s.Brand
	return s.Head, s.Lines(ctx), store.Close, nil
}

// openStopped opens the store of a stopped server for reading.
func openStopped(url string, m *machine) (server.Store, error) {
	if strings.HasPrefix(url, "memory:") {
		return nil, usageError{errors.New("a store in memory is empty: it has no accounts")}
	}
	if dir := folder(url); dir != "" {
		if _, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("no books to read: %w", err)
		}
	}
	log := slog.New(slog.NewTextHandler(m.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, err := server.OpenStore(url, server.StoreOptions{ReadOnly: true, Log: log})
	return store, explain(err)
}

// fetch asks the operator's API. What comes is read line by line, and so it can be
// told whether all of it has come.
func (c *statementCmd) fetch(
	ctx context.Context, _ *machine, account ledger.AccountID, period statement.Period,
) (statement.Head, iter.Seq2[statement.Line, error], func() error, error) {
	query := url.Values{
		"from": {period.From.String()}, "to": {period.To.String()}, "format": {string(statement.JSONL)},
	}
	body, err := c.stream(ctx, "/accounts/"+account.String()+"/statement?"+query.Encode())
	if err != nil {
		return statement.Head{}, nil, nil, err
	}
	head, lines, err := statement.Read(bufio.NewReaderSize(body, outputBuffer))
	if err != nil {
		return head, nil, nil, errors.Join(err, body.Close())
	}
	return head, lines, body.Close, nil
}

// stream asks for an answer that may be long.
func (f *operatorFlags) stream(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := f.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = clientTimeout // the body takes as long as it takes
	transport.DisableKeepAlives = true
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the operator's API: %w", err)
	}
	if response.StatusCode < http.StatusBadRequest {
		return response.Body, nil
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err != nil {
		return nil, fmt.Errorf("read the operator's API: %w", err)
	}
	return nil, refused(response.Status, answer)
}

const outputBuffer = 64 << 10 // bytes

// writeOut writes to a file, or to the standard output if none is named. The file
// has its name only once it is whole.
func writeOut(stdout io.Writer, name string, write func(io.Writer) error) (err error) {
	if name == "" {
		return buffered(stdout, write)
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := errors.Join(buffered(file, write), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, outputBuffer)
	return errors.Join(write(out), out.Flush())
}

// bar shows on a terminal how far a statement is.
type bar struct {
	w           io.Writer // nil shows nothing
	now         func() time.Time
	done, total uint64
	shown       time.Time
}

const (
	barWidth = 40 // characters
	barEvery = 100 * time.Millisecond
)

// along yields lines and counts them.
func (b *bar) along(lines iter.Seq2[statement.Line, error]) iter.Seq2[statement.Line, error] {
	return func(yield func(statement.Line, error) bool) {
		for l, err := range lines {
			if b.done++; b.w != nil && b.now().Sub(b.shown) >= barEvery {
				b.show()
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

func (b *bar) show() {
	b.shown = b.now()
	full := int(min(b.done, b.total) * barWidth / max(b.total, 1))
	fmt.Fprintf(b.w, "\r[%s%s] %d of %d lines\x1b[K", strings.Repeat("=", full), strings.Repeat(" ", barWidth-full),
		b.done, b.total)
}

// end leaves the bar as it is in the end, and goes on below it.
func (b *bar) end() {
	if b.w != nil {
		b.show()
		fmt.Fprintln(b.w)
	}
}
