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
	"github.com/saldo-pix/saldo/report"
)

// balance is what GET /api/balance answers (contract §3.1).
type balance struct {
	Gross   report.Amount  `json:"grossBalance"`
	Blocked money.Centavos `json:"blockedBalance"`
	Net     report.Amount  `json:"netBalance"` // below zero only by what the operator does
	At      time.Time      `json:"consultedAt"`
}

// overviewView is what the first page shows.
type overviewView struct {
	blockedView
	Span    string // day, week or month
	Spans   []page.Choice
	Charts  []chart // the same, wide and narrow
	Lengths []length
	Newest  []transactionLine
	Narrow  bool // who is signed in may see balances only
}

// length is an hour or a day of a chart, for its table.
type length struct {
	Label                    string
	Lowest, Highest, Closing report.Amount
	Blocked                  money.Centavos
}

// newestMax is how many movements the first page shows.
const newestMax = 10

// overview is the first page: the three figures, live, how they went, what is blocked
// and why, and what happened last.
func (d *Dashboard) overview(c *page.Call) error {
	v := overviewView{Span: c.Query("span")}
	span, known := spans[v.Span]
	if !known {
		v.Span = "day"
		span = spans[v.Span]
	}
	// The totals and the balance are of one snapshot.
	if err := c.Get("/api/balance/blocked", url.Values{"limit": {"1"}}, &v.blockedView); err != nil {
		return err
	}
	for _, name := range []string{"day", "week", "month"} {
		v.Spans = append(v.Spans, page.Choice{
			Value: name, Label: c.Lang.T("overview.span." + name), Chosen: name == v.Span,
		})
	}
	if err := d.chartOf(c, &v, span); err != nil {
		return err
	}
	var list transactionList
	// What was created last, however long ago: the API's own bounds are a month.
	var p *page.Problem
	switch err := c.Get("/api/transactions", url.Values{"size": {strconv.Itoa(newestMax)}}, &list); {
	case errors.As(err, &p) && p.Status == http.StatusForbidden:
		v.Narrow = true
	case err != nil:
		return err
	}
	v.Newest = newLines(list.Data)
	return c.Render("overview", c.Lang.T("overview.title"), v)
}

// span is a time that a chart shows.
type span struct {
	days   int
	step   string        // of GET /api/balance/history
	column time.Duration // between two marks of time; 0 is a day
	every  int           // of how many days there is a mark
}

var spans = map[string]span{
	"day":   {days: 1, step: "15m", column: 6 * time.Hour},
	"week":  {days: 7, step: "1h", every: 1},
	"month": {days: 30, step: "1h", every: 7},
}

// history is what GET /api/balance/history answers.
type history struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Steps []struct {
		From    time.Time      `json:"from"`
		To      time.Time      `json:"to"`
		Opening report.Amount  `json:"openingNet"`
		Closing report.Amount  `json:"closingNet"`
		Lowest  report.Amount  `json:"lowestNet"`
		Highest report.Amount  `json:"highestNet"`
		Blocked money.Centavos `json:"closingBlocked"`
	} `json:"steps"`
}

// chartOf asks for a span's history and draws it.
func (d *Dashboard) chartOf(c *page.Call, v *overviewView, s span) error {
	to := d.Now()
	from := to.Add(-time.Duration(s.days) * 24 * time.Hour)
	var h history
	query := url.Values{"from": {instant(from)}, "to": {instant(to)}, "step": {s.step}}
	var p *page.Problem
	switch err := c.Get("/api/balance/history", query, &h); {
	case errors.As(err, &p): // so many changes that they can't be drawn in time
		return nil
	case err != nil:
		return err
	case len(h.Steps) == 0:
		return nil
	}
	var opening balance
	if err := c.Get("/api/balance", url.Values{"at": {instant(h.From)}}, &opening); err != nil {
		return err
	}
	points := []point{{h.From, money.Centavos(opening.Net), opening.Blocked}}
	for _, step := range h.Steps {
		points = append(points, point{step.To, money.Centavos(step.Closing), step.Blocked})
	}
	label := c.Lang.Day
	if s.column > 0 {
		label = c.Lang.Clock
	}
	last := points[len(points)-1]
	about := c.Lang.T("overview.chart.about", c.Lang.Amount(money.Centavos(opening.Net)), c.Lang.Amount(last.Net),
		c.Lang.Amount(opening.Blocked), c.Lang.Amount(last.Blocked))
	for _, size := range []struct {
		class         string
		width, height int64
	}{{"broad", 960, 260}, {"slim", 330, 220}} {
		drawn := newChart(c.Lang, points, s.columns(h.From, h.To), label, size.width, size.height)
		drawn.ID, drawn.Class = "chart-"+size.class, size.class
		drawn.Title, drawn.About = c.Lang.T("overview.chart."+v.Span), about
		v.Charts = append(v.Charts, drawn)
	}
	v.Lengths = lengths(c.Lang, h, s)
	return nil
}

// instant writes an instant for the API.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// columns are the times at which a chart has marks, in São Paulo.
func (s span) columns(from, to time.Time) []time.Time {
	var at []time.Time
	year, month, day := pix.DayOf(from)
	for n := 0; ; n++ {
		mark := pix.DayStart(year, month, day).Add(time.Duration(n) * s.column)
		if s.column == 0 {
			mark = pix.DayStart(year, month, day+n*s.every)
		}
		if mark.After(to) {
			return at
		}
		if !mark.Before(from) {
			at = append(at, mark)
		}
	}
}

// lengths are a history's hours, or its days where it is of more than one: newest first.
func lengths(l *page.Lang, h history, s span) []length {
	label := func(at time.Time) string { return l.Date(at) }
	if s.days == 1 {
		label = func(at time.Time) string {
			return l.Day(at) + " " + l.Clock(at.Truncate(time.Hour)) // São Paulo's hours begin with UTC's
		}
	}
	var out []length
	for _, step := range h.Steps {
		if name := label(step.From); len(out) == 0 || out[len(out)-1].Label != name {
			out = append(out, length{Label: name, Lowest: step.Lowest, Highest: step.Highest})
		}
		last := &out[len(out)-1]
		last.Lowest, last.Highest = min(last.Lowest, step.Lowest), max(last.Highest, step.Highest)
		last.Closing, last.Blocked = step.Closing, step.Blocked
	}
	slices.Reverse(out)
	return out
}

// banners tell of open alerts, above every page but that of alerts.
func (d *Dashboard) banners(c *page.Call) []page.Banner {
	if c.R.URL.Path == page.Base+"/alerts" {
		return nil
	}
	var list alertList
	if err := c.Get("/api/alerts", url.Values{"status": {"open"}}, &list); err != nil || list.Pages.Total == 0 {
		return nil // a page is better than none for want of a banner
	}
	grave := slices.ContainsFunc(list.Data, func(a alertView) bool { return a.Kind == pix.AlertCriticalBelow })
	return []page.Banner{{Grave: grave, Text: c.Lang.N("overview.alerts", list.Pages.Total), Path: "/alerts"}}
}
