package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// Carrier takes messages to one kind of channel.
type Carrier interface {
	// Check tells what keeps a target from being one, and else what may be shown
	// of it.
	Check(target string) (shown string, err error)
	// Send sends a message once. Its error tells the reason in words that the
	// account's owner may read, without anything secret.
	Send(ctx context.Context, target string, m Message) error
}

// Message is what a person reads. ID is the same at every attempt.
type Message struct{ ID, Title, Text string }

// Options are what a desk works with. All but Carriers, Report and Retries are required.
type Options struct {
	Book    *book.Book
	Reader  book.Reader
	Courier *webhook.Courier // of the channels that are webhooks
	Vault   *webhook.Vault
	// Carriers are the other kinds of channel, by name.
	Carriers map[string]Carrier
	// Report tells of the report of an account that is kept of a day; pix.ErrNotFound
	// if none is.
	Report func(ctx context.Context, account ledger.AccountID, day string) (title, text string, err error)
	// Retries are the waits between attempts; nil is webhook.RetriesDefault.
	Retries []time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// Desk keeps the channels of accounts and tells their owners of alerts on them.
type Desk struct {
	Options
	stats *Stats
}

// NewDesk returns a desk.
func NewDesk(o Options) *Desk {
	if o.Retries == nil {
		o.Retries = webhook.RetriesDefault
	}
	d := &Desk{Options: o}
	d.stats = newStats(d.Kinds())
	return d
}

// TargetMax is how long a target may be, in characters.
const TargetMax = 1000

// Kinds lists the kinds of channel that there are here.
func (d *Desk) Kinds() []string {
	kinds := []string{pix.ChannelWebhook}
	for kind := range d.Carriers {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds[1:])
	return kinds
}

// CheckTarget tells what keeps a target from being one of a kind, or nil.
func (d *Desk) CheckTarget(kind, target string) error {
	_, err := d.shown(kind, target)
	return err
}

func (d *Desk) shown(kind, target string) (string, error) {
	if kind == pix.ChannelWebhook {
		if target != "" {
			return "", errors.New("must be absent: the webhook of balance_alert is used")
		}
		return "", nil
	}
	carrier, ok := d.Carriers[kind]
	if !ok {
		return "", fmt.Errorf("no channels of kind %s here", kind)
	}
	return carrier.Check(target)
}

// purpose is what a target is sealed for.
func purpose(account ledger.AccountID, kind string) string {
	return "alert channel " + account.String() + " " + kind
}

// Set creates a channel, or replaces one that has a number.
func (d *Desk) Set(
	ctx context.Context, account ledger.AccountID, c pix.AlertChannel, target string,
) (pix.AlertChannel, error) {
	var err error
	if c.Shown, err = d.shown(c.Kind, target); err != nil {
		return c, err
	}
	if target != "" {
		if c.Target, err = d.Vault.Seal(target, purpose(account, c.Kind)); err != nil {
			return c, err
		}
	}
	at := d.Now().UTC().Truncate(time.Microsecond)
	return book.Do(ctx, d.Book, &pix.SetAlertChannel{Account: account, Channel: c, At: at})
}

// Test sends a message that tells of nothing to a channel, now and once. reason
// tells why it was not delivered; empty if it was. The error is pix.ErrNoChannel or
// pix.ErrNoWebhook where there is nowhere to send it.
func (d *Desk) Test(ctx context.Context, account ledger.AccountID, id uint64) (reason string, err error) {
	profile, err := d.Reader.Profile(ctx, account)
	if err != nil {
		return "", err
	}
	channel, ok := profile.Settings.Alerts.Channel(id)
	if !ok {
		return "", pix.ErrNoChannel
	}
	if channel.Kind == pix.ChannelWebhook {
		attempt, err := d.Courier.Test(ctx, account, pix.NoticeBalanceAlert)
		return attempt.Reason(), err
	}
	number := d.Book.NextID()
	if err := d.send(ctx, account, channel, testMessage(account, number)); err != nil {
		return cut(err.Error()), nil
	}
	return "", nil
}

// sendLimit ends an attempt.
const sendLimit = 20 * time.Second

// Lease is how long a job must be kept from other nodes.
const Lease = 3 * sendLimit

func (d *Desk) send(ctx context.Context, account ledger.AccountID, c pix.AlertChannel, m Message) error {
	carrier, ok := d.Carriers[c.Kind]
	if !ok {
		return fmt.Errorf("no channels of kind %s here", c.Kind)
	}
	target, err := d.Vault.Open(c.Target, purpose(account, c.Kind))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return carrier.Send(ctx, target, m)
}

// errorMax is how long a reason may be, in bytes, where it is kept.
const errorMax = 200

func cut(text string) string { return text[:min(len(text), errorMax)] }
