package auth_test

import (
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
)

// benchmarkVerify goes over many tokens, by the real clock.
func benchmarkVerify(b *testing.B, cacheMax, count int) {
	w := newWorld(b, func(o *auth.Options) { o.Now, o.CacheMax = time.Now, cacheMax })
	client := w.create(b, maria)
	tokens := make([]string, count)
	for i := range tokens {
		tokens[i] = w.token(b, client)
	}
	verify := func(i int) {
		if _, err := w.Verify(b.Context(), tokens[i%count]); err != nil {
			b.Fatal(err)
		}
	}
	for i := range tokens {
		verify(i)
	}
	b.ReportAllocs()
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			verify(i)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				verify(i)
			}
		})
	})
}

func BenchmarkVerifyCached(b *testing.B) {
	b.Run("1", func(b *testing.B) { benchmarkVerify(b, 0, 1) })
	b.Run("1000", func(b *testing.B) { benchmarkVerify(b, 0, 1000) })
}

func BenchmarkVerifyUncached(b *testing.B) { benchmarkVerify(b, -1, 1) }

func BenchmarkIssue(b *testing.B) {
	w := newWorld(b, nil)
	g := grant(b, w.create(b, maria))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Issue(b.Context(), g); err != nil {
			b.Fatal(err)
		}
	}
}
