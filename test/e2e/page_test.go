package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// wantAsked checks that a page leads to the sign-in form.
func wantAsked(t *testing.T, v *saldotest.Visitor, path string) {
	t.Helper()
	if seen := v.Get(t, path); seen.Status != http.StatusSeeOther ||
		!strings.HasPrefix(seen.Location, "/dashboard/sign-in") {
		t.Errorf("%s: %d to %q", path, seen.Status, seen.Location)
	}
}

func wantSeen(t *testing.T, seen saldotest.Seen, status int, part string) {
	t.Helper()
	if seen.Status != status || !strings.Contains(seen.Body, part) {
		t.Errorf("status %d, want %d with %q in\n%s", seen.Status, status, part, seen.Body)
	}
}

func TestPagesAreForThoseWhoSignIn(t *testing.T) { onEveryStore(t, testPagesAreForThoseWhoSignIn) }

func testPagesAreForThoseWhoSignIn(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "1234.56", ""), p.NewAccount(t, "7.00", "")
	v := saldotest.Visit(p.URL)
	wantAsked(t, v, "/dashboard")
	wantAsked(t, v, "/dashboard/balance/stream")
	if seen := v.Get(t, "/dashboard?x=1"); seen.Location != "/dashboard/sign-in?next=%2Fdashboard%3Fx%3D1" {
		t.Errorf("leads to %q", seen.Location)
	}

	wrong := url.Values{"clientId": {a.ClientID}, "clientSecret": {b.ClientSecret}}
	wantSeen(t, v.Post(t, "/dashboard/sign-in", wrong), http.StatusUnauthorized, `role="alert"`)
	wantAsked(t, v, "/dashboard")

	right := url.Values{"clientId": {a.ClientID}, "clientSecret": {a.ClientSecret}, "next": {"/dashboard?x=1"}}
	seen := v.Post(t, "/dashboard/sign-in", right)
	if seen.Status != http.StatusSeeOther || seen.Location != "/dashboard?x=1" {
		t.Fatalf("sign-in: %d to %q", seen.Status, seen.Location)
	}
	cookie := seen.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-saldo=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age="} {
		if !strings.Contains(cookie, part) || strings.Contains(cookie, "Domain") {
			t.Errorf("cookie %s, want %s and no domain", cookie, part)
		}
	}
	home := v.Get(t, "/dashboard")
	wantSeen(t, home, http.StatusOK, "R$\u00a01.234,56")
	if policy := home.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") ||
		!strings.HasPrefix(policy, "default-src 'none'") || home.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", home.Header)
	}
	// A session is no token of the API, and a token no session.
	other := saldotest.Visit(p.URL)
	other.Cookies["__Host-saldo"] = a.Token
	wantAsked(t, other, "/dashboard")
	bearer := &saldotest.Client{URL: p.URL, Token: v.Cookies["__Host-saldo"], HTTP: a.HTTP}
	bearer.Must(t, http.StatusUnauthorized, "GET", "/api/balance", nil)
}

func TestFormsOfOthersDoNothing(t *testing.T) { onEveryStore(t, testFormsOfOthersDoNothing) }

func testFormsOfOthersDoNothing(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	v, w := saldotest.Visit(p.URL), saldotest.Visit(p.URL)
	v.SignIn(t, a)
	w.SignIn(t, a)
	wantSeen(t, v.Post(t, "/dashboard/sign-out", url.Values{}), http.StatusForbidden, "")
	wantSeen(t, v.Post(t, "/dashboard/sign-out", url.Values{"csrf": {"x"}}), http.StatusForbidden, "")
	v.Header.Set("Origin", "https://elsewhere.example")
	v.Header.Set("Sec-Fetch-Site", "cross-site")
	wantSeen(t, v.Submit(t, "/dashboard", "/dashboard/sign-out", nil), http.StatusForbidden, "")
	v.Header = make(http.Header)
	wantSeen(t, v.Get(t, "/dashboard"), http.StatusOK, "")

	if seen := v.Submit(t, "/dashboard", "/dashboard/sign-out", nil); seen.Location != "/dashboard/sign-in?done=signout" {
		t.Errorf("signing out leads to %q", seen.Location)
	}
	wantAsked(t, v, "/dashboard")
	wantSeen(t, w.Get(t, "/dashboard"), http.StatusOK, "") // the other browser stays
	v.SignIn(t, a)
	stale := v.Cookies["__Host-saldo"]
	w.Submit(t, "/dashboard", "/dashboard/sign-out-everywhere", nil)
	wantAsked(t, v, "/dashboard")
	v.Cookies["__Host-saldo"] = stale
	wantAsked(t, v, "/dashboard")
}

func TestWhoIsShutOutIsSignedOut(t *testing.T) { onEveryStore(t, testWhoIsShutOutIsSignedOut) }

func testWhoIsShutOutIsSignedOut(t *testing.T, at place) {
	where := at.new(t)
	p := saldotest.Start(t, where, "--rail", "http")
	a := p.NewAccount(t, "1.00", "")
	v := saldotest.Visit(p.URL)
	v.SignIn(t, a)
	p.Kill()
	p = saldotest.Start(t, where, "--rail", "http")
	v.URL = p.URL
	wantSeen(t, v.Get(t, "/dashboard"), http.StatusOK, "") // a session outlives the process

	p.OperatorClient().Must(t, http.StatusOK, "PATCH", "/accounts/"+a.ID, `{"dashboard":{"certificate":true}}`)
	form := url.Values{"clientId": {a.ClientID}, "clientSecret": {a.ClientSecret}}
	w := saldotest.Visit(p.URL)
	wantSeen(t, w.Post(t, "/dashboard/sign-in", form), http.StatusUnauthorized, "certificado")
	w.Header.Set("X-SSL-Client-Cert", unboundCertificate(t))
	wantSeen(t, w.Post(t, "/dashboard/sign-in", form), http.StatusUnauthorized, "certificado")
	w.Header.Set("X-SSL-Client-Cert", a.ClientCert)
	w.SignIn(t, a)
	wantSeen(t, w.Get(t, "/dashboard"), http.StatusOK, "")

	p.OperatorClient().Must(t, http.StatusNoContent, "DELETE", "/credentials/"+a.ClientID, nil)
	wantAsked(t, v, "/dashboard")
	wantAsked(t, w, "/dashboard")
}

func TestTheOperatorsPagesAreTheOperators(t *testing.T) {
	onEveryStore(t, testTheOperatorsPagesAreTheOperators)
}

func testTheOperatorsPagesAreTheOperators(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1.00", "")
	v := saldotest.Visit(p.OperatorURL)
	wantAsked(t, v, "/dashboard")
	wantSeen(t, v.Post(t, "/dashboard/sign-in", url.Values{"token": {a.Token}}), http.StatusUnauthorized, `role="alert"`)
	seen := v.Post(t, "/dashboard/sign-in", url.Values{"token": {p.OperatorToken}})
	if seen.Status != http.StatusSeeOther || strings.Contains(seen.Body+seen.Header.Get("Set-Cookie"), p.OperatorToken) {
		t.Fatalf("sign-in: %d %v", seen.Status, seen.Header)
	}
	wantSeen(t, v.Get(t, "/dashboard"), http.StatusOK, "")
	// Neither listener knows the other's sessions.
	w := saldotest.Visit(p.URL)
	w.Cookies["__Host-saldo"] = v.Cookies["__Host-saldo-operator"]
	wantAsked(t, w, "/dashboard")
	w.SignIn(t, a)
	v.Cookies["__Host-saldo-operator"] = w.Cookies["__Host-saldo"]
	wantAsked(t, v, "/dashboard")
}
