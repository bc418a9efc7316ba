package outbox

import (
	"context"
	"math"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Store hands out jobs. Jobs are created, postponed and removed by commits only.
type Store interface {
	// Claim returns at most limit jobs of a topic that are due at now, the
	// longest due first, and keeps them from other callers until until or, if
	// that comes first, until a commit writes them anew. A job waits for as long
	// as there is another of its topic and subject with a lower number. Of each
	// account no more jobs are returned than its share; nil shares are without
	// limit. next is when the next job that was not returned will be due, those
	// left out that wait for another or for their account's share; zero if there
	// is none.
	Claim(
		ctx context.Context, topic pix.Topic, now, until time.Time, limit int, shares *Shares,
	) (jobs []pix.Job, next time.Time, err error)
}

// Shares say how many jobs of an account may be claimed at once.
type Shares struct {
	Each int // of every account, but for those in Left
	Left map[ledger.AccountID]int
}

// Of returns an account's share.
func (s *Shares) Of(account ledger.AccountID) int {
	if s == nil {
		return math.MaxInt
	}
	if left, ok := s.Left[account]; ok {
		return left
	}
	return s.Each
}
