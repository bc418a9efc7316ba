package postgres

import (
	"cmp"
	"context"
	"iter"
	"math"

	"github.com/saldo-pix/saldo/pix"
)

const recordColumns = `r.kind, r.name, r.owner, r.number, r.body`

func (r *rows) record(v *pix.Record) {
	r.begin()
	r.small(uint8(v.Kind))
	r.text(v.Name)
	r.uint(v.Owner)
	r.uint(v.Number)
	r.json(string(v.Body))
	r.end()
}

// recordName asks for a record.
func (r *rows) recordName(k pix.RecordKey) {
	r.begin()
	r.small(uint8(k.Kind))
	r.text(k.Name)
	r.end()
}

func readRecord(c *columns) pix.Record {
	r := pix.Record{
		RecordKey: pix.RecordKey{Kind: pix.RecordKind(c.small()), Name: c.text()}, Owner: c.uint(), Number: c.uint(),
	}
	if body := c.text(); body != "" {
		r.Body = []byte(body)
	}
	return r
}

// compareRecords is the order in which records are locked and written.
func compareRecords(a, b pix.RecordKey) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// Record returns one record.
func (s *Store) Record(ctx context.Context, key pix.RecordKey) (pix.Record, error) {
	if !storable(key.Name) {
		return pix.Record{}, pix.ErrNotFound
	}
	return one(ctx, s, pix.ErrNotFound, readRecord,
		`SELECT `+recordColumns+` FROM records AS r WHERE r.kind = $1 AND r.name = $2`, int16(key.Kind), key.Name)
}

const recordsSQL = `SELECT ` + recordColumns + ` FROM records AS r
	WHERE r.kind = $1 AND r.owner = $2 AND r.number < $3 ORDER BY r.number DESC, r.name DESC LIMIT $4`

// Records lists the records of a kind and owner, newest first.
func (s *Store) Records(
	ctx context.Context, kind pix.RecordKind, owner, before uint64, limit int,
) ([]pix.Record, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return several(ctx, s, readRecord, recordsSQL, int16(kind), fit(owner), fit(before), max(limit, 0))
}

// EachRecord yields every record.
func (s *Store) EachRecord(ctx context.Context) iter.Seq2[pix.Record, error] {
	return walk(ctx, s, walkPage, func(ctx context.Context, q querier, after *pix.Record) ([]pix.Record, error) {
		var key pix.RecordKey
		if after != nil {
			key = after.RecordKey
		}
		return list(ctx, q, readRecord, `SELECT `+recordColumns+` FROM records AS r
			WHERE (r.kind, r.name) > ($1, $2) ORDER BY r.kind, r.name LIMIT $3`, int16(key.Kind), key.Name, walkPage)
	})
}
