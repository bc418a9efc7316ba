package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// dated is the header of a certificate that is valid from and to some time from now.
func dated(t *testing.T, from, to time.Duration) string {
	t.Helper()
	now := time.Now()
	text, _, _, err := auth.NewClientCertificate(rand.Reader, "dated", now.Add(from), now.Add(to))
	if err != nil {
		t.Fatal(err)
	}
	return auth.EscapeCertificate(string(text))
}

// unboundCertificate is a valid certificate that no account has.
func unboundCertificate(t *testing.T) string {
	t.Helper()
	return dated(t, -time.Hour, time.Hour)
}

// The errors of contract §2.2, in the order in which they are looked for: what the
// request is made of, the certificate, the credentials, and whether both are of one
// account.
func TestErrorsOfATokenComeInTheContractsOrder(t *testing.T) {
	onEveryStore(t, testErrorsOfATokenComeInTheContractsOrder)
}

func testErrorsOfATokenComeInTheContractsOrder(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "1.00", ""), p.NewAccount(t, "1.00", "")
	anonymous := &saldotest.Client{URL: p.URL, HTTP: a.HTTP}
	credentials := func(id, secret string) any { return map[string]string{"clientId": id, "clientSecret": secret} }
	right, wrong := credentials(a.ClientID, a.ClientSecret), credentials(a.ClientID, b.ClientSecret)
	nobody := credentials("account-1-00000000", a.ClientSecret)
	plain, err := url.PathUnescape(a.ClientCert)
	if err != nil {
		t.Fatal(err)
	}
	hour := time.Hour
	unbound, expired, early := unboundCertificate(t), dated(t, -2*hour, -hour), dated(t, hour, 2*hour)
	for _, c := range []struct {
		rule   string
		body   any
		cert   string
		status int
		code   string
	}{
		{"all is right", right, a.ClientCert, 0, ""},
		{"no certificate", right, "", 400, "INVALID_REQUEST"},
		{"no certificate, and a wrong secret", wrong, "", 400, "INVALID_REQUEST"},
		{"no PEM", right, "hello", 400, "INVALID_REQUEST"},
		{"PEM that is not URL-encoded", right, strings.ReplaceAll(plain, "\n", " "), 400, "INVALID_REQUEST"},
		{"broken URL-encoding", right, "%zz" + a.ClientCert, 400, "INVALID_REQUEST"},
		{"PEM of nothing", right, url.PathEscape("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), 400,
			"INVALID_REQUEST"},
		{"PEM cut off", right, a.ClientCert[:len(a.ClientCert)/2], 400, "INVALID_REQUEST"},
		{"two certificates", right, a.ClientCert + b.ClientCert, 400, "INVALID_REQUEST"},
		{"no body", nil, a.ClientCert, 400, "INVALID_REQUEST"},
		{"a body that is no object", "[]", a.ClientCert, 400, "INVALID_REQUEST"},
		{"no client id", map[string]string{"clientSecret": a.ClientSecret}, a.ClientCert, 400, "INVALID_REQUEST"},
		{"a client id that is a number", `{"clientId":1,"clientSecret":"12345678"}`, a.ClientCert, 400, "INVALID_REQUEST"},
		{"no secret", map[string]string{"clientId": a.ClientID}, a.ClientCert, 400, "INVALID_REQUEST"},
		{"a secret of 7", credentials(a.ClientID, "1234567"), a.ClientCert, 400, "INVALID_REQUEST"},
		{"a secret of 65", credentials(a.ClientID, strings.Repeat("s", 65)), a.ClientCert, 400, "INVALID_REQUEST"},
		{"a bad body, and a certificate of nobody", "{", unbound, 400, "INVALID_REQUEST"},
		{"a secret of 8", credentials(a.ClientID, "12345678"), a.ClientCert, 401, "INVALID_CREDENTIALS"},
		{"a secret of 64", credentials(a.ClientID, strings.Repeat("s", 64)), a.ClientCert, 401, "INVALID_CREDENTIALS"},
		{"an expired certificate", right, expired, 401, "INVALID_CREDENTIALS"},
		{"a certificate of tomorrow", right, early, 401, "INVALID_CREDENTIALS"},
		{"a certificate of nobody", right, unbound, 403, "CERTIFICATE_UNBOUND"},
		{"a certificate of nobody, and a wrong secret", wrong, unbound, 403, "CERTIFICATE_UNBOUND"},
		{"a certificate of nobody, and an unknown client", nobody, unbound, 403, "CERTIFICATE_UNBOUND"},
		{"a wrong secret", wrong, a.ClientCert, 401, "INVALID_CREDENTIALS"},
		{"an unknown client", nobody, a.ClientCert, 401, "INVALID_CREDENTIALS"},
		{"another account's certificate", right, b.ClientCert, 401, "INVALID_CREDENTIALS"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for path, ok := range map[string]int{"/api/auth/token": 201, "/oauth/token": 200} {
				want := c.status
				if want == 0 {
					want = ok
				}
				var body struct{ Code, Message, UserMessage string }
				anonymous.Must(t, want, "POST", path, c.body, "X-SSL-Client-Cert", c.cert).JSON(t, &body)
				if body.Code != c.code || c.code != "" && (body.Message == "" || body.UserMessage == "") {
					t.Errorf("%s: %+v, want %s", path, body, c.code)
				}
			}
		})
	}
	t.Run("a header of the client beside the proxy's", func(t *testing.T) {
		r, err := http.NewRequest("POST", p.URL+"/api/auth/token",
			strings.NewReader(`{"clientId":"`+a.ClientID+`","clientSecret":"`+a.ClientSecret+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header["X-Ssl-Client-Cert"] = []string{a.ClientCert, b.ClientCert}
		response, err := a.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("status %d", response.StatusCode)
		}
	})
}

// certificate is one as the operator's API binds and lists it.
type certificate struct {
	Fingerprint string
	ClientCert  string
	ClientKey   string
	BoundAt     string
	ClientIDs   []string `json:"clientIds"`
}

func certificates(t *testing.T, p *saldotest.Process, a *saldotest.Account) []certificate {
	t.Helper()
	var page struct{ Data []certificate }
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/accounts/"+a.ID+"/certificates", nil).JSON(t, &page)
	return page.Data
}

// A merchant's certificate is changed before it expires: a second one is bound, the
// client goes over to it, and the first is taken away. Client id and secret stay.
func TestACertificateIsChangedWithoutAGap(t *testing.T) {
	onEveryStore(t, testACertificateIsChangedWithoutAGap)
}

func testACertificateIsChangedWithoutAGap(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "1.00", ""), p.NewAccount(t, "1.00", "")
	operator, path := p.OperatorClient(), "/accounts/"+a.ID+"/certificates"
	var second certificate
	operator.Must(t, http.StatusCreated, "POST", path, nil).JSON(t, &second)
	if second.ClientKey == "" || len(certificates(t, p, a)) != 2 {
		t.Fatalf("bound %+v", second)
	}
	byFirst := a.SignIn(t)
	first := certificates(t, p, a)[0].Fingerprint
	if first == second.Fingerprint {
		first = certificates(t, p, a)[1].Fingerprint
	}
	renewed := *a
	renewed.ClientCert = second.ClientCert
	bySecond := renewed.SignIn(t)
	wantTokens(t, a, http.StatusOK, a.Token, byFirst, bySecond)

	operator.Must(t, http.StatusNoContent, "DELETE", path+"/"+strings.ToUpper(first), nil)
	wantTokens(t, a, http.StatusUnauthorized, a.Token, byFirst)
	wantTokens(t, a, http.StatusOK, bySecond, renewed.SignIn(t))
	body := map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret}
	refused(t, &saldotest.Client{URL: p.URL, HTTP: a.HTTP}, http.StatusForbidden, "POST", "/api/auth/token", body,
		"X-SSL-Client-Cert", a.ClientCert)
	if left := certificates(t, p, a); len(left) != 1 || left[0].Fingerprint != second.Fingerprint ||
		left[0].ClientIDs == nil || len(left[0].ClientIDs) != 0 {
		t.Errorf("left %+v", left)
	}
	var page struct {
		Data []struct{ ClientID, Fingerprint string }
	}
	operator.Must(t, http.StatusOK, "GET", "/accounts/"+a.ID+"/credentials", nil).JSON(t, &page)
	if len(page.Data) != 1 || page.Data[0].ClientID != a.ClientID {
		t.Errorf("clients %+v", page.Data)
	}

	plain, err := url.PathUnescape(second.ClientCert)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status       int
		method, path string
		body         any
	}{
		{409, "POST", "/accounts/" + b.ID + "/certificates", map[string]string{"certificate": plain}},
		{400, "POST", path, map[string]string{"certificate": "hello"}},
		{404, "POST", "/accounts/1234567890/certificates", nil},
		{404, "DELETE", path + "/" + first, nil},
		{404, "DELETE", "/accounts/" + b.ID + "/certificates/" + second.Fingerprint, nil},
		{400, "DELETE", path + "/hello", nil},
	} {
		refused(t, operator, c.status, c.method, c.path, c.body)
	}
	wantTokens(t, a, http.StatusOK, bySecond)
}

// Tokens that are bound to a certificate are no good without it, whoever has stolen
// them. The proxy's header tells the certificate here.
func TestBoundTokensNeedTheirCertificateOnEveryCall(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "saldo.yaml")
	saldotest.Configure(t, file, strings.Replace(settings("token_secret: "+firstSecret),
		"hosts: [api.avista.global]", "hosts: [api.avista.global], bind_tokens: true", 1)+
		"  - {id: livre, name: Livre, hosts: [api.livre.example]}\n")
	p := saldotest.StartConfigured(t, file, "pebble:"+filepath.Join(dir, "books"))
	a, free := p.NewAccount(t, "1.00", ""), p.NewAccount(t, "1.00", `,"brand":"livre"`)
	other := p.NewAccount(t, "1.00", "")
	for _, path := range []string{"/api/balance", "/accounts/balances", "/api/transactions"} {
		a.Must(t, http.StatusOK, "GET", path, nil, "X-SSL-Client-Cert", a.ClientCert)
		for name, cert := range map[string]string{
			"none": "", "another's": other.ClientCert, "nonsense": "nonsense", "nobody's": unboundCertificate(t),
		} {
			got := a.Must(t, http.StatusUnauthorized, "GET", path, nil, "X-SSL-Client-Cert", cert)
			if challenge := got.Header.Get("WWW-Authenticate"); !strings.Contains(challenge, `error="invalid_token"`) {
				t.Errorf("%s: WWW-Authenticate: %s", name, challenge)
			}
		}
		// The other brand does not bind its tokens.
		free.Must(t, http.StatusOK, "GET", path, nil)
	}
}

// Where clients show their certificate by TLS itself, the connection proves the token.
func TestBoundTokensAreProvedByTLS(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "saldo.yaml")
	cert, key := serverCertificate(t, dir)
	saldotest.Configure(t, file, strings.Replace(settings("token_secret: "+firstSecret, "bind_tokens: true",
		"tls_cert: "+cert, "tls_key: "+key), "certificate_proxies: [127.0.0.0/8]", "", 1))
	p := saldotest.StartConfigured(t, file, "pebble:"+filepath.Join(dir, "books"))
	var opened struct{ AccountID string }
	p.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts",
		`{"name":"Loja de Teste","document":"11222333000181","brand":"avista","openingBalance":1}`).JSON(t, &opened)
	var mine, other struct{ ClientID, ClientSecret, ClientCert, ClientKey string }
	for _, to := range []any{&mine, &other} {
		p.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts/"+opened.AccountID+"/credentials", nil).JSON(t, to)
	}
	own := &saldotest.Client{URL: p.URL, HTTP: tlsClient(t, cert, mine.ClientCert, mine.ClientKey)}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	own.Must(t, http.StatusCreated, "POST", "/api/auth/token",
		map[string]string{"clientId": mine.ClientID, "clientSecret": mine.ClientSecret}).JSON(t, &token)
	own.Token = token.AccessToken
	own.Must(t, http.StatusOK, "GET", "/api/balance", nil)
	for name, c := range map[string]*http.Client{
		"a sibling's certificate": tlsClient(t, cert, other.ClientCert, other.ClientKey),
		"no certificate":          tlsClient(t, cert, "", ""),
	} {
		thief := &saldotest.Client{URL: p.URL, Token: token.AccessToken, HTTP: c}
		if got := thief.Must(t, http.StatusUnauthorized, "GET", "/api/balance", nil, "X-SSL-Client-Cert", mine.ClientCert); !bytes.Contains(
			got.Body, []byte("TOKEN_INVALID")) {
			t.Errorf("%s: %s", name, got.Body)
		}
		thief.Must(t, http.StatusUnauthorized, "GET", "/api/balance", nil)
	}
}

// serverCertificate writes a certificate for 127.0.0.1 and its key into a folder.
func serverCertificate(t *testing.T, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// tlsClient trusts a server and shows a certificate, if there is one.
func tlsClient(t *testing.T, serverCert, escaped, key string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	text, err := os.ReadFile(serverCert)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatalf("certificate of the server: %v", err)
	}
	config := &tls.Config{RootCAs: roots}
	if escaped != "" {
		plain, err := url.PathUnescape(escaped)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.X509KeyPair([]byte(plain), []byte(key))
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
