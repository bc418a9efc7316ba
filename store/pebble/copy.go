package pebble

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// EachKey yields every key.
func (s *Store) EachKey(ctx context.Context) iter.Seq2[book.TakenKey, error] {
	return each(ctx, s, []byte{prefixKey}, func(key, data []byte, emit func(book.TakenKey) bool) error {
		target, err := decode(key, data, readTarget)
		if err != nil {
			return err
		}
		k, ok := keyOf(key)
		if !ok {
			return fmt.Errorf("%w: key %q", ErrCorrupt, key)
		}
		emit(book.TakenKey{Key: k, Target: target})
		return nil
	})
}

// keyOf reads what appendKeyKey made.
func keyOf(key []byte) (pix.Key, bool) {
	if len(key) < 3 {
		return pix.Key{}, false
	}
	account, n := binary.Uvarint(key[2:])
	if n <= 0 {
		return pix.Key{}, false
	}
	return pix.Key{Space: pix.Space(key[1]), Account: ledger.AccountID(account), Value: string(key[2+n:])}, true
}

// EachJob yields every job.
func (s *Store) EachJob(ctx context.Context) iter.Seq2[pix.Job, error] {
	return records(ctx, s, []byte{prefixJob}, readJob)
}

// EachRecord yields every record.
func (s *Store) EachRecord(ctx context.Context) iter.Seq2[pix.Record, error] {
	return records(ctx, s, []byte{prefixRecord}, readRecord)
}
