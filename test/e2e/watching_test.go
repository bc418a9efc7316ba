package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/pgtest"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// watching is what is asked of the balance besides what it is now.
func (w *walk) watching() {
	const balance, history, blocked = "GET /api/balance", "GET /api/balance/history", "GET /api/balance/blocked"
	now := time.Now().UTC()
	at := func(t time.Time) string { return url.QueryEscape(t.Format(time.RFC3339Nano)) }
	for query, status := range map[string]int{
		"at=" + at(now): 200, "at=2026-01-01T00:00:00-03:00": 200, "at=": 200, "at=" + at(now.Add(time.Hour)): 400,
		"at=2026-01-01": 400, "at=yesterday": 400, "at=" + at(now) + "&at=" + at(now): 400,
	} {
		w.want(w.a.Client, query, status, "", balance+"?"+query, nil)
	}
	tag := w.want(w.a.Client, "the balance", 200, "", balance, nil).Header.Get("ETag")
	w.want(w.a.Client, "the same", 304, "", balance, nil, "If-None-Match", tag)
	for query, status := range map[string]int{
		"": 200, "step=1d": 200, "step=2h": 400, "from=" + at(now.Add(-time.Hour)) + "&step=1m": 200,
		"from=" + at(now.Add(-17*time.Hour)) + "&to=" + at(now) + "&step=1m": 400, // more than 1 000 steps
		"from=2026-01-01&to=2026-01-31&step=1h":                              200, "from=2026-01-02&to=2026-01-01": 400, "from=soon": 400,
		"from=" + at(now.Add(time.Hour)): 400, "to=2099-01-01": 200,
	} {
		w.want(w.a.Client, query, status, "", history+"?"+query, nil)
	}
	for query, status := range map[string]int{
		"": 200, "limit=100": 200, "limit=0": 400, "limit=101": 400, "after=1": 200, "after=x": 400, "after=-1": 400,
	} {
		w.want(w.a.Client, query, status, "", blocked+"?"+query, nil)
	}
	code := map[string]any{"value": amount("10.00"), "qrCode": staticCode(w.T, 10_00), "externalId": "x"}
	w.want(w.a.Client, "a dry run of a code", 200, `"wouldPass":true`, "POST /api/pix/cash-out-qrcode",
		with(w.T, code, "dryRun", true))
	w.want(w.a.Client, "another net of a code", 409, "BALANCE_CHANGED", "POST /api/pix/cash-out-qrcode",
		with(w.T, code, "expectedNetBalance", amount("0.01")))
	trial := with(w.T, goodPayment, "dryRun", true)
	w.want(w.a.Client, "a dry run", 200, `"wouldPass":true`, "POST /api/pix/cash-out", trial)
	w.want(w.a.Client, "another net", 409, "BALANCE_CHANGED", "POST /api/pix/cash-out",
		with(w.T, with(w.T, goodPayment, "externalId", w.id()), "expectedNetBalance", amount("0.01")))
	w.streams()
}

// streams opens as many as an account may have.
func (w *walk) streams() {
	a := w.p.NewAccount(w, "1.00", "")
	for range 20 {
		if s := a.Stream(w, "/api/balance/stream"); s.Status != http.StatusOK {
			w.Fatalf("a stream: %d", s.Status)
		}
	}
	w.want(a.Client, "stream 21", 429, "TOO_MANY_STREAMS", "GET /api/balance/stream", nil)
}

func TestTheBalanceAtAnInstantIsWhatItWas(t *testing.T) {
	onEveryStore(t, testTheBalanceAtAnInstantIsWhatItWas)
}

func testTheBalanceAtAnInstantIsWhatItWas(t *testing.T, at place) {
	p := house(t, at)
	before := time.Now()
	a := p.NewAccount(t, "100.00", "")
	type moment struct {
		at   time.Time
		want string
	}
	moments := []moment{{before, "0.00/0.00/0.00"}}
	remember := func() { moments = append(moments, moment{time.Now(), a.Balance(t)}) }
	remember()
	for i := range 5 {
		tx := a.Pay(t, fmt.Sprint("pay-", i), "7.00")
		remember()
		p.Event(t, "applied", fmt.Sprintf(`{"id":"e%d","type":"payment.settled","transactionId":%q}`, i, tx.TransactionID))
		remember()
	}
	for _, m := range moments {
		asked := time.Now().Add(-time.Second)
		var b saldotest.Balance
		a.Must(t, http.StatusOK, "GET", "/api/balance?at="+url.QueryEscape(m.at.Format(time.RFC3339Nano)), nil).JSON(t, &b)
		if b.String() != m.want {
			t.Errorf("at %s: %s, want %s", m.at, b, m.want)
		}
		if consulted, err := time.Parse(time.RFC3339, b.At); err != nil || consulted.Before(asked) {
			t.Errorf("consulted at %s, %v", b.At, err)
		}
	}
	undocumented := &saldotest.Client{URL: a.URL, Token: a.Token, HTTP: http.DefaultClient}
	for _, ignored := range []string{"x=1", "%zz&at=1", "at", "AT=1"} {
		undocumented.Must(t, http.StatusOK, "GET", "/api/balance?"+ignored, nil)
	}
	wantHistory(t, a, before, moments[len(moments)-1].want)
}

// wantHistory wants the steps of a history to follow from each other and to end on
// the balance that is given.
func wantHistory(t *testing.T, a *saldotest.Account, from time.Time, want string) {
	t.Helper()
	var history struct {
		Steps []struct {
			From, To                                                    string
			OpeningNet, ClosingNet, LowestNet, ClosingGross, HighestNet json.Number
			ClosingBlocked                                              json.Number
			Changes                                                     int
		}
	}
	a.Must(t, http.StatusOK, "GET", "/api/balance/history?step=1h&from="+
		url.QueryEscape(from.Add(-3*time.Hour).Format(time.RFC3339Nano)), nil).JSON(t, &history)
	changes, lowest := 0, false
	for i, s := range history.Steps {
		changes += s.Changes
		lowest = lowest || s.LowestNet == "0.00"
		if i > 0 && (s.From != history.Steps[i-1].To || s.OpeningNet != history.Steps[i-1].ClosingNet) {
			t.Errorf("steps %+v and %+v", history.Steps[i-1], s)
		}
	}
	last := history.Steps[len(history.Steps)-1]
	if got := fmt.Sprintf("%s/%s/%s", last.ClosingGross, last.ClosingBlocked, last.ClosingNet); got != want {
		t.Errorf("the history ends on %s, want %s", got, want)
	}
	if len(history.Steps) < 4 || changes != 11 || !lowest {
		t.Errorf("history %+v", history)
	}
}

func TestAnUnchangedBalanceIsNotSentAgain(t *testing.T) {
	onEveryStore(t, testAnUnchangedBalanceIsNotSentAgain)
}

func testAnUnchangedBalanceIsNotSentAgain(t *testing.T, at place) {
	a := house(t, at).NewAccount(t, "100.00", "")
	ask := func(want int, known ...string) saldotest.Answer {
		t.Helper()
		var headers []string
		for _, tag := range known {
			headers = append(headers, "If-None-Match", tag)
		}
		return a.Must(t, want, "GET", "/api/balance", nil, headers...)
	}
	first := ask(200).Header.Get("ETag")
	if first != `"`+a.ID+`-1"` || ask(200).Header.Get("ETag") != first {
		t.Errorf("ETag %s", first)
	}
	for _, known := range []string{first, "W/" + first, `"x", ` + first, "*"} {
		answer := ask(304, known)
		if len(answer.Body) > 0 || answer.Header.Get("ETag") != first || answer.Header.Get("Content-Type") != "" {
			t.Errorf("unchanged: %+v", answer)
		}
	}
	ask(200, `"x"`)
	a.Pay(t, "pay-1", "1.00")
	if second := ask(200, first).Header.Get("ETag"); second == first {
		t.Errorf("ETag is still %s", second)
	}
}

type blockedPage struct {
	saldotest.Balance
	Totals []struct {
		Reason          string
		Holds           int
		Held, Shortfall json.Number
	}
	Holds []struct {
		HoldID, Reason             string
		TransactionID, Case        *string
		Held, Requested, Shortfall json.Number
		Since                      string
		Deadline                   *string
	}
	Next *string
}

func TestWhatIsBlockedIsExplained(t *testing.T) { onEveryStore(t, testWhatIsBlockedIsExplained) }

func testWhatIsBlockedIsExplained(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0.00", `,"pixKeys":["loja@exemplo.com.br"]`)
	disputed := receive(t, p, "loja@exemplo.com.br", "100.00", time.Now())
	tx := a.Pay(t, "pay-1", "70.00")
	p.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds",
		`{"amount":10.00,"reason":"judicial","case":"0001234-56.2026"}`)
	p.Event(t, "applied", fmt.Sprintf(`{"id":"o","type":"med.opened","caseId":"c1","endToEndId":%q,"amount":100.00}`,
		disputed))
	var all blockedPage
	a.Must(t, http.StatusOK, "GET", "/api/balance/blocked", nil).JSON(t, &all)
	if all.String() != "100.00/100.00/0.00" || all.Next != nil {
		t.Errorf("blocked %+v", all)
	}
	if got := fmt.Sprint(all.Totals); got != "[{payment 1 70.00 0.00} {med 1 20.00 80.00} {judicial 1 10.00 0.00}]" {
		t.Errorf("totals %s", got)
	}
	var got []string
	for _, h := range all.Holds {
		got = append(got, fmt.Sprint(h.Reason, " ", h.Held, " of ", h.Requested, " short ", h.Shortfall, " case ", textOf(h.Case),
			" deadline ", h.Deadline != nil))
	}
	want := "payment 70.00 of 70.00 short 0.00 case - deadline false; " +
		"judicial 10.00 of 10.00 short 0.00 case 0001234-56.2026 deadline false; " +
		"med 20.00 of 100.00 short 80.00 case c1 deadline true"
	if strings.Join(got, "; ") != want {
		t.Errorf("holds %q, want %q", got, want)
	}
	var receipt saldotest.Transaction
	a.Must(t, http.StatusOK, "GET", "/api/pix/transactions/pix-key/loja@exemplo.com.br/"+disputed, nil).JSON(t, &receipt)
	if textOf(all.Holds[0].TransactionID) != tx.TransactionID || textOf(all.Holds[1].TransactionID) != "-" ||
		textOf(all.Holds[2].TransactionID) != receipt.TransactionID {
		t.Errorf("transactions of %+v", all.Holds)
	}
	wantBlockedPages(t, a, all)
}

func textOf(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// wantBlockedPages wants pages to be parts of the whole, with the same totals.
func wantBlockedPages(t *testing.T, a *saldotest.Account, all blockedPage) {
	t.Helper()
	query, seen := "?limit=1", 0
	for {
		var page blockedPage
		a.Must(t, http.StatusOK, "GET", "/api/balance/blocked"+query, nil).JSON(t, &page)
		if len(page.Holds) != 1 || page.Holds[0].HoldID != all.Holds[seen].HoldID ||
			fmt.Sprint(page.Totals) != fmt.Sprint(all.Totals) {
			t.Fatalf("page %d: %+v", seen, page)
		}
		seen++
		if page.Next == nil {
			break
		}
		query = "?limit=1&after=" + *page.Next
	}
	if seen != len(all.Holds) {
		t.Errorf("%d holds on pages, %d in all", seen, len(all.Holds))
	}
}

func TestAPaymentIsTriedWithoutATrace(t *testing.T) {
	onEveryStore(t, testAPaymentIsTriedWithoutATrace)
}

func testAPaymentIsTriedWithoutATrace(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"fees":{"cashOut":{"fixed":0.40}}`)
	tag := a.Must(t, http.StatusOK, "GET", "/api/balance", nil).Header.Get("ETag")
	order := func(id, value, more string) string {
		return strings.TrimSuffix(saldotest.Payment(id, value), "}") + more + "}"
	}
	try := func(id, value, more, want string) {
		t.Helper()
		answer := a.Must(t, http.StatusOK, "POST", "/api/pix/cash-out", order(id, value, `,"dryRun":true`+more))
		if string(answer.Body) != want {
			t.Errorf("%s of %s%s: %s, want %s", id, value, more, answer.Body, want)
		}
	}
	try("p1", "99.60", "", `{"wouldPass":true,"value":99.60,"fee":0.40,"total":100.00,"netBalance":100.00,"netAfter":0.00,"reason":null}`)
	try("p1", "99.61", "", `{"wouldPass":false,"value":99.61,"fee":0.40,"total":100.01,"netBalance":100.00,`+
		`"netAfter":100.00,"reason":"INSUFFICIENT_BALANCE"}`)
	try("p1", "1.00", `,"expectedNetBalance":100`, `{"wouldPass":true,"value":1.00,"fee":0.40,"total":1.40,`+
		`"netBalance":100.00,"netAfter":98.60,"reason":null}`)
	try("p1", "1.00", `,"expectedNetBalance":99.99`, `{"wouldPass":false,"value":1.00,"fee":0.40,"total":1.40,`+
		`"netBalance":100.00,"netAfter":100.00,"reason":"BALANCE_CHANGED"}`)
	a.Must(t, http.StatusBadRequest, "POST", "/api/pix/cash-out", order("p1", "0.00", `,"dryRun":true`))
	a.Must(t, http.StatusBadRequest, "POST", "/api/pix/cash-out", order("p1", "1.00", `,"expectedNetBalance":"x"`))
	a.Must(t, http.StatusNotModified, "GET", "/api/balance", nil, "If-None-Match", tag) // nothing has happened
	a.Must(t, http.StatusNotFound, "GET", "/api/pix/transaction/p1", nil)

	changed := a.Must(t, http.StatusConflict, "POST", "/api/pix/cash-out", order("p1", "1.00", `,"expectedNetBalance":99.99`))
	if !strings.Contains(string(changed.Body), `"details":{"expectedNetBalance":99.99,"netBalance":100.00}`) {
		t.Errorf("another net: %s", changed.Body)
	}
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", order("p1", "1.00", `,"expectedNetBalance":100.00,"dryRun":false`))
	try("p1", "1.00", "", `{"wouldPass":false,"value":1.00,"fee":0.40,"total":1.40,"netBalance":98.60,`+
		`"netAfter":98.60,"reason":"DUPLICATE_EXTERNAL_ID"}`)
	wantOneOfMany(t, a, order)
}

// wantOneOfMany sends payments at the same time, all decided on the same net.
func wantOneOfMany(t *testing.T, a *saldotest.Account, order func(id, value, more string) string) {
	t.Helper()
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			answer, err := a.Do("POST", "/api/pix/cash-out", order(fmt.Sprint("many-", i), "1.00", `,"expectedNetBalance":98.60`))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[answer.Status]++
		})
	}
	all.Wait()
	if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 11 {
		t.Errorf("statuses %v: exactly one must be accepted", statuses)
	}
}

func TestABalanceIsWatched(t *testing.T) { onEveryStore(t, testABalanceIsWatched) }

func testABalanceIsWatched(t *testing.T, at place) {
	p := house(t, at)
	a, other := p.NewAccount(t, "100.00", ""), p.NewAccount(t, "5.00", "")
	s := a.Stream(t, "/api/balance/stream")
	if got := s.Next(t); got.ID != "1" || got.Balance(t).String() != "100.00/0.00/100.00" {
		t.Errorf("first %+v", got)
	}
	other.Pay(t, "not-mine", "1.00")
	tx := a.Pay(t, "pay-1", "10.00")
	if got := s.Next(t); got.ID != "2" || got.Balance(t).String() != "100.00/10.00/90.00" {
		t.Errorf("after a payment %+v", got)
	}
	p.Event(t, "applied", `{"id":"e1","type":"payment.settled","transactionId":"`+tx.TransactionID+`"}`)
	s.Await(t, "90.00/0.00/90.00")
	// A client that was away gets the newest, and nothing if it has that already.
	if got := a.Stream(t, "/api/balance/stream", "Last-Event-ID", "2").Next(t); got.ID != "3" {
		t.Errorf("resumed with %+v", got)
	}
	resumed := a.Stream(t, "/api/balance/stream", "Last-Event-ID", "3")
	a.Pay(t, "pay-2", "1.00")
	if got := resumed.Next(t); got.ID != "4" {
		t.Errorf("resumed with %+v", got)
	}
	s.Await(t, "90.00/1.00/89.00")
	if err := p.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if got := s.Next(t); got.Name != "end" || got.Data != `{"reason":"STOPPING"}` {
		t.Errorf("at the stop %+v", got)
	}
	if e, more := <-s.Events; more {
		t.Errorf("after the end %+v", e)
	}
}

// TestABalanceIsWatchedFromAnotherNode pays through one node and watches on another.
func TestABalanceIsWatchedFromAnotherNode(t *testing.T) {
	database := pgtest.Shared(t).NewDatabase(t)
	if _, err := saldotest.Run(t, "migrate", "--store", database); err != nil {
		t.Fatal(err)
	}
	first, second := saldotest.StartServe(t, database), saldotest.StartServe(t, database)
	a := first.NewAccount(t, "1000.00", "")
	there := &saldotest.Client{URL: second.URL, HTTP: a.HTTP, Token: a.Token}
	far, near := there.Stream(t, "/api/balance/stream"), a.Stream(t, "/api/balance/stream")
	far.Await(t, "1000.00/0.00/1000.00")
	near.Await(t, "1000.00/0.00/1000.00")
	for i := range 50 {
		a.Pay(t, fmt.Sprint("pay-", i), "1.00")
		if i%10 == 0 {
			blocked := i + 1
			want := fmt.Sprintf("1000.00/%d.00/%d.00", blocked, 1000-blocked)
			begin := time.Now()
			far.Await(t, want)
			if late := time.Since(begin); late > 5*time.Second {
				t.Errorf("%s was seen after %s", want, late)
			}
		}
	}
	far.Await(t, "1000.00/50.00/950.00")
	near.Await(t, "1000.00/50.00/950.00")
}
