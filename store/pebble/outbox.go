package pebble

import (
	"cmp"
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/internal/sheet"
	"github.com/saldo-pix/saldo/pix"
)

// Claim hands out due jobs, from memory.
func (s *Store) Claim(
	_ context.Context, topic pix.Topic, now, until time.Time, limit int,
) ([]pix.Job, time.Time, error) {
	if err := s.health(); err != nil {
		return nil, time.Time{}, err
	}
	due, next := s.jobs.claim(topic, now, until, limit)
	return due, next, nil
}

// Jobs lists the jobs of a topic, from memory.
func (s *Store) Jobs(_ context.Context, topic pix.Topic, after uint64, limit int) ([]pix.Job, error) {
	if err := s.health(); err != nil {
		return nil, err
	}
	return s.jobs.page(topic, after, limit), nil
}

// jobs are all durable jobs, in memory, with who has claimed them.
type jobs struct {
	mu     sync.Mutex
	topics map[pix.Topic]*agenda // guarded by mu
}

// agenda is the jobs of one topic: by number, and in order of when they may be
// claimed.
type agenda struct {
	byID shelf[*task]
	next tasks
}

type task struct {
	pix.Job
	free  time.Time // from when it may be claimed
	place int       // in the heap
}

func newJobs() *jobs { return &jobs{topics: make(map[pix.Topic]*agenda)} }

// apply takes in what a commit changed.
func (j *jobs) apply(changes []sheet.Change[pix.JobKey, pix.Job]) {
	if len(changes) == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range changes {
		if changes[i].Deleted {
			j.delete(changes[i].Key)
		} else {
			j.put(changes[i].Value)
		}
	}
}

// put adds or replaces a job, which is free to be claimed once it is due. The
// caller holds the lock, or is alone.
func (j *jobs) put(job pix.Job) {
	a := j.topics[job.Topic]
	if a == nil {
		a = new(agenda)
		j.topics[job.Topic] = a
	}
	t, ok := a.byID.get(job.ID)
	if !ok {
		t = &task{Job: job, free: job.Due}
		a.byID.put(job.ID, t)
		heap.Push(&a.next, t)
		return
	}
	t.Job, t.free = job, job.Due
	heap.Fix(&a.next, t.place)
}

func (j *jobs) delete(key pix.JobKey) {
	a := j.topics[key.Topic]
	if a == nil {
		return
	}
	if t, ok := a.byID.get(key.ID); ok {
		heap.Remove(&a.next, t.place)
		a.byID.delete(key.ID)
	}
}

func (j *jobs) page(topic pix.Topic, after uint64, limit int) []pix.Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	a := j.topics[topic]
	if a == nil {
		return nil
	}
	tasks := a.byID.page(after, limit)
	page := make([]pix.Job, len(tasks))
	for i, t := range tasks {
		page[i] = t.thing.Job
	}
	return page
}

func (j *jobs) claim(topic pix.Topic, now, until time.Time, limit int) (due []pix.Job, next time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	a := j.topics[topic]
	if a == nil {
		return nil, time.Time{}
	}
	var claimed []*task
	for len(a.next) > 0 && len(due) < limit && !a.next[0].free.After(now) {
		t := heap.Pop(&a.next).(*task)
		due = append(due, t.Job)
		claimed = append(claimed, t)
	}
	if len(a.next) > 0 {
		next = a.next[0].free
	}
	for _, t := range claimed {
		t.free = until
		heap.Push(&a.next, t)
	}
	return due, next
}

// tasks are a heap: the one that is free first comes first.
type tasks []*task

func (t tasks) Len() int { return len(t) }

func (t tasks) Less(i, j int) bool {
	return cmp.Or(t[i].free.Compare(t[j].free), cmp.Compare(t[i].ID, t[j].ID)) < 0
}

func (t tasks) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].place, t[j].place = i, j
}

// Push is for the package heap.
func (t *tasks) Push(x any) {
	added := x.(*task)
	added.place = len(*t)
	*t = append(*t, added)
}

// Pop is for the package heap.
func (t *tasks) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*t = old[:len(old)-1]
	return last
}
