package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

const (
	// CatchUpMax is how many days are made up for at most.
	CatchUpMax = 31
	// lookEvery is how often the clock is looked at, whatever it says the wait is: it
	// may be put, and the machine may sleep.
	lookEvery = time.Minute
)

// Run leaves the reports of every day to be made when it is time, and at once those
// of days that were missed, until ctx ends. Whoever works off pix.TopicReport makes
// them, each once, on whatever node.
func (d *Desk) Run(ctx context.Context) error {
	var planned statement.Day
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if due := d.due(); due != planned {
			if err := d.plan(ctx, due); err == nil {
				planned = due
			} else if ctx.Err() == nil {
				d.Log.ErrorContext(ctx, "reports not planned", "day", due.String(), "error", err)
			}
		}
		timer.Reset(d.untilNext())
	}
}

// due returns the newest day whose reports are due.
func (d *Desk) due() statement.Day {
	now := d.Now()
	today := statement.DayOf(now)
	if now.Before(today.Start().Add(d.At)) {
		return today.Add(-2)
	}
	return today.Add(-1)
}

func (d *Desk) untilNext() time.Duration {
	now := d.Now()
	next := statement.DayOf(now).Start().Add(d.At)
	if !now.Before(next) {
		next = statement.DayOf(now).Next().Start().Add(d.At)
	}
	return min(max(next.Sub(now), time.Millisecond), lookEvery)
}

// plan leaves the days since the newest that is kept to be made, until last. Where
// none is kept, it is the last alone.
func (d *Desk) plan(ctx context.Context, last statement.Day) error {
	newest, err := d.Reader.Records(ctx, pix.RecordReport, 0, 0, 1)
	if err != nil {
		return err
	}
	from := last
	if len(newest) > 0 {
		kept, err := dayNumbered(newest[0].Number)
		if err != nil {
			return fmt.Errorf("report %s: %w", newest[0].Name, err)
		}
		if from = kept.Next(); last.Add(1 - CatchUpMax).After(from) {
			from = last.Add(1 - CatchUpMax)
		}
	}
	for ; !from.After(last); from = from.Next() {
		_, err := book.Do(ctx, d.Book, &pix.PlanReport{
			Day: from.Number(), House: pix.ReportKey(0, from.String()), Due: d.Now(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Lease is how long a day's job is kept from other nodes without a sign of life.
const Lease = 10 * time.Minute

// Handle makes, keeps and writes the reports of one day: a job of pix.TopicReport.
func (d *Desk) Handle(ctx context.Context, job pix.Job) error {
	on, err := dayNumbered(job.ID)
	if err != nil {
		return fmt.Errorf("job %d: %w", job.ID, err)
	}
	r := &run{Desk: d, job: job.JobKey, on: on, sign: d.Now()}
	if kept, err := d.kept(ctx, 0, on, new(House)); err != nil {
		return err
	} else if kept {
		return r.keep(ctx, time.Time{})
	}
	if d.Dir != "" {
		if r.files, err = openFiles(d.Dir, on); err != nil {
			return err
		}
		defer r.files.discard()
	}
	h, err := d.Maker.House(ctx, on, func(a *Account) error { return r.account(ctx, a) })
	if err != nil {
		return err
	}
	if err := r.end(ctx, h); err != nil {
		return err
	}
	d.Log.InfoContext(ctx, "daily reports made", "day", on.String(), "status", h.Status, "accounts", h.Accounts,
		"alerting", h.Alerting)
	return nil
}

// run makes the reports of one day.
type run struct {
	*Desk
	job   pix.JobKey
	on    statement.Day
	files *files       // nil writes none
	batch []pix.Report // to be kept
	sign  time.Time    // of life, the last one
}

// keepAtOnce is how many reports are kept in one commit.
const keepAtOnce = 50

// account keeps the report of an account that moved or wants to be told. One that was
// kept before, since this is not the first try, stays as it is; others can be made
// again at any time.
func (r *run) account(ctx context.Context, a *Account) error {
	if a.Moved() || len(a.tell) > 0 {
		before := new(Account)
		kept, err := r.followed(ctx, a.AccountID, before, &a.Head)
		if err != nil {
			return err
		}
		if kept {
			*a = *before
		} else {
			record, err := record(a.AccountID, r.on, a)
			if err != nil {
				return err
			}
			r.batch = append(r.batch, pix.Report{
				Record: record, Account: a.AccountID, Day: r.on.String(), Tell: a.tell,
			})
		}
	}
	if r.files != nil {
		if err := r.files.account(a); err != nil {
			return err
		}
	}
	if len(r.batch) >= keepAtOnce || r.Now().Sub(r.sign) > Lease/4 {
		return r.keep(ctx, r.Now().Add(Lease))
	}
	return nil
}

// followed reads the report that is kept of the day into a, if there is one. If not,
// it holds the day's opening balance, in head, against what is kept of the day before.
func (r *run) followed(ctx context.Context, of ledger.AccountID, a any, head *Head) (kept bool, err error) {
	newest, err := r.Reader.Records(ctx, pix.RecordReport, uint64(of), r.on.Number()+1, 2)
	if err != nil || len(newest) == 0 {
		return false, err
	}
	if newest[0].Number == r.on.Number() {
		return true, read(newest[0], a)
	}
	var before Head
	if err := read(newest[0], &before); err != nil {
		return false, err
	}
	head.follow(&before)
	return false, nil
}

// end writes what there is, and keeps the report of the house, which ends the job.
func (r *run) end(ctx context.Context, h *House) error {
	if _, err := r.followed(ctx, 0, new(House), &h.Head); err != nil {
		return err
	}
	if r.files != nil {
		if err := r.files.finish(h); err != nil {
			return err
		}
	}
	record, err := record(0, r.on, h)
	if err != nil {
		return err
	}
	r.batch = append(r.batch, pix.Report{Record: record, Day: r.on.String()})
	return r.keep(ctx, time.Time{})
}

// keep keeps the batch. A zero again ends the job.
func (r *run) keep(ctx context.Context, again time.Time) error {
	if !again.IsZero() {
		again = again.UTC().Truncate(time.Microsecond)
	}
	_, err := book.Do(ctx, r.Book, &pix.KeepReports{
		JobKey: r.job, Keep: r.batch, Again: again, At: r.Now().UTC().Truncate(time.Microsecond),
	})
	if errors.Is(err, pix.ErrNotFound) && again.IsZero() {
		err = nil // another has ended it
	}
	r.batch, r.sign = nil, r.Now()
	return err
}
