package postgres

import (
	"sync"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// guide remembers which accounts keys lead to, so that a commit can lock them
// without asking for the keys first. It only ever guesses: what a key leads to is
// loaded under the locks, and a commit that has locked too little begins again.
type guide struct {
	max int // keys in a generation

	mu sync.Mutex // guards the fields below
	// A new generation is begun when one is full, and the one before is kept.
	young, old map[pix.Key]ledger.AccountID
	// surprises tells for each space how many unknown keys will be asked for in
	// advance, because one of them led to an account that was not locked.
	surprises [spaceCount]int
}

const (
	spaceCount = int(pix.SpaceMax) + 1
	// surpriseFor is how many keys of a space are asked for after a surprise.
	surpriseFor = 1_000
)

func newGuide(most int) *guide {
	return &guide{max: most, young: make(map[pix.Key]ledger.AccountID), old: make(map[pix.Key]ledger.AccountID)}
}

// plan adds to accounts those that keys lead to as far as that is known, and
// returns the keys that should be asked for.
func (g *guide) plan(keys []pix.Key, accounts []ledger.AccountID) (_ []ledger.AccountID, ask []pix.Key) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range keys {
		if key.Account != 0 {
			accounts = append(accounts, key.Account)
			continue
		}
		id, known := g.young[key]
		if !known {
			id, known = g.old[key]
		}
		switch space := int(key.Space); {
		case known:
			accounts = append(accounts, id)
		case space < spaceCount && g.surprises[space] > 0:
			g.surprises[space]--
			ask = append(ask, key)
		}
	}
	return accounts, ask
}

// learn remembers where keys lead. A key that belongs to an account needs no
// remembering: it leads to that account.
func (g *guide) learn(leads []book.TakenKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range leads {
		if l.Account != 0 || l.Target.Account == 0 {
			continue
		}
		if len(g.young) >= g.max {
			g.young, g.old = make(map[pix.Key]ledger.AccountID, g.max), g.young
		}
		g.young[l.Key] = l.Target.Account
	}
}

// surprised tells that a key led to an account that was not locked.
func (g *guide) surprised(key pix.Key) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if space := int(key.Space); space < spaceCount {
		g.surprises[space] = surpriseFor
	}
}
