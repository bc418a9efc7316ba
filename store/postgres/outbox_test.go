package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// TestJobsOfASubjectComeInOrder wants no node to get a job while there is one that
// stands before it.
func TestJobsOfASubjectComeInOrder(t *testing.T) {
	const topic pix.Topic = "rail.test"
	begin := time.Now().UTC().Truncate(time.Microsecond)
	second := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Second) }
	url := pgtest.Shared(t).NewDatabase(t)
	a, b := open(t, url, postgres.Options{}), open(t, url, postgres.Options{})
	put := func(id, subject uint64, due time.Time) {
		t.Helper()
		key := pix.JobKey{Topic: topic, ID: id}
		err := a.Commit(t.Context(), pix.Needs{}, func(b *pix.Books) error {
			b.Jobs.Put(key, pix.Job{JobKey: key, Subject: subject, Due: due})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	claims := func(s *postgres.Store, at int, want ...uint64) time.Time {
		t.Helper()
		jobs, next, err := s.Claim(t.Context(), topic, second(at), second(at+60), 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []uint64
		for _, j := range jobs {
			got = append(got, j.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("at %d: claimed %v, want %v", at, got, want)
		}
		return next
	}
	// Job 10 bears its subject's number, as the first of a movement does.
	put(10, 10, second(0))
	put(11, 10, second(0))
	put(12, 10, second(0))
	put(20, 20, second(1))
	if next := claims(a, 0, 10); !next.Equal(second(1)) {
		t.Errorf("next at %s: 11 stands behind 10", next.Sub(begin))
	}
	if next := claims(b, 0); !next.Equal(second(1)) {
		t.Errorf("next at %s: 11 stands behind a's", next.Sub(begin))
	}
	claims(b, 1, 20)
	claims(a, 1)
	claims(b, 2)
	must(t, a, &pix.EndJob{JobKey: pix.JobKey{Topic: topic, ID: 10}})
	claims(b, 3, 11)
	// b postpones 11: 12 waits behind it.
	must(t, b, &pix.PostponeJob{JobKey: pix.JobKey{Topic: topic, ID: 11}, Due: second(10)})
	claims(a, 4)
	claims(b, 10, 11)
	claims(a, 11)
	must(t, b, &pix.EndJob{JobKey: pix.JobKey{Topic: topic, ID: 11}})
	claims(a, 12, 12)
	// A node that died: its jobs are free when its leases have run out, in order.
	put(13, 10, second(12))
	claims(b, 13)
	claims(b, 12+60, 20, 12)
	claims(b, 12+60)
}
