package browser_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/browser"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// shop is a sandbox account with charges, payments of every outcome and a MED case, whose pages are open and signed in.
func shop(t *testing.T) (*browser.Page, *saldotest.Account, trade) {
	t.Helper()
	s, a := merchant(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.Stderr())
		}
	})
	made := trade{charge: charge(t, a, "INV-1", "80.00", "unpaid"), unpaid: charge(t, a, "INV-2", "120.55", "unpaid")}
	a.Must(t, http.StatusOK, "POST", "/api/sandbox/charges/"+made.charge+"/pay", nil)
	a.Must(t, http.StatusCreated, "POST", "/api/sandbox/med", `{"transactionId":"INV-1","amount":30.00}`)
	for i := range 23 {
		scenario := []string{"delayed:120s", "error:account-blocked"}[i%2]
		a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", saldotest.Payment(fmt.Sprintf("PAY-%d", i), "50.00"),
			"X-Sandbox-Scenario", scenario)
	}
	settled(t, a)
	p := browser.Open(t, s.URL)
	p.Look(browser.Look{Language: "en", Width: browser.Wide})
	p.SignIn(a.ClientID, a.ClientSecret)
	return p, a, made
}

// settled waits until the payments of a shop that fail have failed: 12 of 50.00 and the case are blocked.
func settled(t *testing.T, a *saldotest.Account) {
	t.Helper()
	tick, late := time.NewTicker(50*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !strings.Contains(a.Balance(t), "/630.00/") {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("balance is %s", a.Balance(t))
		}
	}
}

// trade is what a shop has: numbers of transactions.
type trade struct{ charge, unpaid string }

// charge makes a charge and returns its number.
func charge(t *testing.T, a *saldotest.Account, id, value, scenario string) string {
	t.Helper()
	var made saldotest.Transaction
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge(id, value), "X-Sandbox-Scenario", scenario).
		JSON(t, &made)
	return made.TransactionID
}

// soon is how late the page may show a payment that was made through the API: the median
// of some, for this machine has other things to do as well.
const soon = 300 * time.Millisecond

// liveWords are what a live balance reads after five payments of 50.00, in each language.
var liveWords = map[string]struct{ state, net, blocked string }{
	"pt-BR": {"Ao vivo", "R$ 48.484,90", "R$ 250,00"}, "en": {"Live", "R$48,484.90", "R$250.00"},
	"zh-CN": {"实时", "R$48,484.90", "R$250.00"},
}

func TestTheBalanceIsLive(t *testing.T) {
	t.Parallel()
	s, _ := merchant(t)
	for _, language := range browser.Languages {
		a := s.NewAccount(t, "48734.90", `,"sandbox":true`)
		p := browser.Open(t, s.URL)
		p.Look(browser.Look{Language: language, Width: browser.Wide})
		p.SignIn(a.ClientID, a.ClientSecret)
		p.WaitText("[data-live-state]", liveWords[language].state)
		// The page keeps when it showed each figure, by the clock of this machine.
		browser.Eval[bool](p, `(() => { window.shown = {};
			new MutationObserver(all => all.forEach(m => {
				const at = (m.target.closest ? m.target : m.target.parentElement).closest("[data-figure]");
				if (at) window.shown[at.dataset.value] ??= Date.now();
			})).observe(document.querySelector("[data-live]"), {subtree: true, childList: true, characterData: true});
			return true; })()`)
		var lates []time.Duration
		for i, want := range []string{"48684.90", "48634.90", "48584.90", "48534.90", "48484.90"} {
			a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", saldotest.Payment(fmt.Sprintf("LIVE-%d", i), "50.00"),
				"X-Sandbox-Scenario", "delayed:120s")
			paid := time.Now()
			p.Wait(want, fmt.Sprintf(`window.shown[%q]`, want))
			at := time.UnixMilli(browser.Eval[int64](p, fmt.Sprintf(`window.shown[%q]`, want)))
			lates = append(lates, at.Sub(paid))
		}
		slices.Sort(lates)
		if lates[len(lates)/2] > soon {
			t.Errorf("%s: nets were shown %s after their payments", language, lates)
		}
		p.WaitText("[data-figure=netBalance]", liveWords[language].net)
		p.WaitText("[data-figure=blockedBalance]", liveWords[language].blocked)
	}
}

func TestTheOverview(t *testing.T) {
	t.Parallel()
	p, _, _ := shop(t)
	for _, span := range []string{"day", "week", "month"} {
		p.Go("/dashboard?span=" + span)
		p.WaitFor("svg.chart.broad path.net")
		if at := p.Text("nav [aria-current=page][href*=span]"); !strings.EqualFold(at, span) {
			t.Errorf("span %s shows %s", span, at)
		}
	}
	p.Go("/dashboard")
	p.WaitText("main", "Payment on its way")
	p.Click("details summary")
	p.WaitFor("details table")
	if rows := p.Count("section[aria-labelledby=newest] tbody tr"); rows != 10 {
		t.Errorf("%d newest transactions", rows)
	}
	p.Go("/dashboard")
	p.Inspect("overview")
}

func TestWhatIsBlocked(t *testing.T) {
	t.Parallel()
	p, _, made := shop(t)
	p.Go("/dashboard/blocked")
	p.WaitText("main", "MED (disputed by the payer)")
	p.WaitText("main", "R$630.00") // 12 payments and the case
	p.Inspect("blocked")
	p.Submit(fmt.Sprintf("a[href$='/transactions/%s']", made.charge))
	p.WaitText("h1", "Pix received")
}

func TestTheStatementIsFilteredAndExported(t *testing.T) {
	t.Parallel()
	p, _, made := shop(t)
	words := map[string]struct{ count, csv, kind string }{
		"pt-BR": {"12 transações", "CSV (planilha)", "Pix enviado"}, "en": {"12 transactions", "CSV (spreadsheet)", "Pix sent"},
		"zh-CN": {"12 笔交易", "CSV（电子表格）", "转出 Pix"},
	}
	for _, language := range browser.Languages {
		p.Look(browser.Look{Language: language, Width: browser.Wide})
		p.Go("/dashboard/statement")
		p.Choose("select[name=type]", "WITHDRAW")
		p.Choose("select[name=status]", "PENDING")
		p.Submit("form[role=search] button")
		p.WaitText("#list", words[language].count)
		if n := p.Count("tbody tr"); n != 12 {
			t.Errorf("%s: %d transactions", language, n)
		}
		p.WaitText("tbody tr", words[language].kind)
		file := p.Download("a[href*='format=csv']")
		lines := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.Content), "\ufeff")))
		lines.Comma, lines.FieldsPerRecord = ';', -1
		rows, err := lines.ReadAll()
		if err != nil || !strings.HasSuffix(file.Name, ".csv") || len(rows) < 3 {
			t.Fatalf("%s: %s has %d rows: %v", language, file.Name, len(rows), err)
		}
		if !strings.Contains(string(file.Content), "48734,90") {
			t.Errorf("%s: opening balance is not in\n%s", language, file.Content)
		}
	}
	p.Look(browser.Look{Language: "en", Width: browser.Wide})
	for _, format := range []string{"ofx", "camt053", "json", "jsonl"} {
		p.Go("/dashboard/statement")
		if file := p.Download("a[href*='format=" + format + "']"); !strings.Contains(string(file.Content), "48734.90") {
			t.Errorf("%s has no opening balance:\n%s", file.Name, file.Content)
		}
	}
	p.Fill("[name=q]", "INV-1")
	p.Submit("form[role=search] button")
	if at := p.Path(); at != "/dashboard/transactions/"+made.charge {
		t.Errorf("a search led to %s", at)
	}
	p.Go("/dashboard/statement?q=nothing")
	p.WaitText("[role=status]", "No transaction has the identifier")
	p.Go("/dashboard/statement?from=2026-01-01&to=2026-03-01", http.StatusBadRequest)
	p.WaitText("[role=alert]", "at most 31 days")
	p.Go("/dashboard/statement")
	p.Submit("a[rel=next]")
	p.WaitText(".pager", "Page 2 of 2")
	p.Inspect("statement")
}

func TestTheStatementOfAccountHasTheBalanceAfterEachEntry(t *testing.T) {
	t.Parallel()
	p, _, _ := shop(t)
	p.Go("/dashboard/statement/lines")
	p.WaitText("tbody tr", "R$48,814.90")
	if n := p.Count("tbody tr"); n != 2 {
		t.Errorf("%d entries that changed the balance", n)
	}
	p.Click("[name=all]")
	p.Submit("main form button")
	if n := p.Count("tbody tr"); n != 37 { // opening, receipt, case, 23 blocks, and 11 unblocks of what failed
		t.Errorf("%d entries", n)
	}
	p.Inspect("statement-lines")
}

func TestATransactionIsShownAndGivenBack(t *testing.T) {
	t.Parallel()
	p, a, made := shop(t)
	path := "/dashboard/transactions/" + made.charge
	p.Go(path)
	p.WaitText(".timeline", "MED case: Under analysis")
	p.Inspect("transaction")
	if p.Count("section[aria-labelledby=refund]") != 0 {
		t.Error("what is disputed can be given back")
	}
	p.Submit("form[action$=reject] button")
	p.WaitText("[role=status]", "rejected")
	p.WaitText("main", "Rejected: money released")

	p.Fill("[name=refundValue]", "10,5.0")
	p.ExpectDialog(true)
	p.Submit("section[aria-labelledby=refund] button", http.StatusBadRequest)
	p.WaitText(".wrong", "Write the amount as")
	p.Fill("[name=refundValue]", "80.01")
	p.ExpectDialog(true)
	p.Submit("section[aria-labelledby=refund] button", http.StatusBadRequest)
	p.WaitText("[role=alert]", "more than is left")
	p.Check("transaction-refused")
	p.Fill("[name=refundValue]", "30.00")
	p.Fill("[name=reason]", "Troca")
	p.ExpectDialog(true)
	p.Submit("section[aria-labelledby=refund] button")
	p.WaitText("[role=status]", "refund was requested")
	p.WaitText("section[aria-labelledby=returns]", "Refund sent")
	p.WaitText("section[aria-labelledby=refund]", "Up to R$50.00")
	if b := a.Balance(t); !strings.HasSuffix(b, "/48184.90") { // 48 814.90, 12 payments of 50 and the return of 30
		t.Errorf("balance %s", b)
	}
	p.Submit("form[action$=resend] button", http.StatusBadRequest)
	p.WaitText("[role=alert]", "No webhook is configured")
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(sink.Close)
	a.Must(t, http.StatusOK, "POST", "/api/webhooks", map[string]any{"url": sink.URL, "eventType": "cash_in"})
	p.Go(path)
	p.Submit("form[action$=resend] button")
	p.WaitText("[role=status]", "its target accepted it")
	p.WaitText("section[aria-labelledby=deliveries] tbody", "Delivered")
	p.WaitText(".timeline", "Webhook: Delivered")
	p.Go(path)
	p.Inspect("transaction-told")
	p.Submit("form[action$=med] button")
	p.Submit("form[action$=accept] button")
	p.WaitText("main", "Accepted: money returned")
	p.Go("/dashboard/transactions/1", http.StatusNotFound)
}

func TestAChargeIsMadeAndPaid(t *testing.T) {
	t.Parallel()
	p, a, _ := shop(t)
	p.Go("/dashboard/charges")
	p.WaitText("tbody", "INV-2")
	p.Inspect("charges")
	p.Submit("main a[href$='/charges/new']")
	p.Inspect("charge-new")
	p.Fill("[name='transaction.value']", "1,234.5")
	p.Fill("[name='transaction.description']", "Pedido 9")
	p.Fill("[name='payer.fullName']", "Jose Exemplo")
	p.Fill("[name='payer.document']", "123")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitFor("[name='payer.document'][aria-invalid=true]")
	p.Fill("[name='payer.document']", "111.444.777-35")
	p.Submit("main form button")
	p.WaitText("h1", "Charge of R$1,234.50")
	p.WaitFor("img.qr")
	if code := p.Text("#pix-code"); !regexp.MustCompile(`^000201.*6304[0-9A-F]{4}$`).MatchString(code) {
		t.Errorf("code %q", code)
	}
	p.Inspect("charge")
	p.Submit("form[action$=pay] button")
	p.WaitText("main", "Paid")
	if b := a.Balance(t); !strings.HasPrefix(b, "50049.40/") {
		t.Errorf("balance %s", b)
	}
	p.Go("/dashboard/charges?status=PAID")
	if n := p.Count("tbody tr"); n != 2 {
		t.Errorf("%d charges are paid", n)
	}
}

func TestAPaymentIsCheckedAndMadeOnce(t *testing.T) {
	t.Parallel()
	p, a, _ := shop(t)
	p.Go("/dashboard/payments/new")
	p.Inspect("pay")
	p.Choose("[name='details.keyType']", "EMAIL")
	p.Fill("[name='details.key']", "maria@exemplo.com.br")
	p.Fill("[name='details.name']", "Maria Exemplo")
	p.Fill("[name='details.document']", "52998224725")
	p.Fill("[name=value]", "99999.99")
	p.Submit("main form button")
	p.WaitText("[role=alert]", "not enough")
	p.Fill("[name=value]", "184.90")
	p.Submit("form[action$=try] button")
	p.WaitText("#trial", "can be made")
	p.WaitText("main", "R$48,000.00")
	p.Check("pay-check")
	a.Pay(t, "BETWEEN", "1.00")
	p.Submit("form[action$='/payments'] button")
	p.WaitText("main", "R$47,999.00") // another net: nothing was paid, and it is asked again
	before := a.Balance(t)
	form := browser.Eval[string](p, `document.querySelector("form[action$='/payments']").outerHTML`)
	p.Submit("form[action$='/payments'] button")
	p.WaitText("[role=status]", "payment was accepted")
	paid := p.Path()
	if b := a.Balance(t); b == before {
		t.Errorf("balance is still %s", b)
	}
	// A browser that goes back sends the same form once more.
	browser.Eval[bool](p, fmt.Sprintf("(document.querySelector('main').innerHTML = %q, true)", form))
	p.Submit("form[action$='/payments'] button")
	p.WaitText("[role=status]", "had been sent before")
	if at := p.Path(); at != strings.Replace(paid, "done=pay", "done=again", 1) {
		t.Errorf("the same form again led to %s, not to %s", at, paid)
	}
	code := a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge("INV-3", "12.00"),
		"X-Sandbox-Scenario", "unpaid")
	var made struct{ PixCode string }
	code.JSON(t, &made)
	p.Go("/dashboard/payments/new?way=code")
	p.Inspect("pay-code")
	p.Fill("[name=qrCode]", made.PixCode)
	p.Fill("[name=value]", "11.00")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("[role=alert]", "not that of the Pix code")
	p.Fill("[name=value]", "12.00")
	p.Submit("main form button")
	p.WaitText("#trial", "can be made")
	p.Submit("form[action$='/payments'] button")
	p.WaitText("[role=status]", "payment was accepted")
}
