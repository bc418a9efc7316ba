package reconcile

import (
	"errors"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// pair judges two that go together.
func (m *matcher) pair(l *Line, e *Entry, by By) error {
	if m.outside(l) && e.near {
		return nil
	}
	f := Finding{By: by, There: l, Here: e}
	f.Class, f.Why = judge(l, e)
	if f.Class == WasReturned && e.TransactionID != "" {
		m.wasReturned[e.TransactionID] = true
	}
	return m.tell(f)
}

// judge is what two that go together are: the gravest of what differs.
func judge(l *Line, e *Entry) (Class, string) {
	switch {
	case (l.Amount < 0) != (e.Amount < 0) && l.Amount != 0 && e.Amount != 0:
		return WrongDirection, ""
	case !e.agrees(l.Amount):
		return AmountDiffers, ""
	case l.Status == Pending, l.Status == Failed:
		return StatusDiffers, "the file says " + l.Status.String() + ", the ledger has it settled"
	case l.Status == Returned:
		return WasReturned, "the file says that it was returned"
	case !sameDay(l, e.At):
		return DayBoundary, ""
	}
	return Matched, ""
}

func sameDay(l *Line, at time.Time) bool {
	if l.Day {
		return !at.Before(l.At) && at.Before(l.until())
	}
	if l.At.Equal(at) {
		return true
	}
	year, month, day := pix.DayOf(l.At)
	y, mo, d := pix.DayOf(at)
	return d == day && mo == month && y == year
}

// matchFees looks for the fees of the file among those that the ledger took with its
// entries: by the id of what they are for, and else by amount and time. The ledger
// has no entries of fees alone, so what is left is unexplained.
func (m *matcher) matchFees(fees *sorter) error {
	passes := []pass{
		{line: func(key []byte, l *Line) []byte {
			return directed(key, l.ID, l.Amount)
		}, entry: func(key []byte, e *Entry) []byte {
			return directed(key, e.ID, e.Amount)
		}},
		{line: func(key []byte, l *Line) []byte {
			return stamped(amountKey(append(key, '.'), l.Amount), l.At)
		}, entry: func(key []byte, e *Entry) []byte {
			return stamped(amountKey(append(key, '.'), e.Amount), e.At)
		}, ordered: true, window: m.Window},
	}
	for _, p := range passes {
		if m.feeLines.count == 0 {
			return nil
		}
		restLines, restEntries := m.sorter(), m.sorter()
		j := join{
			pair: func(l *Line, e *Entry) error {
				if m.outside(l) {
					return nil
				}
				if !e.agrees(l.Amount) {
					why := "the fee was " + e.Amount.String()
					return m.tell(Finding{Class: UnexplainedFee, By: ByID, There: l, Why: why})
				}
				m.summary.Fees++
				return nil
			},
			aloneLine:  func(l *Line) error { return restLines.add(nil, m.pack(l)) },
			aloneEntry: func(e *Entry) error { return restEntries.add(nil, m.pack(e)) },
		}
		err := m.divided(&j, p, m.feeLines, fees, restLines, restEntries)
		err = errors.Join(err, m.feeLines.close(), fees.close())
		m.feeLines, *fees = restLines, *restEntries
		if err != nil {
			return err
		}
	}
	return m.leftFees()
}

// divided joins those that take part in a pass, and passes the others on.
func (m *matcher) divided(j *join, p pass, lines, entries, restLines, restEntries *sorter) (err error) {
	partLines, partEntries := m.sorter(), m.sorter()
	defer func() { err = errors.Join(err, partLines.close(), partEntries.close()) }()
	// What was split is closed at once, so that nothing takes its room twice for long.
	if err := errors.Join(split[Line](m, lines, p.line, partLines, restLines), lines.close()); err != nil {
		return err
	}
	if err := errors.Join(split[Entry](m, entries, p.entry, partEntries, restEntries), entries.close()); err != nil {
		return err
	}
	return m.run(j, p, partLines, partEntries)
}

func (m *matcher) leftFees() error {
	for one, err := range m.feeLines.all() {
		if err != nil {
			return err
		}
		l := new(Line)
		l.unpack(one.value)
		if m.outside(l) {
			continue
		}
		if err := m.tell(Finding{Class: UnexplainedFee, There: l}); err != nil {
			return err
		}
	}
	return nil
}

// leftLines judges the lines that found nobody.
func (m *matcher) leftLines() error {
	for one, err := range m.lines.all() {
		if err == nil {
			err = m.ctx.Err()
		}
		if err != nil {
			return err
		}
		l := new(Line)
		l.unpack(one.value)
		if m.outside(l) {
			continue
		}
		f := Finding{There: l}
		if f.Class, f.By, f.Why, err = m.judgeLine(l); err != nil {
			return err
		}
		if err := m.tell(f); err != nil {
			return err
		}
	}
	return nil
}

// judgeLine is what a line is that no entry of the period goes with.
func (m *matcher) judgeLine(l *Line) (Class, By, string, error) {
	if l.repeated {
		return Duplicate, ByID, "", nil
	}
	known, ok, err := m.find(l.ID)
	if err != nil {
		return "", "", "", err
	}
	if ok {
		class, why := m.judgeMovement(l, &known)
		return class, ByID, why, nil
	}
	if _, ok, err = m.find(l.Original); err != nil {
		return "", "", "", err
	}
	switch {
	case ok:
		return WasReturned, ByOriginal, "the file returns what the ledger has not returned", nil
	case l.Status == Returned:
		return WasReturned, ByNothing, "the ledger never had it", nil
	}
	why := ""
	if l.Status != Settled {
		why = "the file says " + l.Status.String()
	}
	return MissingHere, ByNothing, why, nil
}

func (m *matcher) find(id string) (pix.Movement, bool, error) {
	if id == "" || m.Find == nil {
		return pix.Movement{}, false, nil
	}
	return m.Find(m.ctx, id)
}

// judgeMovement is what a line is that goes with movement k, of which the period has
// no entry that goes with nobody.
func (m *matcher) judgeMovement(l *Line, k *pix.Movement) (Class, string) {
	pure, total := k.Amount, k.Total()
	if !k.Kind.Credit() {
		pure, total = -pure, -total
	}
	confirmed := k.Status == pix.Confirmed
	switch {
	case (l.Amount < 0) == k.Kind.Credit() && l.Amount != 0:
		if confirmed && !k.ProcessedAt.Before(m.from) && k.ProcessedAt.Before(m.until) {
			return WasReturned, "the file returns what the ledger has not returned"
		}
		return WrongDirection, ""
	case !confirmed && (l.Status == Pending || l.Status == Failed):
		return Matched, "neither side has booked it"
	case l.Amount != pure && l.Amount != total:
		return AmountDiffers, "it is " + pure.String() + " here"
	case !confirmed:
		return StatusDiffers, "the ledger has it " + k.Status.String()
	case l.Status == Pending, l.Status == Failed:
		return StatusDiffers, "the file says " + l.Status.String() + ", the ledger has it settled"
	case l.Status == Returned:
		return WasReturned, "the file says that it was returned"
	}
	return DayBoundary, "the ledger booked it on " + statement.DayOf(k.ProcessedAt).String()
}

// net is what the entries of one transaction that found nobody come to.
type net struct {
	own    money.Centavos // its entry, without the fee
	back   money.Centavos // its returns
	booked money.Centavos // its entry with the fee, and what takes that back
	seen   int            // entries, returns not counted
}

// leftEntries judges the entries that found nobody. Those of which all came back are
// returned: the file leaves both out.
func (m *matcher) leftEntries() error {
	nets := make(map[string]net)
	for _, near := range [...]bool{false, true} {
		if err := m.addUp(nets, near); err != nil {
			return err
		}
	}
	return m.eachEntry(func(e *Entry) error {
		if e.near {
			return nil
		}
		f := Finding{Class: MissingThere, Here: e}
		switch n := nets[about(e)]; {
		case about(e) == "":
		case e.ParentID != "" && m.wasReturned[e.ParentID]:
			f.Class, f.By, f.Why = WasReturned, ByOriginal, "the file says so of what it gives back"
		case n.seen == 1 && n.own+n.back == 0, n.seen > 1 && n.booked == 0:
			f.Class, f.By, f.Why = WasReturned, ByOriginal, "the file has neither it nor what took it back"
		}
		return m.tell(f)
	})
}

// about is the transaction that an entry is about: that which a return gives back.
func about(e *Entry) string {
	if e.ParentID != "" {
		return e.ParentID
	}
	return e.TransactionID
}

// addUp adds up what found nobody by transaction: the entries of the period, or of
// those transactions the entries around it.
func (m *matcher) addUp(nets map[string]net, near bool) error {
	left := 0
	return m.eachEntry(func(e *Entry) error {
		if e.near != near {
			return nil
		}
		if left++; !near && m.BreaksMax > 0 && m.breaks+left > m.BreaksMax {
			return fmt.Errorf("%w (more than %d)", ErrTooManyBreaks, m.BreaksMax)
		}
		n, known := nets[about(e)]
		switch {
		case about(e) == "" || near && !known:
			return nil
		case e.ParentID != "":
			n.back += e.pure()
		default:
			n.own += e.pure()
			n.booked += e.Amount
			n.seen++
		}
		nets[about(e)] = n
		return nil
	})
}

func (m *matcher) eachEntry(do func(*Entry) error) error {
	for one, err := range m.entries.all() {
		if err == nil {
			err = m.ctx.Err()
		}
		if err != nil {
			return err
		}
		e := new(Entry)
		e.unpack(one.value)
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}
