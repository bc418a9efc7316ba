package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// Statement returns a page of an account's movements, newest first: one query for
// the page and the count, so that both are of one snapshot.
func (s *Store) Statement(ctx context.Context, q book.StatementQuery) ([]pix.Movement, int, error) {
	if !storable(q.PixKey) || !storable(q.ExternalID) || !storable(q.EndToEndID) {
		return nil, 0, nil
	}
	sql, args := statementSQL(&q)
	lines, err := several(ctx, s, readStatementLine, sql, args...)
	if err != nil {
		return nil, 0, err
	}
	var page []pix.Movement
	total := 0
	for _, l := range lines {
		if total = l.total; l.movement.ID != 0 {
			page = append(page, l.movement)
		}
	}
	return page, total, nil
}

// statementLine is a movement on a page, or none, and how many are on all pages.
type statementLine struct {
	total    int
	movement pix.Movement
}

func readStatementLine(c *columns) statementLine {
	total := int(c.int())
	if c.null() {
		c.skip(movementWidth)
		return statementLine{total: total}
	}
	return statementLine{total, readMovement(c)}
}

// sharedNames says what the index movements_sharing has, see book.SharesNames. It
// is written as the index says it, which the server must recognize.
const sharedNames = `r.kind = 3 AND r.external_id <> ''`

// statementSQL returns the query for what q asks for. It tests for nothing that q
// does not ask for, and finds what has a key by its key, everything else by the
// index of the account's movements.
func statementSQL(q *book.StatementQuery) (string, []any) {
	var p parameters
	from := `movements AS m`
	if keys := q.Keys(); keys != nil {
		spaces := make([]int16, len(keys))
		for i, k := range keys {
			spaces[i] = int16(k.Space)
		}
		account, value := p.add(fit(keys[0].Account)), p.add(keys[0].Value)
		targets := `SELECT coalesce(o.target, k.target) AS target FROM keys AS k` + onwardKeys(`true`) + `
			WHERE k.space = ANY(` + p.add(spaces) + `) AND k.account = ` + account + ` AND k.value = ` + value
		if q.ExternalID != "" {
			targets += ` UNION SELECT r.id FROM movements AS r
				WHERE r.account = ` + account + ` AND r.external_id = ` + value + ` AND ` + sharedNames
		}
		// OFFSET 0 keeps the server from going another way than by the keys.
		from = `(SELECT DISTINCT target FROM (` + targets + `) AS k OFFSET 0) AS k
			CROSS JOIN LATERAL (SELECT * FROM movements AS m WHERE m.id = k.target OFFSET 0) AS m`
	}
	where := strings.Join(statementFilters(q, &p), ` AND `)
	offset, limit := q.Page()
	most := `ALL`
	if q.CountMax > 0 {
		most = p.add(q.CountMax)
	}
	return `
		SELECT (SELECT count(*) FROM (SELECT FROM ` + from + ` WHERE ` + where + ` LIMIT ` + most + `) AS counted),
			` + movementColumns + `
		FROM (SELECT) AS always LEFT JOIN (
			SELECT m.* FROM ` + from + ` WHERE ` + where + `
			ORDER BY m.id DESC OFFSET ` + p.add(offset) + ` LIMIT ` + p.add(limit) + `
		) AS m ON true
		ORDER BY m.id DESC`, p.list
}

// statementFilters returns the conditions for what q wants.
func statementFilters(q *book.StatementQuery, p *parameters) []string {
	first, end := q.Numbers()
	all := []string{`m.account = ` + p.add(fit(q.Account))}
	if first > 0 {
		all = append(all, `m.id >= `+p.add(fit(first)))
	}
	if !q.Until.IsZero() {
		all = append(all, `m.id < `+p.add(fit(end)), `m.created_at < `+p.add(wholeMicros(q.Until)))
	}
	if !q.From.IsZero() {
		all = append(all, `m.created_at >= `+p.add(wholeMicros(q.From)))
	}
	if q.Kind != 0 {
		all = append(all, `m.kind = `+p.add(int16(q.Kind)))
	}
	if q.Status != 0 {
		all = append(all, `m.status = `+p.add(int16(q.Status)))
	}
	for _, text := range []struct{ column, want string }{
		{`m.pix_key`, q.PixKey}, {`m.external_id`, q.ExternalID}, {`m.end_to_end_id`, q.EndToEndID},
	} {
		if text.want != "" {
			all = append(all, text.column+` = `+p.add(text.want))
		}
	}
	return all
}

// wholeMicros returns the first whole microsecond at or after t: what is kept of
// times is compared with that as it would be with t.
func wholeMicros(t time.Time) time.Time {
	return t.Add(time.Microsecond - 1).Truncate(time.Microsecond)
}

// parameters are those of a query that is put together.
type parameters struct{ list []any }

// add adds a parameter and returns how the query names it.
func (p *parameters) add(v any) string {
	p.list = append(p.list, v)
	return fmt.Sprintf("$%d", len(p.list))
}
