package book

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// Audited is what Verify reads. Every store's Reader is one.
type Audited interface {
	Auditor
	Hold(ctx context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error)
	Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error)
	Totals(ctx context.Context) (Totals, error)
}

// Progress counts what Verify has gone over.
type Progress struct {
	Accounts  uint64
	Entries   uint64 // each counted once, whatever the number of its lines
	Holds     uint64
	Movements uint64
	Records   uint64
}

// Report is what Verify found.
type Report struct {
	Progress
	// Findings are *ledger.WrongError, *MovementError, *RecordError and *TotalsError.
	Findings []error
	// Stopped tells that there were too many findings to go on.
	Stopped bool
}

// MovementError says how a movement and its hold disagree.
type MovementError struct {
	Account  ledger.AccountID
	Movement pix.MovementID
	What     string
}

func (e *MovementError) Error() string {
	return fmt.Sprintf("account %s movement %s: %s", e.Account, e.Movement, e.What)
}

// RecordError says what is wrong with a record.
type RecordError struct {
	Key  pix.RecordKey
	What string
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("record of kind %d %q: %s", e.Key.Kind, e.Key.Name, e.What)
}

// TotalsError says how the trial balance is wrong.
type TotalsError struct{ What string }

func (e *TotalsError) Error() string { return "trial balance: " + e.What }

const (
	findingsMax   = 100
	progressEvery = 10_000 // records
)

// errEnough ends a verification that has found enough.
var errEnough = errors.New("enough findings")

// Verify goes over everything that is kept and finds what is wrong: entries
// against their hashes, balances and holds against entries, movements against
// holds, totals against balances. Nobody may write meanwhile. It keeps one
// account's open holds in mind, not its entries. progress may be nil. The error
// is one of reading; what is wrong with the books is in the report.
func Verify(ctx context.Context, r Audited, progress func(Progress)) (Report, error) {
	v := verifier{r: r, progress: progress, sums: make(Totals)}
	err := v.run(ctx)
	v.report.Stopped = errors.Is(err, errEnough)
	if v.report.Stopped {
		err = nil
	}
	if progress != nil {
		progress(v.report.Progress)
	}
	return v.report, err
}

type verifier struct {
	r        Audited
	progress func(Progress)
	report   Report
	sums     Totals
	seen     uint64 // records
}

func (v *verifier) run(ctx context.Context) error {
	for a, err := range v.r.EachAccount(ctx) {
		if err == nil {
			err = v.account(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	for m, err := range v.r.EachMovement(ctx) {
		if err == nil {
			err = v.movement(ctx, m)
		}
		if err != nil {
			return err
		}
	}
	for r, err := range v.r.EachRecord(ctx) {
		if err == nil {
			err = v.record(ctx, r)
		}
		if err != nil {
			return err
		}
	}
	return v.totals(ctx)
}

// count counts one record and lets the caller give up.
func (v *verifier) count(ctx context.Context, what *uint64) error {
	*what++
	v.seen++
	if v.seen%progressEvery == 0 && v.progress != nil {
		v.progress(v.report.Progress)
	}
	return ctx.Err()
}

func (v *verifier) find(finding error) error {
	v.report.Findings = append(v.report.Findings, finding)
	if len(v.report.Findings) >= findingsMax {
		return errEnough
	}
	return nil
}

// account checks one account's entries and holds.
func (v *verifier) account(ctx context.Context, a ledger.Account) error {
	if err := v.count(ctx, &v.report.Accounts); err != nil {
		return err
	}
	if err := v.sum(a); err != nil {
		return err
	}
	check := accountCheck{verifier: v, AccountCheck: ledger.NewAccountCheck(a)}
	next, stop := iter.Pull2(v.r.EachHold(ctx, a.ID))
	defer stop()
	for e, err := range v.r.EachEntry(ctx, a.ID) {
		for err == nil && check.Wants(&e) {
			var more bool
			if more, err = check.hold(ctx, next); !more {
				break
			}
		}
		if err == nil {
			err = check.entry(ctx, a.ID, e)
		}
		if err != nil {
			return err
		}
	}
	for {
		if more, err := check.hold(ctx, next); err != nil {
			return err
		} else if !more {
			break
		}
	}
	check.Finish()
	return check.collect()
}

// accountCheck is the check of one account, the findings of which go to the
// report.
type accountCheck struct {
	*verifier
	*ledger.AccountCheck
	collected int
}

func (c *accountCheck) collect() error {
	wrong := c.Wrong()
	for ; c.collected < len(wrong); c.collected++ {
		if err := c.find(wrong[c.collected]); err != nil {
			return err
		}
	}
	return nil
}

func (c *accountCheck) entry(ctx context.Context, id ledger.AccountID, e ledger.Entry) error {
	counted := new(uint64)
	if len(e.Lines) > 0 && e.Lines[0].Account == id {
		counted = &c.report.Entries
	}
	if err := c.count(ctx, counted); err != nil {
		return err
	}
	c.Add(e)
	return c.collect()
}

// hold takes the next hold, if there is one more.
func (c *accountCheck) hold(ctx context.Context, next func() (ledger.Hold, error, bool)) (bool, error) {
	h, err, more := next()
	if err != nil || !more {
		return false, err
	}
	if err := c.count(ctx, &c.report.Holds); err != nil {
		return false, err
	}
	c.AddHold(h)
	if err := c.collect(); err != nil {
		return false, err
	}
	return true, c.owner(ctx, h)
}

// owner checks that an open hold for a movement has a movement that is pending.
func (v *verifier) owner(ctx context.Context, h ledger.Hold) error {
	switch h.Reason {
	case ledger.ReasonPayment, ledger.ReasonReturn, ledger.ReasonProcessing:
	case ledger.ReasonSplit:
		return v.share(ctx, h)
	default:
		return nil
	}
	if !h.Open() || h.About != uint64(h.ID) {
		return nil // closed, or an operator's
	}
	id := pix.MovementID(h.About)
	m, err := v.r.Movement(ctx, id)
	switch {
	case errors.Is(err, pix.ErrNotFound):
		return v.find(&MovementError{h.Account, id, "is missing, and money is held for it"})
	case err != nil:
		return err
	case m.Status != pix.Pending:
		return v.find(&MovementError{h.Account, id, "is final, and money is held for it"})
	}
	return nil
}

// share checks the hold of a share against its charge.
func (v *verifier) share(ctx context.Context, h ledger.Hold) error {
	id := pix.MovementID(h.About)
	m, err := v.r.Movement(ctx, id)
	what := "is missing, and money is held for a share of it"
	switch {
	case errors.Is(err, pix.ErrNotFound):
	case err != nil:
		return err
	default:
		what = m.WrongShare(h)
	}
	if what == "" {
		return nil
	}
	return v.find(&MovementError{h.Account, id, what})
}

// movement checks a movement against its hold.
func (v *verifier) movement(ctx context.Context, m pix.Movement) error {
	if err := v.count(ctx, &v.report.Movements); err != nil {
		return err
	}
	what := m.Wrong()
	if what == "" && m.Hold != 0 {
		h, err := v.r.Hold(ctx, m.Account, m.Hold)
		switch {
		case errors.Is(err, pix.ErrNotFound):
			what = "its hold is missing"
		case err != nil:
			return err
		default:
			what = m.WrongHold(h)
		}
	}
	if what == "" {
		return nil
	}
	return v.find(&MovementError{m.Account, m.ID, what})
}

// record checks that a record can be read: what it means is its kind's matter.
func (v *verifier) record(ctx context.Context, r pix.Record) error {
	if err := v.count(ctx, &v.report.Records); err != nil {
		return err
	}
	switch {
	case !r.Kind.Valid():
		return v.find(&RecordError{r.RecordKey, "there is no such kind"})
	case r.Name == "":
		return v.find(&RecordError{r.RecordKey, "it has no name"})
	case !json.Valid(r.Body):
		return v.find(&RecordError{r.RecordKey, "its body is not JSON"})
	}
	return nil
}

// sum adds an account to the sums by role.
func (v *verifier) sum(a ledger.Account) error {
	t := v.sums[a.ID.Role()]
	t.Accounts++
	var postedErr, heldErr error
	t.Posted, postedErr = t.Posted.Add(a.Posted)
	t.Held, heldErr = t.Held.Add(a.Held)
	v.sums[a.ID.Role()] = t
	if err := errors.Join(postedErr, heldErr); err != nil {
		return v.find(&TotalsError{fmt.Sprintf("%s: %v", a.ID.Role(), err)})
	}
	return nil
}

// totals checks the trial balance.
func (v *verifier) totals(ctx context.Context) error {
	told, err := v.r.Totals(ctx)
	if err != nil {
		return err
	}
	var sum money.Centavos
	for _, role := range append(ledger.SystemRoles(), ledger.Customer) {
		if sum, err = sum.Add(v.sums[role].Posted); err != nil {
			return v.find(&TotalsError{err.Error()})
		}
		if told[role] != v.sums[role] {
			what := fmt.Sprintf("%s is told as %s, by its accounts %s", role, told[role], v.sums[role])
			if err := v.find(&TotalsError{what}); err != nil {
				return err
			}
		}
	}
	if sum != 0 {
		return v.find(&TotalsError{fmt.Sprintf("all accounts sum to %s, not to zero", sum)})
	}
	return nil
}

func (t Total) String() string {
	return fmt.Sprintf("%d accounts, posted %s, held %s", t.Accounts, t.Posted, t.Held)
}
