package pix

import (
	"encoding/binary"
	"hash/fnv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// PayoutSplit is the topic of shares that are to be paid out. A job has the
// number of the share's hold.
const PayoutSplit Topic = "split"

// SplitsMergedMax is how many shares one payment may pay out.
const SplitsMergedMax = 200

// splitJob leaves a share to be paid out when its window ends. Shares that can
// be merged are one subject, so that one at a time is worked on.
func splitJob(r ledger.HoldRequest, s SplitHold, now time.Time) Job {
	job := Job{
		JobKey: JobKey{PayoutSplit, uint64(r.ID)}, Account: r.Account, Subject: uint64(r.ID), Due: now,
	}
	if !s.Due.IsZero() {
		job.Due = s.Due
		sum := fnv.New64a()
		group := binary.BigEndian.AppendUint64(nil, uint64(r.Account))
		group = binary.BigEndian.AppendUint64(group, uint64(s.Due.Unix()))
		_, _ = sum.Write(append(group, s.Key...)) // never fails
		job.Subject = sum.Sum64() >> 11           // as small as other numbers
	}
	return job
}

// Merges tells whether one payment may pay out the shares that a and b hold: they
// are for the same recipient and both waited for the end of a window.
func Merges(a, b ledger.Hold) bool {
	first, isSplit := SplitOf(a)
	second, too := SplitOf(b)
	return isSplit && too && a.Account == b.Account && first.Key == second.Key &&
		!first.Due.IsZero() && !second.Due.IsZero()
}

// PayOutSplits pays shares of charges to their recipient with one payment. The
// money goes from their holds to the payment's at once, so the payment can't
// fail for want of it, whatever else waits for money. What merging saves in fees
// is released. Shares that are paid out already are left out.
type PayOutSplits struct {
	ID         MovementID
	Holds      []ledger.Hold // one, or several that merge; as they were read
	EndToEndID pixid.EndToEndID
	Rail       Topic // of accounts that are not sandbox accounts
	At         time.Time
}

// Needs names the holds, their charges and jobs.
func (c *PayOutSplits) Needs() Needs {
	n := Needs{Accounts: []ledger.AccountID{c.Holds[0].Account}, Keys: c.externalKeys()}
	for _, h := range c.Holds {
		s, _ := SplitOf(h)
		n.Keys = append(n.Keys, s.key(h.Account), MovementKey(s.Charge))
		n.Jobs = append(n.Jobs, JobKey{PayoutSplit, uint64(h.ID)})
	}
	return n
}

// externalKeys are the ids that the payment may have (contract §4.2): with the
// first share's charge and its place among that charge's splits; and, where the
// client has used that itself, with the payment's own number besides.
func (c *PayOutSplits) externalKeys() []Key {
	s, _ := SplitOf(c.Holds[0])
	id := "SPLIT-" + s.Charge.String() + "-" + numberKey(0, uint64(s.Place)).Value
	account := c.Holds[0].Account
	return []Key{{SpacePayment, account, id}, {SpacePayment, account, id + "-" + c.ID.String()}}
}

// due is what a command pays out.
type due struct {
	parts        []ledger.Part // of the holds
	first        Split
	parent       MovementID // the charge, if there is but one
	amount, fees money.Centavos
}

// due gathers the shares whose holds are still open, and ends the jobs of all.
func (c *PayOutSplits) due(b *Books) (due, error) {
	var d due
	for _, asRead := range c.Holds {
		s, isSplit := SplitOf(asRead)
		hold, ok := b.Holds.Get(asRead.ID)
		charge, known := b.Movements.Get(s.Charge)
		if !isSplit || !ok || !known || s.Place < 1 || s.Place > len(charge.splits()) {
			return d, ErrNotFound
		}
		b.Jobs.Delete(JobKey{PayoutSplit, uint64(asRead.ID)})
		if !hold.Open() {
			continue
		}
		split := charge.splits()[s.Place-1]
		switch {
		case len(d.parts) == 0:
			d.first, d.parent = split, charge.ID
		case d.parent != charge.ID:
			d.parent = 0
		}
		d.parts = append(d.parts, ledger.Part{Hold: hold.ID, Amount: hold.Held})
		d.amount += split.Amount // parts of what the account holds, so their sum fits
		d.fees += split.Fee
	}
	return d, nil
}

// Decide places the payment; nothing if all was paid out already.
func (c *PayOutSplits) Decide(b *Books) (Movement, error) {
	account := c.Holds[0].Account
	profile, ok := b.Profiles.Get(account)
	if !ok {
		return Movement{}, ledger.ErrAccountNotFound
	}
	d, err := c.due(b)
	if err != nil || len(d.parts) == 0 {
		return Movement{}, err
	}
	rail, err := profile.rail(c.Rail, "")
	if err != nil {
		return Movement{}, err
	}
	fee, err := profile.Fees.Payment.On(d.amount)
	if err != nil {
		return Movement{}, ErrAmountTooLarge
	}
	external := c.externalKeys()
	if _, taken := b.Keys.Get(external[0]); taken {
		external = external[1:]
	}
	m := Movement{
		ID: c.ID, Account: account, Kind: Payment, Status: Pending, Amount: d.amount, Fee: min(fee, d.fees),
		ExternalID: external[0].Value, EndToEndID: c.EndToEndID, PixKey: d.first.Key,
		Counterpart: Counterpart{Name: d.first.Name, Document: d.first.Document},
		Hold:        ledger.HoldID(c.ID), Rail: rail, Parent: d.parent, CreatedAt: c.At, UpdatedAt: c.At,
	}
	if _, err := b.Move(d.parts, []ledger.HoldRequest{m.paymentHold()}, c.At); err != nil {
		return Movement{}, err
	}
	b.send(m, []Key{external[0]})
	return m, nil
}
