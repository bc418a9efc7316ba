package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/browser"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// institution starts a server on which something waits of each kind that the operator's pages show.
func institution(t *testing.T) (*saldotest.Process, *saldotest.Account) {
	t.Helper()
	s := saldotest.StartServe(t, "pebble:"+t.TempDir(), "--webhook-retries", "1s", "--webhook-networks", "127.0.0.0/8")
	a := s.NewAccount(t, "10000.00", `,"fees":{"cashIn":{"fixed":0.35,"percentage":0.5,"maximum":5},"cashOut":{"fixed":0.99}}`)
	a.Must(t, http.StatusOK, "POST", "/api/webhooks", `{"url":"https://127.0.0.1:1/pix","eventType":"cash_out"}`)
	for _, id := range []string{"told-1", "told-2"} {
		tx := a.Pay(t, id, "10.00")
		s.Event(t, "applied", fmt.Sprintf(`{"id":%q,"type":"payment.rejected","transactionId":%q}`, id, tx.TransactionID))
	}
	a.Pay(t, "on-its-way", "250.00")
	s.Event(t, "suspended", `{"id":"lost-1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000001",
		"amount":123.45,"pixKey":"ninguem@exemplo.com.br","payer":{"name":"Maria Exemplo","document":"11144477735"}}`)
	s.Event(t, "suspended", `{"id":"lost-2","type":"payment.settled","endToEndId":"E9999900320261120120000000000002"}`)
	s.Event(t, "applied", fmt.Sprintf(`{"id":"med-1","type":"med.opened","caseId":"caso-med-1","amount":30.00,
		"endToEndId":"E9999900420261120120000000000003","reason":"REFUND_REQUEST","cause":"SCAM","accountId":%q,
		"requestingBank":{"ispb":"99999004","name":"Banco Exemplo"}}`, a.ID))
	house := s.OperatorClient()
	for _, hold := range []string{
		`{"amount":150.00,"reason":"judicial","case":"Oficio 123/2026","deadline":"2026-01-20T12:00:00Z"}`,
		`{"amount":50.00,"reason":"precautionary","case":"cautelar-1"}`,
	} {
		house.Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds", hold)
	}
	waitForLetters(t, house, 2)
	return s, a
}

// waitForLetters waits until as many notices were given up.
func waitForLetters(t *testing.T, house *saldotest.Client, want int) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for {
		var dead struct{ Data []struct{ ID string } }
		house.Must(t, http.StatusOK, "GET", "/dead-letters", nil).JSON(t, &dead)
		if len(dead.Data) == want {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d dead letters, not %d", len(dead.Data), want)
		}
	}
}

// operate signs in at the operator's pages.
func operate(t *testing.T, s *saldotest.Process) *browser.Page {
	t.Helper()
	p := browser.Open(t, s.OperatorURL)
	p.Go("/dashboard/sign-in")
	p.Fill("[name=token]", saldotest.OperatorToken)
	p.Submit(signInButton)
	return p
}

// agree submits a form that asks first.
func agree(p *browser.Page, selector string, status ...int) {
	p.ExpectDialog(true)
	p.Submit(selector, status...)
}

func TestTheOperatorSignsInWithTheToken(t *testing.T) {
	t.Parallel()
	s := saldotest.StartServe(t, "pebble:"+t.TempDir())
	p := browser.Open(t, s.OperatorURL)
	p.Go("/dashboard")
	p.Inspect("operator-sign-in")
	p.Fill("[name=token]", "not-the-token-of-anybody")
	p.Submit(signInButton, http.StatusUnauthorized)
	p.WaitText("[role=alert]", "Wrong token.")
	p.Fill("[name=token]", saldotest.OperatorToken)
	p.Submit(signInButton)
	p.WaitText(".who", "Institution's operations")
	p.WaitText("h1", "Overview")
	p.Submit("form[action$=sign-out] button")
	p.Go("/dashboard/accounts")
	p.WaitText("h1", "Sign in")
}

// TestTheOperatorsPagesAreForEverybody looks at every page that only shows something.
func TestTheOperatorsPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	s, a := institution(t)
	p := operate(t, s)
	for name, path := range map[string]string{
		"house": "", "trial": "/trial-balance", "orders": "/orders?rail=http", "nodes": "/nodes",
		"suspense": "/suspense", "holds": "/holds?due=week", "letters": "/dead-letters",
		"med": "/med?account=" + a.ID, "accounts": "/accounts", "report": "/report?date=" + today(),
	} {
		p.Go("/dashboard" + path)
		p.Inspect("operator-" + name)
	}
}

// TestThePagesOfAnAccountAreForEverybody looks at every page of one account, and at forms.
func TestThePagesOfAnAccountAreForEverybody(t *testing.T) {
	t.Parallel()
	s, a := institution(t)
	p := operate(t, s)
	for name, path := range map[string]string{
		"account": "", "account-settings": "/settings", "account-holds": "/holds", "account-hold-new": "/holds/new",
		"account-access": "/access", "credential-new": "/credentials/new", "certificate-new": "/certificates/new",
		"account-webhooks": "/webhooks", "account-webhook": "/webhooks/cash_out", "account-report": "/report?date=" + today(),
	} {
		p.Go("/dashboard/accounts/" + a.ID + path)
		p.Inspect("operator-" + name)
	}
	p.Go("/dashboard/accounts/new")
	p.Inspect("operator-account-new")
}

// today is the day in São Paulo.
func today() string {
	return time.Now().In(time.FixedZone("BRT", -3*60*60)).Format(time.DateOnly)
}

func TestWhatIsInSuspenseIsSolved(t *testing.T) {
	t.Parallel()
	s, a := institution(t)
	p := operate(t, s)
	p.Go("/dashboard/suspense")
	p.WaitText("tbody tr", "R$123.45")
	if text := p.Text("tbody"); strings.Contains(text, "11144477735") || strings.Contains(text, "ninguem@") {
		t.Errorf("personal data in the list: %s", text)
	}
	p.Submit("tbody tr:first-child a")
	p.WaitText(".facts", "***.444.777-**")
	p.Inspect("operator-suspense-item")
	agree(p, "form[action*=suspense] button", http.StatusBadRequest)
	p.WaitText("[role=alert]", "Nothing was saved.")
	p.Click("[name=action][value=credit]")
	p.Fill("[name=accountId]", "12")
	agree(p, "form[action*=suspense] button", http.StatusNotFound)
	p.Go("/dashboard/suspense")
	p.Submit("tbody tr:first-child a")
	p.Click("[name=action][value=credit]")
	p.Fill("[name=accountId]", a.ID)
	p.Fill("[name=by]", "Ana Exemplo")
	agree(p, "form[action*=suspense] button")
	p.WaitText(".banner.done", "The event was solved.")
	// 9 519.01 are left of 10 000 beside two holds, a MED case and what is on its way; the receipt costs 0.97.
	if got := a.Balance(t); !strings.HasPrefix(got, "10122.48/") {
		t.Errorf("the account has %s", got)
	}
	p.Submit("tbody tr:first-child a")
	p.Click("[name=action][value=dismiss]")
	agree(p, "form[action*=suspense] button", http.StatusBadRequest)
	p.WaitText("#wrong-note", "Fill in this field.")
	p.Check("operator-suspense-refused")
	p.Click("[name=action][value=dismiss]")
	p.Fill("[name=note]", "evento de teste do adaptador")
	agree(p, "form[action*=suspense] button")
	p.WaitText(".empty", "Nothing is in suspense.")
	p.Go("/dashboard/suspense?status=resolved")
	p.Submit("tbody tr:first-child a")
	p.WaitText("#done", "Credited")
	p.WaitText("section[aria-labelledby=done]", "Ana Exemplo")
}

func TestAHoldIsPlacedCapturedAndReleased(t *testing.T) {
	t.Parallel()
	s := saldotest.StartServe(t, "pebble:"+t.TempDir())
	a := s.NewAccount(t, "1000.00", "")
	p := operate(t, s)
	p.Go("/dashboard/accounts/" + a.ID + "/holds/new")
	p.Fill("[name=amount]", "a lot")
	agree(p, "main form button", http.StatusBadRequest)
	p.WaitText("#wrong-amount", "Write the amount as R$1,234.56.")
	p.WaitText("#wrong-case", "Fill in this field.")
	p.Fill("[name=amount]", "300.50")
	p.Fill("[name=case]", "Oficio 77/2026")
	agree(p, "main form button")
	p.WaitText(".banner.done", "The amount is held.")
	balance(t, a, "1000.00/300.50/699.50")
	p.Submit("tbody a")
	p.WaitText("h1", "Court order")
	p.Inspect("operator-hold")
	p.Fill("[name=amount]", "100.50")
	p.Choose("[name=to]", "fees")
	p.ExpectDialog(false) // nothing is done until it is agreed to
	p.Click("form[action$=capture] button")
	balance(t, a, "1000.00/300.50/699.50")
	agree(p, "form[action$=capture] button")
	p.WaitText(".banner.done", "The amount was captured.")
	balance(t, a, "899.50/200.00/699.50")
	p.Fill("[name=amount-released]", "500")
	agree(p, "form[action$=release] button", http.StatusConflict)
	p.WaitText("[role=alert]", "The hold has less than that.")
	p.Fill("[name=amount-released]", "")
	agree(p, "form[action$=release] button")
	p.WaitText("#facts", "Closed")
	balance(t, a, "899.50/0.00/899.50")
}

func balance(t *testing.T, a *saldotest.Account, want string) {
	t.Helper()
	if got := a.Balance(t); got != want {
		t.Errorf("the account has %s, want %s", got, want)
	}
}

func TestAnAccountIsOpenedAndLetIn(t *testing.T) {
	t.Parallel()
	s := saldotest.StartServe(t, "pebble:"+t.TempDir())
	p := operate(t, s)
	p.Look(browser.Look{Language: "pt-BR", Width: browser.Wide})
	p.Go("/dashboard/accounts")
	p.WaitText(".empty", "Ainda não há contas.")
	p.Go("/dashboard/accounts/new")
	p.Fill("[name=name]", "Padaria Exemplo")
	p.Fill("[name=document]", "11.222.333/0001-80")
	p.Fill("[name=openingBalance]", "1.500,75")
	p.Fill("[name='fees.cashIn.percentage']", "0,99")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("#wrong-document", "Não é um CPF ou CNPJ válido.")
	p.Check("operator-account-refused")
	p.Fill("[name=document]", "11.222.333/0001-81")
	p.Submit("main form button")
	p.WaitText(".banner.done", "A conta foi aberta.")
	p.WaitText(".figures", "R$ 1.500,75")
	p.WaitText("section[aria-labelledby=terms]", "R$ 0,00 + 0,99%")
	p.Submit("nav a[href$=access]")
	p.Submit("a[href$='credentials/new']")
	p.Click("[name=scopes][value='pix:read']")
	p.Click("[name=scopes][value='balance:read']")
	p.Submit("main form button")
	p.Check("operator-credential")
	id, secret := p.Text("#client"), p.Text("#secret")
	merchant := browser.Open(t, s.URL)
	merchant.SignIn(id, secret)
	p.Submit("a[href$=access]")
	if text := p.Text("main"); strings.Contains(text, secret) || !strings.Contains(text, id) {
		t.Errorf("the secret is shown again: %s", text)
	}
	agree(p, "form[action*='credentials/'] button")
	p.WaitText(".empty", "Nenhuma credencial")
	merchant.Go("/dashboard")
	merchant.WaitText("h1", "Sign in")
}

func TestAnAccountsSettingsAreChanged(t *testing.T) {
	t.Parallel()
	s := saldotest.StartServe(t, "pebble:"+t.TempDir(), "--webhook-networks", "127.0.0.0/8")
	a := s.NewAccount(t, "1.00", `,"fees":{"cashIn":{"percentage":1.2345}}`)
	p := operate(t, s)
	p.Go("/dashboard/accounts/" + a.ID + "/settings")
	p.Fill("[name='fees.cashOut.fixed']", "1.50")
	p.Fill("[name='fees.cashOut.percentage']", "101")
	p.Fill("[name='provider.name']", "Provedor Exemplo")
	p.Fill("[name='provider.minSeconds']", "600")
	p.Fill("[name='provider.maxSeconds']", "60")
	p.Fill("[name=addPixKeys]", "loja@exemplo.com.br\nnot a key")
	p.Submit("main form button", http.StatusBadRequest)
	for field, want := range map[string]string{
		"fees.cashOut.percentage": "The percentage goes up to 100", "provider.name": "must not be below the minimum",
		"addPixKeys": "not a Pix key",
	} {
		p.WaitText(fmt.Sprintf("[id='wrong-%s']", field), want)
	}
	p.Check("operator-settings-refused")
	p.Fill("[name='fees.cashOut.percentage']", "0.75")
	p.Fill("[name='provider.maxSeconds']", "3,600")
	p.Fill("[name=addPixKeys]", "loja@exemplo.com.br")
	p.Choose("[name=splitFrequency]", "DAILY")
	p.Click("[name=bacen]")
	p.Submit("main form button")
	p.WaitText(".banner.done", "The account was changed.")
	for _, want := range []string{
		"R$0.00 + 1.2345%", "R$1.50 + 0.75%", "Daily", "Provedor Exemplo (600 to 3,600 seconds)", "central bank's format No",
	} {
		p.WaitText("section[aria-labelledby=terms]", want)
	}
	p.WaitText("section[aria-labelledby=facts]", "loja@exemplo.com.br")
	p.Go("/dashboard/accounts/" + a.ID + "/settings")
	p.Fill("[name='provider.name']", "")
	p.Submit("main form button")
	if text := p.Text("section[aria-labelledby=terms]"); strings.Contains(text, "Provedor") {
		t.Errorf("the provider is still there: %s", text)
	}
}

func TestAWebhookIsSetAndACertificateBound(t *testing.T) {
	t.Parallel()
	s := saldotest.StartServe(t, "pebble:"+t.TempDir(), "--webhook-networks", "127.0.0.0/8")
	a := s.NewAccount(t, "1.00", "")
	p := operate(t, s)
	p.Go("/dashboard/accounts/" + a.ID + "/webhooks")
	p.Choose("[name=event]", "med_created")
	p.Submit("form[action$='webhooks/new'] button")
	p.WaitText("h1", "MED case opened")
	p.Fill("[name=url]", "http://loja.example/pix")
	p.Fill("[name=headers]", "no colon")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("#wrong-headers", "Fill in both")
	p.Fill("[name=headers]", "X-Loja: segredo")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("#wrong-url", "https://")
	p.Fill("[name=url]", "https://127.0.0.1:1/pix")
	p.Submit("main form button")
	first := p.Text("#secret")
	p.Check("operator-webhook-secret")
	p.Submit("main a[href$=webhooks]:not(nav a)")
	if text := p.Text("main"); strings.Contains(text, first) || strings.Contains(text, "segredo") || !strings.Contains(text, "X-Loja") {
		t.Errorf("the list tells secrets, or not the header: %s", text)
	}
	p.Submit("tbody a[href$=med_created]")
	p.Submit("form[action$=test] button")
	p.WaitText("[role=alert]", "The test message was not delivered.")
	p.Check("operator-webhook-tested")
	agree(p, "form[action$=secret] button")
	if again := p.Text("#secret"); again == first {
		t.Error("the secret is the same")
	}
	p.Go("/dashboard/accounts/" + a.ID + "/webhooks/med_created")
	agree(p, "form[action$=delete] button")
	p.WaitText(".empty", "No webhooks")
	p.Submit("a[href$=telling]")
	p.Fill("[name=username]", "loja")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("#wrong-password", "Fill in both")
	p.Fill("[name=password]", "uma senha inventada")
	p.Choose("[name=version]", "2")
	p.Submit("main form button")
	p.WaitText("main", "Version 2 of messages · user loja")
	p.Submit("a[href$=telling]")
	p.Inspect("operator-telling")
	p.Click("[name=remove]")
	p.Submit("main form button")
	if text := p.Text("main"); !strings.Contains(text, "Version 2") || strings.Contains(text, "user loja") {
		t.Errorf("credentials are still sent: %s", text)
	}

	p.Go("/dashboard/accounts/" + a.ID + "/certificates/new")
	p.Fill("[name=certificate]", "not a certificate")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("[role=alert]", "can't be read")
	p.Fill("[name=certificate]", "")
	p.Submit("main form button")
	p.WaitText("#key", "PRIVATE KEY")
	p.Submit("main p a[href$=access]")
	if n := p.Count("form[action*=certificates]"); n != 2 {
		t.Errorf("%d certificates, want 2", n)
	}
	agree(p, "form[action*=certificates] button")
	p.WaitText(".banner.done", "The certificate was unbound.")
}

func TestAnAccountIsFoundAndItsFilesAreTaken(t *testing.T) {
	t.Parallel()
	s := saldotest.StartServe(t, "pebble:"+t.TempDir())
	s.NewAccount(t, "1.00", "")
	var opened struct{ AccountID string }
	s.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts",
		`{"name":"Confeitaria Pão de Mel","document":"11444777000161","brand":"avista","openingBalance":75.10}`).JSON(t, &opened)
	p := operate(t, s)
	p.Go("/dashboard/accounts")
	for _, text := range []string{"pao de mel", "11.444.777/0001-61", opened.AccountID} {
		p.Fill("[name=search]", text)
		p.Submit("form[role=search] button")
		if n := p.Count("tbody tr"); n != 1 {
			t.Errorf("%q finds %d accounts", text, n)
		}
	}
	p.Fill("[name=search]", "ninguem")
	p.Submit("form[role=search] button")
	p.WaitText(".empty", "No account was found")
	p.Go("/dashboard/accounts/" + opened.AccountID)
	p.Choose("[name=format]", "csv")
	file := p.Download("form[action$=statement] button")
	if !strings.HasPrefix(file.Name, "extrato-"+opened.AccountID) || !strings.Contains(string(file.Content), "75,10") {
		t.Errorf("%s: %s", file.Name, file.Content)
	}
	p.Go("/dashboard/accounts/"+opened.AccountID+"/statement?from=2026-13-01&to=x&format=csv", http.StatusBadRequest)
	p.WaitText("h1", "That did not work")
	p.Go("/dashboard/accounts/" + opened.AccountID + "/report")
	p.WaitText("h1", "Confeitaria Pão de Mel")
	p.WaitText("#flow", "R$75.10")
	if file := p.Download("a[href*='format=csv']"); !strings.HasPrefix(file.Name, "relatorio-"+opened.AccountID) {
		t.Errorf("the report is called %s", file.Name)
	}
	p.Go("/dashboard/report")
	p.WaitText("h1", "Daily report of the house")
	if file := p.Download("a[href*='format=json']"); !strings.Contains(string(file.Content), `"trialBalance"`) {
		t.Errorf("%s: %s", file.Name, file.Content)
	}
}

func TestDeadLettersAreReplayedAndDiscarded(t *testing.T) {
	t.Parallel()
	s, a := institution(t)
	p := operate(t, s)
	p.Go("/dashboard/dead-letters?account=" + a.ID)
	if n := p.Count("tbody tr"); n != 2 {
		t.Errorf("%d dead letters, want 2", n)
	}
	agree(p, "tbody tr:first-child form[action$=discard] button")
	p.WaitText(".banner.done", "The notice was discarded.")
	p.Submit("tbody form[action$=replay] button")
	p.WaitText(".banner.done", "The notice will be delivered again.")
	waitForLetters(t, s.OperatorClient(), 1) // its endpoint is still not there
	p.Go("/dashboard/accounts/" + a.ID + "/webhooks")
	agree(p, "form[action$='dead-letters/replay'] button")
	p.WaitText(".banner.done", "The notices will be delivered again.")
}
