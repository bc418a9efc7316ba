package reconcile_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/statement"
)

// noon is in the middle of the period of these tests, which is one day.
var noon = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)

func day(text string) statement.Day {
	d, err := statement.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

func oneDay() statement.Period {
	return statement.Period{From: day("2026-11-20"), To: day("2026-11-20")}
}

func payID(n int) string  { return string(pixid.EndToEndIDFrom("99999003", noon, uint64(n))) }
func backID(n int) string { return string(pixid.ReturnIDFrom("99999003", noon, uint64(n))) }

func seq[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range all {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// of is a ledger that has the same entries whatever the period.
func of(entries iter.Seq2[reconcile.Entry, error]) func(statement.Period) iter.Seq2[reconcile.Entry, error] {
	return func(statement.Period) iter.Seq2[reconcile.Entry, error] { return entries }
}

// matched runs a matching and shows its findings, each as
// "class by line/entry", in order.
func matched(t *testing.T, o reconcile.Options, lines []reconcile.Line, entries []reconcile.Entry) []string {
	t.Helper()
	if o.Period == (statement.Period{}) {
		o.Period = oneDay()
	}
	if o.Window == 0 {
		o.Window = reconcile.WindowDefault
	}
	for i := range lines {
		lines[i].Number = i + 1
	}
	var got []string
	_, err := reconcile.Match(t.Context(), o, seq(lines), of(seq(entries)), func(f reconcile.Finding) error {
		got = append(got, show(f))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	return got
}

func show(f reconcile.Finding) string {
	there, here := "-", "-"
	if f.There != nil {
		there = fmt.Sprint(f.There.Number)
	}
	if f.Here != nil {
		here = fmt.Sprint(f.Here.Number)
	}
	by := string(f.By)
	if by == "" {
		by = "nothing"
	}
	return fmt.Sprintf("%s by %s %s/%s", f.Class, by, there, here)
}

// in and out are entries of a Pix that came in and one that went out with a fee.
func in(n int, amount money.Centavos) reconcile.Entry {
	return reconcile.Entry{
		Number: uint64(n), At: noon.Add(time.Duration(n) * time.Second), Kind: statement.PixIn, Amount: amount,
		ID: payID(n), TransactionID: fmt.Sprint(n),
	}
}

func out(n int, amount money.Centavos) reconcile.Entry {
	e := in(n, -amount-40)
	e.Kind, e.Fee = statement.PixOut, 40
	return e
}

// line is what the other side says of an entry.
func line(e reconcile.Entry) reconcile.Line {
	return reconcile.Line{At: e.At, Amount: e.Amount + e.Fee, ID: e.ID, TxID: e.TxID}
}

func with(l reconcile.Line, change func(*reconcile.Line)) reconcile.Line {
	change(&l)
	return l
}

func TestEveryClass(t *testing.T) {
	received, sent := in(1, 100_00), out(2, 50_00)
	back := reconcile.Entry{
		Number: 3, At: noon, Kind: statement.RefundOut, Amount: 50_00, ID: backID(3), Original: sent.ID,
		TransactionID: "3", ParentID: "2",
	}
	charged := in(4, 7_00)
	charged.TxID = "pedido4"
	yesterday := in(5, 9_00)
	yesterday.At = noon.AddDate(0, 0, -1)
	reverted := in(1, -100_00)
	reverted.Number, reverted.Reversal = 6, true
	entries := func(all ...reconcile.Entry) []reconcile.Entry { return all }
	lines := func(all ...reconcile.Line) []reconcile.Line { return all }
	today := oneDay().From.Start()
	nameless := func(l reconcile.Line) reconcile.Line {
		return with(l, func(l *reconcile.Line) { l.ID, l.TxID = "", "" })
	}
	for _, c := range []struct {
		rule    string
		lines   []reconcile.Line
		entries []reconcile.Entry
		want    string
	}{
		{"the same id and amount match", lines(line(received)), entries(received), "matched by id 1/1"},
		{"an amount may include the fee", lines(with(line(sent), func(l *reconcile.Line) { l.Amount = -50_40 })),
			entries(sent), "matched by id 1/2"},
		{"an amount that is another differs", lines(with(line(sent), func(l *reconcile.Line) { l.Amount = -50_39 })),
			entries(sent), "amount_differs by id 1/2"},
		{"what only the file has is missing here", lines(line(received)), nil, "missing_here by nothing 1/-"},
		{"what only the ledger has is missing there", nil, entries(received), "missing_there by nothing -/1"},
		{"a debit here is no credit there", lines(with(line(received), func(l *reconcile.Line) { l.Amount *= -1 })),
			entries(received), "wrong_direction by id 1/1"},
		{"what is pending there and settled here differs in status",
			lines(with(line(received), func(l *reconcile.Line) { l.Status = reconcile.Pending })),
			entries(received), "status_differs by id 1/1"},
		{"the second line of an id is a duplicate", lines(line(received), line(received)), entries(received),
			"duplicate by id 2/-; matched by id 1/1"},
		{"of duplicates the one with the right amount matches",
			lines(with(line(received), func(l *reconcile.Line) { l.Amount = 1 }), line(received)), entries(received),
			"duplicate by id 1/-; matched by id 2/1"},
		{"duplicates that are not here are missing once", lines(line(received), line(received)), nil,
			"duplicate by id 2/-; missing_here by nothing 1/-"},
		{"what the file has on the day before is on the boundary",
			lines(with(line(received), func(l *reconcile.Line) { l.At, l.Day = today.AddDate(0, 0, -1), true })),
			entries(received), "day_boundary by id 1/1"},
		{"what the ledger has on the day before is on the boundary",
			lines(with(line(yesterday), func(l *reconcile.Line) { l.At = noon })), entries(yesterday), "day_boundary by id 1/5"},
		{"what both have on another day is not of the period", lines(line(yesterday)), entries(yesterday), ""},
		{"what only the ledger has on another day is not missed", nil, entries(yesterday), ""},
		{"a return may be listed under the id of what it gives back",
			lines(line(sent), with(line(back), func(l *reconcile.Line) { l.ID = sent.ID })), entries(sent, back),
			"matched by id 1/2; matched by original 2/3"},
		{"two partial returns under one id are no duplicates",
			lines(with(line(back), func(l *reconcile.Line) { l.ID, l.Amount = sent.ID, 20_00 }),
				with(line(back), func(l *reconcile.Line) { l.ID, l.Amount = sent.ID, 30_00 })),
			entries(reconcile.Entry{
				Number: 7, At: noon, Kind: statement.RefundOut, Amount: 30_00, ID: backID(7), Original: sent.ID,
				ParentID: "2",
			}, reconcile.Entry{
				Number: 8, At: noon, Kind: statement.RefundOut, Amount: 20_00, ID: backID(8), Original: sent.ID,
				ParentID: "2",
			}), "matched by original 1/8; matched by original 2/7"},
		{"what is returned there stands for both here",
			lines(with(line(sent), func(l *reconcile.Line) { l.Status = reconcile.Returned })), entries(sent, back),
			"returned by id 1/2; returned by original -/3"},
		{"what came back as a whole may be left out there", nil, entries(sent, back),
			"returned by original -/2; returned by original -/3"},
		{"what was taken back may be left out there", nil, entries(received, reverted),
			"returned by original -/1; returned by original -/6"},
		{"a return that the file leaves out is missing there", lines(line(sent)), entries(sent, back),
			"matched by id 1/2; missing_there by nothing -/3"},
		{"a txid and an amount match", lines(with(line(charged), func(l *reconcile.Line) {
			l.ID, l.At = "", noon.Add(5*time.Hour)
		})), entries(charged, in(9, 7_00)), "matched by txid 1/4; missing_there by nothing -/9"},
		{"a txid alone does not", lines(with(line(charged), func(l *reconcile.Line) { l.ID, l.Amount = "", 7_01 })),
			entries(charged), "missing_here by nothing 1/-; missing_there by nothing -/4"},
		{"an amount and a time match", lines(nameless(line(sent))), entries(sent), "matched by amount 1/2"},
		{"an amount with the fee and a time match",
			lines(with(nameless(line(sent)), func(l *reconcile.Line) { l.Amount = -50_40 })), entries(sent), "matched by amount 1/2"},
		{"beyond the window they don't",
			lines(with(nameless(line(sent)), func(l *reconcile.Line) { l.At = sent.At.Add(16 * time.Minute) })),
			entries(sent),
			"missing_here by nothing 1/-; missing_there by nothing -/2"},
		{"on the edge of the window they do",
			lines(with(nameless(line(sent)), func(l *reconcile.Line) { l.At = sent.At.Add(-15 * time.Minute) })),
			entries(sent),
			"matched by amount 1/2"},
		{"a day is as wide as it is",
			lines(with(nameless(line(sent)), func(l *reconcile.Line) { l.At, l.Day = today, true })),
			entries(sent), "matched by amount 1/2"},
		{"the day after is on the boundary",
			lines(with(nameless(line(yesterday)), func(l *reconcile.Line) { l.At, l.Day = today, true })),
			entries(yesterday), "day_boundary by amount 1/5"},
		{"two that have ids of their own don't go together",
			lines(with(line(received), func(l *reconcile.Line) { l.ID = payID(77) })), entries(received),
			"missing_here by nothing 1/-; missing_there by nothing -/1"},
		{"what failed there has no amount to match",
			lines(with(nameless(line(received)), func(l *reconcile.Line) { l.Status = reconcile.Failed })),
			entries(received),
			"missing_here by nothing 1/-; missing_there by nothing -/1"},
		{"a fee that the ledger took is explained",
			lines(line(sent), reconcile.Line{At: noon, Amount: -40, IsFee: true}), entries(sent), "matched by id 1/2"},
		{"a fee of a Pix is explained", lines(line(sent), reconcile.Line{At: noon, Amount: -40, IsFee: true, ID: sent.ID}),
			entries(sent), "matched by id 1/2"},
		{"another is not", lines(line(sent), reconcile.Line{At: noon, Amount: -41, IsFee: true}), entries(sent),
			"matched by id 1/2; unexplained_fee by nothing 2/-"},
		{"nor is one of another amount", lines(line(sent), reconcile.Line{At: noon, Amount: -41, IsFee: true, ID: sent.ID}),
			entries(sent), "matched by id 1/2; unexplained_fee by id 2/-"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := strings.Join(matched(t, reconcile.Options{}, c.lines, c.entries), "; ")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestTheLedgerIsAsked looks up what the period does not have.
func TestTheLedgerIsAsked(t *testing.T) {
	movement := func(kind pix.Kind, status pix.Status, at time.Time) pix.Movement {
		return pix.Movement{ID: 9, Kind: kind, Status: status, Amount: 100_00, Fee: 40, ProcessedAt: at}
	}
	long := noon.AddDate(0, -1, 0)
	for _, c := range []struct {
		rule  string
		known pix.Movement
		line  reconcile.Line
		want  string
	}{
		{"booked long ago", movement(pix.Receipt, pix.Confirmed, long), reconcile.Line{Amount: 100_00}, "day_boundary by id"},
		{"with its fee", movement(pix.Payment, pix.Confirmed, long), reconcile.Line{Amount: -100_40}, "day_boundary by id"},
		{"not settled here", movement(pix.Payment, pix.Pending, time.Time{}), reconcile.Line{Amount: -100_00},
			"status_differs by id"},
		{"failed on both sides", movement(pix.Payment, pix.Failed, noon),
			reconcile.Line{Amount: -100_00, Status: reconcile.Failed}, "matched by id"},
		{"another amount", movement(pix.Payment, pix.Failed, noon), reconcile.Line{Amount: -99_99}, "amount_differs by id"},
		{"the other way", movement(pix.Payment, pix.Confirmed, long), reconcile.Line{Amount: 100_00}, "wrong_direction by id"},
		{"returned there only", movement(pix.Payment, pix.Confirmed, noon), reconcile.Line{Amount: 100_00}, "returned by id"},
	} {
		c.line.ID, c.line.At = payID(1), noon
		find := func(_ context.Context, id string) (pix.Movement, bool, error) { return c.known, id == payID(1), nil }
		got := strings.Join(matched(t, reconcile.Options{Find: find}, []reconcile.Line{c.line}, nil), "; ")
		if got != c.want+" 1/-" {
			t.Errorf("%s: %s", c.rule, got)
		}
	}
	find := func(_ context.Context, id string) (pix.Movement, bool, error) {
		return movement(pix.Receipt, pix.Confirmed, noon), id == payID(1), nil
	}
	back := reconcile.Line{ID: backID(2), Original: payID(1), At: noon, Amount: -1}
	if got := matched(t, reconcile.Options{Find: find}, []reconcile.Line{back}, nil); got[0] != "returned by original 1/-" {
		t.Error(got)
	}
}

// mutant is a ledger, a file that is made of it with random changes, and what they
// are to be called.
type mutant struct {
	entries []reconcile.Entry
	lines   []reconcile.Line
	want    []string
}

// add makes entry n and its line, which it changes in some way or none.
func (m *mutant) add(t *rapid.T, n int) {
	e := in(n, money.Centavos(rapid.IntRange(1, 5_00).Draw(t, "amount")))
	if rapid.Bool().Draw(t, "out") {
		e = out(n, e.Amount)
	}
	l := line(e)
	m.entries = append(m.entries, e)
	class := reconcile.Matched
	switch rapid.IntRange(0, 9).Draw(t, "change") {
	case 0:
		m.want = append(m.want, fmt.Sprintf("missing_there -/%d", n))
		return
	case 1:
		l.ID = payID(1000 + n)
		m.want = append(m.want, fmt.Sprintf("missing_there -/%d", n), fmt.Sprintf("missing_here %s/-", l.ID))
		m.lines = append(m.lines, l)
		return
	case 2:
		m.lines = append(m.lines, l)
		m.want = append(m.want, fmt.Sprintf("duplicate %s/-", l.ID))
	case 3:
		l.Amount += 1000_00 * sign(l.Amount)
		class = reconcile.AmountDiffers
	case 4:
		l.Amount = -l.Amount
		class = reconcile.WrongDirection
	case 5:
		l.Status = reconcile.Failed
		class = reconcile.StatusDiffers
	case 6:
		l.Status = reconcile.Returned
		class = reconcile.WasReturned
	case 7:
		l.At = l.At.AddDate(0, 0, 1)
		class = reconcile.DayBoundary
	}
	m.want = append(m.want, fmt.Sprintf("%s %s/%d", class, l.ID, n))
	m.lines = append(m.lines, l)
}

// TestMutationsAreNamed changes a statement in random places: each change is named,
// nothing else is, and it does not matter in which order the lines come or how much
// fits into memory.
func TestMutationsAreNamed(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var m mutant
		for n := range rapid.IntRange(1, 60).Draw(t, "entries") {
			m.add(t, n+1)
		}
		if len(m.lines) > 0 {
			m.lines = rapid.Permutation(m.lines).Draw(t, "order")
		}
		var got []string
		o := reconcile.Options{Period: oneDay(), Window: reconcile.WindowDefault, Dir: dir}
		reconcile.SetMemory(&o, rapid.IntRange(1, 5000).Draw(t, "memory"))
		tell := func(f reconcile.Finding) error {
			there, here := "-", "-"
			if f.There != nil {
				there = f.There.ID
			}
			if f.Here != nil {
				here = fmt.Sprint(f.Here.Number)
			}
			got = append(got, fmt.Sprintf("%s %s/%s", f.Class, there, here))
			return nil
		}
		if _, err := reconcile.Match(t.Context(), o, seq(m.lines), of(seq(m.entries)), tell); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		slices.Sort(m.want)
		if !slices.Equal(got, m.want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(m.want, "\n"))
		}
	})
}

func sign(c money.Centavos) money.Centavos {
	if c < 0 {
		return -1
	}
	return 1
}

// many yields n lines and the entries that they match, in different orders, made as
// they are asked for.
func many(n int) (iter.Seq2[reconcile.Line, error], iter.Seq2[reconcile.Entry, error]) {
	// An odd factor takes each of 2^k numbers to another one.
	size := 1
	for size < n {
		size *= 2
	}
	return func(yield func(reconcile.Line, error) bool) {
			number := 0
			for i := range size {
				k := (i*0x5DEECE66 + 11*i + 11) & (size - 1)
				if k >= n {
					continue
				}
				number++
				l := line(in(k, money.Centavos(k%1000+1)))
				l.Number, l.At = number, noon
				if !yield(l, nil) {
					return
				}
			}
		}, func(yield func(reconcile.Entry, error) bool) {
			for k := range n {
				e := in(k, money.Centavos(k%1000+1))
				e.At = noon
				if !yield(e, nil) {
					return
				}
			}
		}
}

// TestMemoryIsBounded matches far more than fits into the bound.
func TestMemoryIsBounded(t *testing.T) {
	const n, bound = 200_000, 64 << 20
	lines, entries := many(n)
	var highest uint64
	classes := make(map[reconcile.Class]int)
	o := reconcile.Options{Period: oneDay(), Window: reconcile.WindowDefault, Dir: t.TempDir()}
	var stats runtime.MemStats
	_, err := reconcile.Match(t.Context(), o, lines, of(entries), func(f reconcile.Finding) error {
		if classes[f.Class]++; classes[f.Class]%20_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&stats)
			highest = max(highest, stats.HeapAlloc)
		}
		return nil
	})
	if err != nil || !maps.Equal(classes, map[reconcile.Class]int{reconcile.Matched: n}) {
		t.Fatalf("%v, %v", classes, err)
	}
	if highest == 0 || highest > bound {
		t.Errorf("%d bytes are held, more than %d", highest, bound)
	}
}

// TestTooManyBreaks ends a matching of files that have little in common.
func TestTooManyBreaks(t *testing.T) {
	entries := make([]reconcile.Entry, 20)
	for i := range entries {
		entries[i] = in(i+1, 1)
	}
	for most, fails := range map[int]bool{19: true, 20: false} {
		o := reconcile.Options{Period: oneDay(), BreaksMax: most}
		_, err := reconcile.Match(t.Context(), o, seq([]reconcile.Line{}),
			of(seq(entries)), func(reconcile.Finding) error { return nil })
		if (err != nil) != fails {
			t.Errorf("%d: %v", most, err)
		}
	}
}

// TestSorter sorts random pairs in little memory.
func TestSorter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	type one struct{ key, value []byte }
	var all []one
	s := reconcile.NewSorter(t.TempDir(), 400)
	for i := range 5000 {
		p := one{[]byte(fmt.Sprint(random.IntN(300))), []byte(fmt.Sprint(i))}
		all = append(all, p)
		if err := s.Add(p.key, p.value); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return bytes.Compare(a.key, b.key) })
	for range 2 {
		i := 0
		for key, value := range s.All() {
			if !bytes.Equal(key, all[i].key) || !bytes.Equal(value, all[i].value) {
				t.Fatalf("at %d: %s %s, want %s %s", i, key, value, all[i].key, all[i].value)
			}
			i++
		}
		if i != len(all) {
			t.Fatalf("%d of %d", i, len(all))
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
