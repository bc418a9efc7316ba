package pebble

import (
	"context"
	"strconv"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Account returns the newest state of an account, from memory.
func (s *Store) Account(_ context.Context, id ledger.AccountID) (ledger.Account, error) {
	if err := s.health(); err != nil {
		return ledger.Account{}, err
	}
	a, ok := s.accounts.durable(id)
	if !ok {
		return a, ledger.ErrAccountNotFound
	}
	return a, nil
}

// Totals returns the trial balance, from memory.
func (s *Store) Totals(context.Context) (book.Totals, error) {
	if err := s.health(); err != nil {
		return nil, err
	}
	return s.accounts.trialBalance(), nil
}

// LastID returns the highest number given out before the last commit.
func (s *Store) LastID(context.Context) (uint64, error) { return s.lastID.Load(), s.health() }

// Profile returns what is known of an account.
func (s *Store) Profile(ctx context.Context, id ledger.AccountID) (pix.Profile, error) {
	if p, commit, ok := s.profiles.get(id); ok && commit <= s.flight.durable.Load() {
		return p, s.health()
	}
	return one(ctx, s, ledger.ErrAccountNotFound, func(src *source) (pix.Profile, bool, error) {
		return src.Profile(id)
	})
}

// Movement returns one movement.
func (s *Store) Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error) {
	return one(ctx, s, pix.ErrNotFound, func(src *source) (pix.Movement, bool, error) {
		return src.Movement(id)
	})
}

// Hold returns one hold.
func (s *Store) Hold(ctx context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error) {
	return one(ctx, s, pix.ErrNotFound, func(src *source) (ledger.Hold, bool, error) {
		return src.Hold(account, id)
	})
}

// Record returns one record.
func (s *Store) Record(ctx context.Context, key pix.RecordKey) (pix.Record, error) {
	return one(ctx, s, pix.ErrNotFound, func(src *source) (pix.Record, bool, error) {
		return src.Record(key)
	})
}

// Lookup returns where a key leads.
func (s *Store) Lookup(ctx context.Context, key pix.Key) (pix.Target, error) {
	return one(ctx, s, pix.ErrNotFound, func(src *source) (pix.Target, bool, error) {
		if key.Space != pix.SpaceMovement {
			return src.Target(key)
		}
		m, ok, err := src.Movement(movementOf(key))
		return pix.Target{Account: m.Account, ID: uint64(m.ID)}, ok, err
	})
}

// one reads one record and waits until it is durable, or until it is durable
// that there is none.
func one[V any](
	ctx context.Context, s *Store, missing error, read func(*source) (V, bool, error),
) (V, error) {
	var zero V
	if err := s.begin(); err != nil {
		return zero, err
	}
	defer s.users.end()
	src := source{Store: s}
	v, ok, err := read(&src)
	if err := firstError(err, src.close()); err != nil {
		return zero, err
	}
	if err := s.settled(ctx); err != nil {
		return zero, err
	}
	if !ok {
		return zero, missing
	}
	return v, nil
}

// movementOf reads the number out of a key of a movement, 0 if it is none.
func movementOf(key pix.Key) pix.MovementID {
	id, err := strconv.ParseUint(key.Value, 10, 64)
	if err != nil {
		return 0
	}
	return pix.MovementID(id)
}
