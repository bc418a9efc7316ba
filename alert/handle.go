package alert

import (
	"context"
	"errors"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// Handle tells of one event on one channel: a job of pix.TopicAlertNotify. It ends
// the job or puts it off, and returns an error only if nothing was tried.
func (d *Desk) Handle(ctx context.Context, job pix.Job) error {
	channelID, eventID := job.AlertNotice()
	profile, err := d.Reader.Profile(ctx, job.Account)
	if err != nil && !errors.Is(err, ledger.ErrAccountNotFound) {
		return err
	}
	channel, ok := profile.Settings.Alerts.Channel(channelID)
	record, err := d.Reader.Record(ctx, pix.EventRecordKey(eventID))
	if !ok || errors.Is(err, pix.ErrNotFound) {
		_, err := book.Do(ctx, d.Book, &pix.EndJob{JobKey: job.JobKey}) // nobody wants it any more
		return err
	}
	if err != nil {
		return err
	}
	event, err := pix.ReadAlertEvent(record)
	if err != nil {
		return err
	}
	at := d.Now()
	failure := d.send(ctx, job.Account, channel, eventMessage(event))
	if failure != nil && ctx.Err() != nil {
		return ctx.Err() // the process is stopping: nobody knows what became of it
	}
	return d.conclude(context.WithoutCancel(ctx), job, channel, event, tried{at, d.Now().Sub(at), failure})
}

// tried is an attempt.
type tried struct {
	at   time.Time
	took time.Duration
	err  error
}

// conclude writes down what became of an attempt: the job ends, or waits for the
// next one, or is a dead letter.
func (d *Desk) conclude(
	ctx context.Context, job pix.Job, c pix.AlertChannel, e pix.AlertEvent, t tried,
) error {
	delivery := webhook.Delivery{
		Event: pix.NoticeBalanceAlert, URL: shownURL(c), At: t.at.UTC().Truncate(time.Microsecond),
		Millis: t.took.Milliseconds(), Attempt: job.Attempts + 1, Result: webhook.Delivered,
	}
	end := &pix.EndNotice{JobKey: job.JobKey}
	switch {
	case t.err == nil:
	case job.Attempts < len(d.Retries):
		end.Again = t.at.Add(d.Retries[job.Attempts]).UTC().Truncate(time.Microsecond)
		delivery.Result, delivery.Next, delivery.Error = webhook.Failed, &end.Again, cut(t.err.Error())
	default:
		delivery.Result, delivery.Error = webhook.Dead, cut(t.err.Error())
		letter := webhook.DeadLetter{
			Account: job.Account, Event: pix.NoticeBalanceAlert, Topic: job.Topic, Subject: job.Subject, Number: e.ID,
			Note: job.Note, URL: delivery.URL, Attempts: delivery.Attempt, Error: delivery.Error, LastAt: delivery.At,
		}
		end.Keep = append(end.Keep, letter.Record(job.ID, d.Book.NextID()))
		d.Log.WarnContext(ctx, "alert given up", "account", job.Account, "channel", c.Kind, "event", e.ID,
			"attempts", delivery.Attempt, "error", delivery.Error)
	}
	end.Keep = append(end.Keep, delivery.Record(d.Book.NextID(), e.ID))
	_, err := book.Do(ctx, d.Book, end)
	return err
}

// shownURL names a channel in logs, without whose it is.
func shownURL(c pix.AlertChannel) string { return c.Kind + ":" }
