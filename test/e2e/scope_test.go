package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// scopeOf is the scope that a protected path needs.
func scopeOf(call string) string {
	method, path, _ := strings.Cut(call, " ")
	switch {
	case strings.HasPrefix(path, "/api/balance") || path == "/accounts/balances":
		return "balance:read"
	case method == "GET":
		return "pix:read"
	}
	return "pix:write"
}

// Scopes are honoured where a token carries some, on both families, and nowhere else
// (contract §2.5, RFC 6750 §3.1).
func TestScopesAreHonouredOnlyIfATokenCarriesThem(t *testing.T) {
	onEveryStore(t, testScopesAreHonouredOnlyIfATokenCarriesThem)
}

func testScopesAreHonouredOnlyIfATokenCarriesThem(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	for _, scopes := range [][]string{nil, {"balance:read"}, {"pix:read"}, {"pix:write"}, {"pix:read", "balance:read"}} {
		narrowed := saldotest.Account{Client: &saldotest.Client{URL: a.URL, HTTP: a.HTTP}, ID: a.ID}
		p.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/credentials",
			map[string]any{"scopes": scopes}).JSON(t, &narrowed)
		tokens := []string{narrowed.SignIn(t), oauthToken(t, &narrowed, scopes)}
		for i, token := range tokens {
			t.Run(fmt.Sprintf("%v on path %d", scopes, i), func(t *testing.T) {
				c := &saldotest.Client{URL: a.URL, HTTP: a.HTTP, Token: token}
				for _, path := range protected {
					wantScope(t, c, path.call, path.body, scopes)
				}
			})
		}
	}
	refused(t, p.OperatorClient(), http.StatusBadRequest, "POST", "/accounts/"+a.ID+"/credentials",
		`{"scopes":["pix:read","admin"]}`)
	var page struct{ Data []struct{ Scopes []string } }
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/accounts/"+a.ID+"/credentials", nil).JSON(t, &page)
	count := 0
	for _, c := range page.Data {
		count += len(c.Scopes)
	}
	if len(page.Data) != 6 || count != 5 {
		t.Errorf("credentials %+v", page.Data)
	}
}

// oauthToken gets a token of the Bacen family and checks the scopes that it tells.
func oauthToken(t *testing.T, a *saldotest.Account, scopes []string) string {
	t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
		Scope       string
	}
	a.Must(t, http.StatusOK, "POST", "/oauth/token",
		map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret},
		"X-SSL-Client-Cert", a.ClientCert).JSON(t, &token)
	want := strings.Join(scopes, " ")
	if want == "" {
		want = "pix:read pix:write balance:read"
	}
	if token.Scope != want {
		t.Errorf("scope %q, want %q", token.Scope, want)
	}
	return token.AccessToken
}

// wantScope checks that a call is forbidden exactly if a token carries scopes and not
// the one that it needs.
func wantScope(t *testing.T, c *saldotest.Client, call, body string, scopes []string) {
	t.Helper()
	needed := scopeOf(call)
	allowed := len(scopes) == 0
	for _, scope := range scopes {
		allowed = allowed || scope == needed
	}
	method, path, _ := strings.Cut(call, " ")
	got, err := c.Do(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if allowed {
		if got.Status == http.StatusUnauthorized || got.Status == http.StatusForbidden {
			t.Errorf("%s: %d %s", call, got.Status, got.Body)
		}
		return
	}
	challenge := `Bearer error="insufficient_scope", scope="` + needed + `"`
	if got.Status != http.StatusForbidden || got.Header.Get("WWW-Authenticate") != challenge ||
		!strings.Contains(string(got.Body), "INSUFFICIENT_SCOPE") {
		t.Errorf("%s: %d %q %s", call, got.Status, got.Header.Get("WWW-Authenticate"), got.Body)
	}
}
