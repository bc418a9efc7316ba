package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// protected are all paths that need a token, those of the contract (§1.2) among them, with a body that is
// read before anything else where there is one.
var protected = []struct{ call, body string }{
	{"GET /api/balance", ""},
	{"GET /api/balance/history", ""},
	{"GET /api/balance/blocked", ""},
	{"POST /api/pix/cash-in", saldotest.Charge("c-1", "1.00")},
	{"POST /api/pix/cash-out", saldotest.Payment("p-1", "1.00")},
	{"POST /api/pix/cash-out-qrcode", `{"pixCode":"x","externalId":"q-1"}`},
	{"POST /api/pix/refund-in/1", `{"externalId":"r-1"}`},
	{"GET /api/pix/transaction/1", ""},
	{"GET /api/transactions", ""},
	{"GET /api/statement", ""},
	{"GET /api/pix/transactions/pix-key/maria@exemplo.com.br", ""},
	{"GET /api/pix/transactions/pix-key/maria@exemplo.com.br/1", ""},
	{"GET /api/webhooks", ""},
	{"POST /api/webhooks", `{"event":"CashIn","url":"https://loja.example/pix"}`},
	{"POST /api/resend-webhook/1", ""},
	{"GET /api/med", ""},
	{"PUT /cob/abcdefghijklmnopqrstuvwxyz", `{"calendario":{"expiracao":300},"valor":{"original":"1.00"}}`},
	{"GET /cob/abcdefghijklmnopqrstuvwxyz", ""},
	{"GET /pix/E9999900320261120120000000000001/devolucao/1", ""},
	{"PUT /pix/E9999900320261120120000000000001/devolucao/1", `{"valor":"1.00"}`},
	{"POST /dict/pix", `{}`},
	{"GET /accounts/balances", ""},
}

// brands is a configuration with two brands, which differ in all that brands can.
const brands = `
addr: 127.0.0.1:0
operator_addr: 127.0.0.1:0
certificate_proxies: [127.0.0.0/8]
rail: http
ispb: "99999003"
log_format: json
token_secret: ` + firstSecret + `
brands:
  - id: azul
    name: Azul
    hosts: [api.azul.example, "*.azul.example"]
    color: "#4A70B8"
    support_email: suporte@azul.example
    support_url: https://azul.example/ajuda
    issuer: https://api.azul.example
    messages:
      pt-BR:
        INSUFFICIENT_BALANCE: Saldo insuficiente na sua conta Azul.
        INVALID_CREDENTIALS: Fale com a Azul.
      en:
        INSUFFICIENT_BALANCE: Your Azul account lacks the money.
  - id: verde
    name: Verde
    hosts: [api.verde.example]
`

func startBrands(t *testing.T) *saldotest.Process {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "saldo.yaml")
	saldotest.Configure(t, file, brands)
	return saldotest.StartConfigured(t, file, "pebble:"+filepath.Join(dir, "books"))
}

// An account of one brand does not exist under another's hosts: neither for its own
// token, nor for who asks for one. The operator sees all.
func TestABrandsAccountsAreInvisibleUnderAnothersHosts(t *testing.T) {
	p := startBrands(t)
	accounts := map[string]*saldotest.Account{
		"azul":  p.NewAccount(t, "1.00", `,"brand":"azul"`),
		"verde": p.NewAccount(t, "1.00", `,"brand":"verde"`),
	}
	hosts := map[string][]string{
		"azul":  {"api.azul.example", "app.azul.example", "API.Azul.example:8443", "api.azul.example."},
		"verde": {"api.verde.example"},
	}
	for id, a := range accounts {
		for owner, names := range hosts {
			for _, host := range names {
				t.Run(id+" under "+host, func(t *testing.T) { wantVisible(t, a, host, id == owner) })
			}
		}
		wantVisible(t, a, "saldo.internal.example", true) // nobody's host is every brand's
		var shown struct{ Brand string }
		p.OperatorClient().Must(t, http.StatusOK, "GET", "/accounts/"+a.ID, nil).JSON(t, &shown)
		if shown.Brand != id {
			t.Errorf("the operator sees brand %s, want %s", shown.Brand, id)
		}
		if got := a.Balance(t); got != "1.00/0.00/1.00" {
			t.Errorf("balance of %s: %s", id, got)
		}
	}
	var page struct{ Data []struct{ AccountID string } }
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/accounts", nil).JSON(t, &page)
	if len(page.Data) != len(accounts) {
		t.Errorf("the operator sees %d accounts", len(page.Data))
	}
}

// wantVisible checks whether an account is there under a host: whether a token is
// issued, and whether every protected path takes it.
func wantVisible(t *testing.T, a *saldotest.Account, host string, visible bool) {
	t.Helper()
	anonymous := &saldotest.Client{URL: a.URL, HTTP: a.HTTP}
	for path, status := range map[string]int{"/api/auth/token": http.StatusCreated, "/oauth/token": http.StatusOK} {
		if !visible {
			status = http.StatusUnauthorized
		}
		anonymous.Must(t, status, "POST", path, map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret},
			"X-SSL-Client-Cert", a.ClientCert, "Host", host)
	}
	if visible {
		a.Must(t, http.StatusOK, "GET", "/api/balance", nil, "Host", host)
		return
	}
	for _, path := range protected {
		method, url, _ := strings.Cut(path.call, " ")
		got := a.Must(t, http.StatusUnauthorized, method, url, path.body, "Host", host)
		if !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), `Bearer error="invalid_token"`) {
			t.Errorf("%s: WWW-Authenticate: %q", path.call, got.Header.Get("WWW-Authenticate"))
		}
	}
}

func TestAnErrorSpeaksInTheBrandsWords(t *testing.T) {
	p := startBrands(t)
	azul, verde := p.NewAccount(t, "1.00", `,"brand":"azul"`), p.NewAccount(t, "1.00", `,"brand":"verde"`)
	const ours = "Saldo insuficiente para esta operação."
	for _, c := range []struct {
		who                  *saldotest.Account
		host, language, want string
	}{
		{azul, "api.azul.example", "", "Saldo insuficiente na sua conta Azul."},
		{azul, "api.azul.example", "pt-BR,pt;q=0.9,en;q=0.8", "Saldo insuficiente na sua conta Azul."},
		{azul, "api.azul.example", "en-US,en;q=0.9", "Your Azul account lacks the money."},
		{azul, "api.azul.example", "fr", "Saldo insuficiente na sua conta Azul."},
		{azul, "127.0.0.1", "", "Saldo insuficiente na sua conta Azul."}, // known by its token
		{verde, "api.verde.example", "", ours},
		{verde, "api.verde.example", "en", ours},
		{verde, "127.0.0.1", "", ours},
	} {
		var body struct{ Code, Message, UserMessage string }
		c.who.Must(t, http.StatusBadRequest, "POST", "/api/pix/cash-out", saldotest.Payment("p", "5.00"),
			"Host", c.host, "Accept-Language", c.language).JSON(t, &body)
		if body.Code != "INSUFFICIENT_BALANCE" || body.UserMessage != c.want ||
			!strings.Contains(body.Message, "saldo insuficiente") {
			t.Errorf("%s in %q: %+v, want %q", c.host, c.language, body, c.want)
		}
	}
	// Before anybody is known, the host alone tells the brand.
	anonymous := &saldotest.Client{URL: p.URL, HTTP: azul.HTTP}
	for host, want := range map[string]string{
		"api.azul.example": "Fale com a Azul.", "api.verde.example": "Não autorizado. Autentique-se novamente.",
		"127.0.0.1": "Não autorizado. Autentique-se novamente.",
	} {
		var body struct{ UserMessage string }
		anonymous.Must(t, http.StatusUnauthorized, "POST", "/api/auth/token",
			map[string]string{"clientId": azul.ClientID, "clientSecret": "not this one"},
			"X-SSL-Client-Cert", azul.ClientCert, "Host", host).JSON(t, &body)
		if body.UserMessage != want {
			t.Errorf("%s: %q, want %q", host, body.UserMessage, want)
		}
	}
}

func TestTheOperatorSeesTheBrandsAsTheyAreConfigured(t *testing.T) {
	p := startBrands(t)
	const azul = `{"id":"azul","name":"Azul","hosts":["api.azul.example","*.azul.example"],"color":"#4A70B8",` +
		`"supportEmail":"suporte@azul.example","supportUrl":"https://azul.example/ajuda",` +
		`"issuer":"https://api.azul.example","bindTokens":false,"messages":{` +
		`"en":{"INSUFFICIENT_BALANCE":"Your Azul account lacks the money."},` +
		`"pt-BR":{"INSUFFICIENT_BALANCE":"Saldo insuficiente na sua conta Azul.",` +
		`"INVALID_CREDENTIALS":"Fale com a Azul."}}}`
	const verde = `{"id":"verde","name":"Verde","hosts":["api.verde.example"],"color":null,"supportEmail":null,` +
		`"supportUrl":null,"issuer":"verde","bindTokens":false,"messages":{}}`
	c := p.OperatorClient()
	for path, want := range map[string]string{
		"/brands/azul": azul, "/brands/verde": verde, "/brands": `{"data":[` + azul + `,` + verde + `],"next":null}`,
	} {
		if got := c.Must(t, http.StatusOK, "GET", path, nil); string(got.Body) != want {
			t.Errorf("%s: %s\nwant %s", path, got.Body, want)
		}
	}
	refused(t, c, http.StatusNotFound, "GET", "/brands/roxo", nil)
	c.Token = ""
	refused(t, c, http.StatusUnauthorized, "GET", "/brands", nil)
}

// A token names the issuer of its account's brand, under whatever host it was got.
func TestATokenNamesItsBrand(t *testing.T) {
	p := startBrands(t)
	for id, issuer := range map[string]string{"azul": "https://api.azul.example", "verde": "verde"} {
		a := p.NewAccount(t, "1.00", `,"brand":"`+id+`"`)
		var claims struct{ Iss, Sub string }
		payloadOf(t, a.Token, &claims)
		if claims.Iss != issuer || claims.Sub != a.ClientID {
			t.Errorf("token of %s: %+v", id, claims)
		}
	}
}
