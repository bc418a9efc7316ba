package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
)

// endpoint is where an account is told of an event.
type endpoint struct {
	Event               string    `json:"event"`
	URL                 string    `json:"url"`
	Headers             []string  `json:"headers"` // their names
	Active              bool      `json:"active"`
	SigningSecret       string    `json:"signingSecret"` // when it is new only
	OldSecretValidUntil time.Time `json:"oldSecretValidUntil"`
	CreatedAt           time.Time `json:"createdAt"`
	UpdatedAt           time.Time `json:"updatedAt"`
}

// endpoints is what GET /accounts/{id}/webhooks answers.
type endpoints struct {
	Version  int        `json:"version"`
	Since    time.Time  `json:"since"`
	Username string     `json:"username"`
	Data     []endpoint `json:"data"`
}

// webhooksView is the page of an account's webhooks.
type webhooksView struct {
	Account account
	Hooks   endpoints
	Free    []page.Choice // events that the account is not told of
	Letters []letter
}

// webhooks shows where an account is told what happens, and what could not be told.
func (o *Console) webhooks(c *page.Call) error {
	var v webhooksView
	var err error
	if v.Account, err = findAccount(c); err != nil {
		return err
	}
	if err := c.Get(page.Path("/accounts/%s/webhooks", v.Account.AccountID), nil, &v.Hooks); err != nil {
		return err
	}
	taken := make(map[string]bool)
	for _, hook := range v.Hooks.Data {
		taken[hook.Event] = true
	}
	for _, n := range pix.Notices() {
		if !taken[string(n)] {
			v.Free = append(v.Free, choices(c.Lang, "notice.", string(n))...)
		}
	}
	var letters list[letter]
	query := url.Values{"account": {v.Account.AccountID}, "limit": {"1000"}}
	if err := c.Get("/dead-letters", query, &letters); err != nil {
		return err
	}
	v.Letters = letters.Data[:min(len(letters.Data), pageSize)]
	return c.Render("webhooks", c.Lang.T("webhooks.title", v.Account.Name), v)
}

// webhookView is the page of one webhook.
type webhookView struct {
	Account account
	Event   string
	Hook    *endpoint // nil if the account is not told of the event
	Form    *page.Form
	Test    *attempt // that was just made
}

// attempt is what became of a message.
type attempt struct {
	Delivered bool   `json:"delivered"`
	Millis    int64  `json:"millis"`
	Status    *int   `json:"status"`
	Error     string `json:"error"`
}

func (o *Console) findWebhook(c *page.Call, f *page.Form) (webhookView, error) {
	v := webhookView{Event: c.R.PathValue("event"), Form: f}
	var err error
	if v.Account, err = findAccount(c); err != nil {
		return v, err
	}
	known := false
	for _, n := range pix.Notices() {
		known = known || string(n) == v.Event
	}
	if !known {
		return v, page.ErrNotFound
	}
	var hooks endpoints
	if err := c.Get(page.Path("/accounts/%s/webhooks", v.Account.AccountID), nil, &hooks); err != nil {
		return v, err
	}
	for i := range hooks.Data {
		if hooks.Data[i].Event == v.Event {
			v.Hook = &hooks.Data[i]
		}
	}
	return v, nil
}

// fill puts what is set into the form.
func (v *webhookView) fill() {
	if v.Hook == nil {
		v.Form.Set("active", "yes")
		return
	}
	v.Form.Set("url", v.Hook.URL)
	if v.Hook.Active {
		v.Form.Set("active", "yes")
	}
}

func webhookTitle(l *page.Lang, v webhookView) string {
	return l.T("webhook.title", l.T("notice."+v.Event))
}

// webhook shows one webhook with its form.
func (o *Console) webhook(c *page.Call) error {
	if c.Query("event") != "" { // from the list of those that are free
		return c.Done(page.Path("/accounts/%s/webhooks/%s", c.R.PathValue("id"), c.Query("event")), "")
	}
	v, err := o.findWebhook(c, page.BlankForm(c, "url", "active", "headers"))
	if err != nil {
		return err
	}
	v.fill()
	return c.Render("webhook", webhookTitle(c.Lang, v), v)
}

// setWebhook sets one webhook. The values of headers are secret, so those that it has
// can't be shown and are replaced by what was typed.
func (o *Console) setWebhook(c *page.Call) error {
	v, err := o.findWebhook(c, page.TypedForm(c, "url", "active", "headers"))
	if err != nil {
		return err
	}
	body := map[string]any{
		"url": v.Form.Optional("url"), "active": v.Form.Has("active", "yes"), "headers": headers(v.Form),
	}
	path := page.Path("/accounts/%s/webhooks/%s", v.Account.AccountID, v.Event)
	var set endpoint
	if err = v.Form.Err(); err == nil {
		err = c.Send(http.MethodPut, path, body, &set)
	}
	if err != nil {
		return v.Form.Show(c, err, "webhook", webhookTitle(c.Lang, v), v)
	}
	if set.SigningSecret == "" {
		return c.Done(page.Path("/accounts/%s/webhooks", v.Account.AccountID), "webhook.set")
	}
	return o.showSecret(c, v, set)
}

// headers reads lines of a name, a colon and a value.
func headers(f *page.Form) map[string]string {
	all := make(map[string]string)
	for _, line := range lines(f.Value("headers")) {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch _, twice := all[name]; {
		case !ok || name == "" || value == "":
			f.Refuse("headers", "form.wrong.header.both")
		case twice:
			f.Refuse("headers", "form.wrong.header.twice")
		}
		all[name] = value
	}
	return all
}

// showSecret shows the secret that messages are signed with, once.
func (o *Console) showSecret(c *page.Call, v webhookView, set endpoint) error {
	v.Hook = &set
	return c.Render("webhook-secret", c.Lang.T("webhook.secret.title"), v)
}

// rotateSecret gives a webhook a new secret, and shows it once.
func (o *Console) rotateSecret(c *page.Call) error {
	v, err := o.findWebhook(c, nil)
	if err != nil {
		return err
	}
	var set endpoint
	path := page.Path("/accounts/%s/webhooks/%s/secret", v.Account.AccountID, v.Event)
	if err := c.Send(http.MethodPost, path, nil, &set); err != nil {
		return err
	}
	return o.showSecret(c, v, set)
}

// testWebhook sends a message that tells of nothing, and shows what became of it.
func (o *Console) testWebhook(c *page.Call) error {
	v, err := o.findWebhook(c, page.BlankForm(c, "url", "active", "headers"))
	if err != nil {
		return err
	}
	v.fill()
	path := page.Path("/accounts/%s/webhooks/%s/test", v.Account.AccountID, v.Event)
	if err := c.Send(http.MethodPost, path, nil, &v.Test); err != nil {
		return err
	}
	return c.Render("webhook", webhookTitle(c.Lang, v), v)
}

func (o *Console) deleteWebhook(c *page.Call) error {
	id := c.R.PathValue("id")
	path := page.Path("/accounts/%s/webhooks/%s", id, c.R.PathValue("event"))
	return remove(c, path, page.Path("/accounts/%s/webhooks", id), "webhook.deleted")
}
