package postgres_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// TestRecordsThatCanNotBeKeptAreUnfit wants what PostgreSQL can't keep to be told
// from what it can't keep now.
func TestRecordsThatCanNotBeKeptAreUnfit(t *testing.T) {
	s := open(t, pgtest.Shared(t).NewDatabase(t), postgres.Options{})
	noise := make([]byte, 100_000) // which can't be compressed
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte('a' + rng.IntN(26))
	}
	for what, r := range map[string]pix.Record{
		"body that is not JSON":    {RecordKey: pix.RecordKey{Name: "a"}, Body: []byte(`{`)},
		"body with a NUL byte":     {RecordKey: pix.RecordKey{Name: "a"}, Body: []byte("\"\x00\"")},
		"body that is not UTF-8":   {RecordKey: pix.RecordKey{Name: "a"}, Body: []byte("\"\xff\"")},
		"body of countless depths": {RecordKey: pix.RecordKey{Name: "a"}, Body: []byte(strings.Repeat("[", 1_000_000))},
		"name with a NUL byte":     {RecordKey: pix.RecordKey{Name: "a\x00"}},
		"name too long for a key":  {RecordKey: pix.RecordKey{Name: string(noise)}},
		"number too large":         {RecordKey: pix.RecordKey{Name: "a"}, Number: 1 << 63},
		"owner too large":          {RecordKey: pix.RecordKey{Name: "a"}, Owner: 1<<64 - 1},
	} {
		r.Kind = pix.RecordMED
		err := s.Commit(t.Context(), pix.Needs{Records: []pix.RecordKey{r.RecordKey}}, func(b *pix.Books) error {
			b.Records.Put(r.RecordKey, r)
			return nil
		})
		if !errors.Is(err, book.ErrUnfit) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for r, err := range s.EachRecord(t.Context()) {
		t.Errorf("kept %+v, %v", r, err)
	}
}

// TestRecordsOfNodes lets nodes create, change and remove the same records with
// nothing else in common: no change is lost, and nobody waits for ever.
func TestRecordsOfNodes(t *testing.T) {
	const count, each = 4, 30
	url := pgtest.Shared(t).NewDatabase(t)
	var stores []*postgres.Store
	for range count {
		stores = append(stores, open(t, url, postgres.Options{}))
	}
	var keys []pix.RecordKey
	for i := range 3 {
		keys = append(keys, pix.RecordKey{Kind: pix.RecordDelivery, Name: fmt.Sprint("record ", i)})
	}
	created, removed := make([]int, count), make([]int, count)
	together(count, func(i int) {
		rng := rand.New(rand.NewPCG(uint64(i), 3))
		for range each {
			var made, gone int
			// In an order of its own, which must not matter.
			n := pix.Needs{Stripe: i}
			for _, j := range rng.Perm(len(keys)) {
				n.Records = append(n.Records, keys[j])
			}
			remove := rng.IntN(2) == 0
			err := stores[i].Commit(t.Context(), n, func(b *pix.Books) error {
				made, gone = 0, 0
				for _, key := range n.Records {
					switch _, there := b.Records.Get(key); {
					case there && remove:
						b.Records.Delete(key)
						gone++
					case !there && !remove:
						b.Records.Put(key, pix.Record{RecordKey: key, Owner: uint64(i), Body: []byte(`{}`)})
						made++
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("node %d: %v", i, err)
				return
			}
			created[i] += made
			removed[i] += gone
		}
	})
	left := 0
	for range stores[0].EachRecord(t.Context()) {
		left++
	}
	for i := range count {
		left -= created[i] - removed[i]
	}
	if left != 0 {
		t.Errorf("%d records too many: created %v, removed %v", left, created, removed)
	}
	sound(t, stores[0])
	wantDeadlocks(t, url, 0)
}
