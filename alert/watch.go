package alert

import (
	"context"
	"errors"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Watcher looks at accounts when a job of pix.TopicAlertWatch is due: when a
// cooldown ends, a reminder is due, or nothing came for a time.
type Watcher struct {
	book   *book.Book
	reader book.Reader
	now    func() time.Time
}

// NewWatcher returns a watcher.
func NewWatcher(b *book.Book, r book.Reader, now func() time.Time) *Watcher {
	return &Watcher{b, r, now}
}

// Handle looks at one account. What was measured before the commit is of the past
// and can't change any more.
func (w *Watcher) Handle(ctx context.Context, job pix.Job) error {
	look := &pix.WatchAccount{JobKey: job.JobKey, Account: job.Account, At: w.now()}
	profile, err := w.reader.Profile(ctx, job.Account)
	if err != nil && !errors.Is(err, ledger.ErrAccountNotFound) {
		return err
	}
	if a := profile.Settings.Alerts; a != nil && a.Wake == job.ID {
		if a.MeasuresPace() {
			if err := w.measure(ctx, look); err != nil {
				return err
			}
		}
		if a.Written >= pix.AlertTrim {
			if look.Forget, err = w.superfluous(ctx, job.Account); err != nil {
				return err
			}
			look.Trimmed = true
		}
	}
	_, err = book.Do(ctx, w.book, look)
	return err
}

const day = 24 * time.Hour

// measure reads what net was a day ago.
func (w *Watcher) measure(ctx context.Context, look *pix.WatchAccount) error {
	then, err := w.reader.BalanceAt(ctx, look.Account, look.At.Add(-day))
	if err != nil {
		return err
	}
	net := then.Available()
	look.Base = &net
	return nil
}

// superfluous lists the records of an account's oldest alerts, as many as one look
// removes.
func (w *Watcher) superfluous(ctx context.Context, account ledger.AccountID) ([]pix.RecordKey, error) {
	const atOnce = 2 * pix.AlertTrim
	records, err := w.reader.Records(ctx, pix.RecordAlert, uint64(account), 0, pix.AlertHistoryMax+atOnce)
	if err != nil {
		return nil, err
	}
	var keys []pix.RecordKey
	for _, r := range records[min(len(records), pix.AlertHistoryMax):] {
		events, err := w.reader.Records(ctx, pix.RecordAlertEvent, r.Number, 0, eventsMax)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			deliveries, err := w.reader.Records(ctx, pix.RecordDelivery, e.Number, 0, deliveriesMax)
			if err != nil {
				return nil, err
			}
			for _, d := range deliveries {
				keys = append(keys, d.RecordKey)
			}
			keys = append(keys, e.RecordKey)
		}
		keys = append(keys, r.RecordKey)
	}
	return keys, nil
}

// eventsMax is more than one alert can have: its reminders, its beginning and its
// end; deliveriesMax is more than is kept of one event on all channels.
const (
	eventsMax     = pix.AlertRemindersMax + 5
	deliveriesMax = 200
)
