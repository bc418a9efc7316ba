package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
)

func TestStepsBeginAtWholeMultiplesOfTheirLength(t *testing.T) {
	for _, c := range []struct {
		from, to, step string
		want           string // hours and minutes of the bounds, in UTC
	}{
		{"20 12:00", "20 15:00", "1h", "12:00 13:00 14:00 15:00"},
		{"20 12:10", "20 14:20", "1h", "12:10 13:00 14:00 14:20"},
		{"20 12:10", "20 12:11", "1h", "12:10 12:11"},
		{"20 12:07", "20 12:20", "5m", "12:07 12:10 12:15 12:20"},
		{"20 12:00", "20 12:02", "1m", "12:00 12:01 12:02"},
		{"20 12:50", "20 13:10", "15m", "12:50 13:00 13:10"},
		{"20 02:59", "22 03:01", "1d", "02:59 03:00 03:00 03:00 03:01"}, // midnight in São Paulo
		{"20 03:00", "21 03:00", "1d", "03:00 03:00"},
	} {
		parse := func(text string) time.Time {
			at, err := time.Parse("2006-01-02 15:04", "2026-11-"+text)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		var got []string
		for _, at := range historyBounds(parse(c.from), parse(c.to), historySteps[c.step]) {
			got = append(got, at.Format("15:04"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s to %s by %s: %s, want %s", c.from, c.to, c.step, got, c.want)
		}
	}
	// Where clocks were put forward, a day has 23 hours and no midnight.
	summer := historyBounds(pix.DayStart(2018, 11, 3), pix.DayStart(2018, 11, 6), 0)
	if len(summer) != 4 || summer[2].Sub(summer[1]) != 23*time.Hour {
		t.Errorf("%d days of 2018", len(summer)-1)
	}
	if n := len(historyBounds(time.Time{}, noon, time.Minute)); n != historyStepsMax+2 {
		t.Errorf("%d bounds were made of all of time", n)
	}
}

// histories is an API over an account with an entry for each hour before noon, the
// newest last, and what it had after it.
func histories(t *testing.T, hours int) http.HandlerFunc {
	t.Helper()
	store := memory.New()
	err := store.Commit(t.Context(), pix.Needs{}, func(b *pix.Books) error {
		for i := range hours {
			at := noon.Add(-time.Duration(hours-i) * time.Hour)
			after := money.Centavos(i+1) * 100
			b.Import(ledger.Entry{Kind: ledger.KindTransfer, At: at, Lines: []ledger.Line{
				{Account: owner, Number: uint64(i + 1), At: at, Posted: 100, PostedAfter: after},
			}})
		}
		b.Accounts.Put(owner, ledger.Account{ID: owner, Entries: uint64(hours)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	brands, err := brand.NewSet(brand.Brand{ID: "avista"})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{
		Brands: brands, Reader: store, Now: func() time.Time { return noon },
		NewUUID: func() [16]byte { return [16]byte{} },
	})
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{"/api/balance": s.balance, "/api/balance/history": s.history} {
		mux.HandleFunc(pattern, s.respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
			return h(w, r, auth.Identity{Account: owner})
		}))
	}
	return mux.ServeHTTP
}

func TestAHistoryIsOfTheTimeThatIsAskedFor(t *testing.T) {
	h := histories(t, 48)
	for query, want := range map[string]string{
		"":                                   "24 steps from 2026-11-19T12:00:00.000Z to 2026-11-20T12:00:00.000Z",
		"to=2026-11-20T06:00:00Z":            "24 steps from 2026-11-19T06:00:00.000Z to 2026-11-20T06:00:00.000Z",
		"from=2026-11-20T08:30:00-03:00":     "1 steps from 2026-11-20T11:30:00.000Z to 2026-11-20T12:00:00.000Z",
		"from=2026-11-20T13:30:00%2B02:00":   "1 steps from 2026-11-20T11:30:00.000Z to 2026-11-20T12:00:00.000Z",
		"from=2026-11-19&to=2026-11-19":      "24 steps from 2026-11-19T03:00:00.000Z to 2026-11-20T03:00:00.000Z",
		"from=2026-11-20&to=2026-11-20":      "9 steps from 2026-11-20T03:00:00.000Z to 2026-11-20T12:00:00.000Z",
		"from=2026-11-01&step=1d":            "20 steps from 2026-11-01T03:00:00.000Z to 2026-11-20T12:00:00.000Z",
		"from=2026-11-20T11:00:00Z&step=15m": "4 steps from 2026-11-20T11:00:00.000Z to 2026-11-20T12:00:00.000Z",
		"from=2026-11-20T12:00:00Z":          "400 from",
		"from=2026-11-20T11:00:00":           "400 from",
		"from=2026-01-01&step=1m":            "400 step",
		"step=1w":                            "400 step",
		"to=1":                               "400 to",
	} {
		status, body := get(h, "/api/balance/history?"+query)
		var got string
		if status == http.StatusOK {
			first, last := strings.Index(body, `"from":"`), strings.LastIndex(body, `"to":"`)
			got = fmt.Sprintf("%d steps from %.24s to %.24s", strings.Count(body, "openingNet"), body[first+8:], body[last+6:])
		} else {
			_, field, _ := strings.Cut(body, `"field":"`)
			field, _, _ = strings.Cut(field, `"`)
			got = fmt.Sprint(status, " ", field)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	_, body := get(h, "/api/balance/history?from=2026-11-20T10:30:00Z&to=2026-11-20T11:30:00Z&step=1h")
	want := `"steps":[{"from":"2026-11-20T10:30:00.000Z","to":"2026-11-20T11:00:00.000Z","openingNet":47.00,"closingNet":47.00,` +
		`"lowestNet":47.00,"highestNet":47.00,"closingGross":47.00,"closingBlocked":0.00,"changes":0},` +
		`{"from":"2026-11-20T11:00:00.000Z","to":"2026-11-20T11:30:00.000Z","openingNet":47.00,"closingNet":48.00,` +
		`"lowestNet":47.00,"highestNet":48.00,"closingGross":48.00,"closingBlocked":0.00,"changes":1}]}`
	if !strings.HasSuffix(body, want) {
		t.Errorf("%s, want %s", body, want)
	}
	if p := translate(book.ErrTooManyChanges); p == nil || p.Status != http.StatusBadRequest {
		t.Errorf("too many changes: %+v", p)
	}
}

func TestABalanceAsOfAnInstantIsAskedFor(t *testing.T) {
	h := histories(t, 3)
	for query, want := range map[string]string{
		"at=2026-11-20T12:00:00Z":            `{"grossBalance":3.00,`,
		"at=2026-11-20T09:00:00Z":            `{"grossBalance":1.00,`,
		"at=2026-11-20T08:59:59.999999Z":     `{"grossBalance":0.00,`,
		"at=2026-11-20T10:59:59.9999999Z":    `{"grossBalance":2.00,`, // the nanoseconds don't count
		"at=2026-11-20T08:00:00-03:00":       `{"grossBalance":3.00,`,
		"at=0001-01-01T00:00:00Z":            `{"grossBalance":0.00,`,
		"at=2026-11-20T12:00:00.000001Z":     "in the future",
		"at=2026-11-20":                      "must be a time with its zone",
		"at=2026-11-20T12:00:00":             "must be a time with its zone",
		"at=2026-11-20T09:00:00Z&at=":        "must be given once",
		"at=&x=2":                            `{"grossBalance":0.00,`, // now, of an account that was put without anything
		"AT=2026-11-20T09:00:00Z":            `{"grossBalance":0.00,`,
		"at=2026-11-20T09:00:00Z&consulted=": `"consultedAt":"2026-11-20T12:00:00.000Z"}`,
	} {
		if _, body := get(h, "/api/balance?"+query); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", query, body, want)
		}
	}
}

func TestTagsAreFoundInAnIfNoneMatch(t *testing.T) {
	const tag = `"1-2"`
	for known, want := range map[string]bool{
		tag: true, "W/" + tag: true, ` "1-1" , "1-2"`: true, "*": true, "": false, `"1-1"`: false, "1-2": false,
		`"11-2"`: false, `"1-22"`: false, `w/"1-2"`: false,
	} {
		if got := names([]string{known}, tag); got != want {
			t.Errorf("%q names %s: %t", known, tag, got)
		}
	}
	if !names([]string{`"x"`, tag}, tag) {
		t.Error("the second line was not read")
	}
}
