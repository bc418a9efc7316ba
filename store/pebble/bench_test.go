package pebble

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

var (
	callers  = flag.Int("callers", 64, "callers at the same time")
	memTable = flag.Int("memtable", 0, "size of a memory table in MiB; 0 is the default")
)

// running starts a book over a store.
func running(b *testing.B, s *Store) *book.Book {
	ids := book.NewIDs(time.Now, 0, s.lastID.Load())
	bk := book.New(s, ids, book.Options{})
	ctx, stop := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() { _ = bk.Run(ctx) })
	b.Cleanup(func() { stop(); run.Wait() })
	return bk
}

func openMany(b *testing.B, bk *book.Book, accounts int) {
	var opening sync.WaitGroup
	var next atomic.Int64
	for range *callers {
		opening.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(accounts) {
					return
				}
				open := openAccount(firstAccount+ledger.AccountID(i), 1e15)
				if _, err := book.Do(context.Background(), bk, open); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	opening.Wait()
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// syncLatency returns how often the log was synced, and how long that took.
func syncLatency(b *testing.B, s *Store) (count uint64, mean time.Duration) {
	var m dto.Metric
	if err := s.Metrics().SyncLatency.Write(&m); err != nil {
		b.Fatal(err)
	}
	count = m.Histogram.GetSampleCount()
	return count, time.Duration(m.Histogram.GetSampleSum() / float64(count))
}

// BenchmarkCommit places and settles payments: two operations each.
func BenchmarkCommit(b *testing.B) {
	for _, accounts := range []int{1, 1000} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{MemTableSize: *memTable << 20})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			bk := running(b, s)
			openMany(b, bk, accounts)
			benchmarkCommit(b, s, bk, accounts)
		})
	}
}

func benchmarkCommit(b *testing.B, s *Store, bk *book.Book, accounts int) {
	before, commits := cpuTime(), s.flight.durable.Load()
	b.ResetTimer()
	payAndSettle(b, bk, b.N, func(i int) ledger.AccountID {
		return firstAccount + ledger.AccountID(i*7919%accounts)
	})
	b.StopTimer()
	operations := float64(2 * b.N)
	b.ReportMetric(operations/b.Elapsed().Seconds(), "op/s")
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/operations, "cpu-µs/op")
	b.ReportMetric(operations/float64(s.flight.durable.Load()-commits), "op/commit")
	syncs, latency := syncLatency(b, s)
	b.ReportMetric(float64(latency.Microseconds()), "sync-µs")
	b.ReportMetric(operations/float64(syncs), "op/sync")
	if testing.Verbose() {
		b.Log(s.db.Metrics())
	}
}

// payAndSettle places and settles payments with many callers.
func payAndSettle(b *testing.B, bk *book.Book, payments int, account func(i int) ledger.AccountID) []pix.MovementID {
	ids := make([]pix.MovementID, payments)
	var next atomic.Int64
	var calls sync.WaitGroup
	for range *callers {
		calls.Go(func() {
			for i := int(next.Add(1)) - 1; i < payments; i = int(next.Add(1)) - 1 {
				id := bk.NextID()
				ids[i] = pix.MovementID(id)
				p := payment(id, account(i), 100, time.Now())
				if _, err := book.Do(context.Background(), bk, p); err != nil {
					b.Error(err)
					return
				}
				event := settlement(id, bk.NextID(), time.Now())
				if outcome, err := book.Do(context.Background(), bk, event); err != nil || outcome != pix.Applied {
					b.Error(outcome, err)
					return
				}
			}
		})
	}
	calls.Wait()
	return ids
}
