package e2e

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/saldo-pix/saldo/test/saldotest"
)

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
			challenge := `Bearer error="invalid_token"`
			if token == "" {
				challenge = "Bearer" // RFC 6750, section 3.1
			}
			for _, path := range protected {
				method, url, _ := strings.Cut(path.call, " ")
				got := c.Must(t, http.StatusUnauthorized, method, url, path.body)
				if got.Header.Get("WWW-Authenticate") != challenge {
					t.Errorf("%s: WWW-Authenticate: %q", path.call, got.Header.Get("WWW-Authenticate"))
				}
			}
			refused(t, c, http.StatusUnauthorized, "GET", "/api/balance", nil)
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
			"POST /suspense/1/resolve", "GET /holds/summary", "GET /house", "GET /nodes",
			"GET /brands", "GET /brands/avista", "GET /accounts/1/certificates", "POST /accounts/1/certificates",
			"DELETE /accounts/1/certificates/00", "GET /trial-balance", "GET /metrics", "GET /nothing",
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
