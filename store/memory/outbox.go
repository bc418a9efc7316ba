package memory

import (
	"context"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/pix"
)

// job is a pix.Job and the time from which it may be claimed.
type job struct {
	pix.Job
	free time.Time
}

// Claim hands out due jobs.
func (s *Store) Claim(
	_ context.Context, topic pix.Topic, now, until time.Time, limit int,
) ([]pix.Job, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := make([]job, 0, len(s.jobs))
	for key, j := range s.jobs {
		if key.Topic == topic {
			waiting = append(waiting, j)
		}
	}
	slices.SortFunc(waiting, func(a, b job) int {
		if c := a.free.Compare(b.free); c != 0 {
			return c
		}
		return compare(a.ID, b.ID)
	})
	var due []pix.Job
	for _, j := range waiting {
		if j.free.After(now) || len(due) == limit {
			return due, j.free, nil
		}
		due = append(due, j.Job)
		s.jobs[j.JobKey] = job{j.Job, until}
	}
	return due, time.Time{}, nil
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
