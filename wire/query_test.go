package wire_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/wire"
)

func query(raw string) *wire.Query {
	return wire.NewQuery(&http.Request{URL: &url.URL{Path: "/", RawQuery: raw}})
}

// noon is when the requests of these tests come in.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestPeriod(t *testing.T) {
	const thisDay, nextDay = "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"
	for _, c := range []struct {
		rule, query, from, until string
		names                    string // the parameter that is refused, if any
	}{
		{"nothing is the last 31 days and today", "", "2026-10-20T00:00:00Z", nextDay, ""},
		{"empty bounds are none", "startDate=&endDate=", "2026-10-20T00:00:00Z", nextDay, ""},
		{"one day is the whole of it", "startDate=2026-11-20&endDate=2026-11-20", thisDay, nextDay, ""},
		{"31 days are accepted", "startDate=2026-01-01&endDate=2026-02-01", "2026-01-01T00:00:00Z",
			"2026-02-02T00:00:00Z", ""},
		{"32 days are refused", "startDate=2026-01-01&endDate=2026-02-02", "", "", "endDate"},
		{"31 days until now are accepted", "startDate=2026-10-20", "2026-10-20T00:00:00Z", nextDay, ""},
		{"32 days until now are refused", "startDate=2026-10-19", "", "", "endDate"},
		{"an end alone reaches 31 days back", "endDate=2026-02-01", "2026-01-01T00:00:00Z",
			"2026-02-02T00:00:00Z", ""},
		{"dates in the wrong order are refused", "startDate=2026-02-02&endDate=2026-02-01", "", "", "startDate"},
		{"a start in the future is refused", "startDate=2026-11-21", "", "", "startDate"},
		{"times are taken to the millisecond", "startDate=2026-11-20T10:00:00.250Z&endDate=2026-11-20T10:00:00.250Z",
			"2026-11-20T10:00:00.25Z", "2026-11-20T10:00:00.251Z", ""},
		{"times have zones", "startDate=2026-11-20T07:00:00-03:00&endDate=2026-11-20T12:00:00+01:00",
			"2026-11-20T10:00:00Z", "2026-11-20T11:00:00.001Z", ""},
		{"a time without zone is UTC", "startDate=2026-11-20T10:00:00&endDate=2026-11-20",
			"2026-11-20T10:00:00Z", nextDay, ""},
		{"the times of 31 days with their last millisecond are accepted",
			"startDate=2026-01-01T00:00:00.000Z&endDate=2026-02-01T23:59:59.999Z",
			"2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z", ""},
		{"the times of 32 days are refused",
			"startDate=2026-01-01T00:00:00.000Z&endDate=2026-02-02T00:00:00.000Z", "", "", "endDate"},
		{"a day that is not in the calendar is refused", "startDate=2026-02-30", "", "", "startDate"},
		{"a Brazilian date is refused", "endDate=20/11/2026", "", "", "endDate"},
		{"a bound that is given twice is refused", "endDate=2026-11-20&endDate=2026-11-19", "", "", "endDate"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			q := query(c.query)
			from, until := q.Period(wire.Window{Days: 31, DaysMax: 31, Now: noon})
			wantRefused(t, q, c.names)
			if c.names != "" {
				return
			}
			if got := from.Format(time.RFC3339Nano) + " " + until.Format(time.RFC3339Nano); got != c.from+" "+c.until {
				t.Errorf("from %s, want %s %s", got, c.from, c.until)
			}
		})
	}
}

func wantRefused(t *testing.T, q *wire.Query, field string) {
	t.Helper()
	var p *wire.Problem
	switch err := q.Err(); {
	case field == "" && err != nil:
		t.Errorf("refused: %v", err)
	case field != "" && (!errors.As(err, &p) || p.Details["field"] != field || p.Status != http.StatusBadRequest):
		t.Errorf("got %v, want %s refused", err, field)
	}
}

func TestPeriodWithoutLimits(t *testing.T) {
	q := query("startDate=2020-01-01")
	from, until := q.Period(wire.Window{Now: noon})
	if from.Year() != 2020 || !until.IsZero() || q.Err() != nil {
		t.Errorf("from %s until %s: %v", from, until, q.Err())
	}
	q = query("startDate=2020-01-02&endDate=2020-01-01")
	q.Period(wire.Window{Now: noon})
	wantRefused(t, q, "startDate")
}

func TestQueryChecksEveryParameter(t *testing.T) {
	for _, c := range []struct{ rule, query, names string }{
		{"nothing is required", "", ""},
		{"a parameter that nobody asks for is ignored", "_=1700000000000", ""},
		{"a known word is accepted", "word=ONE", ""},
		{"words keep their case", "word=one", "word"},
		{"another word is refused", "word=THREE", "word"},
		{"the lowest number is accepted", "number=1", ""},
		{"below the lowest is refused", "number=0", "number"},
		{"the highest number is accepted", "number=100", ""},
		{"above the highest is refused", "number=101", "number"},
		{"a fraction is refused", "number=1.5", "number"},
		{"a number beyond all bounds is refused", "number=99999999999999999999", "number"},
		{"true is accepted", "flag=true", ""},
		{"1 is no flag", "flag=1", "flag"},
		{"a text of 10 is accepted", "text=" + strings.Repeat("%C3%A9", 10), ""},
		{"a text of 11 is refused", "text=" + strings.Repeat("%C3%A9", 11), "text"},
		{"a control character is refused", "text=a%00b", "text"},
		{"bytes that are no text are refused", "text=%FF", "text"},
		{"a parameter that is given twice is refused", "text=a&text=a", "text"},
		{"an escape that is none is refused", "text=%zz", "query"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			q := query(c.query)
			q.OneOf("word", "ONE", "TWO")
			q.Whole("number", 1, 100, 20)
			q.Bool("flag")
			q.Text("text", 10)
			wantRefused(t, q, c.names)
		})
	}
}
