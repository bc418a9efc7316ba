package httpapi

import (
	"sync"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// limiter lets each account do something so many times a minute: a bucket of that
// many tokens, which fills up evenly. It counts on this node alone.
type limiter struct {
	perMinute int

	mu      sync.Mutex
	buckets map[ledger.AccountID]bucket // those that are not full; guarded by mu
	swept   time.Time                   // when full ones were last removed
}

// bucket tells when it will be full again, which tells how full it is now.
type bucket struct{ full time.Time }

// take takes a token, or returns how long there will be none.
func (l *limiter) take(account ledger.AccountID, now time.Time) (wait time.Duration) {
	each := time.Minute / time.Duration(l.perMinute)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	full := l.buckets[account].full
	if full.Before(now) {
		full = now
	}
	full = full.Add(each)
	if over := full.Sub(now) - time.Minute; over > 0 {
		return over
	}
	if l.buckets == nil {
		l.buckets = make(map[ledger.AccountID]bucket)
	}
	l.buckets[account] = bucket{full}
	return 0
}

// sweep forgets, once a minute, the buckets that are full.
func (l *limiter) sweep(now time.Time) {
	if d := now.Sub(l.swept); d >= 0 && d < time.Minute {
		return
	}
	l.swept = now
	for account, b := range l.buckets {
		if !b.full.After(now) {
			delete(l.buckets, account)
		}
	}
}
