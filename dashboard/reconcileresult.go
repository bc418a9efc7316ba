package dashboard

import (
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/report"
)

// breakView is one line that does not match, as GET /api/reconciliations/{id}/breaks
// shows it.
type breakView struct {
	Number    int        `json:"break"`
	Class     string     `json:"class"`
	MatchedBy string     `json:"matchedBy"`
	Reason    string     `json:"reason"` // in English
	File      *breakFile `json:"file"`
	Ledger    *breakHere `json:"ledger"`
	Note      string     `json:"note"`
	Closed    bool       `json:"closed"`
	ChangedAt time.Time  `json:"changedAt"`
	ChangedBy string     `json:"changedBy"`

	Why *page.Reason `json:"-"` // Reason in the reader's language
}

type breakFile struct {
	Line        int           `json:"line"`
	TextLine    int           `json:"textLine"`
	Time        time.Time     `json:"time"`
	DayOnly     bool          `json:"dayOnly"`
	Amount      report.Amount `json:"amount"`
	Status      string        `json:"status"`
	EndToEndID  string        `json:"endToEndId"`
	OriginalID  string        `json:"originalEndToEndId"`
	TxID        string        `json:"txid"`
	Reference   string        `json:"reference"`
	Description string        `json:"description"`
}

type breakHere struct {
	Entry         int64         `json:"entry"`
	Time          time.Time     `json:"time"`
	Kind          string        `json:"kind"`
	Reversal      bool          `json:"reversal"`
	Amount        report.Amount `json:"amount"`
	Fee           report.Amount `json:"feeAmount"`
	EndToEndID    string        `json:"endToEndId"`
	TxID          string        `json:"txid"`
	TransactionID string        `json:"transactionId"`
	ExternalID    string        `json:"externalId"`
}

// resultView is what the page of one reconciliation shows.
type resultView struct {
	Run     reconciliation
	Days    string
	Lasted  string
	Failure *page.Reason
	Classes []classLine
	Matched int64
	Filter  *page.Form
	Kinds   []page.Choice // of breaks that there are
	States  []page.Choice
	Breaks  []breakView
	Total   int
	Pages   pager
	Back    []page.Choice // fields that lead back to this page of the list
}

type classLine struct {
	reconcileClass
	Path string // the breaks of this class; empty of what matches
}

// breakFilters are the fields of the address that choose breaks.
var breakFilters = []string{"class", "open", "page"}

// reconcile is GET /reconciliations/{id}: what came out, and what does not match.
func (d *Dashboard) reconcile(c *page.Call) error {
	id := c.R.PathValue("id")
	var v resultView
	if err := c.Get(page.Path("/api/reconciliations/%s", id), nil, &v.Run); err != nil {
		return err
	}
	v.Days = v.Run.days(c.Lang)
	if !v.Run.EndedAt.IsZero() {
		v.Lasted = c.Lang.Ago(v.Run.EndedAt.Sub(v.Run.StartedAt))
	}
	if e := v.Run.Error; e != nil {
		why := fileFault(c.Lang, e.Line, e.Field, e.Message)
		v.Failure = &why
	}
	v.filter(c)
	if !v.Run.Running() && v.Run.Breaks > 0 {
		if err := v.breaks(c); err != nil {
			return err
		}
	}
	return c.Render("reconcile", reconcileName(c.Lang, &v.Run), v)
}

// filter gathers what the list of breaks can be narrowed down to.
func (v *resultView) filter(c *page.Call) {
	v.Filter = page.BlankForm(c, "class", "open")
	v.Kinds = []page.Choice{{Value: "", Label: c.Lang.T("reconcile.class.any")}}
	for _, class := range v.Run.Classes {
		line := classLine{reconcileClass: class}
		if class.Class == "matched" {
			v.Matched = class.Count
		} else {
			line.Path = page.Base + page.Path("/reconciliations/%s", v.Run.ID) + "?" +
				url.Values{"class": {class.Class}}.Encode() + "#breaks"
			v.Kinds = append(v.Kinds, page.Choice{
				Value: class.Class, Label: c.Lang.Or("reconcile.class."+class.Class, class.Class),
			})
		}
		v.Classes = append(v.Classes, line)
	}
	v.States = choicesOf(c.Lang, "reconcile.state.", "", "true", "false")
	for _, name := range breakFilters {
		if value := c.Query(name); value != "" {
			v.Filter.Set(name, value)
			v.Back = append(v.Back, page.Choice{Value: value, Label: name})
		}
	}
}

// breaks reads the page of the list that the address asks for.
func (v *resultView) breaks(c *page.Call) error {
	var list struct {
		Data  []breakView `json:"data"`
		Pages pages       `json:"metadata"`
	}
	query := url.Values{}
	for _, field := range v.Back {
		query.Set(field.Label, field.Value)
	}
	if err := c.Get(page.Path("/api/reconciliations/%s/breaks", v.Run.ID), query, &list); err != nil {
		return err
	}
	for i := range list.Data {
		if why := list.Data[i].Reason; why != "" {
			list.Data[i].Why = breakWhy(c.Lang, why)
		}
	}
	v.Breaks, v.Total, v.Pages = list.Data, list.Pages.Total, list.Pages.pager(c)
	return nil
}

// changeBreak is POST /reconciliations/{id}/breaks/{n}: its note, and whether it is
// closed.
func (d *Dashboard) changeBreak(c *page.Call) error {
	id, n := c.R.PathValue("id"), c.R.PathValue("n")
	change := map[string]any{"note": c.Form("note")}
	done := "reconcile.noted"
	switch c.Form("closed") {
	case "true":
		change["closed"], done = true, "reconcile.closed"
	case "false":
		change["closed"], done = false, "reconcile.reopened"
	}
	path := page.Path("/api/reconciliations/%s/breaks/%s", id, n)
	if err := c.Send(http.MethodPatch, path, change, nil); err != nil {
		return err
	}
	back := url.Values{}
	for _, name := range breakFilters {
		if value := c.Form("at-" + name); value != "" {
			back.Set(name, value)
		}
	}
	return c.Done(page.Path("/reconciliations/%s", id)+"?"+back.Encode()+"#breaks", done)
}
