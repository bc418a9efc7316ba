package bench

import (
	"math/bits"
	"time"
)

// histogram counts durations in buckets of fixed number, each at most 1/32
// wider than the last, so that percentiles are right to about 3 %.
type histogram struct {
	buckets [bucketCount]uint64
	count   uint64
	max     time.Duration
}

const (
	stepBits    = 5 // steps per power of two
	steps       = 1 << stepBits
	bucketCount = (65 - stepBits) * steps
)

func (h *histogram) record(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucketOf(uint64(d))]++
	h.count++
	h.max = max(h.max, d)
}

// bucketOf numbers the bucket of n nanoseconds: those below 32 are counted
// exactly, each power of two above in 32 steps.
func bucketOf(n uint64) int {
	power := bits.Len64(n) - 1 - stepBits
	if power < 0 {
		return int(n)
	}
	return power*steps + int(n>>power)
}

// bucketTop is the largest duration that a bucket counts.
func bucketTop(i int) time.Duration {
	power := i/steps - 1
	if power < 0 {
		return time.Duration(i)
	}
	low := uint64(i-power*steps) << power
	return time.Duration(low + 1<<power - 1)
}

func (h *histogram) add(other *histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
	h.max = max(h.max, other.max)
}

// quantile returns the duration that a share q of all did not exceed, 0 of none.
func (h *histogram) quantile(q float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	rank := uint64(q * float64(h.count))
	var seen uint64
	for i, n := range h.buckets {
		if seen += n; seen > rank {
			return min(bucketTop(i), h.max)
		}
	}
	return h.max
}
