package booktest

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
)

// jobsInOrder wants a job to wait for those of its subject that stand before it,
// for as long as they are there, claimed or not.
func jobsInOrder(f *fixture) {
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	put := func(id, subject uint64, due time.Time) {
		j := pix.Job{JobKey: pix.JobKey{Topic: testTopic, ID: id}, Account: maria, Subject: subject, Due: due}
		f.write(pix.Needs{}, func(b *pix.Books) { b.Jobs.Put(j.JobKey, j) })
	}
	end := func(id uint64) { must(f, &pix.EndJob{JobKey: pix.JobKey{Topic: testTopic, ID: id}}) }
	// 10 bears its subject's number, as the first job of a movement may.
	put(12, 10, second(0))
	put(10, 10, second(5))
	put(11, 10, second(0))
	put(20, 7, second(3))
	put(21, 7, second(1))
	f.claims(second(1), second(60), 10, nil, second(3))
	f.claims(second(4), second(64), 10, []uint64{20}, second(5))
	f.claims(second(5), second(65), 10, []uint64{10}, second(64))
	f.claims(second(6), second(66), 10, nil, second(64))
	// Put off, it still stands before the others.
	must(f, &pix.PostponeJob{JobKey: pix.JobKey{Topic: testTopic, ID: 10}, Due: second(30)})
	f.claims(second(7), second(67), 10, nil, second(30))
	end(10)
	end(20)
	f.claims(second(8), second(68), 10, []uint64{11, 21}, time.Time{})
	// What comes late with a lower number stands before those that wait.
	end(11)
	put(9, 10, second(40))
	f.claims(second(9), second(69), 10, nil, second(40))
	end(9)
	end(21)
	f.claims(second(10), second(70), 10, []uint64{12}, time.Time{})
	end(12)
	f.claims(second(100), second(200), 10, nil, time.Time{})
}

// sharedClaims wants accounts to get no more than their share, however many jobs
// of others are due before.
func sharedClaims(f *fixture) {
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	topic := pix.TopicWebhook // which stores are prepared to share out
	put := func(id uint64, account ledger.AccountID, due time.Time) {
		j := pix.Job{JobKey: pix.JobKey{Topic: topic, ID: id}, Account: account, Subject: id * 10, Due: due}
		f.write(pix.Needs{}, func(b *pix.Books) { b.Jobs.Put(j.JobKey, j) })
	}
	for id := range uint64(50) {
		put(id+1, maria, second(0))
	}
	put(100, joao, second(1))
	put(101, joao, second(2))
	put(102, joao, second(9))
	put(200, ana, second(3))
	claim := func(at, until, limit int, shares *outbox.Shares, want ...uint64) time.Time {
		f.t.Helper()
		jobs, next, err := f.s.Claim(f.ctx, topic, second(at), second(until), limit, shares)
		f.fatal(err)
		same(f.t, "claimed jobs", jobIDs(jobs), want)
		return next
	}
	two := &outbox.Shares{Each: 2}
	claim(5, 60, 10, two, 1, 2, 100, 101, 200)
	// Who has its share claimed already is left out.
	without := &outbox.Shares{Each: 2, Left: map[ledger.AccountID]int{maria: 0, joao: 1}}
	if next := claim(6, 61, 10, without); !next.Equal(second(9)) {
		f.t.Errorf("the next job is due at %s: those of an account without a share do not count", next)
	}
	claim(9, 64, 10, without, 102)
	claim(10, 65, 3, &outbox.Shares{Each: 5}, 3, 4, 5)
	claim(11, 66, 10, &outbox.Shares{Each: 1, Left: map[ledger.AccountID]int{maria: 3}}, 6, 7, 8)
	claim(12, 67, 4, nil, 9, 10, 11, 12)
}
