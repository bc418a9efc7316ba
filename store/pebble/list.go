package pebble

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

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
	bounds := under(appendOf(nil, prefixListed, id))
	if before != 0 {
		bounds.UpperBound = appendNumbered(nil, prefixListed, id, uint64(before))
	}
	return newest(ctx, s, bounds, limit, readMovement, func(key, place []byte) []byte {
		return appendMovementKey(key, pix.MovementID(number(place, secondNumber)))
	})
}

// Records lists the records of a kind and owner, newest first.
func (s *Store) Records(
	ctx context.Context, kind pix.RecordKind, owner, before uint64, limit int,
) ([]pix.Record, error) {
	list := appendList(nil, kind, owner)
	bounds := under(list)
	if before != 0 {
		bounds.UpperBound = binary.BigEndian.AppendUint64(slices.Clone(list), before)
	}
	return newest(ctx, s, bounds, limit, readRecord, func(key, place []byte) []byte {
		if len(place) < nameAt {
			return nil
		}
		return appendRecordKey(key, pix.RecordKey{Kind: kind, Name: string(place[nameAt:])})
	})
}

// newest reads the last things that an index names, the very last first. of makes
// the key of a thing from that of its place in the index.
func newest[V any](
	ctx context.Context, s *Store, bounds *pebble.IterOptions, limit int, read func(*decoder) V,
	of func(key, place []byte) []byte,
) (page []V, err error) {
	if limit <= 0 {
		return nil, nil
	}
	var key []byte
	err = s.backwards(ctx, bounds, func(snapshot reader, place []byte) error {
		key = of(key[:0], place)
		v, err := named(snapshot, place, key, read)
		if err != nil {
			return err
		}
		if page = append(page, v); len(page) == limit {
			return errEnough
		}
		return nil
	})
	return page, err
}

// named reads the thing under a key that a place in an index names.
func named[V any](snapshot reader, place, key []byte, read func(*decoder) V) (V, error) {
	v, found, err := get(snapshot, key, read)
	if err == nil && !found {
		err = fmt.Errorf("%w: key %q leads nowhere", ErrCorrupt, place)
	}
	return v, err
}

// backwards shows the places of an index to do, the last one first, with the
// snapshot that they are of, until do returns errEnough. It returns once what was
// seen is durable.
func (s *Store) backwards(
	ctx context.Context, bounds *pebble.IterOptions, do func(snapshot reader, place []byte) error,
) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.users.end()
	if err := s.eachBackwards(ctx, bounds, do); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return s.settled(ctx)
}

func (s *Store) eachBackwards(
	ctx context.Context, bounds *pebble.IterOptions, do func(snapshot reader, place []byte) error,
) (err error) {
	snapshot := s.db.NewSnapshot()
	defer func() { err = firstError(err, snapshot.Close()) }()
	it, err := snapshot.NewIter(bounds)
	if err != nil {
		return unreadable(err)
	}
	defer func() { err = firstError(err, it.Close()) }()
	for ok := it.Last(); ok; ok = it.Prev() {
		if err := do(snapshot, it.Key()); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
