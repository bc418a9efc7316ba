package dashboard

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// fileFaults are the API's words for what is wrong in a file, and keys of our texts.
var fileFaults = []struct {
	words *regexp.Regexp
	key   string
}{
	{regexp.MustCompile(`^the file is empty$`), "empty"},
	{regexp.MustCompile(`^the file is cut short`), "cut"},
	{regexp.MustCompile(`^is UTF-16`), "utf16"},
	{regexp.MustCompile(`^no column is known for it`), "column"},
	{regexp.MustCompile(`^there is no such column$`), "nocolumn"},
	{regexp.MustCompile(`^there are two such columns`), "twocolumns"},
	{regexp.MustCompile(`^there are \d+ columns$`), "nocolumn"},
	{regexp.MustCompile(`^is no amount`), "amount"},
	{regexp.MustCompile(`^may be thousands or decimals`), "ambiguous"},
	{regexp.MustCompile(`^is no (?:date|time)|^is not of a year|^is not written as dateFormat`), "date"},
	{regexp.MustCompile(`^is missing$`), "missing"},
	{regexp.MustCompile(`^is neither credit nor debit|^is neither CRDT`), "direction"},
	{regexp.MustCompile(`^has an amount, and so has credit$`), "both"},
	{regexp.MustCompile(`^is a word that is not known`), "status"},
	{regexp.MustCompile(`^is not (?:in )?BRL$`), "currency"},
	{regexp.MustCompile(`^is no (?:OFX|camt\.053|JSON|page of)`), "format"},
	{regexp.MustCompile(`^is longer than`), "long"},
	{regexp.MustCompile(`^was interrupted|^could not be finished`), "interrupted"},
}

// fileFault says what is wrong in a file, and where: line is 0 and column empty where
// that is not known.
func fileFault(l *page.Lang, line int, column, why string) page.Reason {
	text, english := why, true
	for _, f := range fileFaults {
		if f.words.MatchString(why) {
			text, english = l.T("reconcile.bad."+f.key), false
			break
		}
	}
	column = l.Or("reconcile.column."+column, column)
	switch {
	case line != 0 && column != "":
		text = l.T("reconcile.at.both", l.Number(int64(line)), column) + text
	case line != 0:
		text = l.T("reconcile.at.line", l.Number(int64(line))) + text
	case column != "":
		text = l.T("reconcile.at.column", column) + text
	}
	return page.Reason{Text: text, English: english}
}

// badFile says what is wrong with the file beside its field. Other errors it leaves.
func badFile(l *page.Lang, f *page.Form, err error) error {
	var p *page.Problem
	if !errors.As(err, &p) {
		return err
	}
	switch p.Code {
	case "INVALID_FILE":
	case "TOO_MANY_REQUESTS": // one at a time
		f.Refuse("file", "reconcile.taken")
		return f.Err()
	default:
		return err
	}
	line, _ := p.Details["line"].(float64)
	column, _ := p.Details["column"].(string)
	where := column
	if line != 0 {
		where = fmt.Sprintf("line %d", int(line))
		if column != "" {
			where += ", " + column
		}
	}
	why := strings.TrimPrefix(strings.TrimPrefix(p.Message, "file: "), where)
	why = strings.TrimPrefix(why, ": ")
	f.RefuseWith("file", fileFault(l, int(line), column, why))
	return f.Err()
}

// breakReasons are the API's words for why a line does not match, and keys of our texts.
var breakReasons = []struct {
	words *regexp.Regexp
	key   string
}{
	{regexp.MustCompile(`^the file says (\w+), the ledger has it settled$`), "file"},
	{regexp.MustCompile(`^the ledger has it (\w+)$`), "ledger"},
	{regexp.MustCompile(`^the file says that it was returned$`), "returned"},
	{regexp.MustCompile(`^the file says so of what it gives back$`), "original"},
	{regexp.MustCompile(`^the file returns what the ledger has not returned$`), "unreturned"},
	{regexp.MustCompile(`^the file has neither it nor what took it back$`), "neither"},
	{regexp.MustCompile(`^the ledger never had it$`), "never"},
	{regexp.MustCompile(`^the ledger booked it on (\S+)$`), "day"},
	{regexp.MustCompile(`^the fee was (\S+)$`), "fee"},
}

// breakWhy says in the reader's language why a line does not match, or in the API's own
// words.
func breakWhy(l *page.Lang, why string) *page.Reason {
	for _, r := range breakReasons {
		match := r.words.FindStringSubmatch(why)
		if match == nil {
			continue
		}
		var arg string
		if len(match) > 1 {
			arg = dayText(l, strings.ToLower(l.Or("reconcile.linestatus."+match[1], match[1])))
			if c, err := money.ParseDecimal(match[1]); err == nil {
				arg = l.Amount(c)
			}
		}
		return &page.Reason{Text: l.T("reconcile.why."+r.key, arg)}
	}
	return &page.Reason{Text: why, English: true}
}
