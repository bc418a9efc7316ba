package dashboard

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
)

// ruleBody sets a rule. What is absent is as the API has it by default.
type ruleBody struct {
	Name       *string         `json:"name,omitempty"`
	Kind       pix.AlertKind   `json:"kind"`
	Threshold  json.RawMessage `json:"threshold,omitempty"`
	Hysteresis json.RawMessage `json:"hysteresis,omitempty"`
	Cooldown   json.RawMessage `json:"cooldownMinutes,omitempty"`
	Reminder   json.RawMessage `json:"reminderMinutes,omitempty"`
	Channels   []string        `json:"channels,omitempty"`
	Enabled    bool            `json:"enabled"`
}

// ruleFields are the fields of the form, in their order.
var ruleFields = []string{
	"name", "threshold", "hysteresis", "cooldownMinutes", "reminderMinutes", "channels", "enabled",
}

// ruleForm is the page that creates or changes a rule.
type ruleForm struct {
	Form     *page.Form
	ID       string // empty of a new one
	Kind     pix.AlertKind
	Unit     pix.Unit
	Margin   bool // whether the kind has a hysteresis
	Channels []page.Choice
}

func ruleKinds(l *page.Lang) []page.Choice {
	var kinds []page.Choice
	for _, kind := range pix.AlertKinds() {
		kinds = append(kinds, page.Choice{Value: string(kind), Label: l.T("alert.kind." + string(kind))})
	}
	return kinds
}

func (d *Dashboard) ruleForm(c *page.Call, f *page.Form, id string, kind pix.AlertKind) (ruleForm, error) {
	v := ruleForm{Form: f, ID: id, Kind: kind, Unit: kind.Unit(), Margin: kind != pix.AlertNoReceipt}
	if !slices.Contains(pix.AlertKinds(), kind) {
		return v, page.ErrNotFound
	}
	channels, err := alertChannels(c)
	for _, channel := range channels {
		v.Channels = append(v.Channels, page.Choice{Value: channel.ID, Label: channel.Label})
	}
	return v, err
}

// ruleTitle names the page of a rule.
func ruleTitle(l *page.Lang, v ruleForm) string {
	kind := l.T("alert.kind." + string(v.Kind))
	if v.ID == "" {
		return l.T("alert.rule.new", kind)
	}
	return l.T("alert.rule.change", kind)
}

// newRule is GET /alerts/rules/new?kind=: the form with what the API takes by default.
func (d *Dashboard) newRule(c *page.Call) error {
	kind := pix.AlertKind(c.Query("kind"))
	f := page.BlankForm(c, ruleFields...)
	v, err := d.ruleForm(c, f, "", kind)
	if err != nil {
		return err
	}
	f.Set("threshold", typedThreshold(c.Lang, kind, json.Number(plainThreshold(kind, kind.Default()))))
	f.Set("cooldownMinutes", strconv.Itoa(int(pix.AlertCooldownDefault.Minutes())))
	f.Set("reminderMinutes", "0")
	f.Set("enabled", "yes")
	for _, channel := range v.Channels {
		f.Add("channels", channel.Value)
	}
	return c.Render("alert-rule", ruleTitle(c.Lang, v), v)
}

// changeRule is GET /alerts/rules/{id}.
func (d *Dashboard) changeRule(c *page.Call) error {
	var r ruleView
	if err := c.Get(page.Path("/api/alerts/rules/%s", c.R.PathValue("id")), nil, &r); err != nil {
		return err
	}
	f := page.BlankForm(c, ruleFields...)
	f.Set("name", r.Name)
	f.Set("threshold", typedThreshold(c.Lang, r.Kind, r.Threshold))
	f.Set("hysteresis", typedThreshold(c.Lang, r.Kind, r.Hysteresis))
	f.Set("cooldownMinutes", strconv.FormatInt(r.Cooldown, 10))
	f.Set("reminderMinutes", strconv.FormatInt(r.Reminder, 10))
	f.Set("channels", r.Channels...)
	if r.Enabled {
		f.Set("enabled", "yes")
	}
	v, err := d.ruleForm(c, f, r.ID, r.Kind)
	if err != nil {
		return err
	}
	return c.Render("alert-rule", ruleTitle(c.Lang, v), v)
}

// plainThreshold writes a threshold as the API does.
func plainThreshold(kind pix.AlertKind, value int64) string {
	if kind.Unit() == pix.UnitMoney {
		return money.Centavos(value).String()
	}
	return strconv.FormatInt(value, 10)
}

// typedThreshold writes a threshold as people type it: without a unit.
func typedThreshold(l *page.Lang, kind pix.AlertKind, value json.Number) string {
	if kind.Unit() != pix.UnitMoney {
		return value.String()
	}
	c, err := money.ParseJSON([]byte(value))
	if err != nil {
		return value.String()
	}
	return l.Typed(c)
}

// createRule is POST /alerts/rules, and replaceRule POST /alerts/rules/{id}.
func (d *Dashboard) createRule(c *page.Call) error {
	return d.putRule(c, "", http.MethodPost, "/api/alerts/rules", "alert.rule.created")
}

func (d *Dashboard) replaceRule(c *page.Call) error {
	id := c.R.PathValue("id")
	return d.putRule(c, id, http.MethodPut, page.Path("/api/alerts/rules/%s", id), "alert.rule.changed")
}

func (d *Dashboard) putRule(c *page.Call, id, method, path, done string) error {
	f, kind := page.TypedForm(c, ruleFields...), pix.AlertKind(c.Form("kind"))
	read := f.Number
	if kind.Unit() == pix.UnitMoney {
		read = f.Amount
	}
	body := ruleBody{
		Name: f.Optional("name"), Kind: kind, Threshold: read("threshold"), Hysteresis: read("hysteresis"),
		Cooldown: f.Number("cooldownMinutes"), Reminder: f.Number("reminderMinutes"),
		Channels: f.Values("channels"), Enabled: f.Has("enabled", "yes"),
	}
	err := f.Err()
	if err == nil {
		err = c.Send(method, path, body, nil)
	}
	if err == nil {
		return c.Done("/alerts", done)
	}
	v, formErr := d.ruleForm(c, f, id, kind)
	if formErr != nil {
		return formErr
	}
	return f.Show(c, err, "alert-rule", ruleTitle(c.Lang, v), v)
}

// deleteRule is POST /alerts/rules/{id}/delete.
func (d *Dashboard) deleteRule(c *page.Call) error {
	path := page.Path("/api/alerts/rules/%s", c.R.PathValue("id"))
	if err := c.Send(http.MethodDelete, path, nil, nil); err != nil {
		return err
	}
	return c.Done("/alerts", "alert.rule.deleted")
}
