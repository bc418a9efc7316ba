package booktest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/statement"
)

// extracts writes the statements of account of an account, day by day and of all
// days at once, and returns what they say. Writing one checks that its lines lead
// from its opening to its closing balance; here a day begins with what the day
// before ended with, and all days have what each has.
func extracts(f *fixture, id ledger.AccountID) []string {
	f.t.Helper()
	account, err := f.s.Account(f.ctx, id)
	f.fatal(err)
	first := statement.DayOf(start.Add(-24 * time.Hour))
	last := statement.DayOf(account.LastAt).Next()
	var days []string
	var balance ledger.Balance
	lines := 0
	for day := first; !day.After(last); day = day.Next() {
		head, out := extract(f, id, statement.Period{From: day, To: day})
		if head.Opening != balance {
			f.t.Errorf("account %s begins %s with %+v, after a day that ended with %+v", id, day, head.Opening, balance)
		}
		balance = head.Closing
		days = append(days, out[1:len(out)-1]...)
		lines += int(head.Entries)
	}
	head, all := extract(f, id, statement.Period{From: first, To: last})
	if head.Opening != (ledger.Balance{}) || head.Closing != account.Balance || balance != account.Balance ||
		lines != int(account.Entries) {
		f.t.Errorf("account %s has %+v after %d entries; its days end with %+v after %d, all of them %+v to %+v",
			id, account.Balance, account.Entries, balance, lines, head.Opening, head.Closing)
	}
	same(f.t, fmt.Sprintf("days of account %s", id), strings.Join(days, "\n"), strings.Join(all[1:len(all)-1], "\n"))
	return all
}

// extract writes a statement in every format, and returns the objects of that in
// JSON Lines.
func extract(f *fixture, id ledger.AccountID, p statement.Period) (statement.Head, []string) {
	f.t.Helper()
	var out bytes.Buffer
	s, err := statement.Open(f.ctx, f.s, id, p, statement.Bank{}, f.now)
	f.fatal(err)
	for _, format := range statement.Formats() {
		out.Reset()
		if err := statement.Write(&out, statement.Format(format), &s.Head, s.Lines(f.ctx)); err != nil {
			f.t.Fatalf("account %s from %s to %s as %s: %v", id, p.From, p.To, format, err)
		}
	}
	out.Reset()
	f.fatal(statement.Write(&out, statement.JSONL, &s.Head, s.Lines(f.ctx)))
	return s.Head, strings.Split(strings.TrimSpace(out.String()), "\n")
}
