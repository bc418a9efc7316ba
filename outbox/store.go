package outbox

import (
	"context"
	"time"

	"github.com/saldo-pix/saldo/pix"
)

// Store hands out jobs. Jobs are created, postponed and removed by commits only.
type Store interface {
	// Claim returns at most limit jobs of a topic that are due at now, the
	// longest due first, and keeps them from other callers until until or, if
	// that comes first, until a commit writes them anew. next is when the next
	// job that was not returned will be due; zero if there is none.
	Claim(
		ctx context.Context, topic pix.Topic, now, until time.Time, limit int,
	) (jobs []pix.Job, next time.Time, err error)
}
