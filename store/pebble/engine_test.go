package pebble

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// A key that is new is in no table, and filters say so without reading any: also
// those of the lowest level, in which nearly everything is.
func TestAbsentKeysAreFilteredOut(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 1_000_000_00)
	for range 300 {
		w.place(firstAccount, 1)
	}
	w.compact()
	before := w.s.Metrics()
	const lookups = 1000
	for i := range lookups {
		key := pix.Key{Space: pix.SpacePayment, Account: firstAccount, Value: fmt.Sprintf("order-%d-none", i)}
		if _, err := w.s.Lookup(context.Background(), key); !errors.Is(err, pix.ErrNotFound) {
			t.Fatal(err)
		}
	}
	after := w.s.Metrics()
	if kept := after.FilterHits - before.FilterHits; kept < lookups*9/10 {
		t.Errorf("filters kept %d of %d lookups away from tables", kept, lookups)
	}
}

// compact brings all records to the lowest level.
func (w *world) compact() {
	w.t.Helper()
	if err := w.s.db.Compact(context.Background(), []byte{0}, []byte{0xff}, false); err != nil {
		w.t.Fatal(err)
	}
}

func TestMetricsCount(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 100_00)
	w.place(firstAccount, 1)
	m := w.s.Metrics()
	if m.Accounts != 2 || m.Commits != 2 || m.InFlight != 0 || m.LogBytes == 0 || m.DiskBytes == 0 {
		t.Errorf("metrics %+v", m)
	}
}

// A payment costs few records, whatever else is in the books.
func TestRecordsOfAPayment(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	w.open(firstAccount, 100_00)
	count := func(do func()) uint32 {
		before := w.written()
		do()
		return uint32(w.written() - before - 1)
	}
	var m pix.Movement
	placing := count(func() { m = w.place(firstAccount, 1) })
	if placing != 8+1 { // and the last number
		t.Errorf("placing writes %d records", placing)
	}
	settling := count(func() { w.settle(m) })
	if settling != 6+4+1 { // the accounts of settlement and fees with their references, and the last number
		t.Errorf("settling writes %d records", settling)
	}
}

// written is the number of records that were ever written, with the one that it
// writes to find out: every one moves the engine's sequence on.
func (w *world) written() uint64 {
	w.t.Helper()
	b := w.s.db.NewBatch()
	if err := b.Set(keyLastID, appendUint([]byte{recordVersion}, w.s.writer.lastID), nil); err != nil {
		w.t.Fatal(err)
	}
	if err := w.s.db.Apply(b, nil); err != nil {
		w.t.Fatal(err)
	}
	return uint64(b.SeqNum())
}

// Lines of one commit are kept as one run of references, unless a line of
// another kind comes between.
func TestReferencesOfAnAccountKeepItsOrder(t *testing.T) {
	w := newWorld(t, open(t, "books", memoryFS(vfs.NewMem())))
	const other = firstAccount + 1
	w.open(firstAccount, 100_00)
	w.open(other, 100_00)
	transfer := func(b *pix.Books, from, to ledger.AccountID) error {
		w.id()
		return b.Transfer(ledger.Fact{About: w.next, At: w.now},
			ledger.Posting{Account: from, Amount: -1}, ledger.Posting{Account: to, Amount: 1})
	}
	n := pix.Needs{Accounts: []ledger.AccountID{firstAccount, other}}
	err := w.s.Commit(context.Background(), n, func(b *pix.Books) error {
		return errors.Join(
			transfer(b, firstAccount, other), transfer(b, firstAccount, other), transfer(b, other, firstAccount),
			transfer(b, firstAccount, other), transfer(b, other, firstAccount))
	})
	if err != nil {
		t.Fatal(err)
	}
	verify(t, w.s)
	var number uint64
	for e, err := range w.s.EachEntry(context.Background(), other) {
		if err != nil {
			t.Fatal(err)
		}
		number++
		line, ok := e.Line(other)
		if !ok || line.Number != number {
			t.Errorf("line %+v, want number %d", line, number)
		}
		at, err := w.s.BalanceAt(context.Background(), other, line.At)
		if err != nil || at != line.After() {
			t.Errorf("balance at line %d is %+v, %v; want %+v", number, at, err, line.After())
		}
	}
	if number != 6 {
		t.Errorf("%d entries, want 6", number)
	}
}
