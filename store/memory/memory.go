// Package memory is a book.Store in maps: the reference that other stores are
// compared with. It knows nothing of money and keeps nothing over a restart.
package memory

import (
	"context"
	"slices"
	"sync"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
)

// Store keeps everything in maps. The zero value is not ready: use New.
type Store struct {
	mu sync.RWMutex
	// The fields below are guarded by mu.
	accounts    map[ledger.AccountID]ledger.Account
	profiles    map[ledger.AccountID]pix.Profile
	holds       map[ledger.HoldID]ledger.Hold
	keys        map[pix.Key]pix.Target
	movements   map[pix.MovementID]pix.Movement
	entries     map[ledger.AccountID][]ledger.Entry
	jobs        map[pix.JobKey]job
	suspense    map[uint64]pix.SuspenseItem
	records     map[pix.RecordKey]pix.Record
	credentials map[string]auth.Credential
	lastID      uint64
}

var (
	_ book.Store   = (*Store)(nil)
	_ outbox.Store = (*Store)(nil)
	_ auth.Store   = (*Store)(nil)
)

// New returns an empty store.
func New() *Store {
	return &Store{
		accounts:    make(map[ledger.AccountID]ledger.Account),
		profiles:    make(map[ledger.AccountID]pix.Profile),
		holds:       make(map[ledger.HoldID]ledger.Hold),
		keys:        make(map[pix.Key]pix.Target),
		movements:   make(map[pix.MovementID]pix.Movement),
		entries:     make(map[ledger.AccountID][]ledger.Entry),
		jobs:        make(map[pix.JobKey]job),
		suspense:    make(map[uint64]pix.SuspenseItem),
		records:     make(map[pix.RecordKey]pix.Record),
		credentials: make(map[string]auth.Credential),
	}
}

// Close does nothing.
func (s *Store) Close() error { return nil }

// Commit decides under the lock.
func (s *Store) Commit(_ context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b pix.Books
	if err := book.Load(&b, n, source{s}); err != nil {
		return err
	}
	if err := decide(&b); err != nil {
		return err
	}
	s.write(&b)
	return nil
}

func (s *Store) write(b *pix.Books) {
	for _, c := range b.Accounts.Changes() {
		s.accounts[c.Key] = c.Value
	}
	for _, c := range b.Profiles.Changes() {
		s.profiles[c.Key] = c.Value
	}
	for _, c := range b.Holds.Changes() {
		s.holds[c.Key] = c.Value
	}
	for _, c := range b.Keys.Changes() {
		s.keys[c.Key] = c.Value
	}
	for _, c := range b.Movements.Changes() {
		s.movements[c.Key] = c.Value
	}
	for _, e := range b.Entries() {
		for _, l := range e.Lines {
			s.insert(l, e)
		}
	}
	for _, c := range b.Jobs.Changes() {
		if c.Deleted {
			delete(s.jobs, c.Key)
		} else {
			s.jobs[c.Key] = job{Job: c.Value, free: c.Value.Due}
		}
	}
	for _, c := range b.Suspended.Changes() {
		s.suspense[c.Key] = c.Value
	}
	for _, c := range b.Records.Changes() {
		if c.Deleted {
			delete(s.records, c.Key)
		} else {
			s.records[c.Key] = c.Value
		}
	}
	if b.Changed() || b.Overwrite {
		s.lastID = max(s.lastID, b.LastID)
	}
}

// insert puts e where its line's number belongs among the account's entries. A
// line that is there already stays.
func (s *Store) insert(l ledger.Line, e ledger.Entry) {
	entries := s.entries[l.Account]
	at, there := slices.BinarySearchFunc(entries, l.Number, func(e ledger.Entry, number uint64) int {
		line, _ := e.Line(l.Account)
		return compare(line.Number, number)
	})
	if !there {
		s.entries[l.Account] = slices.Insert(entries, at, e)
	}
}

// source looks up single records. The caller holds the lock.
type source struct{ *Store }

func (s source) Account(id ledger.AccountID) (ledger.Account, bool, error) {
	a, ok := s.accounts[id]
	return a, ok, nil
}

func (s source) Profile(id ledger.AccountID) (pix.Profile, bool, error) {
	p, ok := s.profiles[id]
	return p, ok, nil
}

func (s source) Waiting(id ledger.AccountID) ([]ledger.Hold, error) {
	return s.holdsOf(id, func(h ledger.Hold) bool { return h.Open() && h.Sweep && h.Shortfall() > 0 }), nil
}

func (s source) Hold(_ ledger.AccountID, id ledger.HoldID) (ledger.Hold, bool, error) {
	h, ok := s.holds[id]
	return h, ok, nil
}

func (s source) Target(key pix.Key) (pix.Target, bool, error) {
	t, ok := s.target(key)
	return t, ok, nil
}

// target follows a key onward. The caller holds the lock.
func (s *Store) target(key pix.Key) (pix.Target, bool) {
	t, ok := s.keys[key]
	if next, more := book.Onward(key, t); ok && more {
		if end, solved := s.keys[next]; solved {
			return end, true
		}
	}
	return t, ok
}

func (s source) Movement(id pix.MovementID) (pix.Movement, bool, error) {
	m, ok := s.movements[id]
	return m, ok, nil
}

func (s source) Job(key pix.JobKey) (pix.Job, bool, error) {
	j, ok := s.jobs[key]
	return j.Job, ok, nil
}

func (s source) Record(key pix.RecordKey) (pix.Record, bool, error) {
	r, ok := s.records[key]
	return r, ok, nil
}

// holdsOf lists an account's holds that keep accepts, in order of id.
func (s *Store) holdsOf(id ledger.AccountID, keep func(ledger.Hold) bool) []ledger.Hold {
	var out []ledger.Hold
	for _, h := range s.holds {
		if h.Account == id && keep(h) {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b ledger.Hold) int { return compare(a.ID, b.ID) })
	return out
}
