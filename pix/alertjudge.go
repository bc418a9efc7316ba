package pix

import (
	"math/bits"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// sight is what rules judge: an account after an entry of its journal, or after
// time has passed.
type sight struct {
	at      time.Time
	balance ledger.Balance
	entry   uint64
	receipt bool // the entry brought money that was received
	base    money.Centavos
	based   bool // base was measured: net a day ago
}

func (s *sight) figures() Figures { return Figures{s.balance.Posted, s.balance.Held, s.entry} }

// AlertRebase is how old the measure of the pace of the last day may become.
const AlertRebase = 5 * time.Minute

const day = 24 * time.Hour

// grain is how exactly a rule on receipts remembers the newest one, so that not
// every receipt writes: a sixtieth of the time that it watches.
func (r *AlertRule) grain() time.Duration { return r.span() / 60 }

func (r *AlertRule) span() time.Duration { return time.Duration(r.Threshold) * time.Minute }

// noReceiptAt is when a rule on receipts begins to hold unless something comes. It
// is never too early and at most grain late.
func (r *AlertRule) noReceiptAt() time.Time { return r.State.Last.Add(r.grain() + r.span()) }

// see returns the rule's state after a sight, without what it tells: whether the
// condition holds, with hysteresis.
func (r *AlertRule) see(s *sight) AlertState {
	state := r.State
	margin := int64(0)
	if state.On {
		margin = r.Hysteresis
	}
	net, limit := s.balance.Available(), r.Threshold
	switch r.Kind {
	case AlertCriticalBelow, AlertWarningBelow:
		state.On = int64(net) < limit+margin
	case AlertHighAbove:
		state.On = int64(net) > limit-margin
	case AlertBlockedAbove:
		state.On = s.balance.Posted > 0 &&
			compareProducts(s.balance.Held, 100, s.balance.Posted, limit-margin) > 0
	case AlertNoReceipt:
		if s.receipt && s.at.Sub(state.Last) > r.grain() || s.receipt && state.On {
			state.Last = s.at
		}
		rule := AlertRule{Threshold: r.Threshold, State: state}
		state.On = !s.at.Before(rule.noReceiptAt())
	case AlertRunwayBelow:
		drop := s.base - net
		state.On = s.based && drop > 0 &&
			compareProducts(net, int64(day/time.Minute), drop, limit+margin) < 0
	}
	return state
}

// compareProducts compares a×b with c×d, of which none is negative but a: an
// account's net may be below zero by an operator's act.
func compareProducts(a money.Centavos, b int64, c money.Centavos, d int64) int {
	if a < 0 || d < 0 {
		return compareSigned(a < 0, d < 0)
	}
	highA, lowA := bits.Mul64(uint64(a), uint64(b))
	highC, lowC := bits.Mul64(uint64(c), uint64(d))
	switch {
	case highA > highC || highA == highC && lowA > lowC:
		return 1
	case highA == highC && lowA == lowC:
		return 0
	}
	return -1
}

func compareSigned(left, right bool) int {
	switch {
	case left && right:
		return 0
	case left:
		return -1
	}
	return 1
}

// telling is what a rule has to tell after a sight.
type telling struct {
	rule  int // its place among the rules
	what  string
	alert Alert
}

// judge returns the rules after a sight, what they have to tell, and when they
// must be looked at again though nothing happens; zero if never. It writes nothing
// through: rules is returned as it is where changed is false. newID is asked for
// the number of each alert that begins.
func judge(rules []AlertRule, s *sight, newID func() uint64) (
	next []AlertRule, told []telling, again time.Time, changed bool,
) {
	next = make([]AlertRule, len(rules))
	grave := false
	for i := range rules {
		next[i] = rules[i]
		if !rules[i].Paused {
			next[i].State = rules[i].see(s)
			grave = grave || rules[i].Kind == AlertCriticalBelow && next[i].State.On
		}
	}
	for i := range next {
		r := &next[i]
		if r.Paused {
			continue
		}
		t, due := r.tell(s, grave && r.Kind == AlertWarningBelow, newID)
		if t.what != "" {
			t.rule = i
			told = append(told, t)
		}
		again = earlier(again, due)
		changed = changed || r.State != rules[i].State
	}
	if !changed {
		return rules, told, again, false
	}
	return next, told, again, true
}

// tell raises, reminds of or ends the rule's alert after see, and returns when the
// rule must be looked at again; zero if only a change can move it.
func (r *AlertRule) tell(s *sight, outranked bool, newID func() uint64) (t telling, again time.Time) {
	state := &r.State
	holds := state.On && !outranked
	switch {
	case holds && state.Open == nil:
		if ready := state.RaisedAt.Add(r.Cooldown); !state.RaisedAt.IsZero() && s.at.Before(ready) {
			return t, ready
		}
		state.RaisedAt = s.at
		state.Open = &Alert{
			ID: newID(), Rule: r.ID, Name: r.Name, Kind: r.Kind, Threshold: r.Threshold, RaisedAt: s.at,
			Raised: s.figures(),
		}
		return telling{what: AlertRaised, alert: *state.Open}, r.remindAt()
	case !holds && state.Open != nil:
		outcome := AlertResolved
		if outranked && state.On {
			outcome = AlertSuperseded
		}
		t = telling{what: string(outcome), alert: r.end(s, outcome)}
	case holds:
		if due := r.remindAt(); !due.IsZero() && !s.at.Before(due) {
			open := *state.Open
			open.Reminders, open.RemindedAt = open.Reminders+1, s.at
			state.Open = &open
			t = telling{what: AlertReminded, alert: open}
		}
		return t, r.remindAt()
	}
	if r.Kind == AlertNoReceipt && !state.On {
		again = r.noReceiptAt()
	}
	return t, again
}

// end ends the rule's open alert and returns it.
func (r *AlertRule) end(s *sight, outcome AlertOutcome) Alert {
	ended := *r.State.Open
	ended.EndedAt, ended.Ended, ended.Outcome = s.at, s.figures(), outcome
	r.State.Open = nil
	return ended
}

// remindAt is when the open alert is to be reminded of; zero if it is not.
func (r *AlertRule) remindAt() time.Time {
	open := r.State.Open
	if open == nil || r.Reminder == 0 || !open.AcknowledgedAt.IsZero() || open.Reminders >= AlertRemindersMax {
		return time.Time{}
	}
	last := open.RaisedAt
	if open.Reminders > 0 {
		last = open.RemindedAt
	}
	return last.Add(r.Reminder)
}

// earlier returns the earlier of two times, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
