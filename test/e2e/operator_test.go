package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

type hold struct {
	HoldID                                         string
	Requested, Held, Captured, Released, Shortfall json.Number
	Open                                           bool
}

func (h hold) String() string {
	return fmt.Sprintf("%s held %s captured %s released %s short %s open %v",
		h.Requested, h.Held, h.Captured, h.Released, h.Shortfall, h.Open)
}

func TestTheOperatorHoldsCapturesAndReleases(t *testing.T) {
	onEveryStore(t, testTheOperatorHoldsCapturesAndReleases)
}

func testTheOperatorHoldsCapturesAndReleases(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", "")
	house := p.OperatorClient()
	var h hold
	body := `{"amount":60.00,"reason":"judicial","case":"0001-2026"}`
	house.Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds", body).JSON(t, &h)
	house.Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds", body)
	wantBalance(t, a, "100.00/60.00/40.00")
	refused(t, house, http.StatusConflict, "POST", "/accounts/"+a.ID+"/holds",
		`{"amount":61.00,"reason":"judicial","case":"0001-2026"}`)
	refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out", saldotest.Payment("x", "40.01"))

	for range 2 { // the same step counts once
		house.Must(t, http.StatusOK, "POST", "/holds/"+h.HoldID+"/capture", `{"amount":25.00,"step":"first"}`).JSON(t, &h)
	}
	wantBalance(t, a, "75.00/35.00/40.00")
	house.Must(t, http.StatusOK, "POST", "/holds/"+h.HoldID+"/release", `{"amount":5.00}`)
	wantBalance(t, a, "75.00/30.00/45.00")
	refused(t, house, http.StatusConflict, "POST", "/holds/"+h.HoldID+"/capture", `{"amount":30.01}`)
	house.Must(t, http.StatusOK, "POST", "/holds/"+h.HoldID+"/capture", nil).JSON(t, &h)
	if want := "60.00 held 0.00 captured 55.00 released 5.00 short 0.00 open false"; h.String() != want {
		t.Errorf("hold %s, want %s", h, want)
	}
	wantBalance(t, a, "45.00/0.00/45.00")
	refused(t, house, http.StatusConflict, "POST", "/holds/"+h.HoldID+"/release", nil)
	refused(t, house, http.StatusNotFound, "POST", "/holds/1/release", nil)
	wantTrialBalance(t, p)
}

// TestASweepingHoldFillsFromLaterCredits is the worked case of a MED with a
// shortfall: 30.00 are there of 100.00, later credits come to the rescue.
func TestASweepingHoldFillsFromLaterCredits(t *testing.T) {
	onEveryStore(t, testASweepingHoldFillsFromLaterCredits)
}

func testASweepingHoldFillsFromLaterCredits(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "30.00", `,"pixKeys":["loja@exemplo.com.br"]`)
	house := p.OperatorClient()
	var h hold
	house.Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds",
		`{"amount":100.00,"reason":"med","case":"c1","sweep":true}`).JSON(t, &h)
	wantBalance(t, a, "30.00/30.00/0.00")
	credit := `{"id":"c%d","type":"receipt.settled","endToEndId":"E99999004202611201200%011d",` +
		`"pixKey":"loja@exemplo.com.br","amount":%s}`
	p.Event(t, "applied", fmt.Sprintf(credit, 1, 1, "50.00"))
	wantBalance(t, a, "80.00/80.00/0.00")
	var open struct{ Data []hold }
	house.Must(t, http.StatusOK, "GET", "/accounts/"+a.ID+"/holds", nil).JSON(t, &open)
	if len(open.Data) != 1 || open.Data[0].Shortfall != "20.00" {
		t.Errorf("open holds %+v", open)
	}
	house.Must(t, http.StatusOK, "POST", "/holds/"+h.HoldID+"/release", nil).JSON(t, &h)
	wantBalance(t, a, "80.00/0.00/80.00")
	p.Event(t, "applied", fmt.Sprintf(credit, 2, 2, "50.00"))
	wantBalance(t, a, "130.00/0.00/130.00")
	wantTrialBalance(t, p)
}

func TestSeveralEventsAreAnsweredInOrderEachByItself(t *testing.T) {
	onEveryStore(t, testSeveralEventsAreAnsweredInOrderEachByItself)
}

func testSeveralEventsAreAnsweredInOrderEachByItself(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", "")
	one, two := a.Pay(t, "1", "10.00"), a.Pay(t, "2", "20.00")
	events := fmt.Sprintf(`[{"id":"a","type":"payment.settled","transactionId":%s},`+
		`{"id":"b","type":"payment.exploded"},{"id":"c","type":"payment.rejected","transactionId":"%s"},`+
		`{"id":"a","type":"payment.settled","transactionId":%s},{"id":"d","type":"payment.settled"},7,`+
		`{"id":"e","type":"payment.settled","endToEndId":"E99999003202611201200abcdefghijk"},`+
		`{"id":"f","type":"payment.settled","transactionId":%s}]`,
		one.TransactionID, two.TransactionID, one.TransactionID, two.TransactionID)
	var answers []struct {
		ID, Result string
		Error      *struct{ Code, Message string }
	}
	p.OperatorClient().Must(t, http.StatusOK, "POST", "/rail/events", events).JSON(t, &answers)
	want := "a applied, b error, c applied, a repeated, d error,  error, e suspended, f suspended"
	var got []string
	for _, a := range answers {
		got = append(got, a.ID+" "+a.Result)
		if (a.Error != nil) != (a.Result == "error") {
			t.Errorf("event %s: %s with error %v", a.ID, a.Result, a.Error)
		}
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("answers %s\nwant    %s", strings.Join(got, ", "), want)
	}
	// f says that a payment left that we gave back: the house owes it to itself.
	wantBalance(t, a, "90.00/0.00/90.00")
	wantTrialBalance(t, p)
	refused(t, p.OperatorClient(), http.StatusBadRequest, "POST", "/rail/events", `{"type":"payment.settled"}`)
	refused(t, p.OperatorClient(), http.StatusRequestEntityTooLarge, "POST", "/rail/events",
		"["+strings.Repeat(" ", 1<<20)+"]")
}

func TestAccountsAreOpenedListedAndShown(t *testing.T) {
	onEveryStore(t, testAccountsAreOpenedListedAndShown)
}

func testAccountsAreOpenedListedAndShown(t *testing.T, at place) {
	p := house(t, at)
	house := p.OperatorClient()
	for rule, body := range map[string]string{
		"name":                    `{"document":"11222333000181","brand":"avista"}`,
		"document":                `{"name":"Loja","document":"11222333000182","brand":"avista"}`,
		"brand":                   `{"name":"Loja","document":"11222333000181","brand":"roxo"}`,
		"openingBalance":          `{"name":"Loja","document":"11222333000181","brand":"avista","openingBalance":-1}`,
		"fees.cashOut.percentage": `{"name":"L","document":"11222333000181","brand":"avista","fees":{"cashOut":{"percentage":1.00001}}}`,
		"fees.cashIn":             `{"name":"L","document":"11222333000181","brand":"avista","fees":{"cashIn":{"minimum":2,"maximum":1}}}`,
		"pixKeys[0]":              `{"name":"Loja","document":"11222333000181","brand":"avista","pixKeys":["?"]}`,
	} {
		if got := refused(t, house, http.StatusBadRequest, "POST", "/accounts", body); !strings.Contains(got.Message, rule) {
			t.Errorf("message %q does not name %s", got.Message, rule)
		}
	}
	a := p.NewAccount(t, "12.34", `,"fees":{"cashOut":{"percentage":0.065}},"pixKeys":["loja@exemplo.com.br"]`)
	var shown struct {
		AccountID  string
		NetBalance json.Number
		Fees       struct {
			CashOut struct{ Percentage json.Number }
		}
	}
	house.Must(t, http.StatusOK, "GET", "/accounts/"+a.ID, nil).JSON(t, &shown)
	if shown.AccountID != a.ID || shown.NetBalance != "12.34" || shown.Fees.CashOut.Percentage != "0.0650" {
		t.Errorf("account %+v", shown)
	}
	var list struct {
		Data []struct{ AccountID string }
		Next *string
	}
	house.Must(t, http.StatusOK, "GET", "/accounts?limit=1", nil).JSON(t, &list)
	if len(list.Data) != 1 || list.Next == nil {
		t.Fatalf("first page %+v", list)
	}
	house.Must(t, http.StatusOK, "GET", "/accounts?limit=5&after="+*list.Next, nil).JSON(t, &list)
	if len(list.Data) != 1 { // the demo merchant and this one
		t.Errorf("second page %+v", list)
	}
	refused(t, house, http.StatusConflict, "POST", "/accounts",
		`{"name":"Loja","document":"11222333000181","brand":"avista","pixKeys":["loja@exemplo.com.br"]}`)
	for _, path := range []string{"/accounts/1", "/accounts/9999999999", "/accounts/x"} {
		refused(t, house, http.StatusNotFound, "GET", path, nil)
	}
	metrics := house.Must(t, http.StatusOK, "GET", "/metrics", nil)
	if !strings.Contains(string(metrics.Body), "saldo_book_commits_total") {
		t.Error("metrics lack the book's counters")
	}
}

func TestRequestsHaveLimits(t *testing.T) { onEveryStore(t, testRequestsHaveLimits) }

func testRequestsHaveLimits(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	refused(t, a.Client, http.StatusRequestEntityTooLarge, "POST", "/api/pix/cash-out",
		`{"externalId":"`+strings.Repeat("x", 65<<10)+`"}`)
	answer, err := a.Do("GET", "/api/balance", nil, "X-Filler", strings.Repeat("x", 64<<10))
	if err != nil || answer.Status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KiB: %d, %v", answer.Status, err)
	}
	for _, body := range []string{"", "null", "[]", `"x"`, "{", `{"value":1}{`, "7"} {
		refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out", body)
	}
	refused(t, a.Client, http.StatusNotFound, "GET", "/api/nothing", nil)
	refused(t, a.Client, http.StatusNotFound, "DELETE", "/api/balance", nil)
}
