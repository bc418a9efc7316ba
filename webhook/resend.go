package webhook

import (
	"context"
	"errors"
	"net/http"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// Resent is what became of a resend.
type Resent struct {
	ID uint64 // webhookLogId
	Attempt
}

// Resend tells an account of a movement again, at once and once (contract §7.6):
// at its endpoint, or at url if that is not empty. A one-off URL is sent neither
// the account's credentials nor the endpoint's headers, which are secrets between
// the account and its endpoint. The error is pix.ErrNoWebhook if there is nowhere
// to send it.
func (c *Courier) Resend(ctx context.Context, m pix.Movement, url string) (Resent, error) {
	profile, err := c.reader.Profile(ctx, m.Account)
	if err != nil {
		return Resent{}, err
	}
	n := pix.NoticeOf(m.Kind)
	endpoint, ok := profile.Settings.Webhooks.Endpoint(n)
	if url == "" && (!ok || endpoint.Paused) || n == "" {
		return Resent{}, pix.ErrNoWebhook
	}
	body, err := c.movementPayload(ctx, profile, m)
	if err != nil {
		return Resent{}, err
	}
	message := Message{URL: url, Body: body, ID: messageID(n, uint64(m.ID)), Header: make(http.Header)}
	if ok {
		if message.Keys, err = c.keys(m.Account, endpoint); err != nil && !errors.Is(err, ErrSealed) {
			return Resent{}, err
		}
	}
	if url == "" {
		message.URL = endpoint.URL
		if err == nil {
			err = c.address(&message, profile, endpoint)
		}
	}
	a := Attempt{At: c.now(), Err: err}
	if err == nil {
		a = c.sender.Send(ctx, message)
	}
	return c.keepResent(ctx, m, newDelivery(n, message.URL, a), a)
}

func (c *Courier) keepResent(ctx context.Context, m pix.Movement, d Delivery, a Attempt) (Resent, error) {
	d.Resent, d.Result = true, Failed
	if a.Delivered() {
		d.Result = Delivered
		c.stats.Delivered.Add(1)
	} else {
		c.stats.Failed.Add(1)
	}
	ctx = context.WithoutCancel(ctx) // the endpoint may have it
	forget, err := c.superfluous(ctx, uint64(m.ID))
	if err != nil {
		return Resent{}, err
	}
	id := c.book.NextID()
	_, err = book.Do(ctx, c.book, &pix.KeepRecords{
		Account: m.Account, Keep: []pix.Record{d.record(id, uint64(m.ID))}, Forget: forget,
	})
	return Resent{id, a}, err
}
