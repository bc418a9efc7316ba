package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// jobsBefore are the jobs of j's subject that stand before it.
const jobsBefore = `
	SELECT e.id, e.holder, e.free_at FROM jobs AS e
	WHERE e.topic = j.topic AND e.subject = j.subject AND e.id <> e.subject AND e.id < j.id
	UNION ALL
	SELECT e.id, e.holder, e.free_at FROM jobs AS e
	WHERE e.topic = j.topic AND e.id = j.subject AND e.subject = j.subject AND e.id < j.id`

// claimJobs takes the longest due jobs that nobody else is about to take, and
// says when the next one is due. A job is held back while one of the same subject
// stands before it, unless this store has that one: who has it does them in order.
const claimJobs = `
	WITH free AS (
		SELECT j.id, j.free_at FROM jobs AS j
		WHERE j.topic = $1 AND j.free_at <= $2 AND NOT EXISTS (
			SELECT FROM (` + jobsBefore + `) AS e WHERE e.holder IS DISTINCT FROM $4 OR e.free_at <= $2
		)
		ORDER BY j.free_at, j.id LIMIT $5 FOR UPDATE OF j SKIP LOCKED
	), next AS (
		SELECT j.free_at FROM jobs AS j
		WHERE j.topic = $1 AND NOT EXISTS (SELECT FROM free WHERE free.id = j.id) AND NOT EXISTS (
			SELECT FROM (` + jobsBefore + `) AS e
			WHERE (e.holder IS DISTINCT FROM $4 OR e.free_at <= $2)
				AND NOT EXISTS (SELECT FROM free WHERE free.id = e.id)
		)
		ORDER BY j.free_at, j.id LIMIT 1
	), claimed AS (
		UPDATE jobs AS j SET free_at = $3, holder = $4 FROM free WHERE j.topic = $1 AND j.id = free.id
		RETURNING free.free_at AS was_free_at, j.topic, j.id, j.account, j.subject, j.due, j.attempts
	)
	SELECT (SELECT free_at FROM next), ` + jobColumns + `
	FROM (SELECT) AS always LEFT JOIN claimed AS j ON true
	ORDER BY j.was_free_at, j.id`

// Claim hands out due jobs. All nodes share them.
func (s *Store) Claim(
	ctx context.Context, topic pix.Topic, now, until time.Time, limit int,
) (jobs []pix.Job, next time.Time, err error) {
	if s.opts.ReadOnly {
		return nil, next, fmt.Errorf("%w: %w", book.ErrUnavailable, errReadOnly)
	}
	claims, err := several(ctx, s, readClaim, claimJobs, string(topic), now, until, s.holder(), max(limit, 0))
	for _, c := range claims {
		next = c.next
		if c.ID != 0 {
			jobs = append(jobs, c.Job)
		}
	}
	return jobs, next, err
}

// holder is how jobs name this store.
func (s *Store) holder() int64 { return int64(binary.BigEndian.Uint64(s.identity[:]) >> 1) }

// claim is a job that was claimed, or none, and when the next one is due.
type claim struct {
	next time.Time
	pix.Job
}

func readClaim(c *columns) claim {
	next := c.optionalTime()
	if c.null() {
		c.skip(6)
		return claim{next: next}
	}
	return claim{next, readJob(c)}
}
