package pebble

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Numbers are not given out twice, whatever a clock does while the store is
// closed.
func TestLastNumberNeverFalls(t *testing.T) {
	opts := memoryFS(vfs.NewMem())
	w := newWorld(t, open(t, "books", opts))
	w.open(firstAccount, 100_00)
	w.place(firstAccount, 1)
	want := w.next
	for range 2 {
		if err := w.s.Close(); err != nil {
			t.Fatal(err)
		}
		w.s = open(t, "books", opts)
		if got, err := w.s.LastID(context.Background()); err != nil || got != want {
			t.Errorf("last number %d, %v; want %d", got, err, want)
		}
		w.next /= 2
		w.place(firstAccount, 1)
	}
}

func TestPaymentSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, open(t, dir, Options{}))
	w.open(firstAccount, 100_00)
	w.open(firstAccount+1, 100_00)
	m := w.place(firstAccount, 30_00)
	w.settle(m)
	w.place(firstAccount+1, 10_00)
	verify(t, w.s)
	before, err := w.s.Account(context.Background(), firstAccount)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Options{})
	after, err := s.Account(context.Background(), firstAccount)
	if err != nil {
		t.Fatal(err)
	}
	if after != before {
		t.Errorf("account after reopening: %+v, want %+v", after, before)
	}
	report := verify(t, s)
	if report.Entries != 5 {
		t.Errorf("%d entries, want 5", report.Entries)
	}
}
