package statement_test

import (
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/statement"
)

func TestDaysAreThoseOfSaoPaulo(t *testing.T) {
	for instant, want := range map[string]string{
		"2026-11-20T02:59:59.999999Z": "2026-11-19",
		"2026-11-20T03:00:00Z":        "2026-11-20",
		"2026-11-20T23:59:59-03:00":   "2026-11-20",
		"2018-12-01T01:59:59Z":        "2018-11-30", // in summer time
		"2018-12-01T02:00:00Z":        "2018-12-01",
	} {
		at, err := time.Parse(time.RFC3339Nano, instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := statement.DayOf(at).String(); got != want {
			t.Errorf("%s is of %s, want %s", instant, got, want)
		}
	}
}

func TestPeriodsAreWholeDays(t *testing.T) {
	for _, test := range []struct{ from, to, begin, end string }{
		{"2026-11-20", "2026-11-20", "2026-11-20T03:00:00Z", "2026-11-21T03:00:00Z"},
		{"2024-02-28", "2024-02-29", "2024-02-28T03:00:00Z", "2024-03-01T03:00:00Z"},
		{"2018-11-04", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}, // midnight was skipped: 23 hours
		{"2018-02-17", "2018-02-17", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"}, // 25 hours
		{"0001-01-01", "9999-12-31", "0001-01-01T03:06:28Z", "10000-01-01T03:00:00Z"},
	} {
		from, until := period(test.from, test.to).Bounds()
		begin, end := from.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339)
		if begin != test.begin || end != test.end {
			t.Errorf("%s to %s is from %s until %s, want %s until %s", test.from, test.to, begin, end, test.begin, test.end)
		}
	}
}

func TestPeriodsThatAreNotGivenOrWrong(t *testing.T) {
	now := time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC) // still November in São Paulo
	for _, test := range []struct{ from, to, want, refused string }{
		{"", "", "2026-11-01 2026-11-30", ""},
		{"", "2026-02-15", "2026-02-01 2026-02-15", ""},
		{"2026-01-31", "", "2026-01-31 2026-11-30", ""},
		{"2026-11-21", "2026-11-20", "", "from must not be after to"},
		{"2026-12-01", "", "", "from must not be after to"},
		{"20.11.2026", "2026-11-20", "", "from must be a date, as in 2026-11-20"},
		{"2026-11-20", "2026-11-31", "", "to must be a date, as in 2026-11-20"},
		{"2026-11-20T00:00:00Z", "2026-11-20", "", "from must be a date, as in 2026-11-20"},
	} {
		var refused []string
		p := statement.ParsePeriod(test.from, test.to, now, func(name, reason string) {
			refused = append(refused, name+" "+reason)
		})
		if got := strings.Join(refused, "; "); got != test.refused {
			t.Errorf("%q to %q: refused %q, want %q", test.from, test.to, got, test.refused)
		}
		if got := p.From.String() + " " + p.To.String(); test.want != "" && got != test.want {
			t.Errorf("%q to %q: %s, want %s", test.from, test.to, got, test.want)
		}
	}
}
