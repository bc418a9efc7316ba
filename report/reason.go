package report

import (
	"fmt"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// Code names what needs a look.
type Code string

// The codes. From TrialBalance on they are of the house.
const (
	DoesNotAddUp     Code = "DOES_NOT_ADD_UP"     // the entries do not lead from the opening to the closing balance
	DoesNotContinue  Code = "DOES_NOT_CONTINUE"   // the opening balance is not what the day before was closed with
	NetNotPositive   Code = "NET_NOT_POSITIVE"    // nothing is left to spend
	NetCritical      Code = "NET_CRITICAL"        // net is below the critical threshold
	NetWarning       Code = "NET_WARNING"         // net is below the warning threshold
	BlockedShare     Code = "BLOCKED_SHARE"       // too much of the balance is blocked
	HoldShortfall    Code = "HOLD_SHORTFALL"      // holds ask for more than there is
	HoldOverdue      Code = "HOLD_OVERDUE"        // the deadline of holds has passed
	OpenAlerts       Code = "OPEN_ALERTS"         // alerts are open
	DeadLetters      Code = "DEAD_LETTERS"        // notices were given up
	TrialBalance     Code = "TRIAL_BALANCE"       // the sum over all accounts is not zero
	NotCovered       Code = "NOT_COVERED"         // customers have more than is at the rail for them
	SuspenseNotEmpty Code = "SUSPENSE_NOT_EMPTY"  // money or events whose owner is not known
	AccountsDoNotAdd Code = "ACCOUNTS_DO_NOT_ADD" // accounts have the reason DOES_NOT_ADD_UP or DOES_NOT_CONTINUE
)

// Codes lists all codes.
func Codes() []Code {
	return []Code{
		DoesNotAddUp, DoesNotContinue, NetNotPositive, NetCritical, NetWarning, BlockedShare, HoldShortfall,
		HoldOverdue, OpenAlerts, DeadLetters, TrialBalance, NotCovered, SuspenseNotEmpty, AccountsDoNotAdd,
	}
}

// Reason is something that needs a look. What its code has no figure for is nil.
type Reason struct {
	Code    Code    `json:"code"`
	Message string  `json:"message"` // in English; others say it in their language, by the code
	Amount  *Amount `json:"amount"`  // what there is: net, what is blocked or short, a difference
	Limit   *Amount `json:"limit"`   // what Amount was measured by
	Count   *int    `json:"count"`
}

func amount(code Code, c Amount, format string, args ...any) Reason {
	return Reason{Code: code, Message: fmt.Sprintf(format, args...), Amount: &c}
}

func count(code Code, n int, format string) Reason {
	return Reason{Code: code, Message: fmt.Sprintf(format, n), Count: &n}
}

func (r Reason) limit(c Amount) Reason { r.Limit = &c; return r }

// find adds a reason.
func (h *Head) find(r Reason) {
	h.Status = Alert
	h.Reasons = append(h.Reasons, r)
}

// Has tells whether a code is among the reasons.
func (h *Head) Has(c Code) bool {
	for i := range h.Reasons {
		if h.Reasons[i].Code == c {
			return true
		}
	}
	return false
}

// limits are what a balance is judged by.
type limits struct {
	critical, warning Amount
	blocked           int64 // percent
}

// limitsOf returns those of an account's rules, of several of a kind the strictest,
// and where it has none, those that rules begin with.
func limitsOf(a *pix.Alerts) limits {
	strictest := func(k pix.AlertKind, stricter func(x, y int64) int64) int64 {
		var limit int64
		found := false
		if a != nil {
			for i := range a.Rules {
				switch r := &a.Rules[i]; {
				case r.Kind != k || r.Paused:
				case found:
					limit = stricter(limit, r.Threshold)
				default:
					limit, found = r.Threshold, true
				}
			}
		}
		if !found {
			return k.Default()
		}
		return limit
	}
	higher := func(x, y int64) int64 { return max(x, y) }
	lower := func(x, y int64) int64 { return min(x, y) }
	return limits{
		critical: Amount(strictest(pix.AlertCriticalBelow, higher)),
		warning:  Amount(strictest(pix.AlertWarningBelow, higher)),
		blocked:  strictest(pix.AlertBlockedAbove, lower),
	}
}

// judge adds the reasons that are about one account.
func (a *Account) judge(l limits) error {
	net := a.Balance.Net
	if net <= 0 {
		a.find(amount(NetNotPositive, net, "net is %s", net))
	}
	switch {
	case net < l.critical:
		a.find(amount(NetCritical, net, "net %s is below %s", net, l.critical).limit(l.critical))
	case net < l.warning:
		a.find(amount(NetWarning, net, "net %s is below %s", net, l.warning).limit(l.warning))
	}
	if b := a.Balance; exceeds(b.Blocked, b.Gross, l.blocked) {
		share, err := money.Centavos(b.Gross).Share(l.blocked, 100)
		if err != nil {
			return err // a threshold is a part of the whole
		}
		a.find(amount(BlockedShare, b.Blocked, "%s %% of gross is blocked, more than %d %%",
			a.BlockedPercentage, l.blocked).limit(Amount(share)))
	}
	a.judgeRest()
	return nil
}

// judgeRest adds the reasons that accounts and the house have in common.
func (h *Head) judgeRest() {
	if s := h.Holds.Shortfall; s > 0 {
		r := amount(HoldShortfall, s, "holds lack %s", s)
		r.Count = &h.Holds.Short
		h.find(r)
	}
	if n := h.Holds.Overdue; n > 0 {
		h.find(count(HoldOverdue, n, "open holds past their deadline: %d"))
	}
	if n := h.OpenAlerts; n > 0 {
		h.find(count(OpenAlerts, n, "open alerts: %d"))
	}
	if n := h.DeadLetters; n > 0 {
		h.find(count(DeadLetters, n, "notices given up: %d"))
	}
}

// checkFlow completes the flows and finds what does not add up.
func (h *Head) checkFlow() error {
	var a adder
	f := &h.Flow
	f.Expected = f.Opening
	a.add(&f.Expected, f.Credits)
	a.sub(&f.Expected, f.Debits)
	a.sub(&f.Expected, f.Fees)
	f.Difference = f.Closing
	a.sub(&f.Difference, f.Expected)
	b := &h.BlockedFlow
	b.Expected = b.Opening
	a.add(&b.Expected, b.Blocked)
	a.sub(&b.Expected, b.Unblocked)
	b.Difference = b.Closing
	a.sub(&b.Difference, b.Expected)
	if d := f.Difference; d != 0 {
		h.find(amount(DoesNotAddUp, d, "gross is %s, its entries say %s", f.Closing, f.Expected))
	}
	if d := b.Difference; d != 0 {
		h.find(amount(DoesNotAddUp, d, "blocked is %s, its entries say %s", b.Closing, b.Expected))
	}
	if held := h.Holds.Held; h.Holds.Moment == ThenOpen && held != b.Closing {
		d := b.Closing
		a.sub(&d, held)
		h.find(amount(DoesNotAddUp, d, "blocked is %s, its open holds say %s", b.Closing, held))
	}
	return a.err
}

// follow finds an opening balance that is not what the day before was closed with.
func (h *Head) follow(before *Head) {
	if before == nil || !before.Complete || before.Date.Next() != h.Date {
		return
	}
	if was := before.Flow.Closing; was != h.Flow.Opening {
		h.find(amount(DoesNotContinue, h.Flow.Opening, "the day began with %s, and the one before was closed with %s",
			h.Flow.Opening, was).limit(was))
	}
}
