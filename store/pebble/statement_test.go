package pebble

import (
	"context"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// endsAfter is a context that ends once it was asked a number of times.
type endsAfter struct {
	context.Context //nolint:containedctx // it is a context itself
	left            int
}

func (c *endsAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestStatementEndsWithItsContext(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 100_00)
	for range 20 {
		w.place(firstAccount, 1_00)
	}
	q := book.StatementQuery{Account: firstAccount, Limit: 1, Status: pix.Pending}
	ctx := &endsAfter{context.Background(), 5}
	if _, _, err := w.s.Statement(ctx, q); !errors.Is(err, context.Canceled) || ctx.left != -1 {
		t.Errorf("it went on for %d movements: %v", -ctx.left, err)
	}
	if _, total, err := w.s.Statement(context.Background(), q); total != 20 || err != nil {
		t.Errorf("%d movements, %v", total, err)
	}
}

func TestIndexThatLeadsNowhereIsCorrupt(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 100_00)
	list := appendList(nil, pix.RecordMED, 1)
	for _, key := range [][]byte{
		appendNumbered(nil, prefixListed, firstAccount, 7), append(list, 1, 2, 3),
		appendOrderedKey(nil, &pix.Record{RecordKey: pix.RecordKey{Kind: pix.RecordDelivery, Name: "gone"}, Owner: 1}),
	} {
		if err := w.s.db.Set(key, nil, pebble.Sync); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	q := book.StatementQuery{Account: firstAccount, Limit: 9}
	if _, _, err := w.s.Statement(ctx, q); !errors.Is(err, ErrCorrupt) {
		t.Errorf("statement: %v", err)
	}
	for _, kind := range []pix.RecordKind{pix.RecordMED, pix.RecordDelivery} {
		if _, err := w.s.Records(ctx, kind, 1, 0, 9); !errors.Is(err, ErrCorrupt) {
			t.Errorf("records of kind %d: %v", kind, err)
		}
	}
}
