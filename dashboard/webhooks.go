package dashboard

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// webhookView is a webhook as GET /api/webhooks shows it.
type webhookView struct {
	Type      string            `json:"type"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Active    bool              `json:"isActive"`
	CreatedAt time.Time         `json:"createdAt"`
}

// Names are the names of the headers; their values may be secret.
func (w webhookView) Names() []string { return slices.Sorted(maps.Keys(w.Headers)) }

// webhookLine is a type of event, and its webhook if there is one.
type webhookLine struct {
	Event string
	Set   bool
	webhookView
}

func webhooksOf(c *page.Call) (map[string]webhookView, error) {
	var list struct {
		Webhooks []webhookView `json:"webhooks"`
	}
	if err := c.Get("/api/webhooks", nil, &list); err != nil {
		return nil, err
	}
	set := make(map[string]webhookView)
	for _, w := range list.Webhooks {
		set[w.Type] = w
	}
	return set, nil
}

// webhooks is GET /webhooks: all types of event, and where each is told.
func (d *Dashboard) webhooks(c *page.Call) error {
	set, err := webhooksOf(c)
	if err != nil {
		return err
	}
	var lines []webhookLine
	for _, notice := range pix.Notices() {
		w, there := set[string(notice)]
		lines = append(lines, webhookLine{string(notice), there, w})
	}
	return c.Render("webhooks", c.Lang.T("webhook.title"), lines)
}

// webhookForm is the page that sets the webhook of a type of event.
type webhookForm struct {
	Form   *page.Form
	Event  string
	Set    bool
	Rows   []headerRow
	Secret string // told once, when the webhook is new
}

// headerRow is a row of the form for one header: its number, and its fields.
type headerRow struct {
	Number     int
	Key, Value string
}

func newWebhookForm(c *page.Call) (webhookForm, error) {
	v := webhookForm{Event: c.R.PathValue("event")}
	if !slices.Contains(pix.Notices(), pix.Notice(v.Event)) {
		return v, page.ErrNotFound
	}
	names := []string{"url"}
	for i := range webhook.HeadersMax {
		row := headerRow{i + 1, fmt.Sprintf("key%d", i+1), fmt.Sprintf("value%d", i+1)}
		v.Rows = append(v.Rows, row)
		names = append(names, row.Key, row.Value)
	}
	v.Form = page.BlankForm(c, names...)
	return v, nil
}

func webhookTitle(l *page.Lang, event string) string {
	return l.T("webhook.one", l.Or("webhook.event."+event, event))
}

// webhook is GET /webhooks/{event}.
func (d *Dashboard) webhook(c *page.Call) error {
	v, err := newWebhookForm(c)
	if err != nil {
		return err
	}
	set, err := webhooksOf(c)
	if err != nil {
		return err
	}
	var w webhookView
	if w, v.Set = set[v.Event]; v.Set {
		v.Form.Set("url", w.URL)
		for i, name := range w.Names()[:min(len(w.Headers), len(v.Rows))] {
			v.Form.Set(v.Rows[i].Key, name)
			v.Form.Set(v.Rows[i].Value, w.Headers[name])
		}
	}
	return c.Render("webhook", webhookTitle(c.Lang, v.Event), v)
}

// headerBody is one header of a webhook.
type headerBody struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// setWebhook is POST /webhooks/{event}.
func (d *Dashboard) setWebhook(c *page.Call) error {
	v, err := newWebhookForm(c)
	if err != nil {
		return err
	}
	v.Form = page.TypedForm(c, v.Form.Names()...)
	var headers []headerBody
	for _, row := range v.Rows {
		h := headerBody{v.Form.Value(row.Key), v.Form.Value(row.Value)}
		if h != (headerBody{}) {
			v.Form.Rename(fmt.Sprintf("headers[%d]", len(headers)), row.Key)
			headers = append(headers, h)
		}
	}
	body := map[string]any{"eventType": v.Event, "url": v.Form.Value("url"), "headers": headers}
	var done struct {
		Secret string `json:"signingSecret"`
	}
	if err := c.Send(http.MethodPost, "/api/webhooks", body, &done); err != nil {
		return v.Form.Show(c, err, "webhook", webhookTitle(c.Lang, v.Event), v)
	}
	if done.Secret == "" {
		return c.Done("/webhooks", "webhook.changed")
	}
	v.Secret = done.Secret
	return c.Render("webhook-secret", webhookTitle(c.Lang, v.Event), v)
}
