package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/test/saldotest"
)

func TestATokenNeedsTheRightCredentialsAndCertificate(t *testing.T) {
	onEveryStore(t, testATokenNeedsTheRightCredentialsAndCertificate)
}

func testATokenNeedsTheRightCredentialsAndCertificate(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "1.00", ""), p.NewAccount(t, "1.00", "")
	anonymous := &saldotest.Client{URL: p.URL, HTTP: a.HTTP}
	right := map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret}
	for _, c := range []struct {
		rule   string
		body   any
		cert   string
		status int
	}{
		{"no certificate", right, "", http.StatusBadRequest},
		{"a certificate that is none", right, "nonsense", http.StatusBadRequest},
		{"a body that is no JSON", "{", a.ClientCert, http.StatusBadRequest},
		{"no client id", map[string]string{"clientSecret": a.ClientSecret}, a.ClientCert, http.StatusBadRequest},
		{"a secret of 7", map[string]string{"clientId": a.ClientID, "clientSecret": "1234567"}, a.ClientCert,
			http.StatusBadRequest},
		{"a secret of 65", map[string]string{"clientId": a.ClientID, "clientSecret": strings.Repeat("s", 65)},
			a.ClientCert, http.StatusBadRequest},
		{"a wrong secret of 8", map[string]string{"clientId": a.ClientID, "clientSecret": "12345678"}, a.ClientCert,
			http.StatusUnauthorized},
		{"an unknown client", map[string]string{"clientId": "account-1-00000000", "clientSecret": a.ClientSecret},
			a.ClientCert, http.StatusUnauthorized},
		{"another account's certificate", right, b.ClientCert, http.StatusUnauthorized},
		{"a certificate bound to nobody", right, unboundCertificate(t), http.StatusForbidden},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for _, path := range []string{"/api/auth/token", "/oauth/token"} {
				refused(t, anonymous, c.status, "POST", path, c.body, "X-SSL-Client-Cert", c.cert)
			}
		})
	}
}

// unboundCertificate is a valid certificate that no account has.
func unboundCertificate(t *testing.T) string {
	t.Helper()
	now := time.Now()
	pem, _, _, err := auth.NewClientCertificate(rand.Reader, "nobody", now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return auth.EscapeCertificate(string(pem))
}

func TestTokensLiveAsTheirPathSays(t *testing.T) { onEveryStore(t, testTokensLiveAsTheirPathSays) }

func testTokensLiveAsTheirPathSays(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	anonymous := &saldotest.Client{URL: p.URL, HTTP: a.HTTP}
	var token struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
		Scope       *string
	}
	body := map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret}
	anonymous.Must(t, http.StatusCreated, "POST", "/api/auth/token", body, "X-SSL-Client-Cert", a.ClientCert).JSON(t, &token)
	if token.TokenType != "Bearer" || token.ExpiresIn != 1800 || token.Scope != nil {
		t.Errorf("token %+v", token)
	}
	anonymous.Must(t, http.StatusOK, "POST", "/oauth/token", body, "X-SSL-Client-Cert", a.ClientCert).JSON(t, &token)
	if token.ExpiresIn != 3600 || token.Scope == nil || *token.Scope != "pix:read pix:write balance:read" {
		t.Errorf("oauth token %+v", token)
	}
}

func TestEveryProtectedPathRefusesABadToken(t *testing.T) {
	onEveryStore(t, testEveryProtectedPathRefusesABadToken)
}

func testEveryProtectedPathRefusesABadToken(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	parts := strings.Split(a.Token, ".")
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	richer := strings.Replace(string(claims), a.ID, "1000000001", 1)
	bad := map[string]string{
		"none":                  "",
		"not a token":           "nonsense",
		"an unsigned one":       none,
		"a changed claim":       parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(richer)) + "." + parts[2],
		"another key":           signed(t, claims, jwt.SigningMethodHS256, []byte(strings.Repeat("k", 32))),
		"another algorithm":     signed(t, claims, jwt.SigningMethodHS512, []byte(strings.Repeat("k", 64))),
		"the operator's":        p.OperatorToken,
		"two in one":            a.Token + " " + a.Token,
		"one without signature": parts[0] + "." + parts[1] + ".",
	}
	for name, token := range bad {
		t.Run(name, func(t *testing.T) {
			c := &saldotest.Client{URL: p.URL, Token: token, HTTP: a.HTTP}
			for _, path := range []string{"/api/balance", "/accounts/balances", "/api/pix/transaction/1"} {
				got := c.Must(t, http.StatusUnauthorized, "GET", path, nil)
				if !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("WWW-Authenticate: %q", got.Header.Get("WWW-Authenticate"))
				}
			}
			refused(t, c, http.StatusUnauthorized, "POST", "/api/pix/cash-out", saldotest.Payment("x", "1.00"))
			refused(t, c, http.StatusUnauthorized, "POST", "/api/pix/cash-in", saldotest.Charge("x", "1.00"))
		})
	}
	wantBalance(t, a, "1.00/0.00/1.00")
}

func signed(t *testing.T, payload []byte, method jwt.SigningMethod, key []byte) string {
	t.Helper()
	var claims jwt.MapClaims
	if err := (saldotest.Answer{Body: payload}).Unmarshal(&claims); err != nil {
		t.Fatal(err)
	}
	text, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestADeletedCredentialsTokensAreVoidAtOnce(t *testing.T) {
	onEveryStore(t, testADeletedCredentialsTokensAreVoidAtOnce)
}

func testADeletedCredentialsTokensAreVoidAtOnce(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	wantBalance(t, a, "1.00/0.00/1.00")
	p.OperatorClient().Must(t, http.StatusNoContent, "DELETE", "/credentials/"+a.ClientID, nil)
	refused(t, a.Client, http.StatusUnauthorized, "GET", "/api/balance", nil)
	anonymous := &saldotest.Client{URL: p.URL, HTTP: a.HTTP}
	// Its certificate is bound to nobody any more.
	refused(t, anonymous, http.StatusForbidden, "POST", "/api/auth/token",
		map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret}, "X-SSL-Client-Cert", a.ClientCert)
}

func TestAnAccountIsInvisibleUnderAnotherBrandsHost(t *testing.T) {
	onEveryStore(t, testAnAccountIsInvisibleUnderAnotherBrandsHost)
}

func testAnAccountIsInvisibleUnderAnotherBrandsHost(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	a.Must(t, http.StatusOK, "GET", "/api/balance", nil, "Host", "api.avista.global")
	refused(t, a.Client, http.StatusUnauthorized, "GET", "/api/balance", nil, "Host", "api.ntxpay.com")
	anonymous := &saldotest.Client{URL: p.URL, HTTP: a.HTTP}
	refused(t, anonymous, http.StatusUnauthorized, "POST", "/api/auth/token",
		map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret},
		"X-SSL-Client-Cert", a.ClientCert, "Host", "api.ntxpay.com")
}

func TestTheOperatorsListenerTakesTheOperatorsTokenOnly(t *testing.T) {
	onEveryStore(t, testTheOperatorsListenerTakesTheOperatorsTokenOnly)
}

func testTheOperatorsListenerTakesTheOperatorsTokenOnly(t *testing.T, at place) {
	p := house(t, at)
	for name, token := range map[string]string{"none": "", "a merchant's": p.Token, "a wrong one": strings.Repeat("x", 43)} {
		c := &saldotest.Client{URL: p.OperatorURL, Token: token, HTTP: p.OperatorClient().HTTP}
		for _, call := range []string{
			"GET /accounts", "POST /accounts", "GET /accounts/1", "POST /accounts/1/credentials", "POST /accounts/1/holds",
			"POST /holds/1/capture", "POST /holds/1/release", "POST /rail/events", "GET /rail/orders", "GET /suspense",
			"GET /trial-balance", "GET /metrics", "GET /nothing",
		} {
			method, path, _ := strings.Cut(call, " ")
			if got, err := c.Do(method, path, nil); err != nil || got.Status != http.StatusUnauthorized {
				t.Errorf("%s with %s token: %d %v", call, name, got.Status, err)
			}
		}
		c.Must(t, http.StatusOK, "GET", "/healthz", nil)
		c.Must(t, http.StatusOK, "GET", "/readyz", nil)
	}
	anonymous := &saldotest.Client{URL: p.URL, HTTP: p.OperatorClient().HTTP}
	anonymous.Must(t, http.StatusOK, "GET", "/healthz", nil)
	refused(t, anonymous, http.StatusNotFound, "GET", "/accounts", nil)
}
