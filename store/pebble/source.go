package pebble

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// source looks up what a commit starts from: the newest state, durable or not.
// It is used by the one commit that is deciding.
type source struct {
	*Store
	keys   *pebble.Iterator // nil until a key is looked up
	buffer []byte
}

var _ book.Source = (*source)(nil)

func (s *source) Account(id ledger.AccountID) (ledger.Account, bool, error) {
	a, ok := s.accounts.newest(id)
	return a, ok, nil
}

func (s *source) Profile(id ledger.AccountID) (pix.Profile, bool, error) {
	if p, _, ok := s.profiles.get(id); ok {
		return p, true, nil
	}
	changes := s.profiles.seen()
	s.buffer = appendProfileKey(s.buffer[:0], id)
	p, ok, err := get(s.db, s.buffer, readProfile)
	if ok {
		s.profiles.remember(p, s.flight.applied.Load(), changes)
	}
	return p, ok, err
}

// Waiting lists the open holds that the account's index of waiting ones names.
func (s *source) Waiting(id ledger.AccountID) ([]ledger.Hold, error) {
	var waiting []ledger.Hold
	prefix := appendOf(nil, prefixWaiting, id)
	err := scan(s.db, prefix, func(key, _ []byte) error {
		h, ok, err := s.Hold(id, ledger.HoldID(number(key, secondNumber)))
		if ok {
			waiting = append(waiting, h)
		}
		return err
	})
	return waiting, err
}

func (s *source) Hold(account ledger.AccountID, id ledger.HoldID) (ledger.Hold, bool, error) {
	s.buffer = appendNumbered(s.buffer[:0], prefixOpen, account, uint64(id))
	h, ok, err := get(s.db, s.buffer, readHold)
	if ok || err != nil {
		return h, ok, err
	}
	s.buffer[0] = prefixClosed
	return get(s.db, s.buffer, readHold)
}

// Target follows a key onward.
func (s *source) Target(key pix.Key) (pix.Target, bool, error) {
	t, ok, err := s.target(key)
	next, more := book.Onward(key, t)
	if !ok || err != nil || !more {
		return t, ok, err
	}
	end, solved, err := s.target(next)
	if solved {
		t = end
	}
	return t, err == nil, err
}

// target looks a key up with an iterator, because that asks the filters of all
// levels, while Get leaves out the lowest, largest one. Most keys that commits
// look up are new: they are in no level.
func (s *source) target(key pix.Key) (t pix.Target, ok bool, err error) {
	if s.keys == nil {
		s.keys, err = s.db.NewIter(&pebble.IterOptions{
			LowerBound: []byte{prefixKey}, UpperBound: []byte{prefixKey + 1}, UseL6Filters: true,
		})
		if err != nil {
			return t, false, unreadable(err)
		}
	}
	s.buffer = appendKeyKey(s.buffer[:0], key)
	if !s.keys.SeekPrefixGE(s.buffer) {
		if err := s.keys.Error(); err != nil {
			return t, false, unreadable(err)
		}
		return t, false, nil
	}
	data, err := s.keys.ValueAndErr()
	if err != nil {
		return t, false, unreadable(err)
	}
	t, err = decode(s.buffer, data, readTarget)
	return t, err == nil, err
}

func (s *source) Movement(id pix.MovementID) (pix.Movement, bool, error) {
	s.buffer = appendMovementKey(s.buffer[:0], id)
	return get(s.db, s.buffer, readMovement)
}

func (s *source) Job(key pix.JobKey) (pix.Job, bool, error) {
	if len(key.Topic) > topicMax {
		return pix.Job{}, false, nil
	}
	s.buffer = appendJobKey(s.buffer[:0], key)
	return get(s.db, s.buffer, readJob)
}

func (s *source) Record(key pix.RecordKey) (pix.Record, bool, error) {
	s.buffer = appendRecordKey(s.buffer[:0], key)
	return get(s.db, s.buffer, readRecord)
}

func (s *source) close() error {
	if s.keys == nil {
		return nil
	}
	err := s.keys.Close()
	s.keys = nil
	return err
}
