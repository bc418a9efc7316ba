package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBucketsFollowEachOther(t *testing.T) {
	if bucketOf(0) != 0 || bucketOf(1<<64-1) != bucketCount-1 {
		t.Errorf("buckets %d to %d, want 0 to %d", bucketOf(0), bucketOf(1<<64-1), bucketCount-1)
	}
	for i := range bucketOf(1 << 40) {
		top := uint64(bucketTop(i))
		if bucketOf(top) != i || bucketOf(top+1) != i+1 {
			t.Fatalf("bucket %d ends at %d, which is in bucket %d; the next is in %d",
				i, top, bucketOf(top), bucketOf(top+1))
		}
	}
}

func TestQuantilesAreRightToThreePercent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var whole, half, other histogram
	var all []time.Duration
	for i := range 10_000 {
		d := time.Duration(random.ExpFloat64() * float64(time.Millisecond))
		all = append(all, d)
		whole.record(d)
		if i%2 == 0 {
			half.record(d)
		} else {
			other.record(d)
		}
	}
	half.add(&other)
	if half != whole {
		t.Error("two halves added are not the whole")
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.5, 0.99, 0.999} {
		got, want := whole.quantile(q), all[int(q*float64(len(all)))]
		if got < want || float64(got) > float64(want)*1.04 {
			t.Errorf("quantile %v is %s, want %s or little more", q, got, want)
		}
	}
	if got := whole.quantile(1); got != all[len(all)-1] || whole.max != got {
		t.Errorf("the longest is %s, want %s", got, all[len(all)-1])
	}
}

func TestQuantileOfNothing(t *testing.T) {
	var h histogram
	if h.quantile(0.5) != 0 {
		t.Errorf("quantile of nothing is %s", h.quantile(0.5))
	}
}
