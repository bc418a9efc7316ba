package pebble

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/internal/sheet"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
)

// Claim hands out due jobs, from memory.
func (s *Store) Claim(
	_ context.Context, topic pix.Topic, now, until time.Time, limit int, shares *outbox.Shares,
) ([]pix.Job, time.Time, error) {
	if err := s.health(); err != nil {
		return nil, time.Time{}, err
	}
	due, next := s.jobs.claim(topic, now, until, limit, shares)
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

// agenda is the jobs of one topic. Those that may be claimed stand in a line of
// their account, and the accounts in a line of their first jobs, so that one
// with many jobs is passed over in one step.
type agenda struct {
	byID   shelf[*task]
	owners map[ledger.AccountID]*owner // those with a job in line
	line   line[*owner]
	// chains are the jobs of a subject whose number is not their own, in order.
	chains map[uint64][]*task
}

// owner is an account with jobs that may be claimed, now or later.
type owner struct {
	account ledger.AccountID
	line    line[*task]
	at      int // place in the line of owners
}

type task struct {
	pix.Job
	free time.Time // from when it may be claimed
	at   int       // place in the line of its owner, or notInLine
}

// notInLine is the place of a job that waits for another of its subject.
const notInLine = -1

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
		a = &agenda{owners: make(map[ledger.AccountID]*owner), chains: make(map[uint64][]*task)}
		j.topics[job.Topic] = a
	}
	if old, ok := a.byID.get(job.ID); ok {
		a.remove(old)
	}
	t := &task{Job: job, free: job.Due, at: notInLine}
	a.byID.put(job.ID, t)
	if t.ID != t.Subject {
		chain := a.chains[t.Subject]
		i, _ := slices.BinarySearchFunc(chain, t, byNumber)
		a.chains[t.Subject] = slices.Insert(chain, i, t)
	}
	a.align(t.Subject)
}

func byNumber(a, b *task) int { return cmp.Compare(a.ID, b.ID) }

func (j *jobs) delete(key pix.JobKey) {
	a := j.topics[key.Topic]
	if a == nil {
		return
	}
	if t, ok := a.byID.get(key.ID); ok {
		a.remove(t)
		a.align(t.Subject)
	}
}

// remove takes a job out of everything.
func (a *agenda) remove(t *task) {
	a.leave(t)
	a.byID.delete(t.ID)
	if t.ID == t.Subject {
		return
	}
	chain := a.chains[t.Subject]
	if i, ok := slices.BinarySearchFunc(chain, t, byNumber); ok {
		chain = slices.Delete(chain, i, i+1)
	}
	if len(chain) == 0 {
		delete(a.chains, t.Subject)
	} else {
		a.chains[t.Subject] = chain
	}
}

// align puts the first job of a subject into its line, and no other.
func (a *agenda) align(subject uint64) {
	chain := a.chains[subject]
	root, ok := a.byID.get(subject)
	if !ok || root.Subject != subject {
		root = nil
	}
	first := root
	if len(chain) > 0 && (root == nil || chain[0].ID < root.ID) {
		first = chain[0]
	}
	if root != nil && root != first {
		a.leave(root)
	}
	for _, t := range chain {
		if t != first {
			a.leave(t)
		}
	}
	if first != nil && first.at == notInLine {
		a.enter(first)
	}
}

func (a *agenda) enter(t *task) {
	o := a.owners[t.Account]
	if o == nil {
		o = &owner{account: t.Account, line: line[*task]{t}}
		t.at = 0
		a.owners[t.Account] = o
		heap.Push(&a.line, o)
		return
	}
	heap.Push(&o.line, t)
	heap.Fix(&a.line, o.at)
}

func (a *agenda) leave(t *task) {
	if t.at == notInLine {
		return
	}
	o := a.owners[t.Account]
	heap.Remove(&o.line, t.at)
	t.at = notInLine
	if len(o.line) == 0 {
		heap.Remove(&a.line, o.at)
		delete(a.owners, t.Account)
		return
	}
	heap.Fix(&a.line, o.at)
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

func (j *jobs) claim(
	topic pix.Topic, now, until time.Time, limit int, shares *outbox.Shares,
) (due []pix.Job, next time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	a := j.topics[topic]
	if a == nil {
		return nil, time.Time{}
	}
	var claimed []*task
	var passed []*owner // that have had their share
	had := make(map[ledger.AccountID]int)
	for len(a.line) > 0 {
		o := a.line[0]
		if had[o.account] >= shares.Of(o.account) {
			passed = append(passed, heap.Pop(&a.line).(*owner))
			continue
		}
		t := o.line[0]
		if len(due) >= limit || t.free.After(now) {
			next = t.free
			break
		}
		due, claimed = append(due, t.Job), append(claimed, t)
		had[t.Account]++
		a.leave(t)
	}
	for _, o := range passed {
		heap.Push(&a.line, o)
	}
	for _, t := range claimed {
		t.free = until
		a.enter(t)
	}
	return due, next
}

// line is a heap: what is free first comes first.
type line[T interface {
	key() (time.Time, uint64)
	moved(to int)
}] []T

func (l line[T]) Len() int { return len(l) }

func (l line[T]) Less(i, j int) bool {
	a, m := l[i].key()
	b, n := l[j].key()
	return cmp.Or(a.Compare(b), cmp.Compare(m, n)) < 0
}

func (l line[T]) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].moved(i)
	l[j].moved(j)
}

// Push is for the package heap.
func (l *line[T]) Push(x any) {
	added := x.(T)
	added.moved(len(*l))
	*l = append(*l, added)
}

// Pop is for the package heap.
func (l *line[T]) Pop() any {
	old := *l
	last := old[len(old)-1]
	var none T
	old[len(old)-1] = none
	*l = old[:len(old)-1]
	return last
}

func (t *task) key() (time.Time, uint64)  { return t.free, t.ID }
func (t *task) moved(to int)              { t.at = to }
func (o *owner) key() (time.Time, uint64) { return o.line[0].key() }
func (o *owner) moved(to int)             { o.at = to }
