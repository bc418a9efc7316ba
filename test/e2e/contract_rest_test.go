package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// returns are both ways to give a receipt back: within 89 days, and never more
// than came in.
func (w *walk) returns() {
	young := receive(w.T, w.p, walkKey, "10.00", days(89))
	old := receive(w.T, w.p, walkKey, "10.00", days(90))
	refund := func(id string) string { return "POST /api/pix/refund-in/" + id }
	one := func() any { return map[string]any{"refundValue": amount("1.00"), "externalId": w.id()} }
	w.want(w.a.Client, "a receipt of 89 days", 201, "", refund(young), one())
	w.want(w.a.Client, "a receipt of 90 days", 400, "prazo excedido", refund(old), one())
	for value, status := range map[string]int{"0.00": 400, "0.01": 201, "1.234": 400} {
		w.want(w.a.Client, "refundValue "+value, status, "", refund(young), map[string]any{"refundValue": amount(value)})
	}
	w.want(w.a.Client, "more than is left", 400, "valor inválido", refund(young), map[string]any{"refundValue": amount("9.00")})
	w.want(w.a.Client, "reason of 255", 201, "", refund(young),
		map[string]any{"refundValue": amount("1.00"), "reason": chars(255)})
	w.want(w.a.Client, "reason of 256", 400, "reason", refund(young),
		map[string]any{"refundValue": amount("1.00"), "reason": chars(256)})
	taken := one()
	w.want(w.a.Client, "an externalId", 201, "", refund(young), taken)
	w.want(w.a.Client, "the same externalId", 409, "DUPLICATE_EXTERNAL_ID", refund(young), taken)
	w.want(w.a.Client, "nobody's receipt", 404, "", refund("123"), one())

	name := func(receipt, name string) string { return "PUT /pix/" + receipt + "/devolucao/" + name }
	valor := func(v string) any { return map[string]any{"valor": v} }
	w.want(w.a.Client, "a name of 35", 201, "", name(young, chars(35)), valor("1.00"))
	w.want(w.a.Client, "the same once more", 201, "", name(young, chars(35)), valor("1.00"))
	w.want(w.a.Client, "the same with another value", 400, "DUPLICATE_RETURN_ID", name(young, chars(35)), valor("1.01"))
	w.want(w.a.Client, "a name of 36", 400, "id", name(young, chars(36)), valor("1.00"))
	w.want(w.a.Client, "one centavo", 201, "", name(young, "um"), valor("0.01"))
	w.want(w.a.Client, "no centavo", 400, "valor", name(young, "nada"), valor("0.00"))
	w.want(w.a.Client, "a receipt of 90 days", 422, "prazo excedido", name(old, "velha"), valor("1.00"))
	w.want(w.a.Client, "nobody's receipt", 404, "", name("E99999004202611201200aaaaaaaaaaa", "1"), valor("1.00"))
	show := "GET /pix/" + young + "/devolucao/"
	w.want(w.a.Client, "a return", 200, "", show+"um", nil)
	w.want(w.a.Client, "no return", 404, "", show+"dois", nil)
	w.want(w.a.Client, "no name of a return", 400, "id", show+chars(36), nil)
}

func (w *walk) webhooks() {
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer sink.Close()
	w.want(w.a.Client, "a webhook", 200, "", "POST /api/webhooks", goodWebhook)
	w.want(w.a.Client, "a webhook without TLS", 400, "url", "POST /api/webhooks",
		map[string]any{"url": "http://loja.example/pix", "eventType": "cash_in"})
	w.want(w.a.Client, "webhooks", 200, "", "GET /api/webhooks", nil)
	id := w.id()
	w.a.Pay(w, id, "1.00")
	resend := "POST /api/resend-webhook/"
	w.want(w.a.Client, "a resend to a URL of this once", 200, "", resend+id, map[string]any{"url": sink.URL})
	w.want(w.a.Client, "a resend to nobody", 400, "WEBHOOK_NOT_CONFIGURED", resend+id, nil)
	w.want(w.a.Client, "a resend of nothing", 404, "", resend+"nothing", nil)
	w.want(w.a.Client, "a resend to a closed door", 502, "", resend+id, map[string]any{"url": "http://127.0.0.1:1/"})
	w.want(w.a.Client, "a resend of too much", 413, "", resend+id, map[string]any{"url": chars(65 << 10)})

	// One account's minute does not use up another's.
	busy := w.p.NewAccount(w, "1.00", "")
	granted, limited := untilLimited(w.T, busy)
	if granted < 60 || limited.Header.Get("Retry-After") == "" {
		w.Errorf("%d resends were granted, then %d with %v", granted, limited.Status, limited.Header)
	}
}

// untilLimited asks for resends of nothing until there are too many of them. The
// limit fills up again all the time, one a second.
func untilLimited(t *testing.T, a *saldotest.Account) (granted int, limited saldotest.Answer) {
	t.Helper()
	for range 1000 {
		answer, err := a.Do("POST", "/api/resend-webhook/PAY-2026-99", nil)
		switch {
		case err != nil:
			t.Fatal(err)
		case answer.Status == http.StatusTooManyRequests:
			return granted, answer
		case answer.Status != http.StatusNotFound:
			t.Fatalf("a resend of nothing: %d %s", answer.Status, answer.Body)
		}
		granted++
	}
	t.Fatal("there is no limit")
	return 0, saldotest.Answer{}
}

// refusals are those that operations share: no token, the wrong scope, too large
// a body, an id that is taken, nothing there.
func (w *walk) refusals() {
	const receipt = "/pix/E99999004202611201200aaaaaaaaaaa/devolucao/1"
	reads := []string{
		"GET /api/transactions", "GET /api/statement", "GET /api/report", "GET /api/pix/transaction/1",
		"GET /api/pix/transaction/1/details", "GET /api/pix/charges", "GET /api/pix/transactions/pix-key/x",
		"GET /api/pix/transactions/pix-key/x/1", "GET /api/webhooks", "GET /api/med", "GET /cob/" + chars(26),
		"GET " + receipt, "GET /openapi.json", "GET /openapi.yaml",
	}
	writes := []string{
		"POST /api/pix/cash-in", "POST /api/pix/cash-out", "POST /api/pix/cash-out-qrcode", "POST /api/pix/refund-in/1",
		"POST /api/webhooks", "POST /api/resend-webhook/1", "PUT /cob/" + chars(26), "PUT " + receipt, "POST /dict/pix",
	}
	balances := []string{
		"GET /api/balance", "GET /accounts/balances", "GET /api/balance/history", "GET /api/balance/blocked",
		"GET /api/balance/stream",
	}
	reads, writes = append(reads, alertRequests.reads...), append(writes, alertRequests.writes...)
	reads, writes = append(reads, reconcileRequests.reads...), append(writes, reconcileRequests.writes...)
	bare := slices.Concat(alertRequests.bare, reconcileRequests.bare)
	for _, request := range slices.Concat(reads, writes, balances, bare) {
		w.want(w.anonymous, "no token", 401, "TOKEN_MISSING", request, nil)
	}
	for _, request := range reads {
		w.want(w.watcher, "balance:read", 403, "INSUFFICIENT_SCOPE", request, nil)
	}
	for _, request := range writes {
		w.want(w.reader, "pix:read", 403, "INSUFFICIENT_SCOPE", request, nil)
		if request != "POST /api/resend-webhook/1" {
			w.want(w.a.Client, "a body beyond 64 KiB", 413, "BODY_TOO_LARGE", request, `{"x":"`+chars(65<<10)+`"}`,
				idempotency, uuid.NewString())
		}
	}
	for _, request := range bare {
		w.want(w.reader, "pix:read", 403, "INSUFFICIENT_SCOPE", request, nil)
	}
	for _, request := range balances {
		w.want(w.reader, "pix:read", 403, "INSUFFICIENT_SCOPE", request, nil)
	}
	w.conflicts()
}

func (w *walk) conflicts() {
	id := w.id()
	charge, payment := with(w.T, goodCharge, "transaction.externalId", id), with(w.T, goodPayment, "externalId", id)
	code := map[string]any{"value": amount("10.00"), "qrCode": staticCode(w.T, 10_00), "externalId": id + "-code"}
	for request, body := range map[string]any{
		"POST /api/pix/cash-in": charge, "POST /api/pix/cash-out": payment, "POST /api/pix/cash-out-qrcode": code,
		"PUT /cob/" + chars(30): goodCob,
	} {
		w.want(w.a.Client, "an id that is new", 201, "", request, body)
		w.want(w.a.Client, "an id that is taken", 409, `"transactionId"`, request, body)
	}
	key := uuid.NewString()
	w.want(w.a.Client, "a new key", 200, "", "POST /dict/pix", goodTransfer, idempotency, key)
	w.want(w.a.Client, "a key with another body", 422, "", "POST /dict/pix",
		with(w.T, goodTransfer, "payment.amount", amount("2.00")), idempotency, key)
	w.want(w.a.Client, "more than there is", 422, "saldo insuficiente", "POST /dict/pix",
		with(w.T, goodTransfer, "payment.amount", amount("1000000.00")), idempotency, uuid.NewString())
	w.want(w.a.Client, "more than there is", 400, "saldo insuficiente", "POST /api/pix/cash-out",
		with(w.T, with(w.T, goodPayment, "externalId", w.id()), "value", amount("1000000.00")))
	w.conflictWhileRunning()
}

// readings are the statement and all else that is only looked at.
func (w *walk) readings() {
	const statement, ofKey = "GET /api/transactions", "GET /api/pix/transactions/pix-key/" + walkKey
	today := time.Now().UTC()
	back := func(days int) string { return today.AddDate(0, 0, -days).Format(time.DateOnly) }
	for query, status := range map[string]int{
		"size=1": 200, "size=100": 200, "size=0": 400, "page=1": 200, "page=0": 400, "status=CONFIRMED": 200,
		"status=Confirmado": 400, "type=REFUND_OUT": 200, "type=refund": 400,
		"startDate=" + back(31) + "&endDate=" + back(0): 200, "startDate=" + back(32) + "&endDate=" + back(0): 400,
		"startDate=" + back(62) + "&endDate=" + back(31): 200, "startDate=" + back(63) + "&endDate=" + back(31): 400,
		"startDate=" + back(1) + "&endDate=" + back(2): 400,
	} {
		w.want(w.a.Client, query, status, "", statement+"?"+query, nil)
		w.want(w.a.Client, query, status, "", ofKey+"?"+query, nil)
	}
	w.want(w.a.Client, "101 by page", 400, "size", statement+"?size=101", nil)
	w.want(w.a.Client, "1000 of a key by page", 200, "", ofKey+"?size=1000", nil)
	w.want(w.a.Client, "1001 of a key by page", 400, "size", ofKey+"?size=1001", nil)
	w.want(w.a.Client, "a key of nobody", 200, `"totalPages":0`, "GET /api/pix/transactions/pix-key/ninguem@exemplo.com.br", nil)

	var page struct {
		Data []struct{ TransactionID, EndToEndID string }
	}
	w.want(w.a.Client, "receipts", 200, "Pix in", ofKey+"?type=PAYMENT&status=CONFIRMED", nil).JSON(w, &page)
	if len(page.Data) != 2 {
		w.Fatalf("%d receipts came to the key", len(page.Data))
	}
	for _, name := range []string{page.Data[0].TransactionID, page.Data[0].EndToEndID} {
		w.want(w.a.Client, "a receipt of a key", 200, name, ofKey+"/"+name, nil)
	}
	w.want(w.a.Client, "no receipt of a key", 404, "", ofKey+"/1", nil)
	w.want(w.a.Client, "a transaction", 200, "PAYMENT", "GET /api/pix/transaction/"+page.Data[0].TransactionID, nil)
	w.want(w.a.Client, "no transaction", 404, "", "GET /api/pix/transaction/1", nil)
	w.want(w.a.Client, "a charge", 200, "ATIVA", "GET /cob/"+chars(30), nil)
	w.want(w.a.Client, "no charge", 404, "", "GET /cob/"+chars(31), nil)
	for query, status := range map[string]int{
		"": 200, "pageSize=100": 200, "pageSize=101": 400, "pageSize=0": 400, "status=OPEN": 200, "status=CLOSED": 400,
		"isReconciled=false": 200, "isReconciled=no": 400, "startDate=2020-01-01": 200, "startDate=soon": 400,
	} {
		w.want(w.a.Client, "cases", status, "", "GET /api/med?"+query, nil)
	}
	for _, request := range []string{"GET /api/balance", "GET /accounts/balances", "GET /openapi.json", "GET /openapi.yaml"} {
		w.want(w.a.Client, "a reading", 200, "", request, nil)
	}
	for _, request := range []string{"GET /.well-known/jwks.json", "GET /healthz"} {
		w.want(w.anonymous, "a reading", 200, "", request, nil)
	}
}

// conflictWhileRunning sends a request whose body comes slowly, and its key again
// meanwhile.
func (w *walk) conflictWhileRunning() {
	key := uuid.NewString()
	body, sender := io.Pipe()
	r, err := http.NewRequest(http.MethodPost, w.a.URL+"/dict/pix", body)
	if err != nil {
		w.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + w.a.Token}, "X-Idempotency-Key": {key}}
	finished := make(chan error, 1)
	go func() {
		response, err := w.a.HTTP.Do(r)
		if err == nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("the first is answered %s", response.Status)
		}
		finished <- err
	}()
	_, _ = io.WriteString(sender, `{"pixKey":"maria@exemplo.com.br",`)
	eventually(w.T, func() string { // without a body that is good, this key stays free
		answer, err := w.a.Do("POST", "/dict/pix", `{}`, idempotency, key)
		if err != nil || answer.Status != http.StatusConflict {
			return fmt.Sprint(answer.Status, err)
		}
		return ""
	})
	_, _ = io.WriteString(sender, `"payment":{"amount":1.00}}`)
	_ = sender.Close()
	if err := <-finished; err != nil {
		w.Error(err)
	}
}
