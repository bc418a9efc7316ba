package dashboard

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/report"
)

// reconciliation is one as GET /api/reconciliations shows it.
type reconciliation struct {
	ID     string          `json:"reconciliationId"`
	Status reconcile.State `json:"status"`
	Error  *struct {
		Message string `json:"message"`
		Line    int    `json:"line"`
		Field   string `json:"field"`
	} `json:"error"`
	FileName string            `json:"fileName"`
	SHA256   string            `json:"sha256"`
	Size     int64             `json:"size"`
	Format   string            `json:"format"`
	Scope    string            `json:"scope"`
	Window   int64             `json:"windowMinutes"`
	Columns  map[string]string `json:"columns"`
	Period   *struct {
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"period"`
	CreatedBy     string           `json:"createdBy"`
	StartedAt     time.Time        `json:"startedAt"`
	EndedAt       time.Time        `json:"endedAt"`
	LinesRead     int64            `json:"linesRead"`
	EntriesRead   int64            `json:"entriesRead"`
	File          reconcileSide    `json:"file"`
	Ledger        reconcileSide    `json:"ledger"`
	FeesExplained int64            `json:"feesExplained"`
	LinesOutside  int64            `json:"linesOutside"`
	Breaks        int64            `json:"breaks"`
	OpenBreaks    int64            `json:"openBreaks"`
	Classes       []reconcileClass `json:"classes"`
}

// Running tells whether there is more to come.
func (r reconciliation) Running() bool { return r.Status == reconcile.Running }

// days is the period in the reader's words; empty while it is not known.
func (r reconciliation) days(l *page.Lang) string {
	if r.Period == nil {
		return ""
	}
	from, to := dayText(l, r.Period.From), dayText(l, r.Period.To)
	if from == to {
		return from
	}
	return from + " – " + to
}

// dayText writes a day of the API as people do.
func dayText(l *page.Lang, day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		return l.Date(t.Add(12 * time.Hour)) // noon is of the same day everywhere in Brazil
	}
	return day
}

type reconcileSide struct {
	Lines   int64         `json:"lines"`
	Credits report.Amount `json:"credits"`
	Debits  report.Amount `json:"debits"`
}

type reconcileClass struct {
	Class        string        `json:"class"`
	Count        int64         `json:"count"`
	Open         int64         `json:"open"`
	FileAmount   report.Amount `json:"fileAmount"`
	LedgerAmount report.Amount `json:"ledgerAmount"`
}

// reconcileFields are the fields of the form, in their order, before its file.
var reconcileFields = append([]string{
	"format", "from", "to", "scope", "windowMinutes", "separator", "decimal", "dateFormat", "skip", "utc",
}, columnFields()...)

// columnFields are those that say where a CSV file has what.
func columnFields() []string {
	var fields []string
	for _, name := range []string{
		reconcile.ColumnDate, reconcile.ColumnTime, reconcile.ColumnAmount, reconcile.ColumnDebit,
		reconcile.ColumnCredit, reconcile.ColumnDirection, reconcile.ColumnEndToEndID, reconcile.ColumnReturnID,
		reconcile.ColumnTxID, reconcile.ColumnStatus, reconcile.ColumnType, reconcile.ColumnReference,
		reconcile.ColumnDescription,
	} {
		fields = append(fields, name+"Column")
	}
	return fields
}

// reconcilesView is what the page of all reconciliations shows.
type reconcilesView struct {
	Form                                 *page.Form
	Formats, Scopes, Decimals, Separator []page.Choice
	Columns                              []page.Choice // fields and their labels
	More                                 bool          // whether to show the fields that are seldom used
	Runs                                 []reconcileLine
	Pages                                pager
}

type reconcileLine struct {
	reconciliation
	Days string
	Name string
}

// newReconcileForm is the form as it is first: everything is guessed.
func newReconcileForm(c *page.Call) *page.Form {
	f := page.BlankForm(c, append(reconcileFields, "file")...)
	f.Set("format", "")
	return f
}

func choicesOf(l *page.Lang, key string, values ...string) []page.Choice {
	choices := make([]page.Choice, len(values))
	for i, value := range values {
		name := value
		if name == "" {
			name = "guess"
		}
		choices[i] = page.Choice{Value: value, Label: l.T(key + name)}
	}
	return choices
}

// viewReconciles gathers what the page shows around a form.
func (d *Dashboard) viewReconciles(c *page.Call, f *page.Form) (reconcilesView, error) {
	v := reconcilesView{
		Form:      f,
		Formats:   choicesOf(c.Lang, "reconcile.format.", append([]string{""}, reconcile.Formats()...)...),
		Scopes:    choicesOf(c.Lang, "reconcile.scope.", append([]string{""}, reconcile.Scopes()...)...),
		Decimals:  choicesOf(c.Lang, "reconcile.decimal.", "", "comma", "point"),
		Separator: choicesOf(c.Lang, "reconcile.separator.", "", "semicolon", "comma", "tab"),
	}
	for _, field := range columnFields() {
		v.Columns = append(v.Columns, page.Choice{
			Value: field, Label: c.Lang.T("reconcile.column." + strings.TrimSuffix(field, "Column")),
		})
	}
	v.More = f.Wrong("file") != nil
	for _, field := range reconcileFields[3:] {
		v.More = v.More || f.Value(field) != "" || f.Wrong(field) != nil
	}
	var runs struct {
		Data  []reconciliation `json:"data"`
		Pages pages            `json:"metadata"`
	}
	query := url.Values{}
	if number := c.Query("page"); number != "" {
		query.Set("page", number)
	}
	if err := c.Get("/api/reconciliations", query, &runs); err != nil {
		return v, err
	}
	for _, r := range runs.Data {
		v.Runs = append(v.Runs, reconcileLine{r, r.days(c.Lang), reconcileName(c.Lang, &r)})
	}
	v.Pages = runs.Pages.pager(c)
	return v, nil
}

// reconcileName is what a reconciliation is called: as its file.
func reconcileName(l *page.Lang, r *reconciliation) string {
	if r.FileName != "" {
		return r.FileName
	}
	return l.T("reconcile.nameless", l.Time(r.StartedAt))
}

// reconciles is GET /reconciliations.
func (d *Dashboard) reconciles(c *page.Call) error {
	v, err := d.viewReconciles(c, newReconcileForm(c))
	if err != nil {
		return err
	}
	return c.Render("reconciles", c.Lang.T("reconcile.title"), v)
}

// startReconcile is POST /reconciliations: the file is passed on as it comes, after what
// says how it is to be read.
func (d *Dashboard) startReconcile(c *page.Call) error {
	u, err := c.ReadUpload("file", reconcileFields...)
	if err != nil {
		return err
	}
	var started reconciliation
	if u.Name == "" {
		u.Form.Refuse("file", "reconcile.file.missing")
		u.Drain()
		err = u.Form.Err()
	} else {
		query := url.Values{"fileName": {u.Name}}
		for _, name := range reconcileFields {
			if value := u.Form.Value(name); value != "" {
				query.Set(name, value)
			}
		}
		err = u.Send(http.MethodPost, "/api/reconciliations", query, &started)
	}
	if err == nil {
		return c.Done(page.Path("/reconciliations/%s", started.ID), "reconcile.started")
	}
	err = badFile(c.Lang, u.Form, err)
	v, viewErr := d.viewReconciles(c, u.Form)
	if viewErr != nil {
		return viewErr
	}
	return u.Form.Show(c, err, "reconciles", c.Lang.T("reconcile.title"), v)
}

// deleteReconcile is POST /reconciliations/{id}/delete.
func (d *Dashboard) deleteReconcile(c *page.Call) error {
	path := page.Path("/api/reconciliations/%s", c.R.PathValue("id"))
	if err := c.Send(http.MethodDelete, path, nil, nil); err != nil {
		return err
	}
	return c.Done("/reconciliations", "reconcile.deleted")
}

// exportReconcile is GET /reconciliations/{id}/export?format=.
func (d *Dashboard) exportReconcile(c *page.Call) error {
	query := url.Values{"format": {c.Query("format")}}
	return c.Export(page.Path("/api/reconciliations/%s/export", c.R.PathValue("id")), query)
}
