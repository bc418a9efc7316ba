package pebble

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/book"
)

// reader is a database or a snapshot of it.
type reader interface {
	Get(key []byte) ([]byte, io.Closer, error)
	NewIter(*pebble.IterOptions) (*pebble.Iterator, error)
}

// get reads one record. ok is false if there is none.
func get[V any](from reader, key []byte, read func(*decoder) V) (v V, ok bool, err error) {
	data, closer, err := from.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return v, false, nil
	}
	if err != nil {
		return v, false, unreadable(err)
	}
	v, err = decode(key, data, read)
	err = firstError(err, closer.Close())
	return v, err == nil, err
}

// scan calls do with every record under a prefix, in order of key.
func scan(from reader, prefix []byte, do func(key, data []byte) error) error {
	it, err := from.NewIter(under(prefix))
	if err != nil {
		return unreadable(err)
	}
	return visit(it, do)
}

// under limits an iterator to the keys that start with prefix.
func under(prefix []byte) *pebble.IterOptions {
	return &pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)}
}

// visit calls do with every record of an iterator, and closes it.
func visit(it *pebble.Iterator, do func(key, data []byte) error) (err error) {
	defer func() { err = firstError(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		data, err := it.ValueAndErr()
		if err != nil {
			return unreadable(err)
		}
		if err := do(it.Key(), data); err != nil {
			return err
		}
	}
	return nil
}

// unreadable says that the engine could not read: what it found is damaged, or
// it could not get at it.
func unreadable(err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return fmt.Errorf("read: %w: %w", book.ErrUnavailable, err)
}

// firstError returns err, or what closing the engine's reader said after it: a
// reader that has failed says so again when it is closed.
func firstError(err, closing error) error {
	if err != nil {
		return err
	}
	return unreadable(closing)
}
