package dashboard

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
)

func english(t *testing.T) *page.Lang {
	t.Helper()
	l, err := page.NewLang("en", os.DirFS("text"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// file says what the API does of a file that it can't read.
func file(line any, column any, message string) *page.Problem {
	return &page.Problem{
		Status: 400, Code: "INVALID_FILE", Message: message, Details: map[string]any{"line": line, "column": column},
	}
}

func TestAFaultOfAFileIsSaidWithItsPlace(t *testing.T) {
	l := english(t)
	for _, c := range []struct {
		problem *page.Problem
		want    page.Reason
	}{
		{file(3.0, "amount", "file: line 3, amount: is no amount in reais, as in 1.234,56"),
			page.Reason{Text: "Line 3, Amount: is no amount in reais."}},
		{file(1200.0, nil, "file: line 1200: the file is cut short"), page.Reason{Text: "Line 1,200: the file is cut short."}},
		{file(nil, nil, "file: the file is empty"), page.Reason{Text: "the file is empty."}},
		{file(nil, "format", "file: format: must be something"), page.Reason{Text: "format: must be something", English: true}},
		{file(7.0, "a: b", "file: line 7, a: b: is odd"), page.Reason{Text: "Line 7, a: b: is odd", English: true}},
	} {
		f := page.BlankForm(&page.Call{Lang: l}, "file")
		if err := badFile(l, f, c.problem); err == nil || err == error(c.problem) {
			t.Errorf("%s: %v", c.problem.Message, err)
		}
		if got := f.Wrong("file"); got == nil || *got != c.want {
			t.Errorf("%s: %+v, want %+v", c.problem.Message, got, c.want)
		}
	}
	f := page.BlankForm(&page.Call{Lang: l}, "file")
	other := &page.Problem{Status: 409, Code: "LIMIT_REACHED"}
	if err := badFile(l, f, other); err != error(other) || f.Failed() {
		t.Errorf("another problem became %v", err)
	}
}

func TestWhyALineDoesNotMatchIsSaidInWords(t *testing.T) {
	l := english(t)
	for why, want := range map[string]string{
		"the file says failed, the ledger has it settled": "In the file: failed; in the ledger: settled.",
		"the ledger booked it on 2026-11-19":              "The ledger booked it on 11/19/26.",
		"the fee was 0.40":                                "The fee was R$0.40.",
		"the ledger never had it":                         "The ledger never had this Pix.",
	} {
		if got := breakWhy(l, why); got.Text != want || got.English {
			t.Errorf("%s: %+v, want %q", why, got, want)
		}
	}
	if got := breakWhy(l, "a new reason"); got.Text != "a new reason" || !got.English {
		t.Errorf("%+v", got)
	}
}

func TestThresholdsAreWrittenInTheirUnit(t *testing.T) {
	l := english(t)
	for kind, want := range map[string][2]string{
		"critical_below": {"500.00", "Available below R$500.00"},
		"blocked_above":  {"50", "More than 50% of the total blocked"},
		"no_receipt":     {"1440", "No receipt for 1 day"},
		"runway_below":   {"90", "Available runs out in less than 90 minutes"},
		"of_tomorrow":    {"1", "of_tomorrow"},
	} {
		if got := condition(l, pix.AlertKind(kind), json.Number(want[0])); got != want[1] {
			t.Errorf("%s: %q, want %q", kind, got, want[1])
		}
	}
	if got := minutesText(l, 120); !strings.HasPrefix(got, "2 hours") {
		t.Errorf("120 minutes are %s", got)
	}
}
