package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/openapi"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// bacen is what the PIX-Bacen family can do, and what goes back.
func (s *script) bacen(p *saldotest.Process, a *shop) {
	const txid = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4"
	s.call(a.Client, "createCob", http.StatusCreated, "PUT /cob/"+txid,
		`{"calendario":{"expiracao":1800},"devedor":{"cpf":"11144477735","nome":"Jose Exemplo"},`+
			`"valor":{"original":"55.10"},"chave":"loja@exemplo.com.br","solicitacaoPagador":"Pedido 8"}`)
	s.call(a.Client, "getCob", http.StatusOK, "GET /cob/"+txid, "")
	key := []string{"x-idempotency-key", "0f3c1c0a-3b67-4a0e-9a55-1f7d2f0b9c21"}
	s.call(a.Client, "createDictPayment", http.StatusOK, "POST /dict/pix",
		`{"pixKey":"+5511987654321","payment":{"amount":20.00,"currency":"BRL"},"description":"Fornecedor"}`, key...)
	s.fail(a.Client, "Unprocessable", http.StatusUnprocessableEntity, "POST /dict/pix",
		`{"pixKey":"+5511987654321","payment":{"amount":21.00}}`, key...)

	const received = "E9999900420261120120000000000003"
	p.Event(s.t, "applied", text(`{"id":"evt-3","type":"receipt.settled","endToEndId":%q,"amount":30.00,`+
		`"pixKey":"loja@exemplo.com.br","payer":{"name":"Ana Exemplo","document":"52998224725"}}`, received))
	s.call(a.Client, "createDevolucao", http.StatusCreated, "PUT /pix/"+received+"/devolucao/DEV7",
		`{"valor":"5.00","natureza":"ORIGINAL","descricao":"Desconto"}`)
	s.call(a.Client, "getDevolucao", http.StatusOK, "GET /pix/"+received+"/devolucao/DEV7", "")
	s.call(a.Client, "createReturn", http.StatusCreated, "POST /api/pix/refund-in/"+a.charge.TransactionID,
		`{"refundValue":10.00,"reason":"Troca","externalId":"REF-7"}`)
	other := p.NewAccount(s.t, "0.00", "")
	var theirs saldotest.Transaction
	other.Must(s.t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge("1", "12.34")).JSON(s.t, &theirs)
	s.call(a.Client, "createQRCodePayment", http.StatusCreated, "POST /api/pix/cash-out-qrcode",
		text(`{"value":12.34,"qrCode":%q,"externalId":"QR-2026-1","name":"Loja de Teste","document":"11222333000181"}`,
			theirs.PixCode))

	p.Event(s.t, "applied", text(`{"id":"evt-4","type":"med.opened","caseId":"MED-2026-1","endToEndId":%q,`+
		`"amount":25.00,"reason":"REFUND_REQUEST","cause":"FRAUDULENT_ACCESS","description":"Conta invadida",`+
		`"requestingBank":{"ispb":"99999004","name":"Banco Exemplo"},`+
		`"contestedBank":{"ispb":"99999003","name":"Saldo"},"at":"2026-11-20T12:00:00Z"}`, received))
	s.call(a.Client, "listMEDs", http.StatusOK, "GET /api/med?status=RECEIVED", "")
}

// closed is a client whose account the PIX-Bacen family is not open to.
func (s *script) closed(p *saldotest.Process, operator *script) {
	a := p.NewAccount(s.t, "0.00", "")
	operator.call(p.OperatorClient(), "changeAccount", http.StatusOK, "PATCH /accounts/"+a.ID,
		`{"bacen":{"enabled":false},"splitFrequency":"DAILY","provider":{"name":"Exemplo","minSeconds":300},`+
			`"fees":{"cashIn":{"percentage":0.99,"maximum":5.00}}}`)
	s.fail(a.Client, "Forbidden", http.StatusForbidden, "GET /accounts/balances", "")
}

// webhooks are the merchant's.
func (s *script) webhooks(p *saldotest.Process, a *shop, operator *script) {
	told := make(chan []byte, 10)
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.URL.Path == "/pix" {
			told <- body
		}
	}))
	defer sink.Close()
	s.call(a.Client, "setWebhook", http.StatusOK, "POST /api/webhooks", text(`{"url":%q,"eventType":"cash_out",`+
		`"headers":[{"key":"X-Loja","value":"exemplo"}]}`, sink.URL+"/pix"))
	s.call(a.Client, "listWebhooks", http.StatusOK, "GET /api/webhooks", "")
	p.Event(s.t, "applied", text(`{"id":"evt-5","type":"payment.settled","transactionId":%q}`, a.payment.TransactionID))
	s.receive("transaction", told)
	s.call(a.Client, "resendWebhook", http.StatusOK, "POST /api/resend-webhook/"+a.payment.TransactionID,
		text(`{"url":%q}`, sink.URL+"/de-novo"))
	s.fail(a.Client, "BadGateway", http.StatusBadGateway, "POST /api/resend-webhook/"+a.payment.TransactionID,
		`{"url":"http://127.0.0.1:1/pix"}`)
	_, limited := untilLimited(s.t, a.Account)
	s.Errors["TooManyRequests"] = openapi.Example{
		Request: "POST /api/resend-webhook/PAY-2026-99", Status: limited.Status, Response: limited.Body,
	}

	house, of := p.OperatorClient(), "/accounts/"+a.ID+"/webhooks"
	operator.call(house, "listWebhooks", http.StatusOK, "GET "+of, "")
	operator.call(house, "changeWebhooks", http.StatusOK, "PATCH "+of,
		`{"version":2,"username":"loja","password":"exemplo-de-senha"}`)
	second := a.Pay(s.t, "PAY-2026-33", "7.00")
	p.Event(s.t, "applied", text(`{"id":"evt-6","type":"payment.settled","transactionId":%q}`, second.TransactionID))
	s.receive("transactionV2", told)
	a.Must(s.t, http.StatusOK, "POST", "/api/webhooks", text(`{"url":%q,"eventType":"med_created"}`, sink.URL+"/pix"))
	p.Event(s.t, "applied", text(`{"id":"evt-7","type":"med.opened","caseId":"MED-2026-2","accountId":%q,`+
		`"amount":9.00,"cause":"SOCIAL_ENGINEERING","at":"2026-11-20T12:00:00Z"}`, a.ID))
	s.receive("med", told)
	operator.call(house, "setWebhook", http.StatusOK, "PUT "+of+"/cash_in",
		text(`{"url":%q,"headers":{"X-Loja":"exemplo"}}`, sink.URL+"/pix"))
	operator.call(house, "testWebhook", http.StatusOK, "POST "+of+"/cash_in/test", "")
	operator.call(house, "rotateSecret", http.StatusOK, "POST "+of+"/cash_in/secret", "")
	operator.call(house, "deleteWebhook", http.StatusNoContent, "DELETE "+of+"/cash_in", "")
}

// orders are of a server whose rail has an adapter.
func (s *script) orders(t *testing.T) {
	told := make(chan []byte, 10)
	adapter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.Method == http.MethodPost {
			told <- body
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer adapter.Close()
	p := saldotest.Start(t, places[0].new(t), "--rail", "http", "--rail-url", adapter.URL)
	defer p.Kill()
	a := p.NewAccount(t, "100.00", `,"pixKeys":["loja@exemplo.com.br"]`)
	a.Pay(t, "PAY-2026-31", "50.00")
	order := <-told
	saldotest.CheckOrder(t, order)
	s.Webhooks["orders"] = openapi.Example{Request: "POST https://adaptador.example/orders", Body: order}
	receipt := receive(t, p, "loja@exemplo.com.br", "30.00", time.Now())
	a.Must(t, http.StatusCreated, "POST", "/api/pix/refund-in/"+receipt, `{"refundValue":1.00}`)
	saldotest.CheckOrder(t, <-told)
}

// receive makes the example of a webhook out of the next message.
func (s *script) receive(name string, told <-chan []byte) {
	s.t.Helper()
	select {
	case body := <-told:
		saldotest.CheckWebhook(s.t, body)
		s.Webhooks[name] = openapi.Example{Request: "POST https://loja.example/pix", Body: body}
	case <-time.After(patience):
		s.t.Fatalf("no message for %s", name)
	}
}

// deadLetters are of a server that gives up at once.
func (s *script) deadLetters(t *testing.T) {
	p := saldotest.StartServe(t, "pebble:"+t.TempDir(),
		"--webhook-retries", "1s", "--webhook-networks", "127.0.0.0/8")
	a := p.NewAccount(t, "100.00", "")
	a.Must(t, http.StatusOK, "POST", "/api/webhooks", `{"url":"https://127.0.0.1:1/pix","eventType":"cash_out"}`)
	for _, id := range []string{"1", "2", "3"} {
		tx := a.Pay(t, id, "10.00")
		p.Event(t, "applied", text(`{"id":%q,"type":"payment.rejected","transactionId":%q}`, "evt-"+id, tx.TransactionID))
	}
	house := p.OperatorClient()
	var dead struct {
		Data []struct{ ID, Number string }
	}
	left := func(n int) {
		eventually(t, func() string {
			house.Must(t, http.StatusOK, "GET", "/dead-letters", nil).JSON(t, &dead)
			if len(dead.Data) != n {
				return text("%d dead letters, not %d", len(dead.Data), n)
			}
			return ""
		})
	}
	left(3)
	s.call(house, "listDeadLetters", http.StatusOK, "GET /dead-letters?limit=1", "")
	s.call(house, "listDeliveries", http.StatusOK, "GET /deliveries/"+dead.Data[0].Number, "")
	s.call(house, "discardDeadLetter", http.StatusNoContent, "DELETE /dead-letters/"+dead.Data[0].ID, "")
	s.call(house, "replayDeadLetter", http.StatusAccepted, "POST /dead-letters/"+dead.Data[1].ID+"/replay", "")
	left(2)
	s.call(house, "replayDeadLetters", http.StatusAccepted, "POST /accounts/"+a.ID+"/dead-letters/replay", "")
}
