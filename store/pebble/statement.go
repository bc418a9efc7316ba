package pebble

import (
	"context"
	"errors"
	"slices"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// Statement returns a page of an account's movements, newest first. It looks at
// every movement of the account whose number q admits, unless q asks for something
// that is found by a key, and keeps the page only.
func (s *Store) Statement(ctx context.Context, q book.StatementQuery) ([]pix.Movement, int, error) {
	p := statement{q: q}
	p.offset, p.limit = q.Page()
	if keys := q.Keys(); keys != nil {
		err := s.statementByKey(ctx, &p, keys)
		return p.page, p.total, err
	}
	bounds := under(appendOf(nil, prefixListed, q.Account))
	first, end := q.Numbers()
	bounds.LowerBound = appendNumbered(nil, prefixListed, q.Account, uint64(first))
	bounds.UpperBound = appendNumbered(nil, prefixListed, q.Account, uint64(end))
	everything := q.Everything()
	var key []byte
	err := s.backwards(ctx, bounds, func(snapshot reader, place []byte) error {
		if everything && !p.shows() {
			return p.count()
		}
		key = appendMovementKey(key[:0], pix.MovementID(number(place, secondNumber)))
		m, err := named(snapshot, place, key, readMovement)
		if err != nil {
			return err
		}
		return p.add(&m)
	})
	return p.page, p.total, err
}

// statementByKey fills a statement with what keys lead to, and with returns.
func (s *Store) statementByKey(ctx context.Context, p *statement, keys []pix.Key) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.users.end()
	if err := s.addByKey(ctx, p, keys); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return s.settled(ctx)
}

func (s *Store) addByKey(ctx context.Context, p *statement, keys []pix.Key) (err error) {
	snapshot := s.db.NewSnapshot()
	defer func() { err = firstError(err, snapshot.Close()) }()
	ids, err := candidates(ctx, snapshot, &p.q, keys)
	if err != nil {
		return err
	}
	for _, id := range slices.Backward(ids) {
		m, ok, err := get(snapshot, appendMovementKey(nil, pix.MovementID(id)), readMovement)
		if err != nil {
			return err
		}
		if !ok {
			continue // the number is that of a suspense item
		}
		if err := p.add(&m); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// candidates returns the numbers that keys lead to and those of the returns that
// share the externalId which q asks for, in order.
func candidates(
	ctx context.Context, from reader, q *book.StatementQuery, keys []pix.Key,
) (ids []uint64, err error) {
	for _, key := range keys {
		target, ok, err := get(from, appendKeyKey(nil, key), readTarget)
		if err != nil {
			return nil, err
		}
		if next, more := book.Onward(key, target); ok && more {
			end, solved, err := get(from, appendKeyKey(nil, next), readTarget)
			if err != nil {
				return nil, err
			}
			if solved {
				target = end
			}
		}
		if ok {
			ids = append(ids, target.ID)
		}
	}
	if q.ExternalID != "" {
		prefix := appendReturns(nil, q.Account, q.ExternalID)
		err = scan(from, prefix, func(key, _ []byte) error {
			ids = append(ids, number(key, len(prefix)))
			return ctx.Err()
		})
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// statement is an answer in the making: movements are added from the newest on.
type statement struct {
	q             book.StatementQuery
	offset, limit int
	page          []pix.Movement
	total         int
}

// shows tells whether the next movement that is wanted stands on the page.
func (p *statement) shows() bool { return p.total >= p.offset && len(p.page) < p.limit }

// add takes in a movement if it is wanted. It returns errEnough when the rest does
// not matter.
func (p *statement) add(m *pix.Movement) error {
	if !p.q.Wants(m) {
		return nil
	}
	if p.shows() {
		p.page = append(p.page, *m)
	}
	return p.count()
}

func (p *statement) count() error {
	p.total++
	if p.total == p.q.CountMax {
		return errEnough
	}
	return nil
}
