package booktest

import (
	"time"

	"github.com/saldo-pix/saldo/pix"
)

// model says what must be true, in plain maps and as few words as possible. It
// shares no rule with the packages it judges.
type model struct {
	accounts map[uint64]*modelAccount
	payments map[string]*modelMoney // by end-to-end id
	receipts map[string]*modelMoney // by end-to-end id; nil: in suspense
	charges  map[string]*modelMoney // by txid
	holds    []*modelHold           // in the order of their ids
	used     map[string]bool        // external ids and suspended events, with what they are of
	rail     int64                  // what the rail holds for us
	fees     int64
	suspense int64
	suspects int // suspense items

	modelReturns
	records   map[pix.RecordKey]modelRecord
	locations map[string]string // of payments that were given terms, by end-to-end id
}

type modelAccount struct {
	id           uint64
	key          string
	posted, held int64
	in, out      func(int64) int64 // fees
	past         []modelPast
}

type modelPast struct {
	at           time.Time
	posted, held int64
}

// modelMoney is a payment, charge or receipt.
type modelMoney struct {
	account     *modelAccount
	amount, fee int64
	status      string // pending, processing, confirmed, failed
	e2e         string
	expires     time.Time
	late        bool // settled after it had failed
	shares      []*modelShare
	modelGiven
}

type modelHold struct {
	id              uint64
	account         *modelAccount
	requested, held int64
	gone            int64 // captured or released
	sweep, closed   bool
	steps           map[string]bool
	ofCase          bool // of a MED case
	captured        int64
}

func newModel() *model {
	return &model{
		accounts: map[uint64]*modelAccount{}, payments: map[string]*modelMoney{}, receipts: map[string]*modelMoney{},
		charges: map[string]*modelMoney{}, used: map[string]bool{}, modelReturns: newModelReturns(),
		records: map[pix.RecordKey]modelRecord{}, locations: map[string]string{},
	}
}

// change does what one entry does to an account, and remembers when.
func (a *modelAccount) change(now time.Time, posted, held int64) {
	a.posted += posted
	a.held += held
	if n := len(a.past); n > 0 && a.past[n-1].at.After(now) {
		now = a.past[n-1].at
	}
	a.past = append(a.past, modelPast{now, a.posted, a.held})
}

// at is the balance as of an instant.
func (a *modelAccount) at(at time.Time) (posted, held int64) {
	for _, p := range a.past {
		if !p.at.After(at) {
			posted, held = p.posted, p.held
		}
	}
	return posted, held
}

// taken is what holds that wait take of free money, but for one of them.
func (m *model) taken(a *modelAccount, free int64, but *modelHold) int64 {
	var sum int64
	for _, h := range m.holds {
		if h.account != a || !h.sweep || h.closed || h == but {
			continue
		}
		take := min(h.requested-h.held-h.gone, free-sum)
		h.held += take
		sum += take
	}
	return sum
}

func (m *model) open(a *modelAccount, balance int64, now time.Time) string {
	m.accounts[a.id] = a
	if balance > 0 {
		m.rail += balance
		a.change(now, balance, 0)
	}
	return "opened"
}

func (m *model) pay(a *modelAccount, amount int64, external, e2e string, now time.Time) string {
	fee := a.out(amount)
	switch {
	case m.used["payment "+external]:
		return "duplicate"
	case a.posted-a.held < amount+fee:
		return "insufficient"
	}
	m.used["payment "+external] = true
	m.payments[e2e] = &modelMoney{account: a, amount: amount, fee: fee, status: "pending"}
	a.change(now, 0, amount+fee)
	return "accepted"
}

func (m *model) charge(
	a *modelAccount, amount int64, external, txID string, shares []*modelShare, expires time.Time,
) string {
	c := &modelMoney{account: a, amount: amount, status: "pending", shares: shares, expires: expires}
	c.fee = min(a.in(amount), amount)
	switch {
	case m.used["charge "+external]:
		return "duplicate"
	case c.fee+setAside(shares) > amount:
		return "over the value"
	}
	m.used["charge "+external] = true
	m.charges[txID] = c
	return "accepted"
}

// suspend counts an event that fits nothing.
func (m *model) suspend(event string, amount int64) string {
	m.used["event "+event] = true
	m.suspects++
	m.suspense += amount
	m.rail += amount
	return "suspended"
}

// outcome is an event about a payment.
func (m *model) outcome(event, e2e string, settled bool, now time.Time) string {
	if m.used["event "+event] {
		return "repeated"
	}
	p, ok := m.payments[e2e]
	if !ok {
		return m.suspend(event, 0)
	}
	total := p.amount + p.fee
	switch {
	case p.status == "pending" && settled:
		p.status = "confirmed"
		p.account.change(now, -total, -total)
		m.rail -= p.amount
		m.fees += p.fee
	case p.status == "pending":
		p.status = "failed"
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

// receipt is an event about money that comes in: what is processing, settled or
// failed, for a charge or, if txID is empty, for a key.
func (m *model) receipt(event, what, e2e, txID, key string, amount int64, at, now time.Time) string {
	if m.used["event "+event] {
		return "repeated"
	}
	lost := int64(0) // what goes to suspense if nobody takes it
	if what == "settled" {
		lost = amount
	}
	r, seen := m.receipts[e2e]
	switch {
	case seen && r == nil && what == "failed":
		return m.suspend(event, 0)
	case seen && r == nil, seen && what == "processing", seen && r.status == "confirmed" && what == "settled",
		seen && r.status == "failed" && (what == "failed" || r.late):
		return "repeated"
	case seen && r.status == "confirmed":
		return m.suspend(event, 0)
	case seen && r.status == "failed":
		r.late = true
		return m.suspend(event, lost)
	case seen && what == "settled" && r.amount != amount:
		return m.suspend(event, 0)
	}
	if !seen {
		if r = m.payee(what, txID, key, amount, at); r == nil {
			if what == "settled" {
				m.receipts[e2e] = nil
			}
			return m.suspend(event, lost)
		}
		r.e2e = e2e
		m.receipts[e2e] = r
	}
	m.move(r, what, now)
	return "applied"
}

// payee is what a receipt pays: a charge, or a new receipt of the key's owner.
func (m *model) payee(what, txID, key string, amount int64, at time.Time) *modelMoney {
	if c, ok := m.charges[txID]; ok {
		if c.status != "pending" || what != "failed" && (c.amount != amount || at.After(c.expires)) {
			return nil
		}
		return c
	}
	for _, a := range m.accounts {
		if a.key == key {
			return &modelMoney{account: a, amount: amount, fee: min(a.in(amount), amount), status: "pending"}
		}
	}
	return nil
}

// move takes a receipt to its next status.
func (m *model) move(r *modelMoney, what string, now time.Time) {
	a, total, was := r.account, r.amount-r.fee, r.status
	// What the fee eats up leaves no trace before it is final.
	if what == "settled" && (was == "pending" || total == 0) || what == "processing" && total > 0 {
		m.rail += r.amount
		m.fees += r.fee
	}
	switch {
	case what == "processing":
		r.status = "processing"
		if total > 0 {
			a.change(now, total, total)
		}
	case what == "settled":
		r.status = "confirmed"
		for _, s := range r.shares {
			s.held = true
		}
		shared := setAside(r.shares)
		if free := total - shared; total > 0 && was == "processing" {
			a.change(now, 0, m.taken(a, free, nil)-free)
		} else if total > 0 {
			a.change(now, total, shared+m.taken(a, free, nil))
		}
	default:
		r.status = "failed"
		if was == "processing" && total > 0 {
			m.rail -= r.amount
			m.fees -= r.fee
			a.change(now, -total, -total)
		}
	}
}

func (m *model) hold(a *modelAccount, id uint64, amount int64, sweep bool, ofCase string, now time.Time) string {
	for _, h := range m.holds {
		if h.account == a && m.used[ofCase+"/"+itoa(h.id)] {
			if h.requested != amount || h.sweep != sweep {
				return "conflict"
			}
			return "held " + itoa(h.id)
		}
	}
	available := a.posted - a.held
	if !sweep && available < amount {
		return "insufficient"
	}
	h := &modelHold{id: id, account: a, requested: amount, sweep: sweep, steps: map[string]bool{}}
	h.held = min(amount, available)
	m.holds = append(m.holds, h)
	m.used[ofCase+"/"+itoa(id)] = true
	a.change(now, 0, h.held)
	return "held " + itoa(id)
}

// end captures or releases: an amount, or everything when it is 0.
func (m *model) end(id uint64, amount int64, capture bool, step string, now time.Time) string {
	var h *modelHold
	for _, each := range m.holds {
		if each.id == id {
			h = each
		}
	}
	all := amount == 0
	if h != nil && all {
		amount = h.held
	}
	switch {
	case h == nil:
		return "no hold"
	case h.ofCase:
		return "of a case"
	case step != "" && h.steps[step]:
		return "held " + itoa(id)
	case h.closed:
		return "closed"
	case amount == 0 && capture:
		return "not positive"
	case amount > h.held:
		return "too small"
	}
	h.steps[step] = true
	h.held -= amount
	h.gone += amount
	waits := h.sweep && h.requested > h.gone+h.held
	if capture {
		h.closed = h.held == 0 && !waits
		m.rail -= amount
		h.account.change(now, -amount, -amount)
	} else {
		h.closed = h.held == 0
		h.account.change(now, 0, m.taken(h.account, amount, h)-amount)
	}
	return "held " + itoa(id)
}
