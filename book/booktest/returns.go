package booktest

import (
	"fmt"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// modelReturns is what the model knows of returns and MED cases.
type modelReturns struct {
	sent  map[string]*modelReturn // by return id, those of MED cases too
	back  map[string]bool         // return ids of payments that came back, to suspense too
	cases map[string]*modelCase
}

// modelReturn gives back a part of a receipt.
type modelReturn struct {
	modelMoney
	of     *modelMoney
	ofCase string
}

type modelCase struct {
	receipt *modelMoney // nil if not reconciled
	hold    *modelHold  // nil if nothing was left to hold
	account *modelAccount
	status  string // received, approved, rejected, cancelled

	rejected, ended bool // whether it was rejected, even if cancelled since; whether its hold has ended
}

// modelGiven is what was given back of a payment or receipt.
type modelGiven struct {
	returned, onItsWay, disputed int64
	cases                        int
}

func newModelReturns() modelReturns {
	return modelReturns{sent: map[string]*modelReturn{}, back: map[string]bool{}, cases: map[string]*modelCase{}}
}

func returnID(n uint64) pixid.ReturnID { return pixid.ReturnIDFrom("12345678", start, n) }

// giveBack is a step about returns and MED cases.
func (g *Generator) giveBack() *Step {
	switch n := g.rng.IntN(30); {
	case n < 8:
		return g.refund()
	case n < 15:
		return g.returned()
	case n < 20:
		return g.comesBack()
	case n < 25:
		return g.openCase()
	}
	return g.decideCase()
}

// refund returns a part of a receipt, or more than there is.
func (g *Generator) refund() *Step {
	n := g.tick()
	e2e := pick(g, g.model.receipts)
	r := g.model.receipts[e2e]
	if r == nil {
		return g.receipt() // there is none, or it is in suspense
	}
	c := &pix.RefundReceipt{
		ID: pix.MovementID(n), OriginalID: pixid.EndToEndID(e2e), ExternalID: g.external(), ReturnID: returnID(n),
		Amount: money.Centavos(g.amountUpTo(r.amount - r.returned)), Nature: pix.NatureOriginal, Rail: pix.RailHTTP,
		At: g.now,
	}
	for _, id := range g.ids {
		if uint64(id) == r.account.id {
			c.Account = id
		}
	}
	want := g.model.refund(r, int64(c.Amount), c.Account.String()+c.ExternalID, string(c.ReturnID), g.now)
	received := pix.Key{Space: pix.SpaceEndToEndIn, Value: e2e}
	needs := c.Needs()
	needs.Keys = append(needs.Keys, received)
	return &Step{
		Text: fmt.Sprintf("%s of %s goes back as %s, %s", c.Amount, e2e, c.ExternalID, c.ReturnID),
		Want: want, needs: needs,
		decide: func(b *pix.Books) (string, error) {
			target, _ := b.Keys.Get(received)
			c.Original = pix.MovementID(target.ID)
			_, err := c.Decide(b)
			return "accepted", err
		},
	}
}

// amountUpTo is mostly an amount up to most, and seldom more.
func (g *Generator) amountUpTo(most int64) int64 {
	if g.rng.IntN(10) == 0 || most < 1 {
		return g.amount()
	}
	return 1 + g.rng.Int64N(most)
}

func (m *model) refund(r *modelMoney, amount int64, external, id string, now time.Time) string {
	a, fee := r.account, r.account.out(amount)
	switch {
	case m.used["return "+external]:
		return "duplicate"
	case r.status != "confirmed":
		return "not settled"
	case r.cases > 0:
		return "disputed"
	case amount > r.amount-r.returned:
		return "too much"
	case a.posted-a.held < amount+fee:
		return "insufficient"
	}
	m.used["return "+external] = true
	m.sent[id] = &modelReturn{modelMoney: modelMoney{account: a, amount: amount, fee: fee, status: "pending"}, of: r}
	r.returned += amount
	r.onItsWay += amount
	a.change(now, 0, amount+fee)
	return "accepted"
}

// returned tells what became of a return.
func (g *Generator) returned() *Step {
	n := g.tick()
	id := pick(g, g.model.sent)
	if id == "" || g.rng.IntN(20) == 0 {
		id = string(returnID(n)) // nobody's
	}
	kind := pix.ReturnSettled
	if g.rng.IntN(3) == 0 {
		kind = pix.ReturnRejected
	}
	e := pix.Event{ID: "event-" + itoa(n), Type: kind, ReturnID: pixid.ReturnID(id), At: g.now}
	return g.tell(e, func() string { return g.model.returned(e.ID, id, kind == pix.ReturnSettled, g.now) })
}

func (m *model) returned(event, id string, settled bool, now time.Time) string {
	if m.used["event "+event] {
		return "repeated"
	}
	p, ok := m.sent[id]
	if !ok {
		return m.suspend(event, 0)
	}
	total := p.amount + p.fee
	switch {
	case p.status == "pending" && settled:
		p.status = "confirmed"
		p.of.onItsWay -= p.amount
		p.account.change(now, -total, -total)
		m.rail -= p.amount
		m.fees += p.fee
	case p.status == "pending":
		p.status = "failed"
		p.of.onItsWay -= p.amount
		p.of.returned -= p.amount
		p.account.change(now, 0, m.taken(p.account, total, nil)-total)
	case (p.status == "confirmed") == settled, settled && p.late:
		return "repeated"
	case settled:
		p.late = true
		return m.suspend(event, -p.amount)
	default:
		return m.suspend(event, 0)
	}
	return "applied"
}

// comesBack returns a part of a payment, or more than there is.
func (g *Generator) comesBack() *Step {
	n := g.tick()
	e2e, id := pick(g, g.model.payments), string(returnID(n))
	if e2e == "" || g.rng.IntN(20) == 0 {
		e2e = string(endToEndID(n)) // nobody's
	}
	if g.rng.IntN(6) == 0 && len(g.model.back) > 0 {
		id = pick(g, g.model.back)
	}
	most := int64(0)
	if p := g.model.payments[e2e]; p != nil {
		most = p.amount - p.returned
	}
	e := pix.Event{
		ID: "event-" + itoa(n), Type: pix.PaymentReturned, EndToEndID: pixid.EndToEndID(e2e),
		ReturnID: pixid.ReturnID(id), Amount: money.Centavos(g.amountUpTo(most)), At: g.now,
	}
	return g.tell(e, func() string { return g.model.comesBack(e.ID, e2e, id, int64(e.Amount), g.now) })
}

func (m *model) comesBack(event, e2e, id string, amount int64, now time.Time) string {
	if m.used["event "+event] || m.back[id] {
		return "repeated"
	}
	m.back[id] = true
	p, ok := m.payments[e2e]
	switch {
	case ok && p.status == "failed" && !p.late:
		p.late = true
		return m.suspend(event, amount-p.amount)
	case !ok, p.status == "failed", amount > p.amount-p.returned:
		return m.suspend(event, amount)
	}
	if p.status == "pending" {
		total := p.amount + p.fee
		p.status = "confirmed"
		p.account.change(now, -total, -total)
		m.rail -= p.amount
		m.fees += p.fee
	}
	p.returned += amount
	m.rail += amount
	p.account.change(now, amount, m.taken(p.account, amount, nil))
	return "applied"
}

// openCase opens a MED case on a receipt, or on an account that did not receive
// it.
func (g *Generator) openCase() *Step {
	n := g.tick()
	id := "med-" + itoa(n)
	if g.rng.IntN(8) == 0 && len(g.model.cases) > 0 {
		id = pick(g, g.model.cases)
	}
	e := pix.Event{
		ID: "event-" + itoa(n), Type: pix.MEDOpened, EndToEndID: pixid.EndToEndID(pick(g, g.model.receipts)),
		Amount: money.Centavos(g.amount()), At: g.now, MED: &pix.MEDEvent{CaseID: id},
	}
	var named *modelAccount
	if g.rng.IntN(3) == 0 {
		e.MED.Account, named = g.account()
	}
	if e.EndToEndID == "" || g.rng.IntN(20) == 0 {
		e.EndToEndID = endToEndID(n) // nobody's
	}
	return g.tell(e, func() string {
		return g.model.openCase(e.ID, id, g.id, string(e.EndToEndID), named, int64(e.Amount), g.now)
	})
}

func (m *model) openCase(
	event, id string, number uint64, e2e string, named *modelAccount, amount int64, now time.Time,
) string {
	if m.used["event "+event] || m.cases[id] != nil {
		return "repeated"
	}
	r := m.receipts[e2e]
	if r != nil && named != nil && r.account != named {
		r = nil
	}
	if r == nil && named == nil || r != nil && r.status == "failed" {
		return m.suspend(event, 0)
	}
	c := &modelCase{receipt: r, account: named, status: "received"}
	asked := amount
	if r != nil {
		c.account = r.account
		asked = max(min(amount, r.amount-(r.returned-r.onItsWay)-r.disputed), 0)
		r.disputed += asked
	}
	m.cases[id] = c
	if asked == 0 {
		return "applied"
	}
	if r != nil {
		r.cases++
	}
	c.hold = &modelHold{id: number, account: c.account, requested: asked, sweep: true, ofCase: true}
	c.hold.held = min(asked, c.account.posted-c.account.held)
	m.holds = append(m.holds, c.hold)
	c.account.change(now, 0, c.hold.held)
	return "applied"
}

// decideCase tells what became of a MED case.
func (g *Generator) decideCase() *Step {
	n := g.tick()
	id := pick(g, g.model.cases)
	if id == "" || g.rng.IntN(20) == 0 {
		id = "med-" + itoa(n) // nobody's
	}
	what := []string{"accepted", "accepted", "rejected", "cancelled"}[g.rng.IntN(4)]
	e := pix.Event{
		ID: "event-" + itoa(n), Type: pix.EventType("med." + what), At: g.now, MED: &pix.MEDEvent{CaseID: id},
	}
	if what == "accepted" && g.rng.IntN(3) == 0 {
		e.Amount = money.Centavos(g.amount())
	}
	if what == "accepted" && g.rng.IntN(2) == 0 {
		if e.ReturnID = returnID(n); g.rng.IntN(3) == 0 && len(g.model.sent) > 0 {
			e.ReturnID = pixid.ReturnID(pick(g, g.model.sent))
		}
	}
	return g.tell(e, func() string {
		return g.model.decideCase(e.ID, what, id, string(e.ReturnID), int64(e.Amount), g.now)
	})
}

func (m *model) decideCase(event, what, id, returnID string, most int64, now time.Time) string {
	if m.used["event "+event] {
		return "repeated"
	}
	c := m.cases[id]
	open := c != nil && c.hold != nil && !c.hold.closed
	switch {
	case c == nil:
	case what == "accepted":
		return m.accept(c, event, id, returnID, most, now)
	case what == c.status, what == "rejected" && c.rejected:
		return "repeated"
	case what == "rejected" && c.status == "received", what == "cancelled" && (c.status != "approved" || open):
		c.status, c.rejected = what, c.rejected || what == "rejected"
		m.endCase(c, now)
		return "applied"
	}
	return m.suspend(event, 0)
}

func (m *model) accept(c *modelCase, event, id, returnID string, most int64, now time.Time) string {
	first := c.status == "received"
	if other := m.sent[returnID]; other != nil {
		if other.ofCase == id {
			return "repeated"
		}
		return m.suspend(event, 0)
	}
	if !first && c.status != "approved" || c.receipt != nil && c.receipt.status != "confirmed" {
		return m.suspend(event, 0)
	}
	m.used["event "+event] = true
	amount := int64(0)
	if c.hold != nil {
		amount = c.hold.held
	}
	if most > 0 {
		amount = min(amount, most)
	}
	if c.receipt != nil {
		amount = min(amount, c.receipt.amount-c.receipt.returned)
	}
	r := c.receipt
	open := c.hold != nil && !c.hold.closed
	if amount <= 0 && !first && !(open && r != nil && r.amount-r.returned+r.onItsWay == 0) {
		return "repeated"
	}
	c.status = "approved"
	if amount > 0 {
		m.take(c, id, returnID, amount, now)
	}
	done := c.hold == nil || c.hold.closed
	if done || r != nil && r.amount-r.returned+r.onItsWay == 0 {
		m.endCase(c, now)
	}
	return "applied"
}

// take returns what a case's hold holds to the payer.
func (m *model) take(c *modelCase, id, returnID string, amount int64, now time.Time) {
	h := c.hold
	h.held -= amount
	h.gone += amount
	h.captured += amount
	h.closed = h.held == 0 && h.requested == h.gone
	c.account.change(now, -amount, -amount)
	m.rail -= amount
	if c.receipt != nil {
		c.receipt.returned += amount
		c.receipt.disputed -= amount
	}
	if returnID != "" {
		m.sent[returnID] = &modelReturn{
			modelMoney: modelMoney{account: c.account, amount: amount, status: "confirmed"}, ofCase: id,
		}
	}
}

// endCase ends a case's hold, if it is open, and takes the case off its receipt.
func (m *model) endCase(c *modelCase, now time.Time) {
	h := c.hold
	if h == nil || c.ended {
		return
	}
	c.ended = true
	if !h.closed {
		rest := h.held
		h.held, h.gone, h.closed = 0, h.gone+rest, true
		c.account.change(now, 0, m.taken(c.account, rest, h)-rest)
	}
	if c.receipt != nil {
		c.receipt.cases--
		c.receipt.disputed -= h.requested - h.captured
	}
}

// isCase tells whether a record is of a MED case of giveBack, not of remember.
func isCase(r pix.Record) bool { return strings.HasPrefix(r.Name, "med-") }
