package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// receive credits an account by its Pix key, at a time, and returns the receipt's
// end-to-end id.
func receive(t *testing.T, p *saldotest.Process, key, value string, at time.Time) string {
	t.Helper()
	id := fmt.Sprintf("E99999004202611201200%011d", time.Now().UnixNano()%100_000_000_000)
	p.Event(t, "applied", fmt.Sprintf(`{"id":"in-%s","type":"receipt.settled","endToEndId":%q,"pixKey":%q,"amount":%s,`+
		`"payer":{"name":"Jose Exemplo","document":"11144477735","ispb":"99999004"},"at":%q}`,
		id, id, key, value, at.UTC().Format(time.RFC3339Nano)))
	return id
}

// number returns the number of the transaction with an end-to-end id.
func number(t *testing.T, a *saldotest.Account, endToEndID string) string {
	t.Helper()
	var page struct {
		Data []struct{ TransactionID string }
	}
	a.Must(t, http.StatusOK, "GET", "/api/transactions?endToEndId="+endToEndID, nil).JSON(t, &page)
	if len(page.Data) != 1 {
		t.Fatalf("%d transactions have the id %s", len(page.Data), endToEndID)
	}
	return page.Data[0].TransactionID
}

// order is what the operator sees of a return on its way.
type order struct{ Type, TransactionID, EndToEndID, OriginalTransactionID string }

func orderOf(t *testing.T, p *saldotest.Process, id string) order {
	t.Helper()
	var page struct{ Data []order }
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/rail/orders?status=open", nil).JSON(t, &page)
	for _, o := range page.Data {
		if o.TransactionID == id {
			return o
		}
	}
	t.Fatalf("no order %s among %+v", id, page.Data)
	return order{}
}

type refund struct {
	TransactionID, ExternalID, Status, ProviderTransactionID, GenerateTime string
	RefundValue                                                            json.Number
}

func TestAReceiptIsGivenBackInParts(t *testing.T) { onEveryStore(t, testAReceiptIsGivenBackInParts) }

func testAReceiptIsGivenBackInParts(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", `,"pixKeys":["loja@exemplo.com.br"],"fees":{"refundIn":{"fixed":0.40}}`)
	received := receive(t, p, "loja@exemplo.com.br", "100.00", time.Now())
	path := "/api/pix/refund-in/" + number(t, a, received)
	var r refund
	a.Must(t, http.StatusCreated, "POST", path, `{"refundValue":30.00,"reason":"troca"}`).JSON(t, &r)
	if !strings.HasPrefix(r.ExternalID, "refund-") || len(r.ExternalID) != len("refund-")+36 || r.Status != "PENDING" ||
		r.RefundValue != "30.00" || len(r.ProviderTransactionID) != 36 {
		t.Errorf("refund %+v", r)
	}
	wantBalance(t, a, "101.00/30.40/70.60")
	o := orderOf(t, p, r.TransactionID)
	if o.Type != "return" || o.EndToEndID[0] != 'D' || o.OriginalTransactionID != number(t, a, received) {
		t.Errorf("order %+v", o)
	}
	p.Event(t, "applied", `{"id":"s1","type":"return.settled","returnId":"`+o.EndToEndID+`"}`)
	p.Event(t, "repeated", `{"id":"s2","type":"return.settled","transactionId":"`+r.TransactionID+`"}`)
	wantBalance(t, a, "70.60/0.00/70.60")
	if tx := a.Look(t, r.TransactionID); tx.Type != "REFUND_IN" || tx.Status != "CONFIRMED" || tx.FinalAmount != "30.40" {
		t.Errorf("transaction %+v", tx)
	}
	// 70.00 are left of the receipt, and 70.60 in the account: the fee does not fit.
	short := refused(t, a.Client, http.StatusBadRequest, "POST", path, `{"refundValue":70.21}`)
	if short.Code != "REFUND_EXCEEDS_REMAINING" || !strings.Contains(short.Message, "valor inválido") ||
		short.Details["remainingAmountForRefund"] != 70.0 {
		t.Errorf("refusal %+v", short)
	}
	a.Pay(t, "p", "0.50")
	if got := refused(t, a.Client, http.StatusBadRequest, "POST", path, `{"refundValue":70.00}`); got.Code != "INSUFFICIENT_BALANCE" {
		t.Errorf("refusal %+v", got)
	}
	a.Must(t, http.StatusCreated, "POST", path, `{"refundValue":0.01,"externalId":"mine"}`).JSON(t, &r)
	got := refused(t, a.Client, http.StatusConflict, "POST", path, `{"refundValue":0.01,"externalId":"mine"}`)
	if got.Code != "DUPLICATE_EXTERNAL_ID" || got.Details["transactionId"] != r.TransactionID {
		t.Errorf("conflict %+v", got)
	}
	p.Event(t, "applied", `{"id":"r1","type":"return.rejected","transactionId":"`+r.TransactionID+`","errorCode":"AC06"}`)
	if tx := a.Look(t, "mine"); tx.Status != "ERROR" {
		t.Errorf("transaction %+v", tx)
	}
	wantBalance(t, a, "70.60/0.50/70.10")
	wantTrialBalance(t, p)
}

func TestRefundInChecksEveryField(t *testing.T) { onEveryStore(t, testRefundInChecksEveryField) }

func testRefundInChecksEveryField(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", `,"pixKeys":["loja@exemplo.com.br"]`)
	other := p.NewAccount(t, "10.00", "")
	now := time.Now()
	path := "/api/pix/refund-in/" + number(t, a, receive(t, p, "loja@exemplo.com.br", "100.00", now))
	for _, c := range []struct {
		rule, body, names string // names is what the message must name; empty if accepted
	}{
		{"0.00 is refused", `{"refundValue":0.00}`, "refundValue"},
		{"0.01 is accepted", `{"refundValue":0.01}`, ""},
		{"1.234 is refused", `{"refundValue":1.234}`, "refundValue"},
		{"a string is refused", `{"refundValue":"1.00"}`, "refundValue"},
		{"nothing is refused", `{}`, "refundValue"},
		{"a reason of 255 is accepted", `{"refundValue":1,"reason":"` + strings.Repeat("é", 255) + `"}`, ""},
		{"a reason of 256 is refused", `{"refundValue":1,"reason":"` + strings.Repeat("r", 256) + `"}`, "reason"},
		{"an externalId of 255 is accepted", `{"refundValue":1,"externalId":"` + strings.Repeat("e", 255) + `"}`, ""},
		{"an externalId of 256 is refused", `{"refundValue":1,"externalId":"` + strings.Repeat("e", 256) + `"}`, "externalId"},
		{"97.99 are left", `{"refundValue":97.99}`, ""},
		{"0.01 more is refused", `{"refundValue":0.01}`, "valor inválido"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if c.names == "" {
				a.Must(t, http.StatusCreated, "POST", path, c.body)
				return
			}
			got := refused(t, a.Client, http.StatusBadRequest, "POST", path, c.body)
			if !strings.Contains(got.Message, c.names) {
				t.Errorf("message %q does not name %s", got.Message, c.names)
			}
		})
	}
	const one = `{"refundValue":1.00}`
	// An event's time is cut to microseconds, and the request comes a little later.
	young := number(t, a, receive(t, p, "loja@exemplo.com.br", "5.00", now.Add(-90*24*time.Hour+time.Minute)))
	old := number(t, a, receive(t, p, "loja@exemplo.com.br", "5.00", now.Add(-90*24*time.Hour)))
	a.Must(t, http.StatusCreated, "POST", "/api/pix/refund-in/"+young, one)
	got := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/refund-in/"+old, one)
	if !strings.Contains(got.Message, "prazo excedido") {
		t.Errorf("refusal %+v", got)
	}
	paid := a.Pay(t, "paid", "1.00")
	charge(t, a, "unpaid", "2.00")
	refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/refund-in/"+paid.TransactionID, one)
	refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/refund-in/unpaid", one)
	refused(t, a.Client, http.StatusNotFound, "POST", "/api/pix/refund-in/123", one)
	refused(t, other.Client, http.StatusNotFound, "POST", "/api/pix/refund-in/"+young, one)
	refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/refund-in/"+young, one, "X-Sandbox-Scenario", "success")
	wantTrialBalance(t, p)
}

type devolucao struct {
	ID, RtrID, Valor, Natureza, Descricao, Status, Motivo string
	Horario                                               struct{ Solicitacao, Liquidacao string }
}

func TestADevolucaoIsMadeOncePerName(t *testing.T) { onEveryStore(t, testADevolucaoIsMadeOncePerName) }

func testADevolucaoIsMadeOncePerName(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", `,"pixKeys":["loja@exemplo.com.br"]`)
	first := receive(t, p, "loja@exemplo.com.br", "50.00", time.Now())
	second := receive(t, p, "loja@exemplo.com.br", "50.00", time.Now())
	old := receive(t, p, "loja@exemplo.com.br", "50.00", time.Now().Add(-90*24*time.Hour))
	path := func(e2e, id string) string { return "/pix/" + e2e + "/devolucao/" + id }
	var d, again devolucao
	const body = `{"valor":"20.00","descricao":"troca"}`
	a.Must(t, http.StatusCreated, "PUT", path(first, "1"), body).JSON(t, &d)
	a.Must(t, http.StatusCreated, "PUT", path(first, "1"), body).JSON(t, &again)
	if d != again || d.ID != "1" || d.RtrID[0] != 'D' || d.Valor != "20.00" || d.Natureza != "ORIGINAL" ||
		d.Descricao != "troca" || d.Status != "EM_PROCESSAMENTO" || d.Horario.Liquidacao != "" {
		t.Errorf("devolução %+v, again %+v", d, again)
	}
	wantBalance(t, a, "150.00/20.00/130.00")
	for _, other := range []string{`{"valor":"20.01","descricao":"troca"}`, `{"valor":"20.00"}`,
		`{"valor":"20.00","descricao":"troca","natureza":"RETIRADA"}`} {
		refused(t, a.Client, http.StatusBadRequest, "PUT", path(first, "1"), other)
	}
	a.Must(t, http.StatusCreated, "PUT", path(second, "1"), `{"valor":"50.00","natureza":"RETIRADA"}`).JSON(t, &again)
	p.Event(t, "applied", `{"id":"a","type":"return.settled","returnId":"`+d.RtrID+`"}`)
	p.Event(t, "applied", `{"id":"b","type":"return.rejected","returnId":"`+again.RtrID+`","errorCode":"AC06","errorMessage":"conta bloqueada"}`)
	a.Must(t, http.StatusOK, "GET", path(first, "1"), nil).JSON(t, &d)
	a.Must(t, http.StatusOK, "GET", path(second, "1"), nil).JSON(t, &again)
	if d.Status != "DEVOLVIDO" || d.Horario.Liquidacao == "" || again.Status != "NAO_REALIZADO" ||
		again.Motivo != "AC06 conta bloqueada" || again.Natureza != "RETIRADA" {
		t.Errorf("devoluções %+v, %+v", d, again)
	}
	again = devolucao{}
	a.Must(t, http.StatusCreated, "PUT", path(first, "1"), body).JSON(t, &again)
	if d != again {
		t.Errorf("asked again it is %+v", again)
	}
	wantBalance(t, a, "130.00/0.00/130.00")

	for _, bad := range []string{`{}`, `{"valor":20.00}`, `{"valor":"20"}`, `{"valor":"20.001"}`, `{"valor":"0.00"}`,
		`{"valor":"1.00","natureza":"MED_FRAUDE"}`, `{"valor":"1.00","descricao":"` + strings.Repeat("d", 141) + `"}`,
		`{"valor":"30.01"}`} {
		refused(t, a.Client, http.StatusBadRequest, "PUT", path(first, "2"), bad)
	}
	for _, id := range []string{strings.Repeat("i", 36), "a-b"} {
		refused(t, a.Client, http.StatusBadRequest, "PUT", path(first, id), body)
	}
	a.Must(t, http.StatusCreated, "PUT", path(first, strings.Repeat("i", 35)), `{"valor":"0.01"}`)
	refused(t, a.Client, http.StatusNotFound, "PUT", path("E99999004202611201200ZZZZZZZZZZZ", "2"), body)
	refused(t, a.Client, http.StatusNotFound, "GET", path(first, "9"), nil)
	got := refused(t, a.Client, http.StatusUnprocessableEntity, "PUT", path(old, "2"), body)
	if !strings.Contains(got.Message, "prazo excedido") {
		t.Errorf("refusal %+v", got)
	}
	a.Pay(t, "all", "129.99")
	got = refused(t, a.Client, http.StatusUnprocessableEntity, "PUT", path(second, "2"), body)
	if got.Code != "INSUFFICIENT_BALANCE" {
		t.Errorf("refusal %+v", got)
	}
	wantTrialBalance(t, p)
}

func TestAPaymentComesBack(t *testing.T) { onEveryStore(t, testAPaymentComesBack) }

func testAPaymentComesBack(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"fees":{"cashOut":{"fixed":0.40}}`)
	tx := a.Pay(t, "p", "50.00")
	back := func(n int, value string) string {
		return fmt.Sprintf(`{"id":"%d-%s","type":"payment.returned","transactionId":%q,"returnId":"D99999004202611201200%011d",`+
			`"amount":%s,"errorCode":"MD06"}`, n, value, tx.TransactionID, n, value)
	}
	p.Event(t, "applied", back(1, "20.00")) // which says that the payment was settled
	p.Event(t, "repeated", `{"id":"s","type":"payment.settled","transactionId":"`+tx.TransactionID+`"}`)
	p.Event(t, "repeated", back(1, "20.00"))
	wantBalance(t, a, "69.60/0.00/69.60")
	p.Event(t, "applied", back(2, "30.00"))
	p.Event(t, "suspended", back(3, "0.01"))
	wantBalance(t, a, "99.60/0.00/99.60")
	var page struct {
		Data []struct {
			OperationType, MovementType, EndToEndID string
			OriginalAmount                          json.Number
		}
	}
	a.Must(t, http.StatusOK, "GET", "/api/transactions?type=REFUND_OUT", nil).JSON(t, &page)
	if len(page.Data) != 2 || page.Data[0].OperationType != "Refund out" || page.Data[0].MovementType != "CREDIT" ||
		page.Data[0].OriginalAmount != "30.00" || page.Data[0].EndToEndID[0] != 'D' {
		t.Errorf("statement %+v", page)
	}
	for _, bad := range []string{
		`{"id":"x","type":"payment.returned","transactionId":1,"amount":1.00}`,
		`{"id":"x","type":"payment.returned","returnId":"D99999004202611201200AAAAAAAAAAA","amount":1.00}`,
		`{"id":"x","type":"payment.returned","transactionId":1,"returnId":"D99999004202611201200AAAAAAAAAAA"}`,
		`{"id":"x","type":"payment.returned","transactionId":1,"returnId":"E99999004202611201200AAAAAAAAAAA","amount":1.00}`,
		`{"id":"x","type":"return.settled"}`,
	} {
		refused(t, p.OperatorClient(), http.StatusBadRequest, "POST", "/rail/events", bad)
	}
	wantTrialBalance(t, p)
}

func TestTheSandboxPlaysReturns(t *testing.T) { onEveryStore(t, testTheSandboxPlaysReturns) }

func testTheSandboxPlaysReturns(t *testing.T, at place) {
	p := saldotest.Start(t, at.new(t))
	a := p.NewAccount(t, "0", `,"sandbox":true`)
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge("sale", "10.00"))
	waitStatus(t, a, "sale", "CONFIRMED")
	for scenario, want := range map[string]string{"": "CONFIRMED", "error:account-blocked": "ERROR", "delayed:1s": "CONFIRMED"} {
		a.Must(t, http.StatusCreated, "POST", "/api/pix/refund-in/sale",
			fmt.Sprintf(`{"refundValue":2.00,"externalId":"back-%s"}`, scenario), "X-Sandbox-Scenario", scenario)
		waitStatus(t, a, "back-"+scenario, want)
	}
	wantBalance(t, a, "6.00/0.00/6.00")
	wantTrialBalance(t, p)
}
