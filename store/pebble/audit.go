package pebble

import (
	"context"
	"iter"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// EachAccount yields every account.
func (s *Store) EachAccount(ctx context.Context) iter.Seq2[ledger.Account, error] {
	return records(ctx, s, []byte{prefixAccount}, readAccount)
}

// EachMovement yields every movement.
func (s *Store) EachMovement(ctx context.Context) iter.Seq2[pix.Movement, error] {
	return records(ctx, s, []byte{prefixMovement}, readMovement)
}

// records yields every record under a prefix.
func records[V any](ctx context.Context, s *Store, prefix []byte, read func(*decoder) V) iter.Seq2[V, error] {
	return each(ctx, s, prefix, func(key, data []byte, emit func(V) bool) error {
		v, err := decode(key, data, read)
		if err == nil {
			emit(v)
		}
		return err
	})
}

// each yields what visitOne emits for the records under a prefix, as they are when
// the iteration starts.
func each[V any](
	ctx context.Context, s *Store, prefix []byte, visitOne func(key, data []byte, emit func(V) bool) error,
) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		more := true
		emit := func(v V) bool {
			more = more && yield(v, nil)
			return more
		}
		err := s.walk(ctx, prefix, func(key, data []byte) error {
			if err := visitOne(key, data, emit); err != nil {
				return err
			}
			if !more {
				return errEnough
			}
			return ctx.Err()
		})
		if err != nil && more {
			var zero V
			yield(zero, err)
		}
	}
}

// walk visits what is under a prefix, once it is durable.
func (s *Store) walk(ctx context.Context, prefix []byte, do func(key, data []byte) error) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.users.end()
	it, err := s.db.NewIter(under(prefix))
	if err != nil {
		return unreadable(err)
	}
	if err := s.settled(ctx); err != nil {
		return firstError(err, it.Close())
	}
	return visit(it, do)
}

// EachHold yields every hold of an account, open or closed.
func (s *Store) EachHold(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Hold, error] {
	return func(yield func(ledger.Hold, error) bool) {
		more := true
		err := s.eachHold(ctx, id, func(h ledger.Hold) bool {
			more = yield(h, nil)
			return more
		})
		if err != nil && more {
			yield(ledger.Hold{}, err)
		}
	}
}

func (s *Store) eachHold(ctx context.Context, id ledger.AccountID, emit func(ledger.Hold) bool) (err error) {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.users.end()
	open, err := s.db.NewIter(under(appendOf(nil, prefixOpen, id)))
	if err != nil {
		return unreadable(err)
	}
	defer func() { err = firstError(err, open.Close()) }()
	closed, err := open.Clone(pebble.CloneOptions{
		IterOptions: under(appendOf(nil, prefixClosed, id)),
	})
	if err != nil {
		return unreadable(err)
	}
	defer func() { err = firstError(err, closed.Close()) }()
	if err := s.settled(ctx); err != nil {
		return err
	}
	return mergeHolds(ctx, open, closed, emit)
}

// mergeHolds emits the holds of two iterators in order of their numbers, until
// emit returns false.
func mergeHolds(ctx context.Context, open, closed *pebble.Iterator, emit func(ledger.Hold) bool) error {
	open.First()
	closed.First()
	for open.Valid() || closed.Valid() {
		next := open
		if !open.Valid() || closed.Valid() && number(closed.Key(), secondNumber) < number(open.Key(), secondNumber) {
			next = closed
		}
		data, err := next.ValueAndErr()
		if err != nil {
			return unreadable(err)
		}
		h, err := decode(next.Key(), data, readHold)
		if err != nil {
			return err
		}
		if !emit(h) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		next.Next()
	}
	return firstError(unreadable(open.Error()), closed.Error())
}
