// Package booktest is what every store must pass: a suite for each promise of
// the contracts in book, outbox and auth, and random histories compared with a
// naive model and with a reference store. It knows nothing of how a store keeps
// anything.
package booktest

import (
	"testing"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/outbox"
)

// Store is all that a store implements.
type Store interface {
	book.Store
	outbox.Store
	auth.Store
}

// Harness is one place where a store keeps its books: a folder, a database.
type Harness struct {
	// Open opens the store over the place. The suite closes what it opens, and
	// has one store open over a place at a time.
	Open func(t *testing.T) Store
	// Durable promises that Open after Close finds everything again.
	Durable bool
}

// NewHarness returns an empty place of its own for each call. It cleans up with
// t.Cleanup.
type NewHarness func(t *testing.T) Harness

// TestStore runs the conformance suite. Each case starts from an empty place.
func TestStore(t *testing.T, empty NewHarness) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { c.run(newFixture(t, empty(t))) })
	}
}

// TestHistories drives random commands through a book over a store and compares
// what it answers with a naive model, what it kept with what the reference store
// keeps, and what callers saw at the same time with the rule that there is one
// order of all of it. Seeds are printed on failure; -seed repeats one.
func TestHistories(t *testing.T, empty, reference NewHarness) {
	testSequential(t, empty, reference)
	testConcurrent(t, empty)
}
