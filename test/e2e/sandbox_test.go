package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

const payable = "/api/sandbox/charges/"

// sandboxAccount opens an account of play money.
func sandboxAccount(t *testing.T, p *saldotest.Process, opening string) *saldotest.Account {
	t.Helper()
	return p.NewAccount(t, opening, `,"sandbox":true,"fees":{"cashIn":{"fixed":0.40}}`)
}

// unpaid makes a charge that the sandbox pays when it is told to.
func unpaid(t *testing.T, a *saldotest.Account, id, value string) saldotest.Transaction {
	t.Helper()
	var made saldotest.Transaction
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge(id, value),
		"X-Sandbox-Scenario", "unpaid").JSON(t, &made)
	return made
}

func TestTheSandboxPaysWhenItIsTold(t *testing.T) { onEveryStore(t, testTheSandboxPaysWhenItIsTold) }

func testTheSandboxPaysWhenItIsTold(t *testing.T, at place) {
	p := saldotest.Start(t, at.new(t))
	a, other := sandboxAccount(t, p, "0"), sandboxAccount(t, p, "0")
	charge := unpaid(t, a, "INV-1", "80.00")
	by := unpaid(t, a, "INV-2", "20.00")
	sent := time.Now()
	// What pays by itself after a second has been paid, and these have not.
	var itself saldotest.Transaction
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge("INV-3", "1.00")).JSON(t, &itself)
	awaitStatus(t, a, itself.TransactionID, "CONFIRMED")
	wantBalance(t, a, "0.60/0.00/0.60")

	if got := refused(t, a.Client, 409, "POST", payable+"INV-1/pay", `{"amount":79.99}`); got.Code != "NOT_PLAYABLE" {
		t.Errorf("another amount: %+v", got)
	}
	refused(t, other.Client, 404, "POST", payable+charge.TransactionID+"/pay", nil)
	var paid struct{ Status string }
	a.Must(t, 200, "POST", payable+"INV-1/pay", `{}`).JSON(t, &paid)
	if paid.Status != "PAID" {
		t.Errorf("paid %+v", paid)
	}
	a.Must(t, 200, "POST", payable+txidOf(t, by.PixCode)+"/pay", `{"amount":20.00}`)
	wantBalance(t, a, "99.80/0.00/99.80")
	if got := refused(t, a.Client, 409, "POST", payable+"INV-1/pay", nil); !strings.Contains(got.Message, "paid already") {
		t.Errorf("paid twice: %+v", got)
	}
	wantBalance(t, a, "99.80/0.00/99.80")

	var short saldotest.Transaction
	body := strings.Replace(saldotest.Charge("INV-4", "5.00"), `"externalId"`, `"expirationTime":30,"externalId"`, 1)
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", body, "X-Sandbox-Scenario", "unpaid").JSON(t, &short)
	a.Must(t, 400, "POST", "/api/pix/cash-out", saldotest.Payment("PAY-1", "1.00"), "X-Sandbox-Scenario", "unpaid")
	if d := detailsOf(t, a, short.TransactionID); d.Charge == nil || d.Charge.Status != "ACTIVE" {
		t.Errorf("charge %+v after %s", d.Charge, time.Since(sent))
	}
	suspense := struct{ Data []any }{}
	p.OperatorClient().Must(t, 200, "GET", "/suspense", nil).JSON(t, &suspense)
	if len(suspense.Data) != 0 {
		t.Errorf("the sandbox left %v in suspense", suspense.Data)
	}
	wantTrialBalance(t, p)
}

// awaitStatus waits until a transaction has a status.
func awaitStatus(t *testing.T, a *saldotest.Account, id, want string) {
	t.Helper()
	tick, late := time.NewTicker(20*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for a.Look(t, id).Status != want {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s is %s, not %s", id, a.Look(t, id).Status, want)
		}
	}
}

// details are a transaction and what belongs to it.
type details struct {
	Transaction struct{ ID, Status, Type string }
	Returned    json.Number `json:"returnedAmount"`
	Remaining   json.Number `json:"remainingAmountForRefund"`
	Charge      *struct{ Status, PixCode, QRCodeImage string }
	Holds       []struct {
		Reason                              string
		Requested, Held, Captured, Released json.Number
		Until                               *string
	}
	Returns  []struct{ ID, Type string }
	MEDCases []struct {
		ID                                             int
		Status, AnalysisResult, IDSolicitacaoDevolucao string
	}
	Deliveries []struct {
		Event, Result string
		StatusCode    *int
		Resent        bool
	} `json:"webhookDeliveries"`
	Timeline []struct{ At, Event string }
}

func detailsOf(t *testing.T, a *saldotest.Account, id string) details {
	t.Helper()
	var d details
	a.Must(t, 200, "GET", "/api/pix/transaction/"+id+"/details", nil).JSON(t, &d)
	return d
}

// events are what happened to a transaction, in order.
func (d *details) events(t *testing.T) []string {
	t.Helper()
	var names []string
	for i, step := range d.Timeline {
		names = append(names, step.Event)
		if i > 0 && step.At < d.Timeline[i-1].At {
			t.Errorf("timeline goes back: %+v", d.Timeline)
		}
	}
	return names
}

func TestATransactionHasItsWholeStory(t *testing.T) {
	onEveryStore(t, testATransactionHasItsWholeStory)
}

func testATransactionHasItsWholeStory(t *testing.T, at place) {
	p := saldotest.Start(t, at.new(t))
	a, other := sandboxAccount(t, p, "100.00"), sandboxAccount(t, p, "0")
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(sink.Close)
	charge := unpaid(t, a, "INV-1", "80.00")
	if d := detailsOf(t, a, "INV-1"); d.Charge == nil || d.Charge.PixCode != charge.PixCode ||
		!strings.HasPrefix(d.Charge.QRCodeImage, "data:image/png;base64,") || d.Remaining != "0.00" {
		t.Errorf("before it is paid: %+v", d)
	}
	a.Must(t, 200, "POST", payable+"INV-1/pay", nil)
	var mc struct{ IDSolicitacaoDevolucao string }
	a.Must(t, 201, "POST", "/api/sandbox/med", `{"transactionId":"INV-1","amount":30.00,"description":"golpe"}`).JSON(t, &mc)
	wantBalance(t, a, "179.60/30.00/149.60")
	d := detailsOf(t, a, charge.TransactionID)
	if d.Remaining != "0.00" || len(d.MEDCases) != 1 || len(d.Holds) != 1 || d.Holds[0].Reason != "med" ||
		d.Holds[0].Held != "30.00" || d.Holds[0].Until != nil {
		t.Errorf("disputed: %+v", d)
	}
	refused(t, other.Client, 404, "POST", "/api/sandbox/med/"+mc.IDSolicitacaoDevolucao+"/accept", nil)
	a.Must(t, 200, "POST", "/api/sandbox/med/"+mc.IDSolicitacaoDevolucao+"/reject", nil)
	refused(t, a.Client, 409, "POST", "/api/sandbox/med/"+mc.IDSolicitacaoDevolucao+"/accept", nil)
	wantBalance(t, a, "179.60/0.00/179.60")

	a.Must(t, 201, "POST", "/api/pix/refund-in/INV-1", `{"refundValue":10.00,"externalId":"R-1"}`)
	a.Must(t, 201, "POST", "/api/pix/refund-in/INV-1", `{"refundValue":5.00,"externalId":"R-2"}`,
		"X-Sandbox-Scenario", "error:account-blocked")
	awaitStatus(t, a, "R-1", "CONFIRMED")
	awaitStatus(t, a, "R-2", "ERROR")
	a.Must(t, 201, "POST", "/api/sandbox/med", `{"transactionId":"INV-1","amount":7.00}`).JSON(t, &mc)
	a.Must(t, 200, "POST", "/api/sandbox/med/"+mc.IDSolicitacaoDevolucao+"/accept", nil)
	wantBalance(t, a, "162.60/0.00/162.60")
	a.Must(t, 200, "POST", "/api/resend-webhook/INV-1", map[string]any{"url": sink.URL})

	d = detailsOf(t, a, txidOf(t, charge.PixCode))
	if d.Returned != "17.00" || d.Remaining != "63.00" || len(d.Returns) != 3 || len(d.MEDCases) != 2 ||
		len(d.Holds) != 2 || len(d.Deliveries) != 1 || d.Charge.Status != "PAID" {
		t.Errorf("in the end: %+v", d)
	}
	if each := d.Deliveries[0]; each.Event != "cash_in" || each.Result != "delivered" || !each.Resent || *each.StatusCode != 200 {
		t.Errorf("delivery %+v", each)
	}
	want := []string{"created", "confirmed", "med", "hold_opened", "return_created", "return_failed", "webhook"}
	got := d.events(t)
	for _, event := range want {
		if !slices.Contains(got, event) {
			t.Errorf("no %s in %v", event, got)
		}
	}
	back := detailsOf(t, a, d.Returns[0].ID)
	if back.Transaction.Type != "REFUND_IN" || back.Charge != nil {
		t.Errorf("return %+v", back)
	}
	a.Pay(t, "PAY-1", "50.00")
	awaitStatus(t, a, "PAY-1", "CONFIRMED")
	d = detailsOf(t, a, "PAY-1")
	if got := d.events(t); !slices.Contains(got, "hold_closed") || d.Holds[0].Captured != "50.00" {
		t.Errorf("payment: %v %+v", got, d.Holds)
	}
	refused(t, other.Client, 404, "GET", "/api/pix/transaction/"+charge.TransactionID+"/details", nil)
	wantTrialBalance(t, p)
}

func TestChargesAreListedInPages(t *testing.T) { onEveryStore(t, testChargesAreListedInPages) }

func testChargesAreListedInPages(t *testing.T, at place) {
	p := saldotest.Start(t, at.new(t))
	a := sandboxAccount(t, p, "1000.00")
	var ids []string
	for i := range 7 {
		name := string(rune('a' + i))
		ids = append(ids, unpaid(t, a, name, "1.00").TransactionID)
		a.Pay(t, "between-"+name, "1.00")
	}
	a.Must(t, 200, "POST", payable+"c/pay", nil)
	slices.Reverse(ids)
	type list struct {
		Data []struct{ TransactionID, Status string }
		Next *string
	}
	var seen []string
	for query := "?limit=3"; ; {
		var page list
		a.Must(t, 200, "GET", "/api/pix/charges"+query, nil).JSON(t, &page)
		for _, c := range page.Data {
			seen = append(seen, c.TransactionID)
		}
		if page.Next == nil {
			break
		}
		query = "?limit=3&before=" + *page.Next
	}
	if !slices.Equal(seen, ids) {
		t.Errorf("charges %v, want %v", seen, ids)
	}
	for status, want := range map[string]int{"PAID": 1, "ACTIVE": 6, "EXPIRED": 0, "ERROR": 0, "PROCESSING": 0} {
		var page list
		a.Must(t, 200, "GET", "/api/pix/charges?status="+status, nil).JSON(t, &page)
		if len(page.Data) != want {
			t.Errorf("%d charges are %s", len(page.Data), status)
		}
	}
}

// sandbox is what accounts of play money have besides, and details and charges.
func (w *walk) sandbox() {
	a := sandboxAccount(w.T, w.p, "100.00")
	charge := unpaid(w.T, a, "INV-1", "10.00")
	requests := []string{
		"POST /api/sandbox/charges/INV-1/pay", "POST /api/sandbox/med", "POST /api/sandbox/med/x/accept",
		"POST /api/sandbox/med/x/reject",
	}
	for _, request := range requests {
		w.want(w.anonymous, "no token", 401, "TOKEN_MISSING", request, nil)
		w.want(w.reader, "pix:read", 403, "INSUFFICIENT_SCOPE", request, nil)
		w.want(w.a.Client, "real money", 403, "NOT_A_SANDBOX_ACCOUNT", request, nil)
	}
	for _, request := range requests[:2] {
		w.want(a.Client, "a body beyond 64 KiB", 413, "BODY_TOO_LARGE", request, `{"x":"`+chars(65<<10)+`"}`)
	}
	const pay, med = "POST /api/sandbox/charges/", "POST /api/sandbox/med"
	w.want(a.Client, "half a centavo", 400, "amount", pay+"INV-1/pay", `{"amount":0.005}`)
	w.want(a.Client, "no such charge", 404, "", pay+"x/pay", nil)
	w.want(a.Client, "not paid yet", 400, "RECEIPT_NOT_CONFIRMED", med, `{"transactionId":"INV-1"}`)
	w.want(a.Client, "another amount", 409, "NOT_PLAYABLE", pay+"INV-1/pay", `{"amount":11.00}`)
	w.want(a.Client, "a charge", 200, "PAID", pay+charge.TransactionID+"/pay", nil)
	w.want(a.Client, "no transaction", 400, "transactionId", med, `{}`)
	w.want(a.Client, "no such transaction", 404, "", med, `{"transactionId":"x"}`)
	w.want(a.Client, "a cause of nothing", 400, "cause", med, `{"transactionId":"INV-1","cause":"x"}`)
	var failed saldotest.Transaction
	a.Must(w, 201, "POST", "/api/pix/cash-in", saldotest.Charge("INV-2", "1.00"),
		"X-Sandbox-Scenario", "error:account-blocked").JSON(w, &failed)
	awaitStatus(w.T, a, failed.TransactionID, "ERROR")
	w.want(a.Client, "a receipt that failed", 409, "NOT_PLAYABLE", med, `{"transactionId":"INV-2"}`)
	cases := make([]struct{ IDSolicitacaoDevolucao string }, 2)
	for i := range cases {
		w.want(a.Client, "a case", 201, "RECEIVED", med, `{"transactionId":"INV-1","amount":1.00}`).JSON(w, &cases[i])
	}
	for i, decision := range []string{"/accept", "/reject"} {
		path := med + "/" + cases[i].IDSolicitacaoDevolucao
		w.want(a.Client, "no such case", 404, "", med+"/x"+decision, nil)
		w.want(a.Client, "a decision", 200, "ANALYZED", path+decision, nil)
		w.want(a.Client, "the other one", 409, "NOT_PLAYABLE", path+[]string{"/reject", "/accept"}[i], nil)
	}
	a.Pay(w.T, "PAY-1", "1.00")
	w.want(a.Client, "no receipt", 400, "NOT_A_RECEIPT", med, `{"transactionId":"PAY-1"}`)

	w.want(a.Client, "details", 200, "timeline", "GET /api/pix/transaction/INV-1/details", nil)
	w.want(a.Client, "no details", 404, "", "GET /api/pix/transaction/x/details", nil)
	for query, status := range map[string]int{
		"": 200, "limit=100": 200, "limit=101": 400, "limit=0": 400, "status=PAID": 200, "status=paid": 400, "before=x": 400,
	} {
		w.want(a.Client, "charges", status, "", "GET /api/pix/charges?"+query, nil)
	}
}

// sandbox makes the examples of sandbox accounts, and of what belongs to a transaction.
func (s *script) sandbox(p *saldotest.Process, a *shop) {
	s.call(a.Client, "getTransactionDetails", http.StatusOK, "GET /api/pix/transaction/PAY-2026-31/details", "")
	s.call(a.Client, "listCharges", http.StatusOK, "GET /api/pix/charges?status=PAID&limit=1", "")
	s.fail(a.Client, "NotSandbox", http.StatusForbidden, "POST /api/sandbox/charges/INV-7-2026/pay", "")
	play := p.NewAccount(s.t, "0", `,"sandbox":true`)
	unpaid(s.t, play, "INV-8-2026", "80.00")
	s.call(play.Client, "paySandboxCharge", http.StatusOK, "POST /api/sandbox/charges/INV-8-2026/pay", "")
	s.fail(play.Client, "NotPlayable", http.StatusConflict, "POST /api/sandbox/charges/INV-8-2026/pay", "")
	for operation, decision := range map[string]string{"acceptSandboxMED": "accept", "rejectSandboxMED": "reject"} {
		var opened struct{ IDSolicitacaoDevolucao string }
		s.call(play.Client, "openSandboxMED", http.StatusCreated, "POST /api/sandbox/med",
			`{"transactionId":"INV-8-2026","amount":30.00,"cause":"SOCIAL_ENGINEERING","description":"Golpe"}`).JSON(s.t, &opened)
		s.call(play.Client, operation, http.StatusOK,
			"POST /api/sandbox/med/"+opened.IDSolicitacaoDevolucao+"/"+decision, "")
	}
}
