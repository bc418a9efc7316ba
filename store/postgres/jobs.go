package postgres

import (
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

const jobColumns = `j.topic, j.id, j.account, j.subject, j.due, j.attempts, j.note`

func (r *rows) job(j *pix.Job) {
	r.begin()
	r.text(string(j.Topic))
	r.uint(j.ID)
	r.uint(uint64(j.Account))
	r.uint(j.Subject)
	r.time(j.Due)
	r.int32(j.Attempts)
	r.text(j.Note)
	r.end()
}

func (r *rows) jobName(k pix.JobKey) {
	r.begin()
	r.text(string(k.Topic))
	r.uint(k.ID)
	r.end()
}

func readJob(c *columns) pix.Job {
	return pix.Job{
		JobKey:  pix.JobKey{Topic: pix.Topic(c.text()), ID: c.uint()},
		Account: ledger.AccountID(c.uint()), Subject: c.uint(), Due: c.time(), Attempts: c.int32(), Note: c.text(),
	}
}

// compareJobs is the order in which jobs are locked and written.
func compareJobs(a, b pix.JobKey) int {
	if a.Topic != b.Topic {
		return compare(a.Topic, b.Topic)
	}
	return compare(a.ID, b.ID)
}
