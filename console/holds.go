package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/page"
)

// hold is one hold.
type hold struct {
	HoldID    string    `json:"holdId"`
	AccountID string    `json:"accountId"`
	Reason    string    `json:"reason"`
	Requested reais     `json:"requested"`
	Held      reais     `json:"held"`
	Captured  reais     `json:"captured"`
	Released  reais     `json:"released"`
	Shortfall reais     `json:"shortfall"`
	Sweep     bool      `json:"sweep"`
	Case      string    `json:"case"`
	About     string    `json:"transactionId"`
	Deadline  time.Time `json:"deadline"`
	Open      bool      `json:"open"`
	OpenedAt  time.Time `json:"openedAt"`
	ClosedAt  time.Time `json:"closedAt"`
}

// Shown tells whether the hold has a page: those of payments, returns and shares end
// by themselves, and the API shows them in lists only.
func (h hold) Shown() bool {
	switch h.Reason {
	case "judicial", "precautionary", "other", "med":
		return true
	}
	return false
}

// Ours tells whether the operator captures and releases it: a MED case's ends with the
// case.
func (h hold) Ours() bool { return h.Open && h.Shown() && h.Reason != "med" }

// held is a sum over open holds.
type held struct {
	Count     int       `json:"holds"`
	Held      reais     `json:"held"`
	Shortfall reais     `json:"shortfall"`
	Oldest    time.Time `json:"oldestAt"`
}

// aged is a sum over open holds of one age.
type aged struct {
	held
	Age string `json:"age"`
}

// Key is that of the age's text.
func (a aged) Key() string {
	keys := map[string]string{
		"under 1h": "holds.age.1h", "under 24h": "holds.age.24h", "under 72h": "holds.age.72h",
		"under 7d": "holds.age.7d", "over 7d": "holds.age.over",
	}
	return keys[a.Age]
}

// holdsByAge is what GET /holds/summary answers.
type holdsByAge struct {
	At    time.Time `json:"consultedAt"`
	Total held      `json:"total"`
	Ages  []aged    `json:"ages"`
	By    []struct {
		held
		Reason string `json:"reason"`
		Ages   []aged `json:"ages"`
	} `json:"reasons"`
}

// holdsView is the page of all holds.
type holdsView struct {
	clock
	Horizons []page.Choice
	Due      []hold
	onward
	Summary holdsByAge
}

// horizons are until when holds must be due to be listed.
var horizons = map[string]time.Duration{"now": 0, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}

// holds shows which holds are due, and all that are open by reason and age.
func (o *Console) holds(c *page.Call) error {
	horizon := among(c, "due", "now", "day", "week")
	v := holdsView{clock: clock{o.Now()}}
	due := v.Now.Add(horizons[horizon]).UTC().Format(time.RFC3339)
	found, to, err := read[hold](c, "/holds", "after", url.Values{"due": {due}})
	if err != nil {
		return err
	}
	v.Due, v.onward = found.Data, to
	v.Horizons = choices(c.Lang, "holds.due.", "now", "day", "week")
	for i := range v.Horizons {
		v.Horizons[i].Chosen = v.Horizons[i].Value == horizon
	}
	if err := c.Get("/holds/summary", nil, &v.Summary); err != nil {
		return err
	}
	return c.Render("holds", c.Lang.T("holds.title"), v)
}

// Overdue tells whether a hold's deadline has passed.
func (n clock) Overdue(h hold) bool { return !h.Deadline.IsZero() && !h.Deadline.After(n.Now) }

// holdView is the page of one hold.
type holdView struct {
	clock
	Hold             hold
	Capture, Release *page.Form
	To               []page.Choice // where captured money goes
	Step             string        // under which a form does its step once
}

func (o *Console) findHold(c *page.Call) (holdView, error) {
	v := holdView{clock: clock{o.Now()}}
	if err := c.Get(page.Path("/holds/%s", c.R.PathValue("id")), nil, &v.Hold); err != nil {
		return v, err
	}
	v.Capture, v.Release = page.BlankForm(c, captureFields...), page.BlankForm(c, releaseFields...)
	v.To = choices(c.Lang, "role.", "settlement", "fees", "suspense")
	var err error
	v.Step, err = o.once()
	return v, err
}

var captureFields, releaseFields = []string{"amount", "to"}, []string{"amount-released"}

// hold shows one hold, with the means to end it.
func (o *Console) hold(c *page.Call) error {
	v, err := o.findHold(c)
	if err != nil {
		return err
	}
	return c.Render("hold", holdTitle(c.Lang, v.Hold), v)
}

func holdTitle(l *page.Lang, h hold) string { return l.T("hold.title", l.T("report.cause."+h.Reason)) }

// captureHold takes money of a hold out of its account.
func (o *Console) captureHold(c *page.Call) error {
	v, err := o.findHold(c)
	if err != nil {
		return err
	}
	v.Capture = page.TypedForm(c, captureFields...)
	body := map[string]any{"to": v.Capture.Optional("to"), "step": c.Form("step")}
	return o.step(c, v, v.Capture, "amount", "capture", body, "hold.capture")
}

// releaseHold gives money of a hold back to its account.
func (o *Console) releaseHold(c *page.Call) error {
	v, err := o.findHold(c)
	if err != nil {
		return err
	}
	v.Release = page.TypedForm(c, releaseFields...)
	v.Release.Rename("amount", "amount-released")
	body := map[string]any{"step": c.Form("step")}
	return o.step(c, v, v.Release, "amount-released", "release", body, "hold.release")
}

// step does a step on a hold, of the amount of a field, or of all.
func (o *Console) step(
	c *page.Call, v holdView, f *page.Form, field, what string, body map[string]any, done string,
) error {
	if amount := f.Amount(field); amount != nil {
		body["amount"] = json.RawMessage(amount)
	}
	err := f.Err()
	if err == nil {
		err = c.Send(http.MethodPost, page.Path("/holds/%s/"+what, v.Hold.HoldID), body, nil)
	}
	if err != nil {
		return f.Show(c, err, "hold", holdTitle(c.Lang, v.Hold), v)
	}
	return c.Done(page.Path("/holds/%s", v.Hold.HoldID), done)
}
