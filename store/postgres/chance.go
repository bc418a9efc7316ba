package postgres

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"
)

// chance keeps commits that got into each other's way from doing so again.
type chance struct {
	mu  sync.Mutex
	rng *rand.Rand // guarded by mu
}

func newChance(seed [16]byte) *chance {
	return &chance{rng: rand.New(rand.NewPCG(
		binary.BigEndian.Uint64(seed[:8]), binary.BigEndian.Uint64(seed[8:])))}
}

// duration returns some time below most.
func (c *chance) duration(most time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.rng.Int64N(int64(most) + 1))
}
