package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/statement"
)

// reconcileCmd is saldo reconcile.
type reconcileCmd struct {
	File       string            `arg:"" help:"Statement of others."`
	Account    string            `required:"" placeholder:"ID" help:"Number of the account."`
	From       string            `placeholder:"DAY" help:"First day in São Paulo, as in 2026-11-01; that of the file if neither is given."`
	To         string            `placeholder:"DAY" help:"Last day, included; today if only the first is given."`
	Format     string            `default:"auto" enum:"auto,csv,ofx,camt053,pix" help:"csv, ofx, camt053 or pix (answers of GET /pix); by the name of the file if not given."`
	Scope      string            `default:"auto" enum:"auto,all,pix,received,sent" help:"What the file has: all, pix, received or sent; received for pix and else all if not given."`
	Window     time.Duration     `default:"15m" placeholder:"TIME" help:"How far apart lines may be that only their amount connects (${default})."`
	Column     map[string]string `placeholder:"WHAT=HEADING" help:"CSV: heading or number of a column, such as --column amount=Valor."`
	DateFormat string            `placeholder:"FORMAT" help:"CSV: how dates are written, as in DD/MM/YYYY; guessed if not given."`
	Decimal    string            `default:"auto" enum:"auto,comma,point" help:"CSV: the sign before the cents, comma or point; guessed if not given."`
	Separator  string            `default:"auto" enum:"auto,semicolon,comma,tab" help:"CSV: the sign between columns; guessed if not given."`
	Skip       int               `placeholder:"N" help:"CSV: lines before the headings."`
	UTC        bool              `name:"utc" help:"Days and times without a zone are of UTC, not of São Paulo."`
	Output     string            `short:"o" placeholder:"FILE" help:"Write the breaks to a file, as CSV, or as JSON if it is called so."`
	Matches    bool              `help:"With --output: write the matches as well."`
	storeFlags
	operatorFlags
}

// Run matches the file and prints what came out by class.
func (c *reconcileCmd) Run(ctx context.Context, m *machine) (err error) {
	account, err := ledger.ParseAccountID(c.Account)
	if err != nil {
		return usageError{fmt.Errorf("--account %q: %w", c.Account, err)}
	}
	o, reading, err := c.options(m)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	p := &reconcileProgress{now: m.now}
	if onTerminal(m.stderr) {
		p.w = m.stderr
	}
	entries, closeSource, err := c.source(ctx, m, account, &o, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeSource()) }()
	lines := along(reconcile.Read(ctx, file, c.format(), &reading), p, &p.lines)
	summary, err := c.match(ctx, account, o, lines, entries)
	p.end()
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return c.print(m, &summary)
}

// options are what the flags say.
func (c *reconcileCmd) options(m *machine) (reconcile.Options, reconcile.Reading, error) {
	o := reconcile.Options{Window: c.Window, BreaksMax: reconcile.BreaksMax}
	reading := reconcile.Reading{
		Columns: c.Column, DateFormat: c.DateFormat, Decimal: named(c.Decimal), Separator: named(c.Separator),
		Skip: c.Skip, UTC: c.UTC,
	}
	var wrong []error
	if c.From != "" || c.To != "" {
		o.Period = statement.ParsePeriod(c.From, c.To, m.now(), func(name, reason string) {
			wrong = append(wrong, fmt.Errorf("--%s %s", name, reason))
		})
	}
	if c.Window < 0 || c.Window > reconcile.WindowMax {
		wrong = append(wrong, fmt.Errorf("--window must be between 0 and %s", reconcile.WindowMax))
	}
	if c.format() == "" {
		wrong = append(wrong, errors.New("--format must be given, since the name of the file does not tell it"))
	}
	if err := reading.Check(); err != nil {
		wrong = append(wrong, err)
	}
	if len(wrong) > 0 {
		return o, reading, usageError{errors.Join(wrong...)}
	}
	return o, reading, nil
}

// named is a choice that was made, or nothing.
func named(choice string) string {
	if choice == "auto" {
		return ""
	}
	return choice
}

func (c *reconcileCmd) format() reconcile.Format {
	if c.Format != "auto" {
		return reconcile.Format(c.Format)
	}
	return reconcile.FormatOf(c.File)
}

func (c *reconcileCmd) scope() reconcile.Scope {
	if c.Scope != "auto" {
		return reconcile.Scope(c.Scope)
	}
	return reconcile.ScopeOf(c.format())
}

// ledgerOf yields the ledger's side of a period.
type ledgerOf func(statement.Period) iter.Seq2[reconcile.Entry, error]

// source is where the ledger's side comes from: the operator's API, or the books of a
// stopped server, in which single movements can be looked up as well.
func (c *reconcileCmd) source(
	ctx context.Context, m *machine, account ledger.AccountID, o *reconcile.Options, p *reconcileProgress,
) (ledgerOf, func() error, error) {
	if c.Data == "" && c.Store == "" {
		return func(period statement.Period) iter.Seq2[reconcile.Entry, error] {
			return along(c.fetch(ctx, account, period), p, &p.entries)
		}, func() error { return nil }, nil
	}
	store, err := openStopped(c.url(), m)
	if err != nil {
		return nil, nil, err
	}
	o.Find = reconcile.Finder(store, account)
	return func(period statement.Period) iter.Seq2[reconcile.Entry, error] {
		return along(reconcile.Entries(ctx, store, account, period, c.scope(), m.now()), p, &p.entries)
	}, store.Close, nil
}

// fetch asks the operator's API for the statement of a period and the days around it.
func (c *reconcileCmd) fetch(
	ctx context.Context, account ledger.AccountID, period statement.Period,
) iter.Seq2[reconcile.Entry, error] {
	return func(yield func(reconcile.Entry, error) bool) {
		period = reconcile.Around(period)
		query := url.Values{
			"from": {period.From.String()}, "to": {period.To.String()}, "format": {string(statement.JSONL)},
		}
		body, err := c.stream(ctx, "/accounts/"+account.String()+"/statement?"+query.Encode())
		if err != nil {
			yield(reconcile.Entry{}, err)
			return
		}
		defer body.Close()
		_, lines, err := statement.Read(bufio.NewReaderSize(body, outputBuffer))
		if err != nil {
			yield(reconcile.Entry{}, err)
			return
		}
		for l, err := range lines {
			e, ok := reconcile.EntryOf(&l, c.scope())
			if (ok || err != nil) && (!yield(e, err) || err != nil) {
				return
			}
		}
	}
}

// match matches, and writes the findings if they are wanted.
func (c *reconcileCmd) match(
	ctx context.Context, account ledger.AccountID, o reconcile.Options, lines iter.Seq2[reconcile.Line, error],
	entries ledgerOf,
) (summary reconcile.Summary, err error) {
	if c.Output == "" {
		return reconcile.Match(ctx, o, lines, entries, func(reconcile.Finding) error { return nil })
	}
	format := "csv"
	if strings.EqualFold(path.Ext(c.Output), ".json") {
		format = "json"
	}
	return summary, writeOut(nil, c.Output, func(w io.Writer) error {
		table, err := reconcile.NewTable(w, format, &reconcile.Run{Account: account, Period: o.Period})
		if err != nil {
			return err
		}
		summary, err = reconcile.Match(ctx, o, lines, entries, func(f reconcile.Finding) error {
			if f.Class == reconcile.Matched && !c.Matches {
				return nil
			}
			return table.Add(&f)
		})
		return errors.Join(err, table.End())
	})
}

// print prints what is of each class.
func (c *reconcileCmd) print(m *machine, s *reconcile.Summary) error {
	if c.JSON {
		return printJSON(m.stdout, map[string]any{
			"period": map[string]string{"from": s.Period.From.String(), "to": s.Period.To.String()},
			"breaks": s.Breaks(), "classes": countsOf(s), "feesExplained": s.Fees, "linesOutside": s.Outside,
		})
	}
	rows := [][]string{{"CLASS", "COUNT", "FILE", "LEDGER"}}
	for _, class := range append([]reconcile.Class{reconcile.Matched}, reconcile.Breaks()...) {
		if n := s.Classes[class]; n.Count > 0 {
			rows = append(rows, []string{
				string(class), strconv.Itoa(n.Count), n.There.Centavos().String(), n.Here.Centavos().String(),
			})
		}
	}
	return table(m.stdout, rows)
}

func countsOf(s *reconcile.Summary) map[reconcile.Class]int {
	counts := make(map[reconcile.Class]int)
	for class, n := range s.Classes {
		counts[class] = n.Count
	}
	return counts
}

// reconcileProgress shows on a terminal how far a matching is.
type reconcileProgress struct {
	w              io.Writer // nil shows nothing
	now            func() time.Time
	lines, entries int
	shown          time.Time
}

// along yields what all yields, and counts it.
func along[T any](all iter.Seq2[T, error], p *reconcileProgress, count *int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range all {
			if *count++; p.w != nil && p.now().Sub(p.shown) >= barEvery {
				p.show()
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

func (p *reconcileProgress) show() {
	p.shown = p.now()
	fmt.Fprintf(p.w, "\r%d lines of the file, %d entries of the ledger\x1b[K", p.lines, p.entries)
}

// end leaves the last count, and goes on below it.
func (p *reconcileProgress) end() {
	if p.w != nil {
		p.show()
		fmt.Fprintln(p.w)
	}
}
