package pebble

import (
	"sync"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// accounts are all accounts, in memory: their durable state, which readers see,
// and above it what was changed by commits that are not durable yet.
type accounts struct {
	mu sync.RWMutex
	// The fields below are guarded by mu.
	place    map[ledger.AccountID]uint32 // in rows
	rows     []*[rowsPerPage]row
	count    int
	unsynced map[ledger.AccountID]unsynced
	totals   [roleMax + 1]book.Total
}

const (
	rowsPerPage = 4096
	roleMax     = ledger.Suspense
)

// row is a ledger.Account without pointers, so that the garbage collector does
// not look into a million of them.
type row struct {
	posted, held money.Centavos
	entries      uint64
	lastAt       int64 // microseconds
	head         ledger.Hash
	sweeps       uint32
}

// unsynced is an account's newest state and the commit that made it.
type unsynced struct {
	row
	commit uint64
}

func newAccounts() *accounts {
	return &accounts{
		place:    make(map[ledger.AccountID]uint32),
		unsynced: make(map[ledger.AccountID]unsynced),
	}
}

func newRow(a *ledger.Account) row {
	return row{a.Posted, a.Held, a.Entries, micros(a.LastAt), a.Head, a.Sweeps}
}

func (r *row) account(id ledger.AccountID) ledger.Account {
	return ledger.Account{
		ID: id, Balance: ledger.Balance{Posted: r.posted, Held: r.held},
		Entries: r.entries, Head: r.head, LastAt: instant(r.lastAt), Sweeps: r.sweeps,
	}
}

// durable returns the durable state of an account.
func (s *accounts) durable(id ledger.AccountID) (ledger.Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.find(id)
}

func (s *accounts) find(id ledger.AccountID) (ledger.Account, bool) {
	i, ok := s.place[id]
	if !ok {
		return ledger.Account{}, false
	}
	return s.rows[i/rowsPerPage][i%rowsPerPage].account(id), true
}

// newest returns the state of an account that the next commit starts from.
func (s *accounts) newest(id ledger.AccountID) (ledger.Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u, ok := s.unsynced[id]; ok {
		return u.account(id), true
	}
	return s.find(id)
}

// stage shows what a commit changed to the commits that follow it.
func (s *accounts) stage(commit uint64, changed []ledger.Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range changed {
		s.unsynced[changed[i].ID] = unsynced{newRow(&changed[i]), commit}
	}
}

// publish shows what a commit changed to readers. It returns the accounts for which
// due says so of how many entries they had and have.
func (s *accounts) publish(
	commit uint64, changed []ledger.Account, due func(id ledger.AccountID, before, now uint64) bool,
) (found []ledger.AccountID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range changed {
		if before := s.put(&changed[i]); due(changed[i].ID, before, changed[i].Entries) {
			found = append(found, changed[i].ID)
		}
		if s.unsynced[changed[i].ID].commit == commit {
			delete(s.unsynced, changed[i].ID)
		}
	}
	return found
}

// put sets the durable state of an account, and returns how many entries it had.
// The caller holds the lock, or is alone.
func (s *accounts) put(a *ledger.Account) (before uint64) {
	total := &s.totals[a.ID.Role()]
	i, ok := s.place[a.ID]
	if !ok {
		if s.count == len(s.rows)*rowsPerPage {
			s.rows = append(s.rows, new([rowsPerPage]row))
		}
		i = uint32(s.count)
		s.place[a.ID] = i
		s.count++
		total.Accounts++
	}
	r := &s.rows[i/rowsPerPage][i%rowsPerPage]
	total.Posted += a.Posted - r.posted
	total.Held += a.Held - r.held
	before = r.entries
	*r = newRow(a)
	return before
}

// trialBalance returns the sums over the accounts of each role that has any.
func (s *accounts) trialBalance() book.Totals {
	s.mu.RLock()
	defer s.mu.RUnlock()
	totals := make(book.Totals)
	for role, t := range s.totals {
		if t.Accounts > 0 {
			totals[ledger.Role(role)] = t
		}
	}
	return totals
}

func (s *accounts) size() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.count
}
