package pix

import (
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// TopicReport is the topic of the daily report of the house and of all accounts: a
// job for each day, numbered as the day is written, 20261120, and done in that order.
const TopicReport Topic = "report"

// ReportKey names the record of a report: of an account, or 0 for the house, and a
// day as 2026-11-20. Its place in the list of its owner is the number of the day.
func ReportKey(account ledger.AccountID, day string) RecordKey {
	return RecordKey{RecordReport, account.String() + "/" + day}
}

// PlanReport leaves the report of a day to be made, unless somebody did before.
type PlanReport struct {
	Day   uint64    // its number
	House RecordKey // of the day's report of the house, which is kept last
	Due   time.Time
}

func (c *PlanReport) job() JobKey { return JobKey{TopicReport, c.Day} }

// Needs names the job and the report.
func (c *PlanReport) Needs() Needs {
	return Needs{Jobs: []JobKey{c.job()}, Records: []RecordKey{c.House}}
}

// Decide tells whether the report was still to be left to be made.
func (c *PlanReport) Decide(b *Books) (bool, error) {
	_, planned := b.Jobs.Get(c.job())
	_, made := b.Records.Get(c.House)
	if planned || made {
		return false, nil
	}
	b.Jobs.Put(c.job(), Job{JobKey: c.job(), Subject: 1, Due: c.Due})
	return true, nil
}

// Report is a report that is to be kept.
type Report struct {
	Record
	Account ledger.AccountID // 0 for the house
	Day     string
	Tell    []uint64 // alert channels of the account on which it is told
}

// KeepReports keeps reports that are not kept yet, and leaves them to be told: the
// first one counts.
type KeepReports struct {
	JobKey // of the day; who has it no more keeps nothing
	Keep   []Report
	// Again is when another may take the job over; zero ends it.
	Again time.Time
	At    time.Time
}

// Needs names the job and the reports.
func (c *KeepReports) Needs() Needs {
	n := Needs{Jobs: []JobKey{c.JobKey}}
	for i := range c.Keep {
		n.Records = append(n.Records, c.Keep[i].RecordKey)
	}
	return n
}

// Decide keeps the reports, or returns ErrNotFound if the job has ended.
func (c *KeepReports) Decide(b *Books) (struct{}, error) {
	job, ok := b.Jobs.Get(c.JobKey)
	if !ok {
		return struct{}{}, ErrNotFound
	}
	for _, r := range c.Keep {
		if _, kept := b.Records.Get(r.RecordKey); !kept {
			b.Records.Put(r.RecordKey, r.Record)
			c.tell(b, &r)
		}
	}
	if c.Again.IsZero() {
		b.Jobs.Delete(c.JobKey)
		return struct{}{}, nil
	}
	job.Due = c.Again
	b.Jobs.Put(c.JobKey, job)
	return struct{}{}, nil
}

// reportNote begins the note of a job of TopicAlertNotify that tells of a report.
const reportNote = "report/"

func (c *KeepReports) tell(b *Books, r *Report) {
	for _, channel := range r.Tell {
		key := JobKey{TopicAlertNotify, b.NextNumber()}
		b.Jobs.Put(key, Job{
			JobKey: key, Account: r.Account, Subject: key.ID, Due: c.At,
			Note: strconv.FormatUint(channel, 10) + " " + reportNote + r.Day,
		})
	}
}

// ReportNotice returns which channel a job of TopicAlertNotify tells of the report
// of which day, if it does.
func (j Job) ReportNotice() (channel uint64, day string, ok bool) {
	first, second, _ := strings.Cut(j.Note, " ")
	if day, ok = strings.CutPrefix(second, reportNote); !ok {
		return 0, "", false
	}
	channel, err := strconv.ParseUint(first, 10, 64)
	return channel, day, err == nil
}
