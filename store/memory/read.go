package memory

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

func compare[T cmp.Ordered](a, b T) int { return cmp.Compare(a, b) }

// Account returns the newest state of an account.
func (s *Store) Account(_ context.Context, id ledger.AccountID) (ledger.Account, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return found(s.accounts, id, ledger.ErrAccountNotFound)
}

// BalanceAt returns the balance as of an instant.
func (s *Store) BalanceAt(_ context.Context, id ledger.AccountID, at time.Time) (ledger.Balance, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, ok := s.accounts[id]; !ok {
		return ledger.Balance{}, ledger.ErrAccountNotFound
	}
	entries := s.entries[id]
	line := func(i int) ledger.Line { l, _ := entries[i].Line(id); return l }
	later := sort.Search(len(entries), func(i int) bool { return line(i).At.After(at) })
	if later == 0 {
		return ledger.Balance{}, nil
	}
	return line(later - 1).After(), nil
}

// Past yields the balance after each line of a stretch of time.
func (s *Store) Past(_ context.Context, id ledger.AccountID, from, until time.Time) iter.Seq2[book.Past, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var past []book.Past
	for _, e := range s.entries[id] {
		if l, _ := e.Line(id); !l.At.Before(from) && l.At.Before(until) {
			past = append(past, book.Past{Number: l.Number, At: l.At, Balance: l.After()})
		}
	}
	return each(past)
}

// Blocked returns why money of an account is held.
func (s *Store) Blocked(
	_ context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) (b book.Blocked, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if b.Account, err = found(s.accounts, id, ledger.ErrAccountNotFound); err != nil {
		return b, err
	}
	open := s.holdsOf(id, ledger.Hold.Open)
	b.Reasons = book.Sum(slices.Values(open))
	open = slices.DeleteFunc(open, func(h ledger.Hold) bool { return h.ID <= after })
	b.Holds = open[:min(max(limit, 0), len(open))]
	return b, nil
}

// Profile returns what is known of an account.
func (s *Store) Profile(_ context.Context, id ledger.AccountID) (pix.Profile, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return found(s.profiles, id, ledger.ErrAccountNotFound)
}

// Profiles lists customer accounts.
func (s *Store) Profiles(_ context.Context, after ledger.AccountID, limit int) ([]pix.Profile, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return page(s.profiles, after, limit, func(pix.Profile) bool { return true }), nil
}

// Lookup returns where a key leads.
func (s *Store) Lookup(_ context.Context, key pix.Key) (pix.Target, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if key.Space == pix.SpaceMovement {
		id, _ := strconv.ParseUint(key.Value, 10, 64)
		m, err := found(s.movements, pix.MovementID(id), pix.ErrNotFound)
		return pix.Target{Account: m.Account, ID: uint64(m.ID)}, err
	}
	t, ok := s.target(key)
	if !ok {
		return t, pix.ErrNotFound
	}
	return t, nil
}

// Movement returns one movement.
func (s *Store) Movement(_ context.Context, id pix.MovementID) (pix.Movement, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return found(s.movements, id, pix.ErrNotFound)
}

// Movements lists an account's movements, newest first.
func (s *Store) Movements(
	_ context.Context, id ledger.AccountID, before pix.MovementID, limit int,
) ([]pix.Movement, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := page(s.movements, 0, len(s.movements), func(m pix.Movement) bool {
		return m.Account == id && (before == 0 || m.ID < before)
	})
	slices.Reverse(all)
	return all[:min(limit, len(all))], nil
}

// Hold returns one hold.
func (s *Store) Hold(_ context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	h, err := found(s.holds, id, pix.ErrNotFound)
	if err == nil && h.Account != account {
		return ledger.Hold{}, pix.ErrNotFound
	}
	return h, err
}

// OpenHolds lists an account's open holds.
func (s *Store) OpenHolds(
	_ context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) ([]ledger.Hold, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	open := s.holdsOf(id, func(h ledger.Hold) bool { return h.Open() && h.ID > after })
	return open[:min(limit, len(open))], nil
}

// HoldsByAge adds up the open holds of all accounts.
func (s *Store) HoldsByAge(_ context.Context, instants []time.Time) ([]book.AgedHolds, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	sums := book.NewHoldSums(instants)
	for _, h := range s.holds {
		if h.Open() {
			sums.Add(h)
		}
	}
	return sums.List(), nil
}

// Suspense lists suspense items.
func (s *Store) Suspense(_ context.Context, after uint64, limit int) ([]pix.SuspenseItem, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return page(s.suspense, after, limit, func(pix.SuspenseItem) bool { return true }), nil
}

// Record returns one record.
func (s *Store) Record(_ context.Context, key pix.RecordKey) (pix.Record, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return found(s.records, key, pix.ErrNotFound)
}

// Records lists the records of a kind and owner, newest first.
func (s *Store) Records(
	_ context.Context, kind pix.RecordKind, owner, before uint64, limit int,
) ([]pix.Record, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []pix.Record
	for _, r := range s.records {
		if r.Kind == kind && r.Owner == owner && (before == 0 || r.Number < before) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b pix.Record) int {
		return cmp.Or(cmp.Compare(b.Number, a.Number), cmp.Compare(b.Name, a.Name))
	})
	return all[:min(max(limit, 0), len(all))], nil
}

// Statement returns a page of an account's movements, newest first.
func (s *Store) Statement(_ context.Context, q book.StatementQuery) ([]pix.Movement, int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := page(s.movements, 0, len(s.movements), func(m pix.Movement) bool { return q.Wants(&m) })
	slices.Reverse(all)
	if q.CountMax > 0 {
		all = all[:min(q.CountMax, len(all))]
	}
	from := min(q.Offset, len(all))
	return all[from:min(from+q.Limit, len(all))], len(all), nil
}

// Totals returns the trial balance.
func (s *Store) Totals(context.Context) (book.Totals, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	totals := make(book.Totals)
	for id, a := range s.accounts {
		t := totals[id.Role()]
		totals[id.Role()] = book.Total{Accounts: t.Accounts + 1, Posted: t.Posted + a.Posted, Held: t.Held + a.Held}
	}
	return totals, nil
}

// LastID returns the highest number given out before the last commit.
func (s *Store) LastID(context.Context) (uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lastID, nil
}

// EachAccount yields every account.
func (s *Store) EachAccount(context.Context) iter.Seq2[ledger.Account, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return each(page(s.accounts, 0, len(s.accounts), func(ledger.Account) bool { return true }))
}

// EachEntry yields an account's entries.
func (s *Store) EachEntry(_ context.Context, id ledger.AccountID) iter.Seq2[ledger.Entry, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return each(slices.Clone(s.entries[id]))
}

// EachHold yields an account's holds.
func (s *Store) EachHold(_ context.Context, id ledger.AccountID) iter.Seq2[ledger.Hold, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return each(s.holdsOf(id, func(ledger.Hold) bool { return true }))
}

// EachMovement yields every movement.
func (s *Store) EachMovement(context.Context) iter.Seq2[pix.Movement, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return each(page(s.movements, 0, len(s.movements), func(pix.Movement) bool { return true }))
}

// EachKey yields every key.
func (s *Store) EachKey(context.Context) iter.Seq2[book.TakenKey, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []book.TakenKey
	for key, target := range s.keys {
		all = append(all, book.TakenKey{Key: key, Target: target})
	}
	return each(all)
}

// EachJob yields every job.
func (s *Store) EachJob(context.Context) iter.Seq2[pix.Job, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []pix.Job
	for _, j := range s.jobs {
		all = append(all, j.Job)
	}
	return each(all)
}

// EachRecord yields every record.
func (s *Store) EachRecord(context.Context) iter.Seq2[pix.Record, error] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return each(slices.Collect(maps.Values(s.records)))
}

func found[K comparable, V any](in map[K]V, key K, missing error) (V, error) {
	v, ok := in[key]
	if !ok {
		return v, missing
	}
	return v, nil
}

// page lists the first limit values with keys above after that keep accepts, in
// order of key.
func page[K cmp.Ordered, V any](in map[K]V, after K, limit int, keep func(V) bool) []V {
	var out []V
	for _, k := range slices.Sorted(maps.Keys(in)) {
		if len(out) == limit {
			break
		}
		if k > after && keep(in[k]) {
			out = append(out, in[k])
		}
	}
	return out
}

func each[V any](all []V) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}
