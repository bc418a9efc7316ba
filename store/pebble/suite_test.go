package pebble_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/book/booktest"
	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/store/pebble"
)

func TestStore(t *testing.T) { booktest.TestStore(t, folder) }

func TestHistories(t *testing.T) { booktest.TestHistories(t, folder, inMaps) }

// folder is a folder in memory that survives closing.
func folder(*testing.T) booktest.Harness {
	fs := vfs.NewMem()
	return booktest.Harness{Durable: true, Open: func(t *testing.T) booktest.Store {
		opts := pebble.Options{FS: fs, MemTableSize: 1 << 20, CacheSize: 8 << 20}
		s, err := pebble.Open("books", pebble.WithShortChapters(opts))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}
}

func inMaps(*testing.T) booktest.Harness {
	s := memory.New()
	return booktest.Harness{Open: func(*testing.T) booktest.Store { return s }}
}

func TestCopy(t *testing.T) {
	t.Run("in", func(t *testing.T) { booktest.TestCopy(t, inMaps, folder) })
	t.Run("out", func(t *testing.T) { booktest.TestCopy(t, folder, inMaps) })
}
