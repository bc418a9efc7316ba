// Package sheet keeps working copies of records while commands decide on them:
// every change can be taken back to a mark, and what was changed in the end can
// be listed. It knows nothing of what the records are.
package sheet

// Sheet is the working copy of one kind of record. The zero value is ready for
// use. A Sheet is not safe for concurrent use.
type Sheet[K comparable, V any] struct {
	rows map[K]*row[K, V]
	// order lists changed rows in the order of their first change; it may name
	// a row whose change was taken back.
	order []*row[K, V]
	undo  []saved[K, V]
}

// row holds a record as it is now, and whether the store must be told.
type row[K comparable, V any] struct {
	key     K
	now     *V // never written through; nil when there is no record
	first   V  // what now points to at first
	changed bool
	ordered bool // whether order names it
	stored  bool // present when it was loaded
}

// saved is what a change replaced.
type saved[K comparable, V any] struct {
	row     *row[K, V]
	now     *V
	changed bool
}

// Mark names a moment that Rollback can return to.
type Mark int

// Load records what the store holds under key. It is not a change.
func (s *Sheet[K, V]) Load(key K, value V) { s.add(key, value).stored = true }

// Blank gives a record that the store does not hold a value to start from. It
// is not a change.
func (s *Sheet[K, V]) Blank(key K, value V) { s.add(key, value) }

func (s *Sheet[K, V]) add(key K, value V) *row[K, V] {
	r := &row[K, V]{key: key, first: value}
	r.now = &r.first
	s.insert(r)
	return r
}

func (s *Sheet[K, V]) insert(r *row[K, V]) {
	if s.rows == nil {
		s.rows = make(map[K]*row[K, V])
	}
	s.rows[r.key] = r
}

// Loaded tells whether key was loaded, blanked or put before.
func (s *Sheet[K, V]) Loaded(key K) bool {
	_, ok := s.rows[key]
	return ok
}

// Get returns the record as it is now.
func (s *Sheet[K, V]) Get(key K) (V, bool) {
	if r, ok := s.rows[key]; ok && r.now != nil {
		return *r.now, true
	}
	var zero V
	return zero, false
}

// Put replaces or creates a record.
func (s *Sheet[K, V]) Put(key K, value V) {
	if r, ok := s.rows[key]; ok {
		next := value // so that only this branch has value on the heap
		s.change(r, &next)
		return
	}
	r := &row[K, V]{key: key, first: value}
	s.insert(r)
	s.change(r, &r.first)
}

// Delete removes a record. Deleting a record that was never loaded still
// reaches the store.
func (s *Sheet[K, V]) Delete(key K) {
	r, ok := s.rows[key]
	if !ok {
		r = &row[K, V]{key: key}
		s.insert(r)
	}
	s.change(r, nil)
}

func (s *Sheet[K, V]) change(r *row[K, V], to *V) {
	s.undo = append(s.undo, saved[K, V]{r, r.now, r.changed})
	if !r.ordered {
		s.order = append(s.order, r)
	}
	r.now, r.changed, r.ordered = to, true, true
}

// Mark returns the present moment.
func (s *Sheet[K, V]) Mark() Mark { return Mark(len(s.undo)) }

// Rollback takes back every change made since m.
func (s *Sheet[K, V]) Rollback(m Mark) {
	for i := len(s.undo) - 1; i >= int(m); i-- {
		was := &s.undo[i]
		was.row.now, was.row.changed = was.now, was.changed
	}
	s.undo = s.undo[:m]
}

// Change is the outcome for one record.
type Change[K comparable, V any] struct {
	Key     K
	Value   V    // zero when Deleted
	Deleted bool // the record is to be removed
	Stored  bool // the store had the record when it was loaded
}

// Changes lists the records that differ from what was loaded, each once, in the
// order of their first change.
func (s *Sheet[K, V]) Changes() []Change[K, V] {
	out := make([]Change[K, V], 0, len(s.order))
	for _, r := range s.order {
		if !r.changed {
			continue
		}
		c := Change[K, V]{Key: r.key, Deleted: r.now == nil, Stored: r.stored}
		if r.now != nil {
			c.Value = *r.now
		}
		out = append(out, c)
	}
	return out
}
