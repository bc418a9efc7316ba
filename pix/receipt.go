package pix

import "github.com/saldo-pix/saldo/ledger"

// receipt applies what became of money that comes in. After settlement a credit
// is always posted, once per end-to-end id: to its owner, or to suspense.
func (c *ApplyEvent) receipt(b *Books) (Outcome, error) {
	if reason := c.unusable(); reason != "" {
		return c.suspend(b, reason, 0)
	}
	if target, seen := c.seen(b, c.inKey()); seen {
		m, ok := b.Movements.Get(MovementID(target.ID))
		switch {
		case ok:
			return c.knownReceipt(b, m)
		case c.Type == ReceiptFailed:
			return c.suspend(b, "failed after its amount went to suspense", 0)
		}
		return Repeated, nil // it is in suspense
	}
	m, reason := c.newReceipt(b)
	switch {
	case reason != "" && m.Status == Failed && c.Type == ReceiptFailed && c.EndToEndID == "":
		return Repeated, nil
	case reason != "":
		return c.suspendReceipt(b, reason)
	}
	switch c.Type {
	case ReceiptProcessing:
		return Applied, c.arrive(b, m)
	case ReceiptSettled:
		return Applied, c.credit(b, m)
	}
	c.fail(b, m)
	return Applied, nil
}

// unusable tells what keeps the event from being applied to anything, or
// nothing. Only the failure of a charge may be told without an end-to-end id.
func (c *ApplyEvent) unusable() string {
	failed := c.Type == ReceiptFailed
	switch {
	case c.EndToEndID == "" && (!failed || c.TxID == ""):
		return "no endToEndId"
	case c.Amount <= 0 && !failed:
		return "amount is not positive"
	}
	return ""
}

// knownReceipt goes on with a receipt that was seen before.
func (c *ApplyEvent) knownReceipt(b *Books, m Movement) (Outcome, error) {
	switch {
	case c.Type == ReceiptProcessing:
		return Repeated, nil
	case m.Status == Pending && c.Type == ReceiptSettled:
		if m.Amount != c.Amount {
			return c.suspend(b, "amount differs from what was processing", 0)
		}
		return Applied, c.release(b, m)
	case m.Status == Pending:
		return Applied, c.revert(b, m)
	case (m.Status == Confirmed) == (c.Type == ReceiptSettled):
		return Repeated, nil
	case c.Type == ReceiptSettled:
		return c.suspendLate(b, m, "settled after it had failed", c.Amount)
	}
	return c.suspend(b, "failed after it was settled", 0)
}

// newReceipt finds the charge that the receipt pays, or makes a receipt for the
// owner of the key. A reason means that neither can take it.
func (c *ApplyEvent) newReceipt(b *Books) (m Movement, reason string) {
	if m, ok := b.find(c.txKey()); ok && c.TxID != "" {
		reason := c.unpayable(m)
		if reason == "" && c.Type != ReceiptFailed && m.Amount != c.Amount {
			return c.altered(b, m)
		}
		return m, reason
	}
	owner, ok := b.Keys.Get(c.pixKey())
	if !ok || c.PixKey == "" {
		return Movement{}, "no charge and no account takes it"
	}
	profile, ok := b.Profiles.Get(owner.Account)
	if !ok {
		return Movement{}, "no account takes it"
	}
	fee, err := receiptFee(profile, c.Amount)
	if err != nil {
		return Movement{}, "amount is too large"
	}
	return Movement{
		ID: c.NewID, Account: owner.Account, Kind: Receipt, Status: Pending, Amount: c.Amount, Fee: fee,
		PixKey: c.PixKey, CreatedAt: c.Now, Rail: RailHTTP,
	}, ""
}

// altered is charge m with the amount that its payer chose.
func (c *ApplyEvent) altered(b *Books, m Movement) (altered Movement, reason string) {
	profile, ok := b.Profiles.Get(m.Account)
	if !ok {
		return m, "no account takes it"
	}
	fee, err := receiptFee(profile, c.Amount)
	if err != nil {
		return m, "amount is too large"
	}
	m.Amount, m.Fee = c.Amount, fee
	return m, ""
}

// unpayable tells why charge m can't be paid by this event, or nothing.
func (c *ApplyEvent) unpayable(m Movement) string {
	switch {
	case m.Kind != Receipt:
		return "txId is not a charge's"
	case m.Status == Confirmed || m.Processing:
		return "charge is paid already"
	case m.Status == Failed:
		return "charge has failed"
	case c.Type == ReceiptFailed:
		return ""
	case m.Amount != c.Amount && !m.alterable():
		return "amount differs from the charge's"
	case m.expired(c.At):
		return "charge had expired"
	}
	return ""
}

// identify puts what the event tells into m and takes its end-to-end id.
func (c *ApplyEvent) identify(b *Books, m *Movement) {
	m.EndToEndID, m.UpdatedAt = c.EndToEndID, c.Now
	if c.Payer != (Counterpart{}) {
		m.Counterpart = c.Payer
	}
	c.take(b, c.inKey(), Target{m.Account, uint64(m.ID)})
}

// arrive credits and holds what is not final.
func (c *ApplyEvent) arrive(b *Books, m Movement) error {
	m.Processing = true
	if m.Total() > 0 {
		m.Hold = ledger.HoldID(m.ID)
		request := ledger.HoldRequest{
			ID: m.Hold, Account: m.Account, Reason: ledger.ReasonProcessing, Amount: m.Total(), About: uint64(m.ID),
		}
		if _, err := b.Arrive(request, c.Now, c.incoming(b, m)...); err != nil {
			return err
		}
	}
	c.identify(b, &m)
	b.Movements.Put(m.ID, m)
	return nil
}

// incoming are the postings of a receipt: the owner gets the amount less the
// fee, the rail holds the amount for us.
func (c *ApplyEvent) incoming(b *Books, m Movement) []ledger.Posting {
	return []ledger.Posting{
		{Account: m.Account, Amount: m.Total()},
		{Account: c.rail(b), Amount: -m.Amount},
		{Account: b.system(ledger.Fees), Amount: m.Fee},
	}
}

// credit posts a receipt that is final.
func (c *ApplyEvent) credit(b *Books, m Movement) error {
	if err := c.post(b, m); err != nil {
		return err
	}
	c.identify(b, &m)
	m.finish(Confirmed, c.At, c.Now)
	b.finish(m)
	return nil
}

// post credits a receipt. Shares of it that go to others are set aside at once.
func (c *ApplyEvent) post(b *Books, m Movement) error {
	if len(m.splits()) == 0 {
		return b.Transfer(ledger.Fact{About: uint64(m.ID), At: c.Now}, c.incoming(b, m)...)
	}
	return b.setAside(m, c.Now, func(shares []ledger.HoldRequest) error {
		_, err := b.ArriveFor(shares, c.Now, c.incoming(b, m)...)
		return err
	})
}

// free makes what was held while receipt m was processed available, but for the
// shares of it that go to others.
func (c *ApplyEvent) free(b *Books, m Movement) error {
	if len(m.splits()) == 0 {
		_, err := b.Release(m.Hold, m.Total(), c.Now)
		return err
	}
	return b.setAside(m, c.Now, func(shares []ledger.HoldRequest) error {
		_, err := b.Move([]ledger.Part{{Hold: m.Hold, Amount: m.Total()}}, shares, c.Now)
		return err
	})
}

// release makes a receipt final that was held while it was processed.
func (c *ApplyEvent) release(b *Books, m Movement) error {
	if m.Hold == 0 {
		return c.credit(b, m)
	}
	if err := c.free(b, m); err != nil {
		return err
	}
	m.finish(Confirmed, c.At, c.Now)
	b.finish(m)
	return nil
}

// revert takes back a receipt that was held while it was processed.
func (c *ApplyEvent) revert(b *Books, m Movement) error {
	if m.Hold != 0 {
		_, err := b.Capture(m.Hold, m.Total(), c.Now,
			ledger.Posting{Account: b.system(ledger.Settlement), Amount: m.Amount},
			ledger.Posting{Account: b.system(ledger.Fees), Amount: -m.Fee})
		if err != nil {
			return err
		}
	}
	c.fail(b, m)
	return nil
}

// fail makes a receipt final that brings no money.
func (c *ApplyEvent) fail(b *Books, m Movement) {
	if c.EndToEndID != "" {
		c.identify(b, &m)
	}
	m.ErrorCode, m.ErrorMessage = c.ErrorCode, c.ErrorMessage
	m.finish(Failed, c.At, c.Now)
	b.finish(m)
}

// suspendReceipt keeps a receipt for the operator; what was settled is money in
// suspense, and its end-to-end id is taken.
func (c *ApplyEvent) suspendReceipt(b *Books, reason string) (Outcome, error) {
	if c.Type != ReceiptSettled {
		return c.suspend(b, reason, 0)
	}
	if _, seen := b.Keys.Get(c.inKey()); !seen {
		b.Keys.Put(c.inKey(), Target{ID: uint64(c.NewID)})
	}
	return c.suspend(b, reason, c.Amount)
}
