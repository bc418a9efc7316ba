package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
)

// jobsBefore are the jobs of j's subject that stand before it.
const jobsBefore = `
	SELECT FROM jobs AS e
	WHERE e.topic = j.topic AND e.subject = j.subject AND e.id <> e.subject AND e.id < j.id
	UNION ALL
	SELECT FROM jobs AS e
	WHERE e.topic = j.topic AND e.id = j.subject AND e.subject = j.subject AND e.id < j.id`

// claimJobs takes the longest due jobs that nobody else is about to take, and
// says when the next one is due. A job is held back while one of the same subject
// stands before it.
const claimJobs = `
	WITH free AS (
		SELECT j.id, j.free_at FROM jobs AS j
		WHERE j.topic = $1 AND j.free_at <= $2 AND NOT EXISTS (` + jobsBefore + `)
		ORDER BY j.free_at, j.id LIMIT $5 FOR UPDATE OF j SKIP LOCKED
	), next AS (
		SELECT j.free_at FROM jobs AS j
		WHERE j.topic = $1 AND NOT EXISTS (SELECT FROM free WHERE free.id = j.id) AND NOT EXISTS (` + jobsBefore + `)
		ORDER BY j.free_at, j.id LIMIT 1
	), soonest AS (SELECT free_at FROM next)` + takeJobs

// claimShares is claimJobs with a share for each account. It goes from account to
// account, so that one with many jobs is passed over in one step: there are far
// fewer accounts with jobs than jobs, or the outbox keeps up and there are few of
// both. It locks only what it takes; what another takes at that moment is left
// out, and asked for again. Where many accounts have jobs, an account gets no more
// than a few at once, even of a larger share, so that not all jobs must be looked at
// to find the longest due. The topic %s is written out, and not a parameter, for
// the sake of the index jobs_of_account, which has only the topics that are shared
// out.
const claimShares = `
	WITH RECURSIVE owner(account) AS (
		(SELECT j.account FROM jobs AS j WHERE j.topic = %s ORDER BY j.account LIMIT 1)
		UNION ALL
		SELECT (
			SELECT j.account FROM jobs AS j WHERE j.topic = %s AND j.account > o.account ORDER BY j.account LIMIT 1
		) FROM owner AS o WHERE o.account IS NOT NULL
	), share AS (
		SELECT o.account, coalesce(u.share, $6::bigint) AS share
		FROM owner AS o LEFT JOIN unnest($7::bigint[], $8::bigint[]) AS u(account, share) ON u.account = o.account
		WHERE o.account IS NOT NULL AND coalesce(u.share, $6::bigint) > 0
	), longest AS (
		SELECT j.id, j.free_at, s.account FROM share AS s CROSS JOIN LATERAL (
			SELECT j.id, j.free_at FROM jobs AS j
			WHERE j.topic = %s AND j.account = s.account AND j.free_at <= $2 AND NOT EXISTS (` + jobsBefore + `)
			ORDER BY j.free_at, j.id LIMIT least(s.share, 2 + 4 * $5::bigint / (SELECT count(*) FROM share))
		) AS j
		ORDER BY j.free_at, j.id LIMIT $5 + 1
	), free AS (
		SELECT j.id, j.free_at, l.account FROM (SELECT * FROM longest LIMIT $5) AS l CROSS JOIN LATERAL (
			SELECT * FROM jobs AS j WHERE j.topic = %s AND j.id = l.id AND j.free_at <= $2
			FOR UPDATE OF j SKIP LOCKED
		) AS j
	), next AS (
		SELECT free_at FROM longest OFFSET $5
	), later AS (
		SELECT min(j.free_at) AS free_at FROM share AS s CROSS JOIN LATERAL (
			SELECT j.free_at FROM jobs AS j
			WHERE j.topic = %s AND j.account = s.account AND NOT EXISTS (SELECT FROM free WHERE free.id = j.id)
				AND NOT EXISTS (` + jobsBefore + `)
			ORDER BY j.free_at, j.id LIMIT 1
		) AS j
		WHERE (SELECT count(*) FROM free WHERE free.account = s.account) < s.share
			AND NOT EXISTS (SELECT FROM next)
	), soonest AS (
		SELECT free_at FROM next UNION ALL SELECT free_at FROM later WHERE NOT EXISTS (SELECT FROM next)
	)` + takeJobs

// takeJobs takes what is free and returns it.
const takeJobs = `, claimed AS (
		UPDATE jobs AS j SET free_at = $3, holder = $4 FROM free WHERE j.topic = $1 AND j.id = free.id
		RETURNING free.free_at AS was_free_at, j.topic, j.id, j.account, j.subject, j.due, j.attempts, j.note
	)
	SELECT (SELECT free_at FROM soonest), ` + jobColumns + `
	FROM (SELECT) AS always LEFT JOIN claimed AS j ON true
	ORDER BY j.was_free_at, j.id`

// Claim hands out due jobs. All nodes share them.
func (s *Store) Claim(
	ctx context.Context, topic pix.Topic, now, until time.Time, limit int, shares *outbox.Shares,
) (jobs []pix.Job, next time.Time, err error) {
	if s.opts.ReadOnly {
		return nil, next, fmt.Errorf("%w: %w", book.ErrUnavailable, errReadOnly)
	}
	sql, args := claimJobs, []any{string(topic), now, until, s.holder(), max(limit, 0)}
	if shares != nil {
		sql = strings.ReplaceAll(claimShares, "%s", quoted(topic))
		var accounts, lefts []int64
		for account, left := range shares.Left {
			accounts, lefts = append(accounts, fit(account)), append(lefts, int64(max(left, 0)))
		}
		args = append(args, int64(max(shares.Each, 0)), accounts, lefts)
	}
	claims, err := several(ctx, s, readClaim, sql, args...)
	for _, c := range claims {
		next = c.next
		if c.ID != 0 {
			jobs = append(jobs, c.Job)
		}
	}
	return jobs, next, err
}

// quoted is a topic as SQL writes a text.
func quoted(topic pix.Topic) string { return "'" + strings.ReplaceAll(string(topic), "'", "''") + "'" }

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
		c.skip(7)
		return claim{next: next}
	}
	return claim{next, readJob(c)}
}
