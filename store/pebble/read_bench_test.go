package pebble

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

var (
	openedAccounts = flag.Int("accounts", 100_000, "accounts of BenchmarkOpen")
	historyLength  = flag.Int("entries", 200_000, "entries of the longest history that is read")
)

// BenchmarkBalance reads one of a thousand balances.
func BenchmarkBalance(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	openMany(b, running(b, s), 1000)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		rng := rand.New(rand.NewPCG(1, 2))
		for pb.Next() {
			if _, err := s.Account(context.Background(), firstAccount+ledger.AccountID(rng.IntN(1000))); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkHistory reads an account that has few entries, and one that has many.
func BenchmarkHistory(b *testing.B) {
	for entries := 1000; entries <= *historyLength; entries *= *historyLength / 1000 {
		s := open(b, b.TempDir(), Options{})
		bk := running(b, s)
		openMany(b, bk, 1)
		begin := time.Now()
		payments := entries / 2
		ids := payAndSettle(b, bk, payments, func(int) ledger.AccountID { return firstAccount })
		span := time.Since(begin)
		b.Run(fmt.Sprintf("entries=%d/balance-at", entries), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				at := begin.Add(time.Duration(rng.Int64N(int64(span))))
				if _, err := s.BalanceAt(context.Background(), firstAccount, at); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("entries=%d/movement", entries), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				if _, err := s.Movement(context.Background(), ids[rng.IntN(len(ids))]); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("entries=%d/open-holds", entries), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.OpenHolds(context.Background(), firstAccount, 0, 20); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("entries=%d/absent-key", entries), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				key := pix.Key{Space: pix.SpacePayment, Account: firstAccount, Value: "none-" + strconv.Itoa(i)}
				if _, err := s.Lookup(context.Background(), key); err == nil {
					b.Fatal("found")
				}
			}
		})
	}
}

// BenchmarkOpen opens a folder with many accounts.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	fillFolder(b, dir, *openedAccounts)
	for b.Loop() {
		s, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(residentBytes()>>20), "MiB")
		if got := s.accounts.size(); got < *openedAccounts {
			b.Fatal(got)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// fillFolder opens accounts and closes the folder.
func fillFolder(b *testing.B, dir string, accounts int) {
	s, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for first := 0; first < accounts; first += 10_000 {
		err := s.Commit(context.Background(), pix.Needs{}, func(books *pix.Books) error {
			for i := first; i < min(first+10_000, accounts); i++ {
				c := openAccount(firstAccount+ledger.AccountID(i), 1_00)
				if _, err := c.Decide(books); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// residentBytes is the memory that the process takes.
func residentBytes() uint64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
			return kib << 10
		}
	}
	return 0
}
