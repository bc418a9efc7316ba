package auth

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"
)

const (
	shardsMax     = 64
	shardSizeMin  = 64 // smaller shards would fill up unevenly
	evictFraction = 16
)

// verdict is what a token was found to be. It does not change once it is remembered.
type verdict struct {
	identity  Identity
	keys      *keyset // by which its signature was checked
	epoch     uint64
	checkedAt time.Time
}

// cache remembers verdicts by the text of the token. It is split into shards with a lock
// each, so that many goroutines seldom meet.
//
// The text itself is the key, for hashing it with SHA-256 would take three times as long
// as all the rest of a hit. How long a look takes tells a guesser nothing: texts are only
// compared when they share a hash, whose seed is drawn anew by every process.
type cache struct {
	seed     maphash.Seed
	shardMax int
	shards   []shard
}

type shard struct {
	mu sync.RWMutex
	// verdicts is guarded by mu.
	verdicts map[string]*verdict
	_        [32]byte // two locks in one cache line would slow each other down
}

// newCache returns a cache of at most sizeMax verdicts.
func newCache(sizeMax int) *cache {
	sizeMax = max(sizeMax, 0)
	count := shardsMax
	for count > 1 && sizeMax/count < shardSizeMin {
		count /= 2
	}
	c := &cache{seed: maphash.MakeSeed(), shardMax: sizeMax / count, shards: make([]shard, count)}
	for i := range c.shards {
		c.shards[i].verdicts = make(map[string]*verdict)
	}
	return c
}

func (c *cache) shard(raw string) *shard {
	return &c.shards[maphash.String(c.seed, raw)%uint64(len(c.shards))]
}

// get returns a verdict, or nil.
func (c *cache) get(raw string) *verdict {
	s := c.shard(raw)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.verdicts[raw]
}

func (c *cache) put(raw string, v *verdict) {
	if c.shardMax == 0 {
		return
	}
	raw = strings.Clone(raw) // it may be a part of a whole request
	s := c.shard(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, replaces := s.verdicts[raw]; !replaces && len(s.verdicts) >= c.shardMax {
		s.evict(v.checkedAt, c.shardMax-max(c.shardMax/evictFraction, 1))
	}
	s.verdicts[raw] = v
}

func (c *cache) remove(raw string) {
	s := c.shard(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.verdicts, raw)
}

func (c *cache) len() int {
	n := 0
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.RLock()
		n += len(s.verdicts)
		s.mu.RUnlock()
	}
	return n
}

// evict removes what has expired, and then any others until no more than sizeMax are left.
// It makes room for many at once, for it looks at all of them.
func (s *shard) evict(now time.Time, sizeMax int) {
	for raw, v := range s.verdicts {
		if !now.Before(v.identity.ExpiresAt) {
			delete(s.verdicts, raw)
		}
	}
	for raw := range s.verdicts {
		if len(s.verdicts) <= sizeMax {
			return
		}
		delete(s.verdicts, raw)
	}
}
