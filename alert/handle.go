package alert

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// Handle tells of one event, or of a day's report, on one channel: a job of
// pix.TopicAlertNotify. It ends the job or puts it off, and returns an error only if
// nothing was tried.
func (d *Desk) Handle(ctx context.Context, job pix.Job) error {
	if channelID, day, ok := job.ReportNotice(); ok {
		return d.tellReport(ctx, job, channelID, day)
	}
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
	return d.tell(ctx, job, channel, notice{pix.NoticeBalanceAlert, event.ID, eventMessage(event)})
}

// tellReport tells of the report of a day, unless nobody wants it any more.
func (d *Desk) tellReport(ctx context.Context, job pix.Job, channelID uint64, day string) error {
	profile, err := d.Reader.Profile(ctx, job.Account)
	if err != nil && !errors.Is(err, ledger.ErrAccountNotFound) {
		return err
	}
	channel, ok := profile.Settings.Alerts.Channel(channelID)
	var title, text string
	if ok = ok && channel.DailyReport && d.Report != nil; ok {
		title, text, err = d.Report(ctx, job.Account, day)
	}
	if !ok || errors.Is(err, pix.ErrNotFound) {
		_, err := book.Do(ctx, d.Book, &pix.EndJob{JobKey: job.JobKey})
		return err
	}
	if err != nil {
		return err
	}
	message := Message{ID: "report-" + strconv.FormatUint(job.ID, 10), Title: title, Text: text}
	return d.tell(ctx, job, channel, notice{pix.NoticeDailyReport, job.ID, message})
}

// notice is what is told, with the number that it is kept under.
type notice struct {
	what    pix.Notice
	number  uint64
	message Message
}

// tell sends a message and concludes.
func (d *Desk) tell(ctx context.Context, job pix.Job, channel pix.AlertChannel, n notice) error {
	at := d.Now()
	failure := d.send(ctx, job.Account, channel, n.message)
	if failure != nil && ctx.Err() != nil {
		return ctx.Err() // the process is stopping: nobody knows what became of it
	}
	return d.conclude(context.WithoutCancel(ctx), job, channel, n, tried{at, d.Now().Sub(at), failure})
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
	ctx context.Context, job pix.Job, c pix.AlertChannel, n notice, t tried,
) error {
	delivery := webhook.Delivery{
		Event: n.what, URL: shownURL(c), At: t.at.UTC().Truncate(time.Microsecond),
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
			Account: job.Account, Event: n.what, Topic: job.Topic, Subject: job.Subject, Number: n.number,
			Note: job.Note, URL: delivery.URL, Attempts: delivery.Attempt, Error: delivery.Error, LastAt: delivery.At,
		}
		end.Keep = append(end.Keep, letter.Record(job.ID, d.Book.NextID()))
		d.Log.WarnContext(ctx, "message given up", "account", job.Account, "channel", c.Kind, "event", n.number,
			"attempts", delivery.Attempt, "error", delivery.Error)
	}
	end.Keep = append(end.Keep, delivery.Record(d.Book.NextID(), n.number))
	_, err := book.Do(ctx, d.Book, end)
	if err == nil {
		d.stats.message(c.Kind, delivery.Result)
	}
	return err
}

// shownURL names a channel in logs, without whose it is.
func shownURL(c pix.AlertChannel) string { return c.Kind + ":" }
