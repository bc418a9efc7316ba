package dashboard

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
)

// transactionList is one page of what GET /api/transactions answers (contract §6.2).
type transactionList struct {
	Data  []statementItem `json:"data"`
	Pages pages           `json:"metadata"`
}

// statementItem is one transaction of it.
type statementItem struct {
	ID          string         `json:"transactionId"`
	ExternalID  string         `json:"externalId"`
	Status      string         `json:"status"`
	Operation   string         `json:"operationType"`
	Movement    string         `json:"movementType"`
	Final       money.Centavos `json:"finalAmount"`
	Fee         money.Centavos `json:"feeAmount"`
	EndToEndID  string         `json:"endToEndId"`
	CreatedAt   time.Time      `json:"createdAt"`
	Counterpart struct {
		Name     string `json:"name"`
		Document string `json:"document"`
	} `json:"counterpart"`
}

// transactionLine is one transaction in a list.
type transactionLine struct {
	statementItem
	Type   string         // as filters name it
	State  state          // how far it is
	Amount money.Centavos // debits are negative
	Void   bool           // it failed: no money moved
}

// state is a status as pages show it: a word, and a class for its colour.
type state struct{ Key, Class string }

// states are the statuses of transactions, as filters name them.
var states = map[string]state{
	"PENDING": {"transaction.status.PENDING", "warn"}, "CONFIRMED": {"transaction.status.CONFIRMED", "good"},
	"ERROR": {"transaction.status.ERROR", "bad"},
}

// The statement's words are others than those that filter it (contract §6.2).
var (
	statusOf = map[string]string{"Pendente": "PENDING", "Confirmado": "CONFIRMED", "Error": "ERROR"}
	typeOf   = map[string]string{
		"Pix in": "PAYMENT", "Pix out": "WITHDRAW", "Refund in": "REFUND_IN", "Refund out": "REFUND_OUT",
		"Transfer": "TRANSFER",
	}
)

func newLines(items []statementItem) []transactionLine {
	lines := make([]transactionLine, len(items))
	for i, item := range items {
		status := statusOf[item.Status]
		lines[i] = transactionLine{item, typeOf[item.Operation], states[status], item.Final, status == "ERROR"}
		if item.Movement == "DEBIT" && !lines[i].Void {
			lines[i].Amount = -item.Final
		}
	}
	return lines
}

// statementView is what the page of transactions shows.
type statementView struct {
	period
	Type, Status, Search string
	Types, Statuses      []page.Choice
	Lines                []transactionLine
	Total                int
	Pages                pager
	Exports              []page.Choice
	Problem              string // why nothing is shown
	Lost                 bool   // nothing has what was searched for
}

// statementDays is how many days a page of transactions covers at most: the API's own
// bound (contract §6.2).
const statementDays = 31

// statement lists transactions, newest first, by the filters of GET /api/transactions. A
// search leads to the one transaction that has what was looked for.
func (d *Dashboard) statement(c *page.Call) error {
	v := statementView{
		Type: c.Query("type"), Status: c.Query("status"), Search: c.Query("q"),
	}
	v.Types = choices(c, "transaction.type.", v.Type, "", "PAYMENT", "WITHDRAW", "REFUND_IN", "REFUND_OUT")
	v.Statuses = choices(c, "transaction.status.", v.Status, "", "PENDING", "CONFIRMED", "ERROR")
	if v.Search != "" {
		found, err := d.find(c, v.Search)
		if found || err != nil {
			return err
		}
		v.Lost = true
	}
	v.period, v.Problem = readPeriod(c, d.Now(), statementDays)
	v.Exports = exports(c, v.period)
	if v.Problem != "" {
		return c.Again(http.StatusBadRequest, "statement", c.Lang.T("statement.title"), v)
	}
	from, until := v.bounds()
	query := url.Values{
		"startDate": {instant(from)}, "endDate": {instant(until.Add(-time.Millisecond))}, "type": {v.Type},
		"status": {v.Status}, "page": {c.Query("page")}, "size": {"20"},
	}
	var list transactionList
	if err := c.Get("/api/transactions", query, &list); err != nil {
		return err
	}
	v.Lines, v.Total, v.Pages = newLines(list.Data), list.Pages.Total, list.Pages.pager(c)
	return c.Render("statement", c.Lang.T("statement.title"), v)
}

// find leads to the transaction that a text names, by whatever is its own.
func (d *Dashboard) find(c *page.Call, text string) (found bool, err error) {
	var details struct {
		Transaction struct {
			ID string `json:"id"`
		} `json:"transaction"`
	}
	err = c.Get(page.Path("/api/pix/transaction/%s/details", text), nil, &details)
	var p *page.Problem
	if errors.As(err, &p) && p.Status < http.StatusInternalServerError {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, c.Done(page.Path("/transactions/%s", details.Transaction.ID), "")
}

// choices are the values of a list to choose from; their texts have keys that begin with
// prefix, that of the empty value ends with "all".
func choices(c *page.Call, prefix, chosen string, values ...string) []page.Choice {
	out := make([]page.Choice, len(values))
	for i, value := range values {
		key := prefix + value
		if value == "" {
			key = prefix + "all"
		}
		out[i] = page.Choice{Value: value, Label: c.Lang.T(key), Chosen: value == chosen}
	}
	return out
}

// period is a time of whole days in São Paulo, as fields of a form have it.
type period struct {
	From, To string // as in 2026-11-20
}

// dateLayout is that of dates in fields of forms.
const dateLayout = "2006-01-02"

// readPeriod reads the days of an address: the last days of them if it names none. It
// returns too why they can't be shown, in the reader's language.
func readPeriod(c *page.Call, now time.Time, daysMax int) (period, string) {
	year, month, day := pix.DayOf(now)
	today := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	p := period{c.Query("from"), c.Query("to")}
	to, toErr := parseDay(p.To, today)
	from, fromErr := parseDay(p.From, to.AddDate(0, 0, 1-min(daysMax, defaultDays)))
	if p.From == "" {
		p.From = from.Format(dateLayout)
	}
	if p.To == "" {
		p.To = to.Format(dateLayout)
	}
	switch {
	case toErr != nil || fromErr != nil:
		return p, c.Lang.T("statement.wrong.date")
	case from.After(to):
		return p, c.Lang.T("statement.wrong.order")
	case to.Sub(from) >= time.Duration(daysMax)*24*time.Hour:
		return p, c.Lang.T("statement.wrong.long", daysMax)
	}
	return p, ""
}

// defaultDays are shown where nothing is said.
const defaultDays = 30

// parseDay reads a date of a field; otherwise where it is empty.
func parseDay(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	return time.Parse(dateLayout, text)
}

// bounds are the instants at which the period begins and ends. Its days can be read.
func (p period) bounds() (from, until time.Time) {
	start, _ := time.Parse(dateLayout, p.From)
	end, _ := time.Parse(dateLayout, p.To)
	return pix.DayStart(start.Year(), start.Month(), start.Day()),
		pix.DayStart(end.Year(), end.Month(), end.Day()+1)
}

// formats are those of GET /api/statement that are offered.
var formats = []string{"csv", "ofx", "camt053", "json", "jsonl"}

// exports are the addresses of a period's statement as files.
func exports(c *page.Call, p period) []page.Choice {
	out := make([]page.Choice, len(formats))
	for i, format := range formats {
		query := url.Values{"from": {p.From}, "to": {p.To}, "format": {format}}
		out[i] = page.Choice{
			Value: page.Base + "/statement/export?" + query.Encode(), Label: c.Lang.T("statement.export." + format),
		}
	}
	return out
}

// exportStatement is the statement of account as a file.
func (d *Dashboard) exportStatement(c *page.Call) error {
	query := url.Values{"from": {c.Query("from")}, "to": {c.Query("to")}, "format": {c.Query("format")}}
	if !slices.Contains(formats, query.Get("format")) {
		return page.ErrNotFound
	}
	if _, problem := readPeriod(c, d.Now(), exportDays); problem != "" {
		return page.ErrNotFound // the page's own links name days that can be read
	}
	c.Pass(http.MethodGet, "/api/statement?"+query.Encode(), nil)
	return nil
}

// exportDays is how many days are exported at once at most.
const exportDays = 366 * 10

// whole reads a whole number from 1 of an address; 1 where there is none.
func whole(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 1
	}
	return n
}
