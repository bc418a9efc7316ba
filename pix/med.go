package pix

import (
	"errors"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// MEDEvent is what an event tells of a MED case besides what every event does.
// Its Event's Amount is what is disputed or, of one that was accepted, the most
// that goes back now; 0 is all.
type MEDEvent struct {
	CaseID string
	// Account is whose money is asked for, where that is not who received the Pix; 0
	// if not told.
	Account         ledger.AccountID
	Reason          string
	Cause           string
	Description     string
	AnalysisDetails string
	DefenseStatus   string
	Requesting      Bank
	Contested       Bank
}

// The deadlines of a case ask for a review; they free nothing (pix-domain §7.2).
const (
	medAnalysis = 7 * 24 * time.Hour  // after the case was opened
	medWatch    = 90 * 24 * time.Hour // after the Pix: as long as later credits are looked out for
)

func (c *ApplyEvent) medKey() Key   { return Key{Space: SpaceMED, Value: c.MED.CaseID} }
func (c *ApplyEvent) medOfKey() Key { return Key{Space: SpaceMEDOf, Value: c.MED.CaseID} }

func (c *ApplyEvent) medNeeds() Needs {
	n := Needs{Keys: []Key{c.medKey(), c.medOfKey()}, Records: []RecordKey{MEDKey(c.MED.CaseID)}}
	if c.MED.Account != 0 {
		n.Accounts = append(n.Accounts, c.MED.Account)
	}
	if c.ReturnID != "" {
		n.Keys = append(n.Keys, c.returnKey())
	}
	return n
}

// med applies a step of a MED case. Each counts once per case, however often,
// late or out of order it is told.
func (c *ApplyEvent) med(b *Books) (Outcome, error) {
	if c.MED == nil || c.MED.CaseID == "" {
		return c.suspend(b, "no caseId", 0)
	}
	record, known := b.Records.Get(MEDKey(c.MED.CaseID))
	if c.Type == MEDOpened {
		if known {
			return Repeated, nil
		}
		return c.openCase(b)
	}
	if !known {
		return c.suspend(b, "no such MED case", 0)
	}
	mc, err := ReadMEDCase(record)
	if err != nil {
		return 0, err
	}
	switch c.Type {
	case MEDAccepted:
		return c.acceptCase(b, mc)
	case MEDRejected:
		return c.rejectCase(b, mc)
	}
	return c.cancelCase(b, mc)
}

// openCase holds what is disputed, or what is there of it: the rest is taken
// from later credits (pix-domain §7.4).
func (c *ApplyEvent) openCase(b *Books) (Outcome, error) {
	mc, receipt, reason := c.newCase(b)
	if reason != "" {
		return c.suspend(b, reason, 0)
	}
	if mc.Asked > 0 {
		hold, err := b.Place(ledger.HoldRequest{
			ID: ledger.HoldID(mc.Number), Account: mc.Account, Reason: ledger.ReasonMED, Amount: mc.Asked, Sweep: true,
			About: mc.Number, Case: mc.ID, Deadline: c.At.Add(medAnalysis),
		}, c.Now)
		if errors.Is(err, ledger.ErrTooManyWaiting) {
			return c.suspend(b, err.Error(), 0)
		}
		if err != nil {
			return 0, err
		}
		b.review(hold)
		mc.Held, mc.BlockStatus = hold.Held, BlockHeld
		b.Keys.Put(HoldKey(hold.ID), Target{mc.Account, mc.Number})
	}
	for _, key := range []Key{c.medKey(), MEDNumberKey(mc.Number)} {
		b.Keys.Put(key, Target{mc.Account, mc.Number})
	}
	if mc.Reconciled() {
		b.Keys.Put(c.medOfKey(), Target{receipt.Account, uint64(receipt.ID)})
		t := receipt.terms()
		t.Disputed += mc.Asked
		if mc.Asked > 0 {
			t.Cases = append(slices.Clone(t.Cases), mc.ID)
		}
		receipt.setTerms(t)
		b.Movements.Put(receipt.ID, receipt)
	}
	b.putCase(mc)
	b.notifyCase(mc.Account, NoticeMEDCreated, mc.Number)
	return Applied, nil
}

// newCase makes the case that the event opens, and finds the receipt that is
// disputed. A reason means that no account of the house is meant.
func (c *ApplyEvent) newCase(b *Books) (mc MEDCase, receipt Movement, reason string) {
	account := c.MED.Account
	if owner, ok := b.Keys.Get(c.pixKey()); ok && account == 0 && c.PixKey != "" {
		account = owner.Account
	}
	receipt, ok := b.find(c.inKey())
	linked := ok && receipt.Kind == Receipt && (account == 0 || account == receipt.Account)
	switch {
	case linked && receipt.Status == Failed:
		return mc, receipt, "disputes a receipt that has failed"
	case linked:
		account = receipt.Account
	case account == 0:
		return mc, receipt, "no such receipt, and no account is named"
	}
	if _, ok := b.Profiles.Get(account); !ok {
		return mc, receipt, "no such account"
	}
	mc = MEDCase{
		Number: uint64(c.NewID), ID: c.MED.CaseID, Account: account, EndToEndID: c.EndToEndID, Amount: c.Amount,
		Reason: c.MED.Reason, Cause: c.MED.Cause, Description: c.MED.Description, DefenseStatus: c.MED.DefenseStatus,
		Requesting: c.MED.Requesting, Contested: c.MED.Contested, CreatedAt: c.Now.UTC(),
	}
	mc.Asked = mc.Amount
	if linked {
		mc.Receipt = receipt.ID
		if mc.Amount == 0 {
			mc.Amount = receipt.Amount
		}
		mc.Asked = max(min(mc.Amount, disputable(receipt)), 0)
	}
	if mc.Amount <= 0 {
		return mc, receipt, "amount is not positive"
	}
	mc.step(MEDOpen, c.At, c.Now.UTC())
	mc.step(MEDReceived, c.Now, c.Now.UTC())
	return mc, receipt, ""
}

// disputable is what a new case may take of a receipt: what was not returned and
// is not disputed by another case. A return on its way may still fail, and what
// it then gives back is held.
func disputable(receipt Movement) money.Centavos {
	t := receipt.terms()
	return receipt.Amount - (receipt.Returned - t.OnItsWay) - t.Disputed
}

// acceptCase returns what is held to the payer. What is missing goes on being
// looked out for, and a further event of this type returns what has come in
// since.
func (c *ApplyEvent) acceptCase(b *Books, mc MEDCase) (Outcome, error) {
	if c.ReturnID != "" {
		if first, taken := b.Keys.Get(c.returnKey()); taken {
			if slices.Contains(mc.Returns, MovementID(first.ID)) {
				return Repeated, nil
			}
			return c.suspend(b, "returnId is another return's", 0)
		}
	}
	first := mc.Status == MEDReceived
	if !first && (mc.Status != MEDAnalyzed || mc.Result != MEDApproved) {
		return c.suspend(b, "accepted after it was rejected or cancelled", 0)
	}
	receipt, reconciled := b.find(c.medOfKey())
	if reconciled && receipt.Status != Confirmed {
		return c.suspend(b, "accepted, and the receipt is not confirmed", 0)
	}
	// Told again, it must not take what comes in later.
	c.take(b, c.eventKey(), Target{ID: uint64(c.NewID)})
	hold, held := b.Holds.Get(ledger.HoldID(mc.Number))
	amount := hold.Held
	if c.Amount > 0 {
		amount = min(amount, c.Amount)
	}
	if reconciled {
		amount = min(amount, receipt.Refundable())
	}
	if amount <= 0 && !first && !(held && hold.Open() && mc.allBack(receipt)) {
		return Repeated, nil
	}
	if amount > 0 {
		if err := c.giveBack(b, &mc, &receipt, amount); err != nil {
			return 0, err
		}
	}
	if held {
		if err := c.goOnWatching(b, &mc, &receipt); err != nil {
			return 0, err
		}
	}
	mc.Result, mc.BlockStatus = MEDApproved, BlockReturned
	c.decide(b, &mc, MEDAnalyzed)
	b.notifyCase(mc.Account, NoticeMEDAccepted, mc.Number)
	return Applied, nil
}

// giveBack takes amount out of the case's hold and records it as a return.
// receipt is that of the case, or nothing.
func (c *ApplyEvent) giveBack(b *Books, mc *MEDCase, receipt *Movement, amount money.Centavos) error {
	_, err := b.Capture(ledger.HoldID(mc.Number), amount, c.Now,
		ledger.Posting{Account: b.system(ledger.Settlement), Amount: amount})
	if err != nil {
		return err
	}
	m := Movement{
		ID: c.NewID, Account: mc.Account, Kind: ReturnSent, Status: Pending, Amount: amount,
		EndToEndID: pixid.EndToEndID(c.ReturnID), PixKey: receipt.PixKey, Counterpart: receipt.Counterpart,
		Description: mc.Description, Rail: receipt.Rail, Parent: receipt.ID, CreatedAt: c.Now, UpdatedAt: c.Now,
	}
	if receipt.ID == 0 {
		m.Rail, m.Counterpart = RailHTTP, Counterpart{ISPB: mc.Requesting.ISPB, BankName: mc.Requesting.Name}
	} else {
		t := receipt.terms()
		t.Disputed -= amount
		receipt.setTerms(t)
		receipt.listReturn(m.ID)
		receipt.Returned += amount
		receipt.UpdatedAt = c.Now
		b.Movements.Put(receipt.ID, *receipt)
	}
	m.setTerms(Terms{Nature: mc.nature(), Case: mc.ID})
	if c.ReturnID != "" {
		b.Keys.Put(c.returnKey(), Target{m.Account, uint64(m.ID)})
	}
	m.finish(Confirmed, c.At, c.Now)
	b.finish(m)
	mc.Returned += amount
	mc.Returns = append(slices.Clone(mc.Returns), m.ID)
	return nil
}

// goOnWatching keeps the hold of a case that was accepted as long as something is
// to be returned: until a review on day 90 of the Pix. A deadline is never moved
// forward.
func (c *ApplyEvent) goOnWatching(b *Books, mc *MEDCase, receipt *Movement) error {
	hold, _ := b.Holds.Get(ledger.HoldID(mc.Number))
	if mc.allBack(*receipt) || !hold.Open() {
		return c.endHold(b, mc)
	}
	since := receipt.ProcessedAt
	if !mc.Reconciled() {
		since = mc.CreatedAt
	}
	mc.Held = hold.Held
	if deadline := since.Add(medWatch); deadline.After(hold.Deadline) {
		_, err := b.Defer(hold.ID, deadline)
		return err
	}
	return nil
}

// allBack tells whether the whole of the case's receipt was returned, one way or
// another.
func (c *MEDCase) allBack(receipt Movement) bool {
	return c.Reconciled() && receipt.Refundable()+receipt.terms().OnItsWay == 0
}

// rejectCase gives back what is held.
func (c *ApplyEvent) rejectCase(b *Books, mc MEDCase) (Outcome, error) {
	switch {
	case mc.Result == MEDRefused:
		return Repeated, nil
	case mc.Status != MEDReceived:
		return c.suspend(b, "rejected after it was accepted or cancelled", 0)
	}
	if err := c.endHold(b, &mc); err != nil {
		return 0, err
	}
	mc.Result, mc.BlockStatus = MEDRefused, BlockLifted
	c.decide(b, &mc, MEDAnalyzed)
	b.notifyCase(mc.Account, NoticeMEDRejected, mc.Number)
	return Applied, nil
}

// cancelCase gives back what is held, and ends the look-out for what is missing
// of a case that was accepted.
func (c *ApplyEvent) cancelCase(b *Books, mc MEDCase) (Outcome, error) {
	if mc.Status == MEDWithdrawn {
		return Repeated, nil
	}
	hold, held := b.Holds.Get(ledger.HoldID(mc.Number))
	if mc.Result == MEDApproved && !(held && hold.Open()) {
		return c.suspend(b, "cancelled after it was returned", 0)
	}
	if err := c.endHold(b, &mc); err != nil {
		return 0, err
	}
	if mc.Result != MEDApproved {
		mc.BlockStatus = BlockLifted
	}
	c.decide(b, &mc, MEDWithdrawn) // no webhook tells of it (contract §5.3)
	return Applied, nil
}

// decide writes a decision about the case.
func (c *ApplyEvent) decide(b *Books, mc *MEDCase, status MEDStatus) {
	if c.MED.AnalysisDetails != "" {
		mc.AnalysisDetails = c.MED.AnalysisDetails
	}
	if c.MED.DefenseStatus != "" {
		mc.DefenseStatus = c.MED.DefenseStatus
	}
	mc.step(status, c.At, c.Now.UTC())
	b.putCase(*mc)
}

// endHold ends the case's hold, if there is one: what is held is the owner's
// again, and what is missing is no longer waited for.
func (c *ApplyEvent) endHold(b *Books, mc *MEDCase) error {
	hold, held := b.Holds.Get(ledger.HoldID(mc.Number))
	if !held {
		return nil
	}
	if hold.Open() {
		var err error
		if hold, err = b.Void(hold.ID, c.Now); err != nil {
			return err
		}
	}
	mc.Held = 0
	b.reviewed(hold.ID)
	if receipt, ok := b.find(c.medOfKey()); ok {
		b.undispute(receipt, mc, hold)
	}
	return nil
}

// undispute takes the case, the hold of which has ended, off its receipt, which
// may be returned again.
func (b *Books) undispute(receipt Movement, mc *MEDCase, hold ledger.Hold) {
	t := receipt.terms()
	at := slices.Index(t.Cases, mc.ID)
	if at < 0 {
		return
	}
	t.Disputed -= hold.Requested - hold.Captured
	t.Cases = slices.Delete(slices.Clone(t.Cases), at, at+1)
	if len(t.Cases) == 0 {
		t.Cases = nil
	}
	receipt.setTerms(t)
	b.Movements.Put(receipt.ID, receipt)
}
