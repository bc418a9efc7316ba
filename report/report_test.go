package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds what was written against a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("not as in %s (write it anew with -update):\n%s", file, got)
	}
}

func TestReportsAreAsTheirGoldenFiles(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	for _, format := range report.Formats() {
		var account, house bytes.Buffer
		f := report.Format(format)
		if err := report.WriteAccount(&account, f, w.account(maria, on(11))); err != nil {
			t.Fatal(err)
		}
		golden(t, "account."+format, account.Bytes())
		if err := report.WriteHouse(&house, f, w.house(on(11))); err != nil {
			t.Fatal(err)
		}
		golden(t, "house."+format, house.Bytes())
	}
}

func codes(h *report.Head) string {
	var list []string
	for _, r := range h.Reasons {
		list = append(list, string(r.Code))
	}
	return strings.Join(list, " ")
}

func TestReasonsOfAnAccount(t *testing.T) {
	rule := func(k pix.AlertKind, threshold int64) func(*world) {
		return func(w *world) {
			do(w, &pix.SetAlertRule{Account: maria, At: w.now, Rule: pix.AlertRule{Kind: k, Threshold: threshold}})
		}
	}
	all := func(steps ...func(*world)) func(*world) {
		return func(w *world) {
			for _, step := range steps {
				step(w)
			}
		}
	}
	pay := func(w *world) { w.pay(maria, 900_00) } // 2100.40 of 3000.00 is left
	hold := func(w *world) { w.hold(maria, ledger.ReasonJudicial, 1500_00, time.Time{}) }
	for _, test := range []struct {
		name string
		do   func(*world)
		want string
	}{
		{"enough is left", pay, ""},
		{"below the warning of every account", all(pay, pay), "BLOCKED_SHARE NET_WARNING"},
		{"below the critical threshold too", all(pay, pay, pay), "NET_CRITICAL BLOCKED_SHARE"},
		{"below the account's own warning", all(pay, rule(pix.AlertWarningBelow, 2200_00)), "NET_WARNING OPEN_ALERTS"},
		{"above it", all(pay, pay, rule(pix.AlertWarningBelow, 1000_00), rule(pix.AlertBlockedAbove, 80)), ""},
		{"half is blocked, and that is not more than half", hold, "NET_WARNING"},
		{"the account's own share", all(hold, rule(pix.AlertBlockedAbove, 49)), "NET_WARNING BLOCKED_SHARE OPEN_ALERTS"},
		{"nothing is left and something is missing", all(hold, hold, hold),
			"NET_NOT_POSITIVE NET_CRITICAL BLOCKED_SHARE HOLD_SHORTFALL"},
		{"a deadline has passed", func(w *world) { w.hold(maria, ledger.ReasonMED, 1, at(10, 13, 0)) }, "HOLD_OVERDUE"},
		{"a deadline will pass", func(w *world) { w.hold(maria, ledger.ReasonMED, 1, at(11, 0, 0)) }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.open(maria, "Loja Exemplo", 3000_00)
			test.do(w)
			w.now = at(11, 1, 0)
			a := w.account(maria, on(10))
			want := strings.Fields(test.want)
			got := strings.Fields(codes(&a.Head))
			if len(got) != len(want) || (len(want) > 0) != (a.Status == report.Alert) {
				t.Fatalf("%s %v, want %v: %+v", a.Status, got, want, a.Reasons)
			}
			for _, code := range want {
				if !a.Has(report.Code(code)) {
					t.Errorf("%v, want %v", got, want)
				}
			}
		})
	}
}

func TestDeadLettersAreCountedByAccount(t *testing.T) {
	w := newWorld(t)
	w.open(maria, "Loja Exemplo", 3000_00)
	w.open(joao, "Outra", 3000_00)
	for n := range 3 {
		do(w, &pix.KeepRecords{Account: maria, Keep: []pix.Record{{
			RecordKey: pix.RecordKey{Kind: pix.RecordDeadLetter, Name: fmt.Sprint(n)}, Number: uint64(n + 1),
			Body: fmt.Appendf(nil, `{"account":%d}`, maria),
		}}})
	}
	w.now = at(11, 1, 0)
	if a := w.account(maria, on(10)); a.DeadLetters != 3 || !a.Has(report.DeadLetters) {
		t.Errorf("%+v", a)
	}
	if a := w.account(joao, on(10)); a.DeadLetters != 0 || a.Status != report.OK {
		t.Errorf("%+v", a)
	}
	if h := w.house(on(10)); h.DeadLetters != 3 || !h.Has(report.DeadLetters) {
		t.Errorf("%+v", h)
	}
}

func TestWhatIsInSuspenseIsThatOfTheDay(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	items, err := w.s.Suspense(t.Context(), 0, 10)
	if err != nil || len(items) != 1 {
		t.Fatalf("%+v, %v", items, err)
	}
	w.now = at(12, 9, 0)
	do(w, &pix.ResolveSuspense{
		Item: items[0], Action: pix.SolveCredit, Account: maria, NewID: pix.MovementID(w.next()), Now: w.now,
	})
	w.now = at(13, 9, 0)
	for day, want := range map[int]bool{11: true, 12: false} {
		h := w.house(on(day))
		if h.Has(report.SuspenseNotEmpty) != want || (h.SuspenseItems == 1) != want || (h.Trial.Suspense != 0) != want {
			t.Errorf("on %d: %d items, %s, %+v", day, h.SuspenseItems, codes(&h.Head), h.Trial)
		}
	}
}

// lying is a reader that tells something else than there is about one account.
type lying struct {
	book.Reader
	lose   uint64 // this entry
	change uint64 // this entry's amount
	owe    ledger.AccountID
}

func (l lying) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range l.Reader.EntriesBetween(ctx, id, from, until) {
			line, _ := e.Line(id)
			if id == maria && line.Number == l.lose {
				continue
			}
			if id == maria && line.Number == l.change {
				e.Lines = append([]ledger.Line(nil), e.Lines...)
				for i := range e.Lines {
					e.Lines[i].Posted--
				}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (l lying) EachAccount(ctx context.Context) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for a, err := range l.Reader.EachAccount(ctx) {
			if a.ID == l.owe {
				a.Posted++
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

func TestWhatDoesNotAddUpIsNotHidden(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	for number := uint64(2); number <= 11; number++ {
		for _, reader := range []lying{{Reader: w.s, lose: number}, {Reader: w.s, change: number}} {
			m := w.maker()
			m.Reader = reader
			a, err := m.Account(t.Context(), maria, on(11))
			if err != nil {
				t.Fatal(err)
			}
			if a.Status != report.Alert || !a.Has(report.DoesNotAddUp) {
				t.Errorf("%+v: %s %+v", reader, a.Status, a.Flow)
			}
			h, err := m.House(t.Context(), on(11), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !h.Has(report.AccountsDoNotAdd) {
				t.Errorf("%+v: the house says %s", reader, codes(&h.Head))
			}
		}
	}
}

func TestATrialBalanceThatIsNotZeroIsNotHidden(t *testing.T) {
	w := newWorld(t)
	aDay(w)
	for _, id := range []ledger.AccountID{joao, ledger.SystemAccount(ledger.Settlement, 0)} {
		m := w.maker()
		m.Reader = lying{Reader: w.s, owe: id}
		h, err := m.House(t.Context(), on(11), nil)
		if err != nil {
			t.Fatal(err)
		}
		if tb := h.Trial; tb.Balanced || tb.Difference != 1 || !h.Has(report.TrialBalance) {
			t.Errorf("account %s owes: %+v, %s", id, tb, codes(&h.Head))
		}
	}
}

func TestDaysThatThereIsNoReportOf(t *testing.T) {
	w := newWorld(t)
	w.open(maria, "Loja Exemplo", 1_00)
	desk := w.desk("")
	for text, want := range map[string]string{
		"2026-11-09": "date must not be before 2026-11-10, when the account was opened",
		"2026-11-11": "date must not be after today, 2026-11-10",
		"yesterday":  "date must be a date, as in 2026-11-20",
		"2026-02-30": "date must be a date, as in 2026-11-20",
	} {
		d, err := report.ParseDay(text, w.now)
		if err == nil {
			_, err = desk.Account(t.Context(), maria, d)
		}
		var wrong *report.DayError
		if !errors.As(err, &wrong) || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := desk.House(t.Context(), on(9)); err == nil || !strings.Contains(err.Error(), "first account") {
		t.Errorf("a house before its first account: %v", err)
	}
	if _, err := desk.Account(t.Context(), joao, on(10)); !errors.Is(err, ledger.ErrAccountNotFound) {
		t.Errorf("nobody's account: %v", err)
	}
	none, err := report.ParseDay("", w.now)
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[time.Time]int{at(10, 12, 0): 10, at(11, 12, 0): 10, at(13, 12, 0): 12} {
		w.now = now
		if h, err := desk.House(t.Context(), none); err != nil || h.Date != on(want) {
			t.Errorf("the house without a day at %s: %+v, %v", now, h, err)
		}
		if a, err := desk.Account(t.Context(), maria, none); err != nil || a.Date != on(want) {
			t.Errorf("without a day at %s: %+v, %v", now, a, err)
		}
	}
}

func TestNamesAreNoFormulas(t *testing.T) {
	w := newWorld(t)
	w.open(maria, `=HYPERLINK("x")`, 1_00)
	w.now = at(11, 1, 0)
	var out bytes.Buffer
	if err := report.WriteAccount(&out, report.CSV, w.account(maria, on(10))); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.Bytes(), []byte("\uFEFF"))))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("%q", row)
			}
		}
	}
}

// TestEveryCodeHasItsWords wants a text in Portuguese for each reason and each kind.
func TestEveryCodeHasItsWords(t *testing.T) {
	w := newWorld(t)
	w.open(maria, "Loja Exemplo", 1_00)
	a := w.account(maria, on(10))
	a.Reasons = nil
	for _, code := range report.Codes() {
		a.Reasons = append(a.Reasons, report.Reason{Code: code})
	}
	var out bytes.Buffer
	if err := report.WriteAccount(&out, report.CSV, a); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for row := range strings.Lines(out.String()) {
		cells := strings.Split(row, ";")
		switch cells[0] {
		case "motivo":
			seen++
			if cells[4] == "" {
				t.Errorf("no words for %s", row)
			}
		case "lançamentos", "bloqueios abertos":
			if cells[1] == "" {
				t.Errorf("no words for %s", row)
			}
		}
	}
	if seen != len(report.Codes()) {
		t.Errorf("%d of %d reasons", seen, len(report.Codes()))
	}
}
