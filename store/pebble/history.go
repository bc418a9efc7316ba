package pebble

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
)

// BalanceAt returns the balance as of an instant: from memory if nothing has
// happened since, or else with one read of a chapter or one seek of an entry.
func (s *Store) BalanceAt(ctx context.Context, id ledger.AccountID, at time.Time) (ledger.Balance, error) {
	if err := s.begin(); err != nil {
		return ledger.Balance{}, err
	}
	defer s.users.end()
	account, ok := s.accounts.durable(id)
	switch {
	case !ok:
		return ledger.Balance{}, ledger.ErrAccountNotFound
	case account.LastAt.Compare(at) <= 0:
		return account.Balance, nil
	}
	return s.balanceAt(ctx, &account, at)
}

// entryBalance looks for the last entry at or before an instant.
func (s *Store) entryBalance(id ledger.AccountID, at time.Time) (b ledger.Balance, err error) {
	bounds := under(appendOf(nil, prefixEntry, id))
	bounds.UpperBound = appendNumbered(nil, prefixEntry, id, sortable(micros(at)+1))
	it, err := s.db.NewIter(bounds)
	if err != nil {
		return b, unreadable(err)
	}
	defer func() { err = firstError(err, it.Close()) }()
	if !it.Last() {
		return b, unreadable(it.Error())
	}
	data, err := it.ValueAndErr()
	if err != nil {
		return b, unreadable(err)
	}
	return balanceIn(it.Key(), data, at)
}

// Past yields the balance after each line of a stretch of time, from the records
// under the account's own keys.
func (s *Store) Past(ctx context.Context, id ledger.AccountID, from, until time.Time) iter.Seq2[book.Past, error] {
	return func(yield func(book.Past, error) bool) {
		more := true
		err := s.eachPast(ctx, id, from, until, func(p book.Past) bool {
			if !p.At.Before(from) && p.At.Before(until) {
				more = yield(p, nil)
			}
			return more
		})
		if err != nil && more {
			yield(book.Past{}, err)
		}
	}
}

// eachPast emits the past of the records of a stretch of time and of the one before,
// whose last lines may belong to it, until emit returns false.
func (s *Store) eachPast(
	ctx context.Context, id ledger.AccountID, from, until time.Time, emit func(book.Past) bool,
) (err error) {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.users.end()
	bounds := under(appendOf(nil, prefixEntry, id))
	bounds.UpperBound = appendNumbered(nil, prefixEntry, id, sortable(micros(until)+1))
	it, err := s.db.NewIter(bounds)
	if err != nil {
		return unreadable(err)
	}
	defer func() { err = firstError(err, it.Close()) }()
	if err := s.settled(ctx); err != nil {
		return err
	}
	ok := it.SeekLT(appendNumbered(nil, prefixEntry, id, sortable(micros(from))))
	if !ok {
		ok = it.First()
	}
	for ; ok; ok = it.Next() {
		data, err := it.ValueAndErr()
		if err != nil {
			return unreadable(err)
		}
		more, err := pastIn(id, it.Key(), data, emit)
		if err != nil || !more {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return unreadable(it.Error())
}

// pastIn emits the past in a record under an entry's key, and tells whether more is
// wanted.
func pastIn(id ledger.AccountID, key, data []byte, emit func(book.Past) bool) (more bool, err error) {
	if !isReferences(data) {
		e, err := decode(key, data, readEntry)
		if err != nil {
			return false, err
		}
		l, _ := e.Line(id)
		return emit(book.Past{Number: l.Number, At: l.At, Balance: l.After()}), nil
	}
	run, err := decode(key, data, readReferences)
	if err != nil {
		return false, err
	}
	for _, r := range run {
		if !emit(book.Past{Number: r.number, At: instant(r.at), Balance: r.after}) {
			return false, nil
		}
	}
	return true, nil
}

// EachEntry yields an account's entries. Those that are kept with another
// account are fetched from there.
func (s *Store) EachEntry(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Entry, error] {
	prefix := appendOf(nil, prefixEntry, id)
	return each(ctx, s, prefix, func(key, data []byte, emit func(ledger.Entry) bool) error {
		if !isReferences(data) {
			e, err := decode(key, data, readEntry)
			if err == nil {
				emit(e)
			}
			return err
		}
		run, err := decode(key, data, readReferences)
		if err != nil {
			return err
		}
		return s.follow(run, emit)
	})
}

// follow fetches the entries that a run refers to. Entries never change, so it
// does not matter that they are read later than the run was.
func (s *Store) follow(run []reference, emit func(ledger.Entry) bool) error {
	var key []byte
	for _, r := range run {
		key = r.home.appendKey(key[:0])
		e, ok, err := get(s.db, key, readEntry)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: no entry at key %q", ErrCorrupt, key)
		}
		if !emit(e) {
			return nil
		}
	}
	return nil
}
