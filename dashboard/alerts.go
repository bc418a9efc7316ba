package dashboard

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
)

// alertView is an alert as GET /api/alerts shows it. Threshold is in the unit of its
// kind: centavos, percent or minutes, once read.
type alertView struct {
	ID             string        `json:"id"`
	Name           string        `json:"name"`
	Kind           pix.AlertKind `json:"kind"`
	Threshold      json.Number   `json:"threshold"`
	Outcome        string        `json:"outcome"`
	RaisedAt       time.Time     `json:"raisedAt"`
	Raised         balance       `json:"raisedBalance"`
	EndedAt        time.Time     `json:"endedAt"`
	Reminders      int           `json:"reminders"`
	AcknowledgedAt time.Time     `json:"acknowledgedAt"`
	Note           string        `json:"note"`
}

// ruleView is a rule as GET /api/alerts/rules shows it.
type ruleView struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Kind       pix.AlertKind `json:"kind"`
	Threshold  json.Number   `json:"threshold"`
	Hysteresis json.Number   `json:"hysteresis"`
	Cooldown   int64         `json:"cooldownMinutes"`
	Reminder   int64         `json:"reminderMinutes"`
	Channels   []string      `json:"channels"`
	Enabled    bool          `json:"enabled"`
	Active     bool          `json:"active"`
}

// channelView is a channel as GET /api/alerts/channels shows it.
type channelView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Target string `json:"target"` // without what is secret in it

	DailyReport bool `json:"dailyReport"`
}

// pages is how many pages there are of a list.
type pages struct {
	Page  int `json:"page"`
	Total int `json:"total"`
	Last  int `json:"totalPages"`
}

// pager leads from one page of a list to those beside it.
type pager struct {
	Page, Last   int
	Newer, Older string // addresses; empty where there is none
}

// pager is for the list that the page of this call shows by its field "page".
func (p pages) pager(c *page.Call) pager {
	to := func(number int) string {
		u := *c.R.URL
		query := u.Query()
		query.Set("page", strconv.Itoa(number))
		query.Del("done")
		u.RawQuery = query.Encode()
		return u.RequestURI()
	}
	out := pager{Page: p.Page, Last: p.Last}
	if p.Page > 1 {
		out.Newer = to(p.Page - 1)
	}
	if p.Page < p.Last {
		out.Older = to(p.Page + 1)
	}
	return out
}

// alertList is one page of alerts.
type alertList struct {
	Data  []alertView `json:"data"`
	Pages pages       `json:"metadata"`
}

// alertsView is what the page of alerts shows.
type alertsView struct {
	Open     []openAlert
	Rules    []ruleLine
	Channels []channelLine
	Past     []pastAlert
	Pages    pager
	Usual    []ruleLine // the usual rules that are not there yet
	Kinds    []page.Choice
	Carriers []page.Choice
}

type openAlert struct {
	alertView
	Condition string
	Severity  severity
	Lasts     string
}

type pastAlert struct {
	alertView
	Condition string
	Severity  severity
}

type ruleLine struct {
	ruleView
	Condition string
	Severity  severity
	Told      []string // labels of channels
}

type channelLine struct {
	channelView
	Label string
}

// severity is how grave a kind of alert is: a class of the style sheet and the key of
// the word for it.
type severity struct{ Class, Word string }

func severityOf(kind pix.AlertKind) severity {
	switch kind {
	case pix.AlertCriticalBelow, pix.AlertRunwayBelow:
		return severity{"bad", "alert.severity.critical"}
	case pix.AlertWarningBelow, pix.AlertBlockedAbove, pix.AlertNoReceipt:
		return severity{"warn", "alert.severity.warning"}
	}
	return severity{"", "alert.severity.notice"}
}

// condition says what a rule watches for, in words.
func condition(l *page.Lang, kind pix.AlertKind, threshold json.Number) string {
	key := "alert.is." + string(kind)
	if text := l.T(key, thresholdText(l, kind, threshold)); text != key {
		return text
	}
	return string(kind) // newer than this page
}

// thresholdText writes a threshold or a hysteresis as people do.
func thresholdText(l *page.Lang, kind pix.AlertKind, value json.Number) string {
	switch kind.Unit() {
	case pix.UnitPercent:
		n, _ := value.Int64()
		return l.Percent(n * 100)
	case pix.UnitMinutes:
		n, _ := value.Int64()
		return minutesText(l, n)
	}
	c, err := money.ParseJSON([]byte(value))
	if err != nil {
		return value.String()
	}
	return l.Amount(c)
}

// minutesText writes a time in its largest unit in which it is whole.
func minutesText(l *page.Lang, minutes int64) string {
	const hour, day = 60, 24 * 60
	switch {
	case minutes != 0 && minutes%day == 0:
		return l.N("ago.days", int(minutes/day))
	case minutes != 0 && minutes%hour == 0:
		return l.N("ago.hours", int(minutes/hour))
	}
	return l.N("ago.minutes", int(minutes))
}

// alerts is GET /alerts: what is open, the rules, the channels, and what has been.
func (d *Dashboard) alerts(c *page.Call) error {
	var open, past alertList
	if err := c.Get("/api/alerts", url.Values{"status": {"open"}, "pageSize": {"100"}}, &open); err != nil {
		return err
	}
	which := url.Values{"status": {"closed"}}
	if number := c.Query("page"); number != "" {
		which.Set("page", number)
	}
	if err := c.Get("/api/alerts", which, &past); err != nil {
		return err
	}
	rules, err := alertRules(c)
	if err != nil {
		return err
	}
	channels, err := alertChannels(c)
	if err != nil {
		return err
	}
	v := alertsView{
		Channels: channels, Pages: past.Pages.pager(c), Kinds: ruleKinds(c.Lang), Carriers: channelKinds(c.Lang),
	}
	for _, a := range open.Data {
		v.Open = append(v.Open, openAlert{
			a, condition(c.Lang, a.Kind, a.Threshold), severityOf(a.Kind), c.Lang.Ago(d.Now().Sub(a.RaisedAt)),
		})
	}
	for _, a := range past.Data {
		v.Past = append(v.Past, pastAlert{a, condition(c.Lang, a.Kind, a.Threshold), severityOf(a.Kind)})
	}
	for _, r := range rules {
		v.Rules = append(v.Rules, ruleLine{
			r, condition(c.Lang, r.Kind, r.Threshold), severityOf(r.Kind), labels(channels, r.Channels),
		})
	}
	for _, kind := range missing(rules) {
		usual := json.Number(plainThreshold(kind, kind.Default()))
		v.Usual = append(v.Usual, ruleLine{Severity: severityOf(kind), Condition: condition(c.Lang, kind, usual)})
	}
	return c.Render("alerts", c.Lang.T("alert.title"), v)
}

func alertRules(c *page.Call) ([]ruleView, error) {
	var rules struct {
		Data []ruleView `json:"data"`
	}
	err := c.Get("/api/alerts/rules", nil, &rules)
	return rules.Data, err
}

func alertChannels(c *page.Call) ([]channelLine, error) {
	var channels struct {
		Data []channelView `json:"data"`
	}
	err := c.Get("/api/alerts/channels", nil, &channels)
	lines := make([]channelLine, len(channels.Data))
	for i, channel := range channels.Data {
		lines[i] = channelLine{channel, channelLabel(c.Lang, channel)}
	}
	return lines, err
}

// channelLabel tells channels apart: by name, kind and what may be seen of where it leads.
func channelLabel(l *page.Lang, c channelView) string {
	label := l.Or("alert.channel."+c.Kind, c.Kind)
	if c.Target != "" && c.Name == "" {
		label += " " + c.Target
	}
	if c.Name != "" {
		label = c.Name + " (" + label + ")"
	}
	return label
}

func labels(channels []channelLine, ids []string) []string {
	var found []string
	for _, c := range channels {
		for _, id := range ids {
			if c.ID == id {
				found = append(found, c.Label)
			}
		}
	}
	return found
}

// usualRules are those that an account without rules is offered, with their own
// thresholds.
var usualRules = []pix.AlertKind{
	pix.AlertCriticalBelow, pix.AlertWarningBelow, pix.AlertHighAbove, pix.AlertBlockedAbove,
}

// missing are the usual rules of whose kind there is none yet.
func missing(rules []ruleView) []pix.AlertKind {
	var kinds []pix.AlertKind
	for _, kind := range usualRules {
		there := false
		for _, r := range rules {
			there = there || r.Kind == kind
		}
		if !there {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// addUsualRules is POST /alerts/usual. Pressed again after a failure, it does the rest.
func (d *Dashboard) addUsualRules(c *page.Call) error {
	rules, err := alertRules(c)
	if err != nil {
		return err
	}
	channels, err := alertChannels(c)
	if err != nil {
		return err
	}
	ids := make([]string, len(channels))
	for i, channel := range channels {
		ids[i] = channel.ID
	}
	for _, kind := range missing(rules) {
		body := ruleBody{Kind: kind, Channels: ids, Enabled: true}
		if err := c.Send(http.MethodPost, "/api/alerts/rules", body, nil); err != nil {
			return err
		}
	}
	return c.Done("/alerts", "alert.usual")
}

// acknowledge is POST /alerts/acknowledge/{id}.
func (d *Dashboard) acknowledge(c *page.Call) error {
	body := map[string]string{}
	if note := c.Form("note"); note != "" {
		body["note"] = note
	}
	path := page.Path("/api/alerts/%s/acknowledge", c.R.PathValue("id"))
	if err := c.Send(http.MethodPost, path, body, nil); err != nil {
		return err
	}
	return c.Done("/alerts", "alert.acknowledged")
}
