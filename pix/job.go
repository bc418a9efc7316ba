package pix

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// Topic tells who works off a job.
type Topic string

// The rails' topics. A job of a rail is an order of which the outcome is not
// known yet.
const (
	RailSandbox Topic = "rail.sandbox"
	RailHTTP    Topic = "rail.http"
)

// JobKey names a job.
type JobKey struct {
	Topic Topic
	ID    uint64
}

// Job is what a commit left to do. It is written in the same commit and worked
// off after it, at least once, in order per subject.
type Job struct {
	JobKey
	Account  ledger.AccountID
	Subject  uint64 // jobs of one topic and subject are done in the order of their ids
	Due      time.Time
	Attempts int
	Note     string // what the topic needs to know besides; short
}

// PostponeJob puts off a job that could not be done. A job that was ended
// meanwhile stays ended.
type PostponeJob struct {
	JobKey
	Due time.Time
	// Uncounted leaves the number of attempts as it is: nothing was tried.
	Uncounted bool
}

// Needs names the job.
func (c *PostponeJob) Needs() Needs { return Needs{Jobs: []JobKey{c.JobKey}} }

// Decide counts the attempt, unless it is not to, and sets when the next is due.
func (c *PostponeJob) Decide(b *Books) (Job, error) {
	job, ok := b.Jobs.Get(c.JobKey)
	if !ok {
		return Job{}, ErrNotFound
	}
	if !c.Uncounted {
		job.Attempts++
	}
	job.Due = c.Due
	b.Jobs.Put(c.JobKey, job)
	return job, nil
}

// NoteJob puts off a job and replaces its note. A job that was ended meanwhile
// stays ended: ErrNotFound.
type NoteJob struct {
	JobKey
	Note string
	Due  time.Time
}

// Needs names the job.
func (c *NoteJob) Needs() Needs { return Needs{Jobs: []JobKey{c.JobKey}} }

// Decide counts the attempt if the note stays, and starts counting anew if not.
func (c *NoteJob) Decide(b *Books) (Job, error) {
	job, ok := b.Jobs.Get(c.JobKey)
	if !ok {
		return Job{}, ErrNotFound
	}
	if job.Note == c.Note {
		job.Attempts++
	} else {
		job.Attempts = 0
	}
	job.Note, job.Due = c.Note, c.Due
	b.Jobs.Put(c.JobKey, job)
	return job, nil
}

// EndJob removes a job that needs nothing more.
type EndJob struct{ JobKey }

// Needs names the job.
func (c *EndJob) Needs() Needs { return Needs{Jobs: []JobKey{c.JobKey}} }

// Decide removes the job, if it is still there.
func (c *EndJob) Decide(b *Books) (struct{}, error) {
	if _, ok := b.Jobs.Get(c.JobKey); ok {
		b.Jobs.Delete(c.JobKey)
	}
	return struct{}{}, nil
}
