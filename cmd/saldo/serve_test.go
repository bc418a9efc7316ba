package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/pixid"
)

// serveHTTP answers with a handler until the test ends, and returns where.
func serveHTTP(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// clientCertificate makes a certificate for a client, and its key.
func clientCertificate(t *testing.T) (certificate, key string) {
	t.Helper()
	c, k, _, err := auth.NewClientCertificate(rand.Reader, "test", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return string(c), string(k)
}

const served = `
addr: 127.0.0.1:0
operator_addr: 127.0.0.1:0
rail: http
ispb: "99999003"
log_format: json
brands:
  - {id: azul, name: Azul, hosts: [api.azul.example]}
`

// startServe starts saldo serve and returns where it serves.
func startServe(t *testing.T, e env, file string) (public, operator string) {
	t.Helper()
	e["SALDO_CONFIG"] = writeFile(t, filepath.Join(t.TempDir(), "saldo.yaml"), file)
	p := background(t, e, "serve", "--data", t.TempDir())
	drain(p.stdout)
	for {
		line, err := p.stderr.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var entry struct{ Msg, URL, OperatorURL string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if strings.Contains(line, goodSecret) || strings.Contains(line, goodToken) {
			t.Errorf("a secret is logged: %s", line)
		}
		if entry.Msg == "serving" {
			drain(p.stderr)
			return entry.URL, entry.OperatorURL
		}
	}
}

// openAccount opens an account with a credential, and returns that.
func openAccount(t *testing.T, e env) issued {
	t.Helper()
	var a account
	if err := json.Unmarshal([]byte(mustCall(t, e, "account", "create", "--json", "--name=Loja Exemplo",
		"--document", string(pixid.NewCNPJ(1)), "--brand=azul", "--opening-balance=48734.90")), &a); err != nil {
		t.Fatal(err)
	}
	var i issued
	if err := json.Unmarshal([]byte(mustCall(t, e, "credential", "create", "--json", a.AccountID)), &i); err != nil {
		t.Fatal(err)
	}
	return i
}

func secrets() env { return env{"SALDO_TOKEN_SECRET": goodSecret, "SALDO_OPERATOR_TOKEN": goodToken} }

// TLS itself proves the client's certificate; a header that claims one is
// refused, since nobody is a proxy.
func TestClientsShowTheirCertificateByTLS(t *testing.T) {
	e := secrets()
	e["SALDO_TLS_CERT"], e["SALDO_TLS_KEY"] = serverCertificate(t)
	public, operator := startServe(t, e, served)
	if !strings.HasPrefix(public, "https://") || !strings.HasPrefix(operator, "http://") {
		t.Fatalf("%s %s", public, operator)
	}
	e["SALDO_OPERATOR_URL"] = operator
	i := openAccount(t, e)
	body := `{"clientId":"` + i.ClientID + `","clientSecret":"` + i.ClientSecret + `"}`

	own := client(t, e["SALDO_TLS_CERT"], i)
	status, answer := fetch(t, own, http.MethodPost, public+"/api/auth/token", body, nil)
	wantDemoBalance(t, own, public, tokenOf(t, status, answer))

	anybody := client(t, e["SALDO_TLS_CERT"], issued{})
	if status, answer := fetch(t, anybody, http.MethodPost, public+"/api/auth/token", body, nil); status < 400 {
		t.Errorf("without a certificate: %d %s", status, answer)
	}
	claim := map[string]string{"X-SSL-Client-Cert": i.ClientCert}
	if status, answer := fetch(t, anybody, http.MethodPost, public+"/api/auth/token", body, claim); status < 400 {
		t.Errorf("with a certificate that is only claimed: %d %s", status, answer)
	}
}

func TestAProxyTellsTheClientsCertificate(t *testing.T) {
	e := secrets()
	public, operator := startServe(t, e, served+"behind_proxy: true\ncertificate_proxies: [127.0.0.1]\n")
	e["SALDO_OPERATOR_URL"] = operator
	i := openAccount(t, e)
	w := welcome{URL: public, ClientID: i.ClientID, ClientSecret: i.ClientSecret, ClientCert: i.ClientCert}
	wantDemoBalance(t, http.DefaultClient, public, newToken(t, w))
}

func TestServeRefusesToStart(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, c := range []struct{ name, file, want string }{
		{"unsafe", served + "addr2: x", "unknown key addr2"},
		{"without secrets", served, "token_secret is missing"},
		{"with a log level of its own", served + "log_level: loud", `log_level "loud"`},
		{"with a log format of its own", served + "log_format2: x", "log_format2"},
	} {
		file := writeFile(t, filepath.Join(t.TempDir(), "saldo.yaml"), c.file)
		_, _, err := call(t, nil, "serve", "--config", file, "--data", t.TempDir())
		if exitCode(err) != exitFailed || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	e := secrets()
	e["SALDO_TLS_CERT"], e["SALDO_TLS_KEY"] = missing, missing
	file := writeFile(t, filepath.Join(t.TempDir(), "saldo.yaml"), served)
	if _, _, err := call(t, e, "serve", "--config", file, "--data", t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), missing) {
		t.Errorf("without a certificate: %v", err)
	}
}

func TestACertificateIsReadAgain(t *testing.T) {
	certFile, keyFile := serverCertificate(t)
	c, err := openCertificate(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	before := c.current.Load()
	newCert, newKey := serverCertificate(t)
	for to, from := range map[string]string{certFile: newCert, keyFile: newKey} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.reload(); err != nil || c.current.Load() == before {
		t.Errorf("reload: %v", err)
	}
	after := c.current.Load()
	writeFile(t, certFile, "nothing")
	if err := c.reload(); err == nil || c.current.Load() != after {
		t.Errorf("after an error the certificate is another: %v", err)
	}
}

// serverCertificate writes a certificate for 127.0.0.1 and its key into files.
func serverCertificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
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
	dir := t.TempDir()
	return writeFile(t, filepath.Join(dir, "server.crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		writeFile(t, filepath.Join(dir, "server.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// client trusts a server and shows a certificate, if there is one.
func client(t *testing.T, serverCert string, i issued) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	text, err := os.ReadFile(serverCert)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatalf("certificate of the server: %v", err)
	}
	config := &tls.Config{RootCAs: roots}
	if i.ClientCert != "" {
		certificate, err := url.PathUnescape(i.ClientCert)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.X509KeyPair([]byte(certificate), []byte(i.ClientKey))
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
