package pebble

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// betweenPage is how many entries a walk through a stretch of time holds in
// memory.
const betweenPage = 256

// EntriesBetween yields the entries of which an account's lines are of a stretch
// of time. It reads page by page and keeps nothing of the engine in between, so
// that a slow reader does not hold up what the engine wants to throw away.
func (s *Store) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		w := between{account: id, at: micros(from), until: micros(until)}
		for {
			page, err := s.pageBetween(ctx, &w)
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if len(page) < betweenPage {
				return
			}
		}
	}
}

// between is where a walk stands: it has seen lines up to a number, and wants
// those at an instant or later.
type between struct {
	account   ledger.AccountID
	at, until int64 // microseconds
	number    uint64
}

// pageBetween reads the next page, and returns it once it is durable.
func (s *Store) pageBetween(ctx context.Context, w *between) ([]ledger.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	defer s.users.end()
	page, err := s.readBetween(w)
	if err != nil {
		return nil, err
	}
	return page, s.settled(ctx)
}

func (s *Store) readBetween(w *between) (page []ledger.Entry, err error) {
	it, err := s.db.NewIter(under(appendOf(nil, prefixEntry, w.account)))
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { err = firstError(err, it.Close()) }()
	// The record before may be a run of references that reaches into the stretch.
	ok := it.SeekLT(appendEntryKey(nil, w.account, w.at, w.number+1))
	if !ok {
		ok = it.First()
	}
	for ; ok && len(page) < betweenPage; ok = it.Next() {
		if int64(number(it.Key(), secondNumber)^1<<63) >= w.until {
			return page, nil
		}
		if page, err = s.recordBetween(w, it, page); err != nil {
			return nil, err
		}
	}
	return page, unreadable(it.Error())
}

// recordBetween adds the wanted entries of one record to a page.
func (s *Store) recordBetween(w *between, it *pebble.Iterator, page []ledger.Entry) ([]ledger.Entry, error) {
	data, err := it.ValueAndErr()
	if err != nil {
		return nil, unreadable(err)
	}
	if !isReferences(data) {
		e, err := decode(it.Key(), data, readEntry)
		if err == nil && w.take(micros(e.Lines[0].At), e.Lines[0].Number) {
			page = append(page, e)
		}
		return page, err
	}
	run, err := decode(it.Key(), data, readReferences)
	if err != nil {
		return nil, err
	}
	for i := range run {
		if len(page) == betweenPage || !w.take(run[i].at, run[i].number) {
			continue
		}
		err := s.follow(run[i:i+1], func(e ledger.Entry) bool {
			page = append(page, e)
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return page, nil
}

// take tells whether a line is wanted, and goes on to it if so.
func (w *between) take(at int64, number uint64) bool {
	if number <= w.number || at < w.at || at >= w.until {
		return false
	}
	w.at, w.number = at, number
	return true
}

// MovementsNumbered returns the movements that there are of these numbers.
func (s *Store) MovementsNumbered(
	ctx context.Context, ids []pix.MovementID,
) (map[pix.MovementID]pix.Movement, error) {
	return manyOf(ctx, s, ids, func(src *source, id pix.MovementID) (pix.Movement, bool, error) {
		return src.Movement(id)
	})
}

// HoldsNumbered returns the holds that an account has of these numbers.
func (s *Store) HoldsNumbered(
	ctx context.Context, account ledger.AccountID, ids []ledger.HoldID,
) (map[ledger.HoldID]ledger.Hold, error) {
	return manyOf(ctx, s, ids, func(src *source, id ledger.HoldID) (ledger.Hold, bool, error) {
		return src.Hold(account, id)
	})
}

// manyOf reads several records and waits once until all of them are durable.
func manyOf[K comparable, V any](
	ctx context.Context, s *Store, ids []K, read func(*source, K) (V, bool, error),
) (map[K]V, error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	defer s.users.end()
	src := source{Store: s}
	out := make(map[K]V, len(ids))
	for _, id := range ids {
		v, ok, err := read(&src, id)
		if err != nil {
			return nil, fmt.Errorf("number %v: %w", id, firstError(err, src.close()))
		}
		if ok {
			out[id] = v
		}
	}
	if err := src.close(); err != nil {
		return nil, err
	}
	return out, s.settled(ctx)
}
