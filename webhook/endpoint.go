package webhook

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// The purposes that secrets are sealed for.
func secretOf(account ledger.AccountID, n pix.Notice) string {
	return "signing secret " + account.String() + " " + string(n)
}

func headerOf(account ledger.AccountID, n pix.Notice, name string) string {
	return "header " + account.String() + " " + string(n) + " " + name
}

func passwordOf(account ledger.AccountID) string { return "basic password " + account.String() }

// Header is a header that an endpoint wants to be sent.
type Header struct{ Name, Value string }

// Set creates or replaces an account's endpoint for a notice. The signing secret
// is returned for a new one, and empty for one that exists, which keeps its own.
func (c *Courier) Set(
	ctx context.Context, account ledger.AccountID, n pix.Notice, url string, headers []Header, paused bool,
) (e pix.Endpoint, secret string, err error) {
	set := &pix.SetWebhook{Account: account, Notice: n, URL: url, Paused: paused, At: c.instant()}
	if secret, set.Secret, err = c.draw(account, n); err != nil {
		return e, "", err
	}
	for _, h := range headers {
		sealed, err := c.vault.Seal(h.Value, headerOf(account, n, h.Name))
		if err != nil {
			return e, "", err
		}
		set.Headers = append(set.Headers, pix.Header{Name: h.Name, Value: sealed})
	}
	done, err := book.Do(ctx, c.book, set)
	if err != nil || !done.Created {
		secret = ""
	}
	return done.Endpoint, secret, err
}

func (c *Courier) instant() time.Time { return c.now().UTC().Truncate(time.Microsecond) }

// draw draws a signing secret, plain and sealed.
func (c *Courier) draw(account ledger.AccountID, n pix.Notice) (plain, sealed string, err error) {
	if plain, err = newSecret(c.rand); err != nil {
		return "", "", err
	}
	sealed, err = c.vault.Seal(plain, secretOf(account, n))
	return plain, sealed, err
}

// Rotate gives an endpoint a new signing secret, which it returns. The old one
// signs beside it for a day.
func (c *Courier) Rotate(
	ctx context.Context, account ledger.AccountID, n pix.Notice,
) (e pix.Endpoint, secret string, err error) {
	secret, sealed, err := c.draw(account, n)
	if err != nil {
		return e, "", err
	}
	rotate := &pix.RotateWebhookSecret{Account: account, Notice: n, Secret: sealed, At: c.instant()}
	e, err = book.Do(ctx, c.book, rotate)
	return e, secret, err
}

// SetCredentials sets the Basic credentials that go with an account's notices; an
// empty username ends them.
func (c *Courier) SetCredentials(ctx context.Context, account ledger.AccountID, username, password string) error {
	set := &pix.SetWebhookCredentials{Account: account, Username: username}
	if username != "" {
		var err error
		if set.Password, err = c.vault.Seal(password, passwordOf(account)); err != nil {
			return err
		}
	}
	_, err := book.Do(ctx, c.book, set)
	return err
}

// Headers returns the headers of an account's endpoint, opened.
func (c *Courier) Headers(account ledger.AccountID, e pix.Endpoint) ([]Header, error) {
	list := make([]Header, len(e.Headers))
	for i, h := range e.Headers {
		value, err := c.vault.Open(h.Value, headerOf(account, e.Notice, h.Name))
		if err != nil {
			return nil, err
		}
		list[i] = Header{h.Name, value}
	}
	return list, nil
}

// testMessage tells an endpoint that it is being tried. It is no event of the
// contract, so that nobody takes it for money.
type testMessage struct {
	Event     string `json:"event"`
	EventType string `json:"eventType"`
	AccountID string `json:"accountId"`
	SentAt    string `json:"sentAt"`
}

// Test posts a message that tells of nothing to an account's endpoint, as a notice
// would be. It is not kept.
func (c *Courier) Test(ctx context.Context, account ledger.AccountID, n pix.Notice) (Attempt, error) {
	profile, err := c.reader.Profile(ctx, account)
	if err != nil {
		return Attempt{}, err
	}
	e, ok := profile.Settings.Webhooks.Endpoint(n)
	if !ok {
		return Attempt{}, pix.ErrNoWebhook
	}
	body, err := json.Marshal(testMessage{"Test", string(n), account.String(), wire.Timestamp(c.now())})
	if err != nil {
		return Attempt{}, err
	}
	m := Message{URL: e.URL, Body: body, ID: messageID("test", c.book.NextID()), Header: make(http.Header)}
	if m.Keys, err = c.keys(account, e); err != nil {
		return Attempt{At: c.now(), Err: err}, nil
	}
	if err := c.address(&m, profile, e); err != nil {
		return Attempt{At: c.now(), Err: err}, nil
	}
	return c.sender.Send(ctx, m), nil
}
