package pebble

import (
	"context"
	"testing"
)

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
