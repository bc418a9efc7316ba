package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// hiddenID is the externalId that a page drew for its form.
var hiddenID = regexp.MustCompile(`name="(?:transaction\.)?externalId" value="(dashboard-[A-Z2-7]+)"`)

func drawn(t *testing.T, seen saldotest.Seen) string {
	t.Helper()
	found := hiddenID.FindStringSubmatch(seen.Body)
	if found == nil {
		t.Fatalf("no externalId in\n%s", seen.Body)
	}
	return found[1]
}

func TestPagesShowTheirOwnAccountAlone(t *testing.T) {
	onEveryStore(t, testPagesShowTheirOwnAccountAlone)
}

func testPagesShowTheirOwnAccountAlone(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"pixKeys":["paginas@exemplo.com.br"]`)
	other := p.NewAccount(t, "1.00", "")
	paid := a.Pay(t, "PAY-1", "10.00").TransactionID
	receipt := number(t, a, receive(t, p, "paginas@exemplo.com.br", "25.00", time.Now()))
	v, w := saldotest.Visit(p.URL), saldotest.Visit(p.URL)
	v.SignIn(t, a)
	w.SignIn(t, other)
	for path, part := range map[string]string{
		"/dashboard": "PAY-1", "/dashboard?span=week": "<svg", "/dashboard?span=month": "<svg", "/dashboard/blocked": paid,
		"/dashboard/statement": "PAY-1", "/dashboard/statement/lines": "R$\u00a0125,00",
		"/dashboard/statement?from=2026-10-01&to=2026-10-31":       "0 transações", // as many days as there may be
		"/dashboard/statement/lines?from=2025-01-01&to=2025-12-31": "R$\u00a00,00",
		"/dashboard/transactions/" + paid:                          "Pix enviado", "/dashboard/transactions/PAY-1": paid,
	} {
		wantSeen(t, v.Get(t, path), http.StatusOK, part)
	}
	for _, path := range []string{paid, "PAY-1", receipt} {
		wantSeen(t, w.Get(t, "/dashboard/transactions/"+path), http.StatusNotFound, "")
		wantSeen(t, w.Get(t, "/dashboard/charges/"+path), http.StatusNotFound, "")
		wantSeen(t, w.Submit(t, "/dashboard", "/dashboard/transactions/"+path+"/refund",
			url.Values{"refundValue": {"1,00"}, "externalId": {"x"}}), http.StatusNotFound, "")
	}
	for _, path := range []string{
		"/dashboard/statement?from=x", "/dashboard/statement?from=2026-02-01&to=2026-01-01",
		"/dashboard/statement?from=2026-01-01&to=2026-02-01", "/dashboard/statement/lines?to=2026-13-01",
	} {
		wantSeen(t, v.Get(t, path), http.StatusBadRequest, `role="alert"`)
	}
	for _, path := range []string{
		"/dashboard/statement/export?format=pdf", "/dashboard/statement/export?format=csv&from=x", "/dashboard/charges/" + paid,
	} {
		wantSeen(t, v.Get(t, path), http.StatusNotFound, "")
	}
	// Real money is nothing to play with.
	seen := v.Get(t, "/dashboard/transactions/"+receipt)
	wantSeen(t, seen, http.StatusOK, "R$\u00a025,00")
	if strings.Contains(seen.Body, "/med") {
		t.Errorf("the sandbox on real money:\n%s", seen.Body)
	}
	wantSeen(t, v.Submit(t, "/dashboard", "/dashboard/transactions/"+receipt+"/med", nil), http.StatusForbidden, "")
	wantBalance(t, a, "125.00/10.00/115.00")
}

func TestFormsThatAreSentTwiceDoTheirWorkOnce(t *testing.T) {
	onEveryStore(t, testFormsThatAreSentTwiceDoTheirWorkOnce)
}

func testFormsThatAreSentTwiceDoTheirWorkOnce(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"pixKeys":["duasvezes@exemplo.com.br"]`)
	receipt := "/dashboard/transactions/" + number(t, a, receive(t, p, "duasvezes@exemplo.com.br", "25.00", time.Now()))
	v := saldotest.Visit(p.URL)
	v.SignIn(t, a)

	refund := url.Values{"refundValue": {"R$ 5,00"}, "externalId": {drawn(t, v.Get(t, receipt))}}
	for _, done := range []string{"transaction.refund", "again"} {
		if seen := v.Submit(t, receipt, receipt+"/refund", refund); seen.Location != receipt+"?done="+done {
			t.Errorf("refund: %d to %q, want %s", seen.Status, seen.Location, done)
		}
	}
	wantBalance(t, a, "125.00/5.00/120.00")

	pay := url.Values{
		"value": {"20"}, "details.keyType": {"EMAIL"}, "details.key": {"maria@exemplo.com.br"}, "details.name": {"Maria Exemplo"},
		"details.document": {"529.982.247-25"}, "externalId": {drawn(t, v.Get(t, "/dashboard/payments/new"))},
	}
	const form = "/dashboard/payments/new"
	wantSeen(t, v.Submit(t, form, "/dashboard/payments/try", pay), http.StatusOK, "R$\u00a0100,00")
	wantBalance(t, a, "125.00/5.00/120.00")
	pay.Set("expected", "119.99")
	wantSeen(t, v.Submit(t, form, "/dashboard/payments", pay), http.StatusOK, `name="expected" value="120.00"`)
	wantBalance(t, a, "125.00/5.00/120.00")
	pay.Set("expected", "120.00")
	first := v.Submit(t, form, "/dashboard/payments", pay)
	again := v.Submit(t, form, "/dashboard/payments", pay)
	if !strings.HasSuffix(first.Location, "?done=pay") ||
		again.Location != strings.Replace(first.Location, "done=pay", "done=again", 1) {
		t.Errorf("payment: to %q, and then to %q", first.Location, again.Location)
	}
	wantBalance(t, a, "125.00/25.00/100.00")

	charge := url.Values{
		"transaction.value": {"1.234,5"}, "transaction.description": {"Pedido"}, "payer.fullName": {"Jose Exemplo"},
		"payer.document": {"11144477735"}, "transaction.expirationTime": {"900"}, "scenario": {"unpaid"},
		"transaction.externalId": {drawn(t, v.Get(t, "/dashboard/charges/new"))},
	}
	first = v.Submit(t, "/dashboard/charges/new", "/dashboard/charges", charge)
	again = v.Submit(t, "/dashboard/charges/new", "/dashboard/charges", charge)
	if !strings.HasSuffix(first.Location, "?done=charge") ||
		again.Location != strings.Replace(first.Location, "done=charge", "done=again", 1) {
		t.Errorf("charge: %d to %q, and then to %q", first.Status, first.Location, again.Location)
	}
	wantSeen(t, v.Get(t, first.Location), http.StatusOK, "R$\u00a01.234,50")
	charge.Set("payer.document", "1")
	wantSeen(t, v.Submit(t, "/dashboard/charges/new", "/dashboard/charges", charge), http.StatusBadRequest, "aria-invalid")
	wantTrialBalance(t, p)
}

func TestAnOpenAlertIsOnEveryPage(t *testing.T) { onEveryStore(t, testAnOpenAlertIsOnEveryPage) }

func testAnOpenAlertIsOnEveryPage(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", "")
	v := saldotest.Visit(p.URL)
	v.SignIn(t, a)
	const banner = `class="banner grave" role="status"><a href="/dashboard/alerts">`
	if seen := v.Get(t, "/dashboard"); strings.Contains(seen.Body, banner) {
		t.Error("a banner without an alert")
	}
	a.Must(t, http.StatusCreated, "POST", "/api/alerts/rules", `{"kind":"critical_below"}`)
	wantSeen(t, v.Get(t, "/dashboard"), http.StatusOK, banner)
	wantSeen(t, v.Get(t, "/dashboard/charges"), http.StatusOK, "1 alerta aberto")

	narrow := &saldotest.Account{Client: &saldotest.Client{URL: a.URL, HTTP: a.HTTP}}
	p.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/credentials",
		`{"scopes":["balance:read"]}`).JSON(t, narrow)
	w := saldotest.Visit(p.URL)
	w.SignIn(t, narrow)
	wantSeen(t, w.Get(t, "/dashboard"), http.StatusOK, "R$\u00a0100,00")
	wantSeen(t, w.Get(t, "/dashboard/blocked"), http.StatusOK, "R$\u00a0100,00")
	wantSeen(t, w.Get(t, "/dashboard/statement"), http.StatusForbidden, "")
}
