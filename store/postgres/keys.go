package postgres

import (
	"fmt"
	"math"
	"strconv"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

func (r *rows) key(k pix.Key, t pix.Target) {
	r.begin()
	r.small(uint8(k.Space))
	r.uint(uint64(k.Account))
	r.text(k.Value)
	r.uint(uint64(t.Account))
	r.uint(t.ID)
	r.end()
}

// keyName asks for a key.
func (r *rows) keyName(k pix.Key) {
	r.begin()
	r.small(uint8(k.Space))
	r.int(int64(k.Account))
	r.text(k.Value)
	r.end()
}

// movementNumber returns the number that a movement's key is, 0 if it can be none.
func movementNumber(k pix.Key) (id uint64, ok bool) {
	if k.Space != pix.SpaceMovement {
		return 0, false
	}
	id, err := strconv.ParseUint(k.Value, 10, 63)
	return id, err == nil
}

// askable tells whether a key may exist at all.
func askable(k pix.Key) bool {
	if k.Space == pix.SpaceMovement {
		_, ok := movementNumber(k)
		return ok
	}
	return storable(k.Value) && k.Account <= math.MaxInt64
}

const targetColumns = `k.target_account, k.target`

// onwardKeys joins to keys k, of those that lead to movements, keys o that lead on
// from suspense items, see book.Onward. Which those are is told as SQL. OFFSET 0 has
// each looked up by its whole key.
func onwardKeys(movements string) string {
	return fmt.Sprintf(` LEFT JOIN LATERAL (
			SELECT * FROM keys AS s WHERE s.space = %d AND s.account = 0
				AND s.value = CASE WHEN k.target_account = 0 AND %s THEN k.target::text END
			OFFSET 0
		) AS o ON true`, pix.SpaceSolved, movements)
}

// onwardColumns are where k leads in the end.
const onwardColumns = `coalesce(o.target_account, k.target_account) AS target_account,
	coalesce(o.target, k.target) AS target`

func readTarget(c *columns) pix.Target {
	return pix.Target{Account: ledger.AccountID(c.uint()), ID: c.uint()}
}

func readTakenKey(c *columns) book.TakenKey {
	key := pix.Key{Space: pix.Space(c.small()), Account: ledger.AccountID(c.uint()), Value: c.text()}
	return book.TakenKey{Key: key, Target: readTarget(c)}
}

// compareKeys is the order in which keys are inserted, by whomever, so that two
// commits that insert the same keys do not wait for each other crosswise.
func compareKeys(a, b pix.Key) int {
	switch {
	case a.Space != b.Space:
		return int(a.Space) - int(b.Space)
	case a.Account != b.Account:
		return compare(a.Account, b.Account)
	}
	return compare(a.Value, b.Value)
}
