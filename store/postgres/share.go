package postgres

import (
	"context"
	"sync"
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

// flyingMax is how many queries may be on their way at the same time.
const flyingMax = 2

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
// it may.
func (s *sharer[K, V]) join(key K) *round[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting = &round[K, V]{asked: make(map[K]struct{}), done: make(chan struct{})}
	}
	r := s.waiting
	if _, ok := r.asked[key]; !ok {
		r.asked[key] = struct{}{}
		r.keys = append(r.keys, key)
	}
	if s.flying < flyingMax {
		s.flying++
		s.waiting = nil
		go s.fly(r)
	}
	return r
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
