package report_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
)

// planned lists the days whose reports are left to be made.
func (w *world) planned() []pix.Job {
	w.t.Helper()
	jobs, err := w.s.Jobs(w.t.Context(), pix.TopicReport, 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return jobs
}

// plan leaves d to be made, and tells whether nobody did before.
func (w *world) plan(d statement.Day) bool {
	w.t.Helper()
	return do(w, &pix.PlanReport{Day: d.Number(), House: pix.ReportKey(0, d.String()), Due: w.now})
}

// make works off what is planned at a desk.
func (w *world) make(desk *report.Desk) {
	w.t.Helper()
	for _, job := range w.planned() {
		if err := desk.Handle(w.t.Context(), job); err != nil {
			w.t.Fatal(err)
		}
	}
}

func written(t *testing.T, reports ...any) string {
	t.Helper()
	text, err := json.Marshal(reports)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAReportIsTheSameWheneverItIsAskedFor(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	desk, d := w.desk(""), on(11)
	if !w.plan(d) || w.plan(d) {
		t.Error("a day is planned once")
	}
	w.make(desk)
	if jobs := w.planned(); len(jobs) > 0 || w.plan(d) {
		t.Errorf("a day that was made is planned: %+v", jobs)
	}
	read := func() string {
		t.Helper()
		a, err := desk.Account(t.Context(), maria, d)
		if err != nil {
			t.Fatal(err)
		}
		h, err := desk.House(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		return written(t, a, h)
	}
	first := read()
	w.now = at(13, 12, 0)
	w.receive(maria, 1_00)
	do(w, &pix.SetAlertRule{Account: maria, At: w.now, Rule: pix.AlertRule{Kind: pix.AlertCriticalBelow, Threshold: 1}})
	if again := read(); again != first {
		t.Errorf("was\n%s\nis\n%s", first, again)
	}
}

// TestEverythingOfADayComesBackAsItWasKept holds what is kept against what is made.
func TestEverythingOfADayComesBackAsItWasKept(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	want := written(t, w.account(maria, on(11)), w.account(joao, on(11)), w.house(on(11)))
	w.plan(on(11))
	desk := w.desk("")
	w.make(desk)
	w.now = at(20, 12, 0)
	m, err := desk.Account(t.Context(), maria, on(11))
	if err != nil {
		t.Fatal(err)
	}
	j, err := desk.Account(t.Context(), joao, on(11))
	if err != nil {
		t.Fatal(err)
	}
	h, err := desk.House(t.Context(), on(11))
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t, m, j, h); got != want {
		t.Errorf("kept\n%s\nmade\n%s", got, want)
	}
}

func TestADayThatIsMadeTwiceAtOnceIsKeptOnce(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	w.plan(on(11))
	job := w.planned()[0]
	var makers sync.WaitGroup
	for range 4 {
		desk := w.desk("")
		makers.Go(func() {
			if err := desk.Handle(t.Context(), job); err != nil && !errors.Is(err, pix.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	makers.Wait()
	kept := 0
	for r, err := range w.s.EachRecord(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Kind == pix.RecordReport {
			kept++
		}
	}
	if kept != 3 || len(w.planned()) > 0 {
		t.Errorf("%d reports are kept, and %d days are planned", kept, len(w.planned()))
	}
}

func TestADayThatDoesNotContinueTheOneBefore(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	w.plan(on(11))
	desk := w.desk("")
	w.make(desk)
	// Somebody changes what is kept.
	for _, of := range []ledger.AccountID{0, maria} {
		record, err := w.s.Record(t.Context(), pix.ReportKey(of, "2026-11-11"))
		if err != nil {
			t.Fatal(err)
		}
		record.Body = []byte(strings.Replace(string(record.Body), `"closing":`, `"closing":1`, 1))
		do(w, &pix.KeepRecords{Account: maria, Keep: []pix.Record{record}})
	}
	w.now = at(12, 12, 0)
	w.receive(maria, 5_00)
	w.now = at(13, 0, 20)
	w.plan(on(12))
	w.make(desk)
	a, err := desk.Account(t.Context(), maria, on(12))
	if err != nil || !a.Has(report.DoesNotContinue) {
		t.Errorf("%+v, %v", a, err)
	}
	h, err := desk.House(t.Context(), on(12))
	if err != nil || !h.Has(report.DoesNotContinue) || !h.Has(report.AccountsDoNotAdd) {
		t.Errorf("%+v, %v", h, err)
	}
}

// failing is a reader that fails at the end of all accounts.
type failing struct{ book.Reader }

var errDisk = errors.New("disk on fire")

func (f failing) EachAccount(ctx context.Context) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for a, err := range f.Reader.EachAccount(ctx) {
			if !yield(a, err) {
				return
			}
		}
		yield(ledger.Account{}, errDisk)
	}
}

func TestFilesAreThereOnlyWhole(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	dir := filepath.Join(t.TempDir(), "reports")
	desk := w.desk(dir)
	for range 2 { // the second time as after a crash just before the end
		w.plan(on(11))
		w.make(desk)
		do(w, &pix.KeepRecords{Account: maria, Forget: []pix.RecordKey{pix.ReportKey(0, "2026-11-11")}})
	}
	days, err := os.ReadDir(dir)
	if err != nil || len(days) != 1 || days[0].Name() != "2026-11-11" {
		t.Fatalf("%v, %v", days, err)
	}
	for _, name := range []string{"house.json", "house.csv", "accounts.csv", "accounts.jsonl"} {
		text, err := os.ReadFile(filepath.Join(dir, "2026-11-11", name))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "files."+name, text)
	}
	// Nothing is left of a day that could not be finished.
	w.now = at(13, 0, 20)
	w.plan(on(12))
	desk.Reader = failing{w.s}
	if err := desk.Handle(t.Context(), w.planned()[0]); !errors.Is(err, errDisk) {
		t.Errorf("made of a disk on fire: %v", err)
	}
	if days, err := os.ReadDir(dir); err != nil || len(days) != 1 {
		t.Errorf("%v, %v", days, err)
	}
}

func TestMissedDaysAreMadeUpFor(t *testing.T) {
	for _, test := range []struct {
		name  string
		last  int // day of November that was made last; 0 is none
		start time.Time
		want  []int // days after the last of October
	}{
		{"the first one", 0, at(12, 1, 0), []int{11}},
		{"before it is time", 0, at(12, 0, 14), []int{10}},
		{"when it is time", 11, at(13, 0, 15), []int{12}},
		{"a moment before", 11, at(13, 0, 15).Add(-1), nil},
		{"nothing was missed", 12, at(13, 1, 0), nil},
		{"some nights were missed", 11, at(16, 0, 20), []int{12, 13, 14, 15}},
		{"too many were missed", 11, at(60, 1, 0), numbers(29, 59)},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.open(maria, "Loja Exemplo", 1_00)
				if test.last > 0 {
					w.now = at(test.last+1, 0, 0)
					w.plan(on(test.last))
					w.make(w.desk(""))
				}
				w.now = test.start
				ctx, cancel := context.WithCancel(t.Context())
				stopped := make(chan error, 1)
				go func() { stopped <- w.desk("").Run(ctx) }()
				synctest.Wait()
				cancel()
				if err := <-stopped; err != nil {
					t.Error(err)
				}
				var want []uint64
				for _, day := range test.want {
					want = append(want, on(day).Number())
				}
				var got []uint64
				for _, job := range w.planned() {
					got = append(got, job.ID)
				}
				if written(t, got) != written(t, want) {
					t.Errorf("planned %v, want %v", got, want)
				}
			})
		})
	}
}

func numbers(from, to int) []int {
	var list []int
	for n := from; n <= to; n++ {
		list = append(list, n)
	}
	return list
}

// TestTheNightComes has the desk wait for it.
func TestTheNightComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.open(maria, "Loja Exemplo", 1_00)
		begin := time.Now()
		desk := w.desk("")
		desk.Now = func() time.Time { return at(12, 23, 50).Add(time.Since(begin)) }
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = desk.Run(ctx) }()
		for _, test := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {25*time.Minute - time.Second, 1}, {time.Second, 2}, {24 * time.Hour, 3}} {
			time.Sleep(test.wait)
			synctest.Wait()
			if test.want == 1 && len(w.planned()) == 1 || test.want > 1 {
				w.make(&report.Desk{Maker: desk.Maker, Book: w.book, At: desk.At, Log: desk.Log})
			}
			kept, err := w.s.Records(t.Context(), pix.RecordReport, 0, 0, 10)
			if err != nil || len(kept) != test.want {
				t.Fatalf("after %s %d days are made, %v; want %d", test.wait, len(kept), err, test.want)
			}
		}
	})
}
