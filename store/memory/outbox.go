package memory

import (
	"context"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
)

// job is a pix.Job and the time from which it may be claimed.
type job struct {
	pix.Job
	free time.Time
}

// Claim hands out due jobs.
func (s *Store) Claim(
	_ context.Context, topic pix.Topic, now, until time.Time, limit int, shares *outbox.Shares,
) (due []pix.Job, next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	claimed := make(map[ledger.AccountID]int)
	var later []job
	for _, j := range s.firsts(topic) {
		switch {
		case j.free.After(now) || len(due) == limit:
			later = append(later, j)
		case claimed[j.Account] < shares.Of(j.Account):
			due = append(due, j.Job)
			claimed[j.Account]++
			s.jobs[j.JobKey] = job{j.Job, until}
		}
	}
	for _, j := range later {
		if claimed[j.Account] < shares.Of(j.Account) {
			return due, j.free, nil
		}
	}
	return due, time.Time{}, nil
}

// firsts lists the jobs of a topic that have none of their subject before them,
// in the order in which they may be claimed.
func (s *Store) firsts(topic pix.Topic) []job {
	first := make(map[uint64]job) // by subject
	for key, j := range s.jobs {
		if before, ok := first[j.Subject]; key.Topic == topic && (!ok || j.ID < before.ID) {
			first[j.Subject] = j
		}
	}
	list := make([]job, 0, len(first))
	for _, j := range first {
		list = append(list, j)
	}
	slices.SortFunc(list, func(a, b job) int {
		if c := a.free.Compare(b.free); c != 0 {
			return c
		}
		return compare(a.ID, b.ID)
	})
	return list
}

// Jobs lists the jobs of a topic.
func (s *Store) Jobs(_ context.Context, topic pix.Topic, after uint64, limit int) ([]pix.Job, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	byID := make(map[uint64]pix.Job)
	for key, j := range s.jobs {
		if key.Topic == topic {
			byID[key.ID] = j.Job
		}
	}
	return page(byID, after, limit, func(pix.Job) bool { return true }), nil
}
