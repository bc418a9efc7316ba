package pix

import "github.com/saldo-pix/saldo/ledger"

// TopicReview lists the open holds that have a deadline: a job per hold, under
// its number, due at the first deadline; one that was put off says so itself.
// Nobody works them off: a deadline asks the operator for a decision and frees
// nothing by itself.
const TopicReview Topic = "review.hold"

func reviewKey(id ledger.HoldID) JobKey { return JobKey{TopicReview, uint64(id)} }

// review lists an open hold for review at its deadline.
func (b *Books) review(h ledger.Hold) {
	if h.Deadline.IsZero() {
		return
	}
	key := reviewKey(h.ID)
	b.Jobs.Put(key, Job{JobKey: key, Account: h.Account, Subject: uint64(h.ID), Due: h.Deadline})
}

// reviewed takes a hold that has ended off the list.
func (b *Books) reviewed(id ledger.HoldID) { b.Jobs.Delete(reviewKey(id)) }
