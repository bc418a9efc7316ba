package e2e

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// shop is the account of the examples.
type shop struct {
	*saldotest.Account
	charge, payment saldotest.Transaction
}

// accounts opens the account of the examples.
func (s *script) accounts(p *saldotest.Process) *shop {
	house := p.OperatorClient()
	a := &shop{Account: &saldotest.Account{Client: p.Merchant()}}
	var opened struct{ AccountID string }
	s.call(house, "openAccount", http.StatusCreated, "POST /accounts",
		`{"name":"Loja Exemplo","document":"11222333000181","brand":"avista","openingBalance":1000.00,`+
			`"pixKeys":["loja@exemplo.com.br"],"fees":{"cashIn":{"fixed":0.40},"cashOut":{"percentage":1,"minimum":0.10}}}`).
		JSON(s.t, &opened)
	a.ID = opened.AccountID
	number, err := strconv.Atoi(a.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.call(house, "listAccounts", http.StatusOK, text("GET /accounts?after=%d&limit=1", number-1), "")
	s.call(house, "getAccount", http.StatusOK, "GET /accounts/"+a.ID, "")
	s.call(house, "createCredential", http.StatusCreated, "POST /accounts/"+a.ID+"/credentials", "").JSON(s.t, a)
	s.call(house, "listCredentials", http.StatusOK, "GET /accounts/"+a.ID+"/credentials", "")
	var bound struct{ Fingerprint string }
	s.call(house, "bindCertificate", http.StatusCreated, "POST /accounts/"+a.ID+"/certificates", "").JSON(s.t, &bound)
	s.call(house, "listCertificates", http.StatusOK, "GET /accounts/"+a.ID+"/certificates", "")
	s.call(house, "unbindCertificate", http.StatusNoContent,
		"DELETE /accounts/"+a.ID+"/certificates/"+bound.Fingerprint, "")
	var second struct{ ClientID string }
	house.Must(s.t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/credentials", nil).JSON(s.t, &second)
	s.call(house, "deleteCredential", http.StatusNoContent, "DELETE /credentials/"+second.ClientID, "")
	return a
}

func (s *script) tokens(a *shop) {
	anonymous := &saldotest.Client{URL: a.URL, HTTP: a.HTTP}
	credentials := text(`{"clientId":%q,"clientSecret":%q}`, a.ClientID, a.ClientSecret)
	certificate := []string{"X-SSL-Client-Cert", a.ClientCert}
	var token struct {
		Access string `json:"access_token"`
	}
	s.call(anonymous, "issueOAuthToken", http.StatusOK, "POST /oauth/token", credentials, certificate...)
	s.call(anonymous, "issueToken", http.StatusCreated, "POST /api/auth/token", credentials, certificate...).
		JSON(s.t, &token)
	a.Token = token.Access
	s.call(anonymous, "getKeys", http.StatusOK, "GET /.well-known/jwks.json", "")
	s.call(anonymous, "getHealth", http.StatusOK, "GET /healthz", "")
	s.fail(anonymous, "BadCredentials", http.StatusUnauthorized, "POST /api/auth/token",
		text(`{"clientId":%q,"clientSecret":"not-the-secret"}`, a.ClientID), certificate...)
	s.fail(anonymous, "CertificateUnbound", http.StatusForbidden, "POST /api/auth/token", credentials,
		"X-SSL-Client-Cert", unboundCertificate(s.t))
	s.fail(anonymous, "Unauthorized", http.StatusUnauthorized, "GET /api/balance", "")
}

// money charges and pays, and looks at it.
func (s *script) money(p *saldotest.Process, a *shop, operator *script) {
	s.call(a.Client, "createCharge", http.StatusCreated, "POST /api/pix/cash-in",
		`{"transaction":{"value":80.00,"description":"Pedido 7","externalId":"INV-7-2026","expirationTime":3600},`+
			`"payer":{"fullName":"Jose Exemplo","document":"11144477735"},"additionalInfo":{"Pedido":"7"}}`).
		JSON(s.t, &a.charge)
	operator.call(p.OperatorClient(), "applyEvents", http.StatusOK, "POST /rail/events",
		text(`{"id":"evt-1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000001","txId":%q,`+
			`"amount":80.00,"payer":{"name":"Jose Exemplo","document":"11144477735","ispb":"99999004",`+
			`"bankName":"Banco Exemplo"},"at":%q}`, txidOf(s.t, a.charge.PixCode), time.Now().UTC().Format(time.RFC3339)))
	s.call(a.Client, "createPayment", http.StatusCreated, "POST /api/pix/cash-out",
		`{"value":50.00,"externalId":"PAY-2026-31","description":"Fornecedor","details":{"key":"maria@exemplo.com.br",`+
			`"keyType":"EMAIL","name":"Maria Exemplo","document":"52998224725"}}`).JSON(s.t, &a.payment)
	s.call(a.Client, "getBalance", http.StatusOK, "GET /api/balance", "")
	s.call(a.Client, "getBlockedBalance", http.StatusOK, "GET /api/balance/blocked", "")
	s.call(a.Client, "getBalanceHistory", http.StatusOK,
		"GET /api/balance/history?from=2026-01-01&to=2026-01-02&step=1d", "")
	s.call(a.Client, "getAccountBalances", http.StatusOK, "GET /accounts/balances", "")
	s.call(a.Client, "getTransaction", http.StatusOK, "GET /api/pix/transaction/"+a.payment.TransactionID, "")
	s.call(a.Client, "listTransactions", http.StatusOK, "GET /api/transactions?status=CONFIRMED&size=10", "")
	s.call(a.Client, "getStatement", http.StatusOK, "GET /api/statement", "")
	operator.call(p.OperatorClient(), "getStatement", http.StatusOK,
		"GET /accounts/"+a.ID+"/statement?format=json", "")
	s.call(a.Client, "getReport", http.StatusOK, "GET /api/report", "")
	operator.call(p.OperatorClient(), "getAccountReport", http.StatusOK, "GET /accounts/"+a.ID+"/report", "")
	operator.call(p.OperatorClient(), "getHouseReport", http.StatusOK, "GET /report", "")
	const ofKey = "GET /api/pix/transactions/pix-key/maria%40exemplo.com.br"
	s.call(a.Client, "listTransactionsOfKey", http.StatusOK, ofKey+"?type=WITHDRAW", "")
	s.call(a.Client, "getTransactionOfKey", http.StatusOK, ofKey+"/PAY-2026-31", "")
}

// errors are the merchant's.
func (s *script) errors(_ *saldotest.Process, a *shop) {
	payment := func(id, value string) string { return strings.ReplaceAll(saldotest.Payment(id, value), "\n", "") }
	s.fail(a.Client, "BadRequest", http.StatusBadRequest, "POST /api/pix/cash-out", payment("PAY-2026-32", "100000.00"))
	s.fail(a.Client, "Conflict", http.StatusConflict, "POST /api/pix/cash-out", payment("PAY-2026-31", "50.00"))
	s.fail(a.Client, "NotFound", http.StatusNotFound, "GET /api/pix/transaction/"+url.PathEscape("PAY-2026-99"), "")
	s.fail(a.Client, "BodyTooLarge", http.StatusRequestEntityTooLarge, "POST /api/pix/cash-out",
		payment(strings.Repeat("x", 65<<10), "1.00"))
}

func (s *script) holds(p *saldotest.Process, a *shop) {
	house := p.OperatorClient()
	var h hold
	s.call(house, "placeHold", http.StatusCreated, "POST /accounts/"+a.ID+"/holds",
		`{"amount":60.00,"reason":"judicial","case":"0001234-56.2026"}`).JSON(s.t, &h)
	s.call(house, "listHolds", http.StatusOK, "GET /accounts/"+a.ID+"/holds?limit=1", "")
	s.call(house, "captureHold", http.StatusOK, "POST /holds/"+h.HoldID+"/capture", `{"amount":25.00,"step":"ordem-2"}`)
	s.call(house, "releaseHold", http.StatusOK, "POST /holds/"+h.HoldID+"/release", "")
	house.Must(s.t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds",
		`{"amount":5.00,"reason":"precautionary","deadline":"2026-01-01T12:00:00Z"}`)
	s.call(house, "listDueHolds", http.StatusOK, "GET /holds", "")
	s.call(house, "getHold", http.StatusOK, "GET /holds/"+h.HoldID, "")
	s.fail(house, "Conflict", http.StatusConflict, "POST /holds/"+h.HoldID+"/release", "")
	s.fail(house, "NotFound", http.StatusNotFound, "GET /holds/1", "")
	s.fail(house, "BadRequest", http.StatusBadRequest, "POST /accounts/"+a.ID+"/holds", `{"amount":60.00}`)
}

func (s *script) watch(p *saldotest.Process, a *shop) {
	house := p.OperatorClient()
	house.Must(s.t, http.StatusOK, "POST", "/rail/events",
		`{"id":"evt-2","type":"receipt.settled","endToEndId":"E9999900420261120120000000000002","amount":7.00,`+
			`"pixKey":"desconhecida@exemplo.com.br","at":"2026-11-20T12:00:00Z"}`)
	s.call(house, "listOrders", http.StatusOK, "GET /rail/orders?status=open&limit=1", "")
	var suspense struct {
		Data []struct{ ID string }
	}
	s.call(house, "listSuspense", http.StatusOK, "GET /suspense?limit=1", "").JSON(s.t, &suspense)
	s.call(house, "resolveSuspense", http.StatusOK, "POST /suspense/"+suspense.Data[0].ID+"/resolve",
		`{"action":"credit","accountId":"`+a.ID+`","by":"Rita Exemplo","note":"chave errada no cadastro"}`)
	s.call(house, "summarizeHolds", http.StatusOK, "GET /holds/summary", "")
	s.call(house, "getHouse", http.StatusOK, "GET /house", "")
	s.call(house, "listNodes", http.StatusOK, "GET /nodes", "")
	s.call(house, "getTrialBalance", http.StatusOK, "GET /trial-balance", "")
	s.call(house, "listMEDCases", http.StatusOK, "GET /med?account="+a.ID, "")
}

func (s *script) service(p *saldotest.Process) {
	house := p.OperatorClient()
	s.call(house, "listBrands", http.StatusOK, "GET /brands", "")
	s.call(house, "getBrand", http.StatusOK, "GET /brands/avista", "")
	s.call(house, "getHealth", http.StatusOK, "GET /healthz", "")
	s.call(house, "getReadiness", http.StatusOK, "GET /readyz", "")
	s.fail(house, "BodyTooLarge", http.StatusRequestEntityTooLarge, "POST /rail/events",
		"["+strings.Repeat(" ", 1<<20)+"]")
	house.Token = ""
	s.fail(house, "Unauthorized", http.StatusUnauthorized, "GET /trial-balance", "")
}
