package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/statement"
)

// Options say how a matching is done.
type Options struct {
	// Period is what is compared: lines of other days are only there to be found. The
	// zero value is the days from the first line of the file to the last.
	Period statement.Period
	// Window is how far apart lines may be that nothing but their amount connects.
	Window time.Duration
	// BreaksMax is how many breaks a matching may have; beyond that it fails.
	BreaksMax int
	// Dir is where temporary files are; empty is the system's place for them.
	Dir string
	// Find looks a movement of the account up by its end-to-end id or return id; nil
	// if there are no others than in the period.
	Find func(ctx context.Context, id string) (m pix.Movement, known bool, err error)
	// memory is what each sorter may hold, in bytes; 0 is the default.
	memory int
}

// The default bounds.
const (
	WindowDefault = 15 * time.Minute
	WindowMax     = 24 * time.Hour
	BreaksMax     = 100_000
)

// ErrTooManyBreaks means that the file and the ledger have little in common.
var ErrTooManyBreaks = errors.New("too many breaks: is the file of this account, and of this period?")

// Side adds up one side of a matching, in centavos.
type Side struct {
	Lines   int  `json:"lines"`
	Credits Kept `json:"credits"`
	Debits  Kept `json:"debits"` // positive
}

func (s *Side) add(amount money.Centavos) {
	s.Lines++
	if amount < 0 {
		s.Debits -= Kept(amount)
	} else {
		s.Credits += Kept(amount)
	}
}

// Count adds up what is of one class.
type Count struct {
	Count int  `json:"count"`
	There Kept `json:"there"` // sum of the file's amounts
	Here  Kept `json:"here"`  // sum of the ledger's
}

// Summary is what came out of a matching.
type Summary struct {
	Period  statement.Period `json:"-"`
	File    Side             `json:"file"`   // lines of the period
	Ledger  Side             `json:"ledger"` // entries of the period
	Classes map[Class]Count  `json:"classes"`
	Fees    int              `json:"fees"`    // lines of the file that are fees which the ledger has too
	Outside int              `json:"outside"` // lines of the file that are of other days
}

// Breaks is how many findings are breaks.
func (s *Summary) Breaks() int {
	n := 0
	for class, count := range s.Classes {
		if class != Matched {
			n += count.Count
		}
	}
	return n
}

// matcher matches one file against one ledger.
type matcher struct {
	Options
	ctx         context.Context
	from, until time.Time
	lines       *sorter // that found nobody yet
	entries     *sorter
	feeLines    *sorter
	found       func(Finding) error
	summary     Summary
	breaks      int
	wasReturned map[string]bool // transactions that the file says were returned
	buffer      []byte
	key         []byte
}

// Match matches the lines of a file against the entries of the ledger, and tells
// found of each finding, in no order. The entries are those of the period, which they
// are told, and of the day before and after it. Memory does not grow with either; what there is more goes
// to temporary files, which take about as much as both.
func Match(
	ctx context.Context, o Options, lines iter.Seq2[Line, error],
	entries func(statement.Period) iter.Seq2[Entry, error], found func(Finding) error,
) (Summary, error) {
	m := &matcher{Options: o, ctx: ctx, found: found, wasReturned: make(map[string]bool)}
	m.summary.Classes = make(map[Class]Count)
	m.lines, m.entries, m.feeLines = m.sorter(), m.sorter(), m.sorter()
	err := m.match(lines, entries)
	err = errors.Join(err, m.lines.close(), m.entries.close(), m.feeLines.close())
	return m.summary, err
}

func (m *matcher) sorter() *sorter { return &sorter{dir: m.Dir, memory: m.memory} }

func (m *matcher) match(
	lines iter.Seq2[Line, error], entries func(statement.Period) iter.Seq2[Entry, error],
) error {
	all := m.sorter() // until the period is known
	defer all.close()
	var first, last time.Time
	for l, err := range lines {
		if err == nil {
			err = all.add(nil, m.pack(&l))
		}
		if err != nil {
			return err
		}
		if first.IsZero() || l.At.Before(first) {
			first = l.At
		}
		if l.At.After(last) {
			last = l.At
		}
	}
	if m.Period == (statement.Period{}) {
		if first.IsZero() {
			return problem(0, "", "the file has no lines, so that from and to must be given")
		}
		m.Period = statement.Period{From: statement.DayOf(first), To: statement.DayOf(last)}
	}
	m.summary.Period = m.Period
	m.from, m.until = m.Period.Bounds()
	if err := m.takeLines(all); err != nil {
		return err
	}
	if err := m.takeEntries(entries(m.Period)); err != nil {
		return err
	}
	for _, p := range m.passes() {
		if err := m.pass(p); err != nil {
			return err
		}
	}
	if err := m.leftLines(); err != nil {
		return err
	}
	return m.leftEntries()
}

func (m *matcher) takeLines(all *sorter) error {
	for one, err := range all.all() {
		if err != nil {
			return err
		}
		var l Line
		l.unpack(one.value)
		if err := m.takeLine(&l); err != nil {
			return err
		}
	}
	return all.close()
}

// takeEntries takes in the ledger's side, and settles which of the file's fees are in
// it.
func (m *matcher) takeEntries(entries iter.Seq2[Entry, error]) error {
	fees := m.sorter()
	defer fees.close()
	for e, err := range entries {
		if err == nil {
			err = m.takeEntry(&e, fees)
		}
		if err != nil {
			return err
		}
	}
	return m.matchFees(fees)
}

// outside tells whether a line is of no day of the period.
func (m *matcher) outside(l *Line) bool {
	return !l.At.Before(m.until) || l.At.Before(m.from) && !l.until().After(m.from)
}

func (m *matcher) takeLine(l *Line) error {
	if m.outside(l) {
		m.summary.Outside++
	} else {
		m.summary.File.add(l.booked())
	}
	if l.IsFee = l.IsFee && l.Amount < 0; l.IsFee {
		return m.feeLines.add(nil, m.pack(l))
	}
	return m.lines.add(nil, m.pack(l))
}

func (m *matcher) takeEntry(e *Entry, fees *sorter) error {
	e.near = e.At.Before(m.from) || !e.At.Before(m.until)
	if !e.near {
		m.summary.Ledger.add(e.Amount)
	}
	if e.Fee != 0 && m.feeLines.count > 0 {
		fee := Entry{Number: e.Number, At: e.At, Amount: -e.Fee, ID: e.ID, TransactionID: e.TransactionID, near: true}
		if err := fees.add(nil, m.pack(&fee)); err != nil {
			return err
		}
	}
	return m.entries.add(nil, m.pack(e))
}

// pack is a record as sorters take it; it is overwritten by the next.
func (m *matcher) pack(r record) []byte {
	m.buffer = r.pack(m.buffer[:0])
	return m.buffer
}

// pass is one way to find what goes together. Keys are appended to what is given;
// none means that the line or entry takes no part.
type pass struct {
	by      By
	line    func(key []byte, l *Line) []byte
	entry   func(key []byte, e *Entry) []byte
	ordered bool // by time, which ends the keys; else lines with one key are weighed
	window  time.Duration
	first   bool // the pass that finds what is repeated
}

// passes are the ways in the order in which they are tried.
func (m *matcher) passes() []pass {
	passes := []pass{
		{by: ByID, line: func(key []byte, l *Line) []byte {
			return directed(key, l.ID, l.Amount)
		}, entry: func(key []byte, e *Entry) []byte {
			return directed(key, e.ID, e.Amount)
		}, first: true},
		{by: ByOriginal, line: func(key []byte, l *Line) []byte {
			if l.ID == "" {
				return directed(key, l.Original, l.Amount)
			}
			return directed(key, l.ID, l.Amount)
		}, entry: func(key []byte, e *Entry) []byte {
			return directed(key, e.Original, e.Amount)
		}},
		{by: ByID, line: func(key []byte, l *Line) []byte {
			if l.repeated {
				return nil
			}
			return append(key, l.ID...)
		}, entry: func(key []byte, e *Entry) []byte {
			return append(key, e.ID...)
		}},
	}
	for _, amount := range [...]func(*Entry) (money.Centavos, bool){
		func(e *Entry) (money.Centavos, bool) { return e.pure(), true },
		func(e *Entry) (money.Centavos, bool) { return e.Amount, e.Fee != 0 },
	} {
		passes = append(passes, byTxID(amount))
	}
	for _, neighbours := range [...]bool{false, true} {
		for _, amount := range [...]func(*Entry) (money.Centavos, bool){
			func(e *Entry) (money.Centavos, bool) { return e.pure(), true },
			func(e *Entry) (money.Centavos, bool) { return e.Amount, e.Fee != 0 },
		} {
			passes = append(passes, m.byAmount(amount, neighbours))
		}
	}
	return passes
}

// directed is a key of an id and whether money came or went.
func directed(key []byte, id string, amount money.Centavos) []byte {
	if id == "" {
		return nil
	}
	key = append(append(key, id...), 0)
	if amount < 0 {
		return append(key, '-')
	}
	return append(key, '+')
}

// nameless tells whether a line may be matched by something else than its id: it has
// none that could be right.
func nameless(l *Line) bool {
	if l.Status == Pending || l.Status == Failed {
		return false
	}
	_, payment := pixid.ParseEndToEndID(l.ID)
	_, back := pixid.ParseReturnID(l.ID)
	return payment != nil && back != nil
}

func byTxID(amount func(*Entry) (money.Centavos, bool)) pass {
	return pass{by: ByTxID, ordered: true, window: anyTime, line: func(key []byte, l *Line) []byte {
		if l.TxID == "" || !nameless(l) {
			return nil
		}
		return stamped(amountKey(append(append(key, l.TxID...), 0), l.Amount), l.At)
	}, entry: func(key []byte, e *Entry) []byte {
		a, ok := amount(e)
		if !ok || e.TxID == "" {
			return nil
		}
		return stamped(amountKey(append(append(key, e.TxID...), 0), a), e.At)
	}}
}

func amountKey(key []byte, amount money.Centavos) []byte {
	return strconv.AppendInt(key, int64(amount), 36)
}

// byAmount looks within the window, or for lines that only tell the day, within the
// day, and then within the days around it.
func (m *matcher) byAmount(amount func(*Entry) (money.Centavos, bool), neighbours bool) pass {
	p := pass{by: ByAmount, ordered: true, window: m.Window}
	if neighbours {
		p.window = 24 * time.Hour
	}
	p.line = func(key []byte, l *Line) []byte {
		if !nameless(l) || neighbours && !l.Day {
			return nil
		}
		return stamped(amountKey(append(key, '.'), l.Amount), l.At)
	}
	p.entry = func(key []byte, e *Entry) []byte {
		a, ok := amount(e)
		if !ok {
			return nil
		}
		return stamped(amountKey(append(key, '.'), a), e.At)
	}
	return p
}

// pass tries one way on all that found nobody yet.
func (m *matcher) pass(p pass) error {
	if m.lines.count == 0 || m.entries.count == 0 && !p.first {
		return nil
	}
	restLines, restEntries := m.sorter(), m.sorter()
	j := join{
		pair:       func(l *Line, e *Entry) error { return m.pair(l, e, p.by) },
		aloneLine:  func(l *Line) error { return restLines.add(nil, m.pack(l)) },
		aloneEntry: func(e *Entry) error { return restEntries.add(nil, m.pack(e)) },
	}
	err := m.divided(&j, p, m.lines, m.entries, restLines, restEntries)
	err = errors.Join(err, m.lines.close(), m.entries.close())
	m.lines, m.entries = restLines, restEntries
	return err
}

// split puts those that take part into one sorter, with their keys, and the others
// into another.
func split[T any, P interface {
	*T
	record
}](m *matcher, from *sorter, keyOf func(key []byte, r P) []byte, part, rest *sorter) error {
	n := 0
	for one, err := range from.all() {
		if n++; err == nil && n%1024 == 0 {
			err = m.ctx.Err()
		}
		if err != nil {
			return err
		}
		var r T
		P(&r).unpack(one.value)
		into := rest
		key := keyOf(m.key[:0], &r)
		if len(key) > 0 {
			m.key, into = key, part
		}
		if err := into.add(key, one.value); err != nil {
			return err
		}
	}
	return nil
}

func (m *matcher) run(j *join, p pass, lines, entries *sorter) (err error) {
	if j.lines, err = newCursor(lines); err != nil {
		return err
	}
	defer j.lines.stop()
	if j.entries, err = newCursor(entries); err != nil {
		return err
	}
	defer j.entries.stop()
	if p.ordered {
		return j.sequences(p.window)
	}
	return j.groups(p.first)
}

// tell counts a finding and passes it on.
func (m *matcher) tell(f Finding) error {
	count := m.summary.Classes[f.Class]
	count.Count++
	if f.There != nil {
		count.There += Kept(f.There.Amount)
	}
	if f.Here != nil {
		count.Here += Kept(f.Here.Amount)
	}
	m.summary.Classes[f.Class] = count
	if f.Class != Matched {
		if m.breaks++; m.BreaksMax > 0 && m.breaks > m.BreaksMax {
			return fmt.Errorf("%w (more than %d)", ErrTooManyBreaks, m.BreaksMax)
		}
	}
	return m.found(f)
}
