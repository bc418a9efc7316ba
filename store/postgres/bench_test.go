package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

var (
	callers    = flag.Int("callers", 64, "callers at the same time")
	committers = flag.Int("committers", 2, "commits at the same time")
	server     = flag.String("server", "", "URL of an empty database; empty starts a server")
)

// benchStore opens books on a server of their own, with as many accounts.
func benchStore(b *testing.B, accounts int) (*postgres.Store, *book.Book) {
	url := *server
	if url == "" {
		url = pgtest.Start(b).NewDatabase(b)
	}
	s := open(b, url, postgres.Options{})
	bk, _ := run(b, s, 0, book.Options{Committers: *committers, Stripes: *committers})
	each(accounts, func(i int64) error {
		_, err := book.Do(context.Background(), bk, openAccount(firstAccount+ledger.AccountID(i), 1e15))
		if err != nil && !errors.Is(err, pix.ErrAccountExists) {
			b.Error(err)
			return err
		}
		return nil
	})
	return s, bk
}

// each lets the callers do n things together.
func each(n int, do func(i int64) error) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range *callers {
		all.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(n) || do(i) != nil {
					return
				}
			}
		})
	}
	all.Wait()
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCommit places and settles payments: two operations each.
func BenchmarkCommit(b *testing.B) {
	for _, accounts := range []int{1, 1000} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			_, bk := benchStore(b, accounts)
			batches := bk.Stats().Batches.Load()
			before := cpuTime()
			b.ResetTimer()
			each(b.N, func(i int64) error {
				id := bk.NextID()
				account := firstAccount + ledger.AccountID(i*7919%int64(accounts))
				if _, err := book.Do(context.Background(), bk, payment(id, account, 100)); err != nil {
					b.Error(err)
					return err
				}
				outcome, err := book.Do(context.Background(), bk, settlement(id, bk.NextID()))
				if err != nil || outcome != pix.Applied {
					b.Error(outcome, err)
				}
				return err
			})
			b.StopTimer()
			operations := float64(2 * b.N)
			b.ReportMetric(operations/b.Elapsed().Seconds(), "op/s")
			b.ReportMetric(float64((cpuTime()-before).Microseconds())/operations, "cpu-µs/op")
			b.ReportMetric(operations/float64(bk.Stats().Batches.Load()-batches), "op/commit")
		})
	}
}

// BenchmarkBalance reads balances of a thousand accounts.
func BenchmarkBalance(b *testing.B) {
	const accounts = 1000
	s, _ := benchStore(b, accounts)
	before := cpuTime()
	b.ResetTimer()
	each(b.N, func(i int64) error {
		_, err := s.Account(context.Background(), firstAccount+ledger.AccountID(i*7919%accounts))
		if err != nil {
			b.Error(err)
		}
		return err
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "read/s")
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/read")
}
