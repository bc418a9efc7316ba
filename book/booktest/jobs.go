package booktest

import (
	"sync"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// testTopic is the topic of jobs that only the suite makes.
const testTopic pix.Topic = "rail.test"

func (f *fixture) putJob(topic pix.Topic, id uint64, due time.Time) pix.Job {
	f.t.Helper()
	j := pix.Job{JobKey: pix.JobKey{Topic: topic, ID: id}, Account: maria, Subject: id * 10, Due: due}
	f.write(pix.Needs{}, func(b *pix.Books) { b.Jobs.Put(j.JobKey, j) })
	return j
}

func jobIDs(jobs []pix.Job) []uint64 {
	ids := []uint64{}
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func jobPages(f *fixture) {
	var want []pix.Job
	for _, id := range []uint64{3, 1, 1 << 40, 2, 256, 65_536, 1<<53 - 1} {
		f.putJob(testTopic+"x", id, start)
		want = append(want, f.putJob(testTopic, id, start.Add(time.Duration(id%7)*time.Second)))
		f.putJob("rail", id, start)
	}
	order := []int{1, 3, 0, 4, 5, 2, 6}
	sorted := make([]pix.Job, len(want))
	for i, from := range order {
		sorted[i] = want[from]
	}
	for _, page := range []struct {
		after uint64
		limit int
		want  []pix.Job
	}{{0, 100, sorted}, {0, 3, sorted[:3]}, {3, 3, sorted[3:6]}, {1 << 40, 9, sorted[6:]}, {1<<53 - 1, 9, nil}} {
		got, err := f.s.Jobs(f.ctx, testTopic, page.after, page.limit)
		f.fatal(err)
		same(f.t, "jobs", got, page.want)
	}
	none, err := f.s.Jobs(f.ctx, "rail.tes", 0, 9)
	f.fatal(err)
	same(f.t, "jobs of a topic without any", none, []pix.Job{})
}

// claims claims jobs and asserts which, and when the next one is due.
func (f *fixture) claims(now, until time.Time, limit int, want []uint64, next time.Time) {
	f.t.Helper()
	jobs, gotNext, err := f.s.Claim(f.ctx, testTopic, now, until, limit, nil)
	f.fatal(err)
	same(f.t, "claimed jobs", jobIDs(jobs), want)
	// What is due already is due already, no matter since when.
	if late := !next.IsZero() && !next.After(now); late && !gotNext.IsZero() && !gotNext.After(now) {
		return
	}
	if !gotNext.Equal(next) {
		f.t.Errorf("the next job is due at %s, want %s", gotNext, next)
	}
}

func claim(f *fixture) {
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	f.claims(start, second(60), 10, nil, time.Time{})
	f.putJob(testTopic, 1, second(3))
	f.putJob(testTopic, 2, second(1))
	f.putJob(testTopic, 3, second(2))
	f.putJob(testTopic, 4, second(100))
	f.putJob("rail.other", 5, second(0))
	f.claims(second(0), second(60), 10, nil, second(1))
	f.claims(second(1), second(31), 10, []uint64{2}, second(2))
	f.claims(second(3), second(41), 1, []uint64{3}, second(3))
	f.claims(second(3), second(51), 10, []uint64{1}, second(31))
	f.claims(second(30), second(60), 10, nil, second(31))
	// A lease that ran out makes the job free again, and it is as it was.
	jobs, next, err := f.s.Claim(f.ctx, testTopic, second(31), second(62), 10, nil)
	f.fatal(err)
	same(f.t, "job of which the lease ran out", jobs, []pix.Job{
		{JobKey: pix.JobKey{Topic: testTopic, ID: 2}, Account: maria, Subject: 20, Due: second(1)},
	})
	if !next.Equal(second(41)) {
		f.t.Errorf("the next job is due at %s", next)
	}
	listed, err := f.s.Jobs(f.ctx, testTopic, 0, 10)
	f.fatal(err)
	same(f.t, "claimed jobs are still listed", jobIDs(listed), []uint64{1, 2, 3, 4})
}

func postponeAndRemove(f *fixture) {
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	f.putJob(testTopic, 1, second(0))
	f.putJob(testTopic, 2, second(0))
	f.claims(second(0), second(60), 10, []uint64{1, 2}, time.Time{})
	// A commit that writes the job anew ends the lease: it is free when it is due.
	noted := pix.Job{
		JobKey: pix.JobKey{Topic: testTopic, ID: 1}, Account: maria, Subject: 10, Due: second(0),
		Note: "é 😀 \" ' \\u0000 {\"a\":1}",
	}
	f.write(pix.Needs{Jobs: []pix.JobKey{noted.JobKey}}, func(b *pix.Books) { b.Jobs.Put(noted.JobKey, noted) })
	listed, err := f.s.Jobs(f.ctx, testTopic, 0, 1)
	f.fatal(err)
	same(f.t, "job with a note", listed, []pix.Job{noted})
	j := must(f, &pix.PostponeJob{JobKey: pix.JobKey{Topic: testTopic, ID: 1}, Due: second(5)})
	if j.Attempts != 1 || j.Note != noted.Note {
		f.t.Errorf("postponed job %+v", j)
	}
	f.claims(second(4), second(60), 10, nil, second(5))
	f.claims(second(5), second(65), 10, []uint64{1}, second(60))
	must(f, &pix.EndJob{JobKey: pix.JobKey{Topic: testTopic, ID: 1}})
	must(f, &pix.EndJob{JobKey: pix.JobKey{Topic: testTopic, ID: 1}})
	f.claims(second(60), second(90), 10, []uint64{2}, time.Time{})
	must(f, &pix.EndJob{JobKey: pix.JobKey{Topic: testTopic, ID: 2}})
	f.claims(second(1000), second(2000), 10, nil, time.Time{})
	left, err := f.s.Jobs(f.ctx, testTopic, 0, 10)
	f.fatal(err)
	if len(left) != 0 {
		f.t.Errorf("left: %+v", left)
	}
	if _, err := run(f, &pix.PostponeJob{JobKey: pix.JobKey{Topic: testTopic, ID: 2}}); err != pix.ErrNotFound {
		f.t.Errorf("postponing a job that ended: %v", err)
	}
	// A number may come again, and removing what was never there is no error.
	f.putJob(testTopic, 2, second(7))
	f.write(pix.Needs{}, func(b *pix.Books) { b.Jobs.Delete(pix.JobKey{Topic: testTopic, ID: 77}) })
	f.claims(second(7), second(90), 10, []uint64{2}, time.Time{})
}

func concurrentClaims(f *fixture) {
	const jobs, callers = 200, 8
	for id := range uint64(jobs) {
		f.putJob(testTopic, id+1, start)
	}
	var mu sync.Mutex
	owners := make(map[uint64]int)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for {
				got, _, err := f.s.Claim(f.ctx, testTopic, start, start.Add(time.Hour), 7, nil)
				if err != nil {
					f.t.Error(err)
				}
				mu.Lock()
				for _, j := range got {
					owners[j.ID]++
				}
				mu.Unlock()
				if len(got) == 0 {
					return
				}
			}
		})
	}
	all.Wait()
	for id := range uint64(jobs) {
		if owners[id+1] != 1 {
			f.t.Errorf("job %d was claimed %d times", id+1, owners[id+1])
		}
	}
}

func credential(clientID string, account ledger.AccountID, certificate byte) auth.Credential {
	return auth.Credential{
		ClientID: clientID, Account: account, Salt: [16]byte{1, 2, certificate}, SecretHash: [32]byte{3, certificate},
		Certificate: auth.Fingerprint{certificate, 31: 9}, CreatedAt: start,
	}
}

func credentials(f *fixture) {
	a, b := credential("account-10001-bbbbbbbb", maria, 1), credential("account-10001-aaaaaaaa", maria, 2)
	c := credential("account-10002-cccccccc", joao, 3)
	c.Scope = "pix:read balance:read"
	for _, each := range []auth.Credential{a, b, c} {
		f.fatal(f.s.PutCredential(f.ctx, each))
		got, err := f.s.Credential(f.ctx, each.ClientID)
		f.fatal(err)
		same(f.t, "credential", got, each)
	}
	list := func(want ...auth.Credential) {
		f.t.Helper()
		got, err := f.s.Credentials(f.ctx, maria)
		f.fatal(err)
		same(f.t, "credentials of an account", got, want)
	}
	list(b, a)
	a.SecretHash, a.CreatedAt, a.Scope = [32]byte{7}, start.Add(time.Hour), "balance:read"
	f.fatal(f.s.PutCredential(f.ctx, a))
	list(b, a)
	f.fatal(f.s.DeleteCredential(f.ctx, b.ClientID))
	list(a)
	if err := f.s.DeleteCredential(f.ctx, b.ClientID); err != auth.ErrNoCredential {
		f.t.Errorf("removed twice: %v", err)
	}
	missing[auth.Credential](f.t, "removed credential", auth.ErrNoCredential)(f.s.Credential(f.ctx, b.ClientID))
	got, err := f.s.Credential(f.ctx, c.ClientID)
	f.fatal(err)
	same(f.t, "another account's credential", got, c)
}

func bound(f *fixture) {
	first, second := credential("account-10001-aaaaaaaa", maria, 1), credential("account-10001-bbbbbbbb", maria, 1)
	is := func(certificate byte, want ledger.AccountID) {
		f.t.Helper()
		got, err := f.s.Bound(f.ctx, auth.Fingerprint{certificate, 31: 9})
		if want == 0 {
			missing[ledger.AccountID](f.t, "certificate of nobody", auth.ErrNoCredential)(got, err)
		} else if got != want || err != nil {
			f.t.Errorf("certificate is bound to %s, %v; want %s", got, err, want)
		}
	}
	is(1, 0)
	f.fatal(f.s.PutCredential(f.ctx, first))
	f.fatal(f.s.PutCredential(f.ctx, second))
	is(1, maria)
	is(2, 0)
	f.fatal(f.s.DeleteCredential(f.ctx, first.ClientID))
	is(1, maria)
	second.Certificate = auth.Fingerprint{2, 31: 9} // replaced by one with a new certificate
	f.fatal(f.s.PutCredential(f.ctx, second))
	is(1, 0)
	is(2, maria)
	f.fatal(f.s.DeleteCredential(f.ctx, second.ClientID))
	is(2, 0)
}
