package console

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
)

// reportView is the page of a daily report, of the house or of an account. What is of
// one of them only is nil for the other.
type reportView struct {
	Form          *page.Form
	Report        any // *report.House or *report.Account; nil where the day has none
	House         *report.House
	Account       *report.Account
	Alerts        []alertingAccount // of the house
	Reasons       []page.Reason     // in words
	Kinds         []report.KindSum
	Blocked       int64  // share of gross, in basis points
	Oldest        string // how long the oldest hold has been open
	HoldsAreOfNow bool   // not of the end of the day
	Place         string // the page's address, below page.Base
	Before, After string // days; After is empty on the last
	Last          string
}

// alertingAccount is an account that needs a look, and why.
type alertingAccount struct {
	report.AccountAlert
	Why []string // keys
}

// houseReport shows the daily report of the house, yesterday's where no day is asked for.
func (o *Console) houseReport(c *page.Call) error {
	var h report.House
	v := reportView{Place: "/report"}
	if err := o.getReport(c, &v, &h); err != nil {
		return v.refused(c, err, c.Lang.T("report.title"))
	}
	v.Report, v.House = &h, &h
	for _, a := range h.Alerts {
		named := alertingAccount{AccountAlert: a}
		for _, code := range a.Reasons {
			named.Why = append(named.Why, "report.why."+string(code))
		}
		v.Alerts = append(v.Alerts, named)
	}
	return o.showReport(c, &v, &h.Head, c.Lang.T("report.house.of", c.Lang.Date(h.Date.Start())))
}

// accountReport shows the daily report of an account.
func (o *Console) accountReport(c *page.Call) error {
	found, err := findAccount(c)
	if err != nil {
		return err
	}
	var a report.Account
	v := reportView{Place: page.Path("/accounts/%s/report", found.AccountID)}
	if err := o.getReport(c, &v, &a); err != nil {
		return v.refused(c, err, c.Lang.T("report.title"))
	}
	v.Report, v.Account = &a, &a
	a.Document = formatted(a.Document)
	return o.showReport(c, &v, &a.Head, c.Lang.T("report.account.of", found.Name, c.Lang.Date(a.Date.Start())))
}

// getReport asks for the report of the day that the address names, and else for
// yesterday's, or today's where there is none of yesterday yet.
func (o *Console) getReport(c *page.Call, v *reportView, to any) error {
	v.Form = page.BlankForm(c, "date")
	query := make(url.Values)
	date := c.Query("date")
	if date != "" {
		query.Set("date", date)
		v.Form.Set("date", date)
	}
	err := c.Get(v.Place, query, to)
	var p *page.Problem
	if date == "" && errors.As(err, &p) && p.Status == http.StatusBadRequest {
		query.Set("date", statement.DayOf(o.Now()).String())
		err = c.Get(v.Place, query, to)
	}
	return err
}

// refused shows why there is no report of the day.
func (v *reportView) refused(c *page.Call, err error, title string) error {
	return v.Form.Show(c, err, "report", title, v)
}

func (o *Console) showReport(c *page.Call, v *reportView, h *report.Head, title string) error {
	v.Form.Set("date", h.Date.String())
	v.Before, v.Last = h.Date.Add(-1).String(), statement.DayOf(o.Now()).String()
	if next := h.Date.Next().String(); next <= v.Last {
		v.After = next
	}
	v.Blocked = int64(h.BlockedPercentage)
	for _, r := range h.Reasons {
		v.Reasons = append(v.Reasons, reasonText(c.Lang, r))
	}
	for _, k := range h.Kinds {
		if k.Count > 0 {
			v.Kinds = append(v.Kinds, k)
		}
	}
	if oldest := h.Holds.Oldest; oldest != nil {
		v.Oldest = c.Lang.Ago(max(h.AsOf.Sub(oldest.Time), time.Duration(0)))
	}
	v.HoldsAreOfNow = h.Holds.Moment == report.NowOpen
	return c.Render("report", title, v)
}

// reasonText says in words why a report needs a look.
func reasonText(l *page.Lang, r report.Reason) page.Reason {
	var words [3]any
	for i, a := range []*report.Amount{r.Amount, r.Limit} {
		if words[i] = "–"; a != nil {
			words[i] = l.Amount(money.Centavos(*a))
		}
	}
	if words[2] = "–"; r.Count != nil {
		words[2] = l.Number(int64(*r.Count))
	}
	key := "report.reason." + string(r.Code)
	text := l.T(key, words[:]...)
	if text == key || r.Code == report.DoesNotAddUp && r.Amount == nil {
		return page.Reason{Text: r.Message, English: true}
	}
	return page.Reason{Text: text}
}

// reportFile gives out the report of the day that the address names as a file, which is
// called by name.
func reportFile(c *page.Call, path string, name func(*report.Head, report.Format) string) error {
	format := report.Format(among(c, "format", report.Formats()...))
	if day, err := statement.ParseDay(c.Query("date")); err == nil { // else the API refuses it
		c.W.Header().Set("Content-Disposition", `attachment; filename="`+name(&report.Head{Date: day}, format)+`"`)
	}
	return c.Export(path, url.Values{"date": {c.Query("date")}, "format": {string(format)}})
}

func (o *Console) houseReportFile(c *page.Call) error {
	return reportFile(c, "/report", func(h *report.Head, f report.Format) string {
		return (&report.House{Head: *h}).FileName(f)
	})
}

func (o *Console) accountReportFile(c *page.Call) error {
	id, err := ledger.ParseAccountID(c.R.PathValue("id"))
	if err != nil {
		return page.ErrNotFound
	}
	path := page.Path("/accounts/%s/report", id.String())
	return reportFile(c, path, func(h *report.Head, f report.Format) string {
		return (&report.Account{Owner: report.Owner{AccountID: id}, Head: *h}).FileName(f)
	})
}
