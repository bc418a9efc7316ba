package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// webhookCmd is saldo webhook.
type webhookCmd struct {
	List        webhookListCmd     `cmd:"" help:"List the webhooks of an account."`
	Set         webhookSetCmd      `cmd:"" help:"Set the webhook of an account for one event. A new one's signing secret is shown once."`
	Delete      webhookDeleteCmd   `cmd:"" help:"Remove the webhook of an account for one event."`
	Rotate      webhookRotateCmd   `cmd:"" help:"Give a webhook a new signing secret, shown once; the old one signs beside it for a day."`
	Settings    webhookSettingsCmd `cmd:"" help:"Set the version of an account's webhooks, and their Basic credentials."`
	Test        webhookTestCmd     `cmd:"" help:"Send a message that tells of nothing to a webhook."`
	Deliveries  deliveriesCmd      `cmd:"" help:"List the attempts to tell of a transaction or MED case."`
	DeadLetters deadLettersCmd     `cmd:"" help:"List what was given up."`
	Replay      replayCmd          `cmd:"" help:"Deliver what was given up again."`
	Discard     discardCmd         `cmd:"" help:"Give up for good."`
}

func webhooksOf(account string) string { return "/accounts/" + url.PathEscape(account) + "/webhooks" }

func webhookOf(account, event string) string {
	return webhooksOf(account) + "/" + url.PathEscape(event)
}

// shownWebhook is a webhook as the operator's API shows it.
type shownWebhook struct {
	Event         string   `json:"event"`
	URL           string   `json:"url"`
	Headers       []string `json:"headers"`
	Active        bool     `json:"active"`
	SigningSecret string   `json:"signingSecret"`
	OldUntil      *string  `json:"oldSecretValidUntil"`
	CreatedAt     string   `json:"createdAt"`
}

// shownWebhooks are those of an account.
type shownWebhooks struct {
	Version  int            `json:"version"`
	Since    *string        `json:"since"`
	Username *string        `json:"username"`
	Data     []shownWebhook `json:"data"`
}

// webhookListCmd is saldo webhook list.
type webhookListCmd struct {
	Account string `arg:"" help:"Number of the account."`
	operatorFlags
}

// Run lists the webhooks.
func (c *webhookListCmd) Run(ctx context.Context, m *machine) error {
	answer, err := c.call(ctx, http.MethodGet, webhooksOf(c.Account), nil)
	if err != nil {
		return err
	}
	return c.printWebhooks(m.stdout, answer)
}

func (f *operatorFlags) printWebhooks(w io.Writer, answer json.RawMessage) error {
	if f.JSON {
		return printJSON(w, answer)
	}
	all, err := decode[shownWebhooks](answer)
	if err != nil {
		return err
	}
	version := "V" + strconv.Itoa(all.Version)
	if all.Since != nil {
		version += " for what was created since " + *all.Since
	}
	head := [][]string{{"version", version}, {"basic username", orNone(all.Username)}}
	if err := table(w, head); err != nil {
		return err
	}
	fmt.Fprintln(w)
	rows := [][]string{{"EVENT", "URL", "HEADERS", "ACTIVE", "CREATED"}}
	for _, one := range all.Data {
		rows = append(rows, []string{
			one.Event, one.URL, strings.Join(one.Headers, ", "), yes(one.Active), one.CreatedAt,
		})
	}
	return table(w, rows)
}

func orNone(text *string) string {
	if text == nil {
		return "none"
	}
	return *text
}

// webhookSetCmd is saldo webhook set.
type webhookSetCmd struct {
	Account  string   `arg:"" help:"Number of the account."`
	Event    string   `arg:"" help:"cash_in, cash_out, refund_in, refund_out, med_created, med_accepted, med_rejected or balance_alert."`
	URL      string   `arg:"" name:"url" help:"Where it is told, an HTTPS URL."`
	Header   []string `sep:"none" placeholder:"NAME:VALUE" help:"Header to be sent; may be repeated, five at most."`
	Inactive bool     `help:"Tell nothing for now."`
	operatorFlags
}

// newWebhook is the body of PUT /accounts/{id}/webhooks/{event}.
type newWebhook struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Active  bool              `json:"active"`
}

// Run sets the webhook.
func (c *webhookSetCmd) Run(ctx context.Context, m *machine) error {
	body := newWebhook{URL: c.URL, Headers: make(map[string]string), Active: !c.Inactive}
	for _, header := range c.Header {
		name, value, ok := strings.Cut(header, ":")
		if _, twice := body.Headers[name]; !ok || twice {
			return usageError{errors.New("--header: write NAME:VALUE, each name once")}
		}
		body.Headers[name] = strings.TrimSpace(value)
	}
	answer, err := c.call(ctx, http.MethodPut, webhookOf(c.Account, c.Event), body)
	if err != nil {
		return err
	}
	return c.printWebhook(m.stdout, answer)
}

func (f *operatorFlags) printWebhook(w io.Writer, answer json.RawMessage) error {
	if f.JSON {
		return printJSON(w, answer)
	}
	one, err := decode[shownWebhook](answer)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"event", one.Event},
		{"url", one.URL},
		{"headers", strings.Join(one.Headers, ", ")},
		{"active", yes(one.Active)},
	}
	if one.SigningSecret != "" {
		rows = append(rows, []string{"signing secret", one.SigningSecret})
	}
	if one.OldUntil != nil {
		rows = append(rows, []string{"old secret signs until", *one.OldUntil})
	}
	return table(w, rows)
}

// webhookDeleteCmd is saldo webhook delete.
type webhookDeleteCmd struct {
	Account string `arg:"" help:"Number of the account."`
	Event   string `arg:"" help:"Which event."`
	operatorFlags
}

// Run removes the webhook.
func (c *webhookDeleteCmd) Run(ctx context.Context, m *machine) error {
	if _, err := c.call(ctx, http.MethodDelete, webhookOf(c.Account, c.Event), nil); err != nil {
		return err
	}
	return c.told(m, "deleted", c.Event)
}

// told prints what was done to what.
func (f *operatorFlags) told(m *machine, done, what string) error {
	if f.JSON {
		return printJSON(m.stdout, map[string]string{done: what})
	}
	_, err := fmt.Fprintln(m.stdout, done, what)
	return err
}

// webhookRotateCmd is saldo webhook rotate.
type webhookRotateCmd struct {
	Account string `arg:"" help:"Number of the account."`
	Event   string `arg:"" help:"Which event."`
	operatorFlags
}

// Run draws a new secret.
func (c *webhookRotateCmd) Run(ctx context.Context, m *machine) error {
	answer, err := c.call(ctx, http.MethodPost, webhookOf(c.Account, c.Event)+"/secret", nil)
	if err != nil {
		return err
	}
	return c.printWebhook(m.stdout, answer)
}

// webhookSettingsCmd is saldo webhook settings.
type webhookSettingsCmd struct {
	Account       string `arg:"" help:"Number of the account."`
	Version       int    `placeholder:"1|2" help:"Version for what is created from now on."`
	Username      string `help:"Username of the Basic credentials; the password is read from the input."`
	NoCredentials bool   `help:"Send no Basic credentials."`
	operatorFlags
}

// newSettings is the body of PATCH /accounts/{id}/webhooks.
type newSettings struct {
	Version  *int    `json:"version,omitempty"`
	Username *string `json:"username,omitempty"`
	Password *string `json:"password,omitempty"`
}

// passwordMax is how much of the input is read, in bytes.
const passwordMax = 1 << 10

// Run changes the settings.
func (c *webhookSettingsCmd) Run(ctx context.Context, m *machine) error {
	var body newSettings
	if c.Version != 0 {
		body.Version = &c.Version
	}
	switch {
	case c.Username != "" && c.NoCredentials:
		return usageError{errors.New("--username and --no-credentials exclude each other")}
	case c.Username != "":
		text, err := io.ReadAll(io.LimitReader(m.stdin, passwordMax))
		if err != nil {
			return err
		}
		password := strings.TrimRight(string(text), "\r\n")
		body.Username, body.Password = &c.Username, &password
	case c.NoCredentials:
		body.Username = new(string)
	case body.Version == nil:
		return usageError{errors.New("say what to set: --version, --username or --no-credentials")}
	}
	answer, err := c.call(ctx, http.MethodPatch, webhooksOf(c.Account), body)
	if err != nil {
		return err
	}
	return c.printWebhooks(m.stdout, answer)
}

// webhookTestCmd is saldo webhook test.
type webhookTestCmd struct {
	Account string `arg:"" help:"Number of the account."`
	Event   string `arg:"" help:"Which event's webhook."`
	operatorFlags
}

// tried is what became of a test.
type tried struct {
	Delivered bool    `json:"delivered"`
	Millis    int64   `json:"millis"`
	Status    *int    `json:"status"`
	Error     *string `json:"error"`
}

// Run sends the message, and fails if it was not taken.
func (c *webhookTestCmd) Run(ctx context.Context, m *machine) error {
	answer, err := c.call(ctx, http.MethodPost, webhookOf(c.Account, c.Event)+"/test", nil)
	if err != nil {
		return err
	}
	t, err := decode[tried](answer)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(m.stdout, answer); err != nil {
			return err
		}
	}
	if !t.Delivered {
		return fmt.Errorf("not delivered: %s", orNone(t.Error))
	}
	if !c.JSON {
		_, err = fmt.Fprintf(m.stdout, "delivered: answered %d after %d ms\n", *t.Status, t.Millis)
	}
	return err
}
