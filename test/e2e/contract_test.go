package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/openapi"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// walk goes through the contract from end to end.
type walk struct {
	*testing.T
	p         *saldotest.Process
	a         *saldotest.Account // rich, with the key below
	anonymous *saldotest.Client
	nobody    *saldotest.Client // its token carries no scope that anything needs
	reader    *saldotest.Client // its token carries pix:read alone
	watcher   *saldotest.Client // its token carries balance:read alone

	count int // makes ids that are new
}

const walkKey = "passeio@exemplo.com.br"

// TestTheContractIsWalked asks every operation of the public API for every
// status that its document names, and tries every boundary of contract §12 on
// both sides. Each answer is held against the document on its way.
func TestTheContractIsWalked(t *testing.T) { onEveryStore(t, testTheContractIsWalked) }

func testTheContractIsWalked(t *testing.T, at place) {
	p := house(t, at)
	w := &walk{T: t, p: p, a: p.NewAccount(t, "100000.00", `,"pixKeys":["`+walkKey+`"]`)}
	w.anonymous = &saldotest.Client{URL: w.a.URL, HTTP: w.a.HTTP}
	w.nobody, w.reader, w.watcher = w.scoped("balance:read"), w.scoped("pix:read"), w.scoped("balance:read")
	slow := w.slowTarget()
	w.tokens()
	w.boundaries()
	w.returns()
	w.webhooks()
	w.alerts()
	w.reconciliations()
	w.refusals()
	w.readings()
	w.watching()
	w.extracts()
	w.sandbox()
	slow()
	w.wantEveryStatus()
	wantTrialBalance(t, p)
}

// scoped returns a client whose token carries one scope.
func (w *walk) scoped(scope string) *saldotest.Client {
	w.Helper()
	narrow := saldotest.Account{Client: &saldotest.Client{URL: w.a.URL, HTTP: w.a.HTTP}}
	w.p.OperatorClient().Must(w, http.StatusCreated, "POST", "/accounts/"+w.a.ID+"/credentials",
		map[string]any{"scopes": []string{scope}}).JSON(w, &narrow)
	narrow.Token = narrow.SignIn(w)
	return narrow.Client
}

// id returns an id that is new.
func (w *walk) id() string { w.count++; return fmt.Sprintf("walk-%d", w.count) }

// want asks and compares the status. A refusal must name what is wrong.
func (w *walk) want(
	c *saldotest.Client, rule string, status int, names, request string, body any, headers ...string,
) saldotest.Answer {
	w.Helper()
	method, path, _ := strings.Cut(request, " ")
	answer, err := c.Do(method, path, body, headers...)
	if err != nil {
		w.Fatal(err)
	}
	if answer.Status != status || !strings.Contains(string(answer.Body), names) {
		w.Errorf("%s: %s: %d %.500s, want %d with %q", rule, request, answer.Status, answer.Body, status, names)
	}
	return answer
}

// boundary is one rule of contract §12, on both sides.
type boundary struct {
	rule     string
	request  string
	body     func(w *walk, value any) any // with the value in its place
	granted  int                          // the status of what is accepted
	accepted []any
	refused  []any
	names    string // what a refusal names
}

func chars(n int) string { return strings.Repeat("x", n) }

func amount(text string) json.Number { return json.Number(text) }

// at returns a body that is good but for a value at a path, and has an id of its
// own at another.
func (w *walk) at(good map[string]any, path, idPath string, value any) any {
	w.Helper()
	body := good
	if idPath != "" {
		body = with(w.T, body, idPath, w.id())
	}
	return with(w.T, body, path, value)
}

var (
	goodCharge = map[string]any{
		"transaction": map[string]any{"value": amount("1.00"), "description": "Pedido", "externalId": "x"},
		"payer":       map[string]any{"fullName": "Jose Exemplo", "document": "11144477735"},
	}
	goodPayment = map[string]any{
		"value": amount("1.00"), "externalId": "x", "details": map[string]any{
			"key": "maria@exemplo.com.br", "keyType": "EMAIL", "name": "Maria Exemplo", "document": "11144477735",
		},
	}
	goodTransfer = map[string]any{"pixKey": "maria@exemplo.com.br", "payment": map[string]any{"amount": amount("1.00")}}
	goodCob      = map[string]any{"calendario": map[string]any{}, "valor": map[string]any{"original": "1.00"}}
	goodWebhook  = map[string]any{"url": "https://loja.example/pix", "eventType": "med_created"}
)

func inCharge(path string) func(*walk, any) any {
	return func(w *walk, value any) any { return w.at(goodCharge, path, "transaction.externalId", value) }
}

func inPayment(path string) func(*walk, any) any {
	return func(w *walk, value any) any { return w.at(goodPayment, path, "externalId", value) }
}

func inCode(path string) func(*walk, any) any {
	return func(w *walk, value any) any {
		good := map[string]any{"value": amount("10.00"), "qrCode": staticCode(w.T, 10_00), "externalId": w.id()}
		return with(w.T, good, path, value)
	}
}

func inTransfer(path string) func(*walk, any) any {
	return func(w *walk, value any) any { return w.at(goodTransfer, path, "", value) }
}

// keysOf are n names with a value each.
func pairs(n int) map[string]string {
	all := make(map[string]string)
	for i := range n {
		all[fmt.Sprint("k", i)] = "v"
	}
	return all
}

func headers(n int) []any {
	var all []any
	for i := range n {
		all = append(all, map[string]any{"key": fmt.Sprint("X-Loja-", i), "value": "v"})
	}
	return all
}

// boundaries are those of contract §12 that lie in a body. Ids of 255 characters
// begin with what makes them new.
func (w *walk) boundaries() {
	reais := []any{amount("0.00"), amount("1.234"), amount("-0.01")}
	const in, out, code = "POST /api/pix/cash-in", "POST /api/pix/cash-out", "POST /api/pix/cash-out-qrcode"
	for _, b := range []boundary{
		{"value of a charge", in, inCharge("transaction.value"), 201, []any{amount("0.01")}, reais, "transaction.value"},
		{"value of a payment", out, inPayment("value"), 201, []any{amount("0.01")}, reais, "value"},
		{"amount of a transfer", "POST /dict/pix", inTransfer("payment.amount"), 200, []any{amount("0.01")}, reais,
			"payment.amount"},
		{"description of a charge", in, inCharge("transaction.description"), 201, []any{chars(140)}, []any{chars(141)},
			"description"},
		{"description of a payment", out, inPayment("description"), 201, []any{chars(140)}, []any{chars(141)}, "description"},
		{"description by code", code, inCode("description"), 201, []any{chars(140)}, []any{chars(141)}, "description"},
		{"externalId of a charge", in, inCharge("transaction.externalId"), 201, []any{chars(255)}, []any{chars(256)},
			"externalId"},
		{"externalId of a payment", out, inPayment("externalId"), 201, []any{chars(255)}, []any{chars(256)}, "externalId"},
		{"externalId by code", code, inCode("externalId"), 201, []any{"c" + chars(254)}, []any{chars(256)}, "externalId"},
		{"additionalInfo", in, inCharge("additionalInfo"), 201, []any{pairs(10)}, []any{pairs(11)}, "additionalInfo"},
		{"splits", in, inCharge("splits"), 201, []any{someSplits(10)}, []any{someSplits(11)}, "splits"},
		{"expirationTime", in, inCharge("transaction.expirationTime"), 201, []any{30, 604_800}, []any{29, 604_801},
			"expirationTime"},
		{"length of a code", code, inCode("qrCode"), 201, []any{longCode(w.T, 500)},
			[]any{staticCode(w.T, 0)[:49], longCode(w.T, 501)}, "INVALID_QR_CODE"},
		{"value of a code", code, inCode("value"), 201, []any{amount("10.01"), amount("9.99")},
			[]any{amount("10.02"), amount("9.98")}, "QR_CODE_VALUE_MISMATCH"},
		{"wait of a transfer", "POST /dict/pix", inTransfer("expiration"), 200, []any{1, 10_800}, []any{0, 10_801},
			"expiration"},
		{"headers of a webhook", "POST /api/webhooks", func(w *walk, v any) any { return w.at(goodWebhook, "headers", "", v) },
			200, []any{headers(5)}, []any{headers(6)}, "headers"},
	} {
		w.try(b)
	}
	// 50 characters are long enough, and too short to be a code of anybody.
	w.want(w.a.Client, "a code of 50", 400, "is an invalid", code, inCode("qrCode")(w, staticCode(w.T, 0)[:50]))
	w.want(w.a.Client, "a code of 49", 400, "must have 50 to 500", code, inCode("qrCode")(w, staticCode(w.T, 0)[:49]))
	for length, status := range map[int]int{25: 400, 26: 201, 35: 201, 36: 400} {
		w.want(w.a.Client, "txid", status, "", "PUT /cob/"+chars(length), goodCob)
	}
}

func (w *walk) try(b boundary) {
	w.Helper()
	for _, value := range b.accepted {
		w.want(w.a.Client, b.rule, b.granted, "", b.request, b.body(w, value), idempotency, uuid.NewString())
	}
	for _, value := range b.refused {
		w.want(w.a.Client, b.rule, 400, b.names, b.request, b.body(w, value), idempotency, uuid.NewString())
	}
}

// tokens are both token endpoints; the secret has 8 to 64 characters.
func (w *walk) tokens() {
	a, other := w.a, w.p.NewAccount(w, "0.00", "")
	with := func(secret string) any { return map[string]string{"clientId": a.ClientID, "clientSecret": secret} }
	for request, granted := range map[string]int{"POST /api/auth/token": 201, "POST /oauth/token": 200} {
		for _, c := range []struct {
			rule        string
			body        any
			certificate string
			status      int
		}{
			{"right credentials", with(a.ClientSecret), a.ClientCert, granted},
			{"no certificate", with(a.ClientSecret), "", 400},
			{"a secret of 7", with(chars(7)), a.ClientCert, 400},
			{"a secret of 8", with(chars(8)), a.ClientCert, 401},
			{"a secret of 64", with(chars(64)), a.ClientCert, 401},
			{"a secret of 65", with(chars(65)), a.ClientCert, 400},
			{"another's certificate", with(a.ClientSecret), other.ClientCert, 401},
			{"nobody's certificate", with(a.ClientSecret), unboundCertificate(w.T), 403},
			{"a body beyond 64 KiB", with(chars(65 << 10)), a.ClientCert, 413},
		} {
			w.want(w.anonymous, c.rule, c.status, "", request, c.body, "X-SSL-Client-Cert", c.certificate)
		}
	}
}

// slowTarget asks for a delivery to a target that never answers, while the walk
// goes on; what it returns waits for the answer.
func (w *walk) slowTarget() (wait func()) {
	release, done := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	w.Cleanup(slow.Close)
	w.Cleanup(func() { close(release) })
	tx := w.a.Pay(w, w.id(), "1.00")
	go func() {
		defer close(done)
		w.want(w.a.Client, "a target that never answers", 504, "webhookLogId",
			"POST /api/resend-webhook/"+tx.TransactionID, text(`{"url":%q}`, slow.URL))
	}()
	return func() { <-done }
}

// elsewhere are answers that are not to be had here: of accounts that are gone,
// while accounts stay for ever, and to a file of a gibibyte.
var elsewhere = []string{"POST /api/webhooks 404", "POST /api/reconciliations 413"}

// wantEveryStatus fails for each status of the document that no answer had, but
// for those of a server in trouble, to where other tests bring it.
func (w *walk) wantEveryStatus() {
	w.Helper()
	for _, o := range openapi.Public().Operations() {
		for _, status := range o.Statuses {
			switch {
			case status == http.StatusInternalServerError, status == http.StatusServiceUnavailable,
				slices.Contains(elsewhere, fmt.Sprint(o.Route, " ", status)):
			case !w.p.Seen(o.Route, status):
				w.Errorf("%s was never answered with %d", o.Route, status)
			}
		}
	}
}

// days is a time n days ago, rather earlier than later.
func days(n int) time.Time {
	return time.Now().Add(-time.Duration(n) * 24 * time.Hour).Truncate(time.Microsecond)
}
