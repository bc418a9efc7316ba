package dashboard

import (
	"net/http"
	"net/url"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
)

// reportView is the report of a day, and the days around it.
type reportView struct {
	Form          *page.Form
	Report        *report.Account // nil where the day that was asked for has none
	Reasons       []page.Reason   // in words
	Kinds         []report.KindSum
	Before, After string // days; empty where there is no report of them
	First, Last   string // days that can be chosen
	CSV, JSON     string // addresses
	Blocked       int64  // share of gross, in basis points
	Oldest        string // how long the oldest hold has been open
	HoldsAreOfNow bool   // not of the end of the day
	Document      string
}

// report is GET /report?date=: the daily report, yesterday's where no day is asked for.
func (d *Dashboard) report(c *page.Call) error {
	profile, err := d.Reader.Profile(c.R.Context(), c.Who.Account)
	if err != nil {
		return err
	}
	v := reportView{
		Form: page.BlankForm(c, "date"), First: statement.DayOf(profile.CreatedAt).String(),
		Last: statement.DayOf(d.Now()).String(), Document: profile.Document.Formatted(),
	}
	query := url.Values{}
	if date := c.Query("date"); date != "" {
		query.Set("date", date)
		v.Form.Set("date", date)
	}
	var r report.Account
	if err := c.Get("/api/report", query, &r); err != nil {
		return v.Form.Show(c, err, "report", c.Lang.T("report.title"), v)
	}
	v.Form.Set("date", r.Date.String())
	v.fill(c, &r)
	return c.Render("report", c.Lang.T("report.of", c.Lang.Date(r.Date.Start())), v)
}

// fill shows a report.
func (v *reportView) fill(c *page.Call, r *report.Account) {
	v.Report, v.Blocked = r, int64(r.BlockedPercentage)
	if day := r.Date.Add(-1).String(); day >= v.First {
		v.Before = day
	}
	if day := r.Date.Next().String(); day <= v.Last {
		v.After = day
	}
	address := func(format report.Format) string {
		return page.Base + "/report/export?" +
			url.Values{"date": {r.Date.String()}, "format": {string(format)}}.Encode()
	}
	v.CSV, v.JSON = address(report.CSV), address(report.JSON)
	for _, reason := range r.Reasons {
		v.Reasons = append(v.Reasons, reasonText(c.Lang, reason))
	}
	for _, kind := range r.Kinds {
		if kind.Count > 0 {
			v.Kinds = append(v.Kinds, kind)
		}
	}
	if oldest := r.Holds.Oldest; oldest != nil {
		v.Oldest = c.Lang.Ago(r.AsOf.Sub(oldest.Time))
	}
	v.HoldsAreOfNow = r.Holds.Moment == report.NowOpen
}

// reasonText says in words why a report needs a look.
func reasonText(l *page.Lang, r report.Reason) page.Reason {
	amount := func(a *report.Amount) string {
		if a == nil {
			return "–"
		}
		return l.Amount(money.Centavos(*a))
	}
	count := "–"
	if r.Count != nil {
		count = l.Number(int64(*r.Count))
	}
	key := "report.reason." + string(r.Code)
	text := l.T(key, amount(r.Amount), amount(r.Limit), count)
	if text == key || r.Code == report.DoesNotAddUp && r.Amount == nil {
		return page.Reason{Text: r.Message, English: true}
	}
	return page.Reason{Text: text}
}

// exportReport is GET /report/export?date=&format=.
func (d *Dashboard) exportReport(c *page.Call) error {
	format := report.Format(c.Query("format"))
	if format != report.CSV && format != report.JSON {
		return page.ErrNotFound
	}
	day, err := report.ParseDay(c.Query("date"), d.Now())
	if err != nil || day == (statement.Day{}) {
		return page.ErrNotFound
	}
	a := report.Account{Owner: report.Owner{AccountID: c.Who.Account}, Head: report.Head{Date: day}}
	c.W.Header().Set("Content-Disposition", `attachment; filename="`+a.FileName(format)+`"`)
	query := url.Values{"date": {day.String()}, "format": {string(format)}}
	c.Pass(http.MethodGet, "/api/report?"+query.Encode(), nil)
	return nil
}
