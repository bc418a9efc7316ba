package memory_test

import (
	"testing"

	"github.com/saldo-pix/saldo/book/booktest"
	"github.com/saldo-pix/saldo/store/memory"
)

func empty(*testing.T) booktest.Harness {
	return booktest.Harness{Open: func(*testing.T) booktest.Store { return memory.New() }}
}

func TestStore(t *testing.T) { booktest.TestStore(t, empty) }

func TestHistories(t *testing.T) { booktest.TestHistories(t, empty, empty) }

func TestCopy(t *testing.T) { booktest.TestCopy(t, empty, empty) }
