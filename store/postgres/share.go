package postgres

import (
	"context"
	"sync"
	"time"
)

// sharer lets readers who come while a query is on its way share the next one.
// A reader is always served by a query that began after it came, so that it sees
// everything that was committed before.
type sharer[K comparable, V any] struct {
	load func(context.Context, []K) (map[K]V, error)

	mu      sync.Mutex
	flying  int          // queries on their way
	waiting *round[K, V] // readers of the next query; nil if there are none
}

// round is one query and those who share it.
type round[K comparable, V any] struct {
	keys  []K
	asked map[K]struct{}
	done  chan struct{} // closed once the rest is set
	found map[K]V
	err   error
}

// One query at a time serves the most readers with the least work. When it takes
// longer than stuckAfter, others may go beside it.
const (
	stuckAfter = 50 * time.Millisecond
	flyingMax  = 4
)

func newSharer[K comparable, V any](load func(context.Context, []K) (map[K]V, error)) *sharer[K, V] {
	return &sharer[K, V]{load: load}
}

// get returns the value of key; ok is false if there is none.
func (s *sharer[K, V]) get(ctx context.Context, key K) (v V, ok bool, err error) {
	r := s.join(key)
	select {
	case <-r.done:
		v, ok = r.found[key]
		return v, ok, r.err
	case <-ctx.Done():
		return v, false, ctx.Err()
	}
}

// join adds a reader to the round that is the next to begin, and begins it if
// none is on its way.
func (s *sharer[K, V]) join(key K) *round[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.waiting
	if r == nil {
		r = &round[K, V]{asked: make(map[K]struct{}), done: make(chan struct{})}
		s.waiting = r
		if s.flying > 0 {
			time.AfterFunc(stuckAfter, func() { s.hurry(r) })
		}
	}
	if _, ok := r.asked[key]; !ok {
		r.asked[key] = struct{}{}
		r.keys = append(r.keys, key)
	}
	if s.flying == 0 {
		s.begin(r)
	}
	return r
}

// begin lets r fly. The caller holds the lock.
func (s *sharer[K, V]) begin(r *round[K, V]) {
	s.flying++
	s.waiting = nil
	go s.fly(r)
}

// hurry begins r if it still waits.
func (s *sharer[K, V]) hurry(r *round[K, V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == r && s.flying < flyingMax {
		s.begin(r)
	}
}

// fly runs queries until nobody waits.
func (s *sharer[K, V]) fly(r *round[K, V]) {
	for r != nil {
		r.found, r.err = s.load(context.Background(), r.keys)
		close(r.done)
		r = s.next()
	}
}

// next returns the round that waits. Without one, a query less is on its way.
func (s *sharer[K, V]) next() *round[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.waiting
	s.waiting = nil
	if r == nil {
		s.flying--
	}
	return r
}
