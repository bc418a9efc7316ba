package memory

import (
	"context"
	"iter"
	"sort"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// EntriesBetween yields the entries of which an account's lines are of a stretch
// of time.
func (s *Store) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range s.between(id, from, until) {
			if err := ctx.Err(); err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// between returns entries where they are kept: entries are added behind them, and
// none is ever changed.
func (s *Store) between(id ledger.AccountID, from, until time.Time) []ledger.Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	entries := s.entries[id]
	before := func(at time.Time) int {
		return sort.Search(len(entries), func(i int) bool {
			line, _ := entries[i].Line(id)
			return !line.At.Before(at)
		})
	}
	first, end := before(from), before(until)
	return entries[min(first, end):end]
}

// MovementsNumbered returns the movements that there are of these numbers.
func (s *Store) MovementsNumbered(
	_ context.Context, ids []pix.MovementID,
) (map[pix.MovementID]pix.Movement, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make(map[pix.MovementID]pix.Movement, len(ids))
	for _, id := range ids {
		if m, ok := s.movements[id]; ok {
			out[id] = m
		}
	}
	return out, nil
}

// HoldsNumbered returns the holds that an account has of these numbers.
func (s *Store) HoldsNumbered(
	_ context.Context, account ledger.AccountID, ids []ledger.HoldID,
) (map[ledger.HoldID]ledger.Hold, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make(map[ledger.HoldID]ledger.Hold, len(ids))
	for _, id := range ids {
		if h, ok := s.holds[id]; ok && h.Account == account {
			out[id] = h
		}
	}
	return out, nil
}
