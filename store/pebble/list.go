package pebble

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Profiles lists customer accounts.
func (s *Store) Profiles(ctx context.Context, after ledger.AccountID, limit int) ([]pix.Profile, error) {
	return list(ctx, s, appendProfileKey(nil, after), 1, limit, readProfile)
}

// Suspense lists suspense items.
func (s *Store) Suspense(ctx context.Context, after uint64, limit int) ([]pix.SuspenseItem, error) {
	return list(ctx, s, appendOne(nil, prefixSuspense, after), 1, limit, readSuspense)
}

// errEnough ends a walk early.
var errEnough = errors.New("enough")

// list reads the first records above a key that share its first bytes with it.
func list[V any](
	ctx context.Context, s *Store, above []byte, shared, limit int, read func(*decoder) V,
) ([]V, error) {
	if limit <= 0 {
		return nil, nil
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	defer s.users.end()
	lower := append(above[:len(above):len(above)], 0)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: after(above[:shared])})
	if err != nil {
		return nil, unreadable(err)
	}
	var page []V
	err = visit(it, func(key, data []byte) error {
		v, err := decode(key, data, read)
		if err != nil {
			return err
		}
		if page = append(page, v); len(page) == limit {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return page, s.settled(ctx)
}

// Movements lists an account's movements, newest first.
func (s *Store) Movements(
	ctx context.Context, id ledger.AccountID, before pix.MovementID, limit int,
) ([]pix.Movement, error) {
	if limit <= 0 {
		return nil, nil
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	defer s.users.end()
	bounds := under(appendOf(nil, prefixListed, id))
	if before != 0 {
		bounds.UpperBound = appendNumbered(nil, prefixListed, id, uint64(before))
	}
	page, err := s.movements(bounds, limit)
	if err != nil {
		return nil, err
	}
	return page, s.settled(ctx)
}

// movements reads the last movements that an index names, from one snapshot.
func (s *Store) movements(bounds *pebble.IterOptions, limit int) (page []pix.Movement, err error) {
	snapshot := s.db.NewSnapshot()
	defer func() { err = firstError(err, snapshot.Close()) }()
	it, err := snapshot.NewIter(bounds)
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { err = firstError(err, it.Close()) }()
	var key []byte
	for ok := it.Last(); ok && len(page) < limit; ok = it.Prev() {
		key = appendMovementKey(key[:0], pix.MovementID(number(it.Key(), secondNumber)))
		m, found, err := get(snapshot, key, readMovement)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("%w: key %q leads nowhere", ErrCorrupt, it.Key())
		}
		page = append(page, m)
	}
	return page, nil
}
