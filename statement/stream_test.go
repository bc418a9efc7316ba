package statement_test

import (
	"runtime"
	"testing"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// scale weighs the heap while a statement is written to it.
type scale struct {
	written, weighed, most uint64
}

const weighEvery = 8 << 20 // bytes

func (s *scale) Write(p []byte) (int, error) {
	s.written += uint64(len(p))
	if s.written-s.weighed >= weighEvery {
		s.weighed = s.written
		s.most = max(s.most, heap())
	}
	return len(p), nil
}

// heap is what is in use, in bytes.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestALongStatementTakesNoMoreMemoryThanAShortOne writes 100 000 lines and weighs
// what is in use meanwhile, beside the store itself.
func TestALongStatementTakesNoMoreMemoryThanAShortOne(t *testing.T) {
	const lines, growthMax = 100_000, 4 << 20
	w := newWorld(t, at(12, 0), 0)
	for i := range uint64(lines) {
		w.receive(pix.ReceiptSettled, i, 1_10)
	}
	for _, format := range []statement.Format{statement.JSONL, statement.CAMT053} {
		before := heap()
		s := w.open(period("2026-11-01", "2026-12-31"))
		if s.Entries != lines {
			t.Fatalf("%d lines", s.Entries)
		}
		var out scale
		if err := statement.Write(&out, format, &s.Head, s.Lines(t.Context())); err != nil {
			t.Fatal(err)
		}
		grown := int64(out.most) - int64(before)
		if out.written < 4*weighEvery || out.most == 0 || grown > growthMax {
			t.Errorf("%s: %d bytes of heap more than before while writing %d bytes; %d are allowed",
				format, grown, out.written, growthMax)
		}
		t.Logf("%s: %d MiB written, heap at most %d KiB above what it was", format, out.written>>20, grown>>10)
	}
	runtime.KeepAlive(w)
}
