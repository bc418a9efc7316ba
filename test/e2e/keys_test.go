package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/saldo-pix/saldo/test/pgtest"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// Secrets of tokens, made for these tests.
const (
	firstSecret  = "first-secret-of-tests-0a1b2c3d4e5f60718293a4b5"
	secretsKey   = "secrets-key-of-tests-00112233445566778899aabbcc"
	secondSecret = "second-secret-of-tests-b5a493827160f5e4d3c2b1a0"
)

// settings is a configuration of saldo serve with more lines. Its list of brands
// comes last.
func settings(more ...string) string {
	return `
addr: 127.0.0.1:0
operator_addr: 127.0.0.1:0
certificate_proxies: [127.0.0.0/8]
rail: http
ispb: "99999003"
log_format: json
secrets_key: ` + secretsKey + `
` + strings.Join(more, "\n") + `
brands:
  - {id: avista, name: Avista, hosts: [api.avista.global]}
`
}

// keyFile writes a new RSA key into a folder for its owner alone.
func keyFile(t *testing.T, dir, name string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// keyOf returns the algorithm and the name of the key that a token is signed with.
func keyOf(t *testing.T, token string) (alg, kid string) {
	t.Helper()
	var header struct{ Alg, Kid string }
	partOf(t, token, 0, &header)
	return header.Alg, header.Kid
}

// payloadOf reads what a token says.
func payloadOf(t *testing.T, token string, v any) {
	t.Helper()
	partOf(t, token, 1, v)
}

func partOf(t *testing.T, token string, part int, v any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[part])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

// wantTokens checks which tokens are taken for an account's balance.
func wantTokens(t *testing.T, a *saldotest.Account, status int, tokens ...string) {
	t.Helper()
	for i, token := range tokens {
		c := &saldotest.Client{URL: a.URL, Token: token, HTTP: a.HTTP}
		if got, err := c.Do("GET", "/api/balance", nil); err != nil || got.Status != status {
			t.Errorf("token %d: %d %s %v, want %d", i, got.Status, got.Body, err, status)
		}
	}
}

// The keys of a running server go from one secret to another, and from there to an
// RSA key and to a second one, while it serves. No token is turned away before its
// key is removed, and none is taken after.
func TestTheKeysOfTokensRotateWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	file, books := filepath.Join(dir, "saldo.yaml"), "pebble:"+filepath.Join(dir, "books")
	one, two := keyFile(t, dir, "one.pem"), keyFile(t, dir, "two.pem")
	saldotest.Configure(t, file, settings("token_secret: "+firstSecret))
	p := saldotest.StartConfigured(t, file, books)
	a := p.NewAccount(t, "1.00", "")
	now := func(wantAlg string, lines ...string) string {
		t.Helper()
		saldotest.Configure(t, file, settings(lines...))
		if line := p.Hangup(t); !strings.Contains(line, `"msg":"read again"`) {
			t.Fatalf("%v: %s", lines, line)
		}
		token := a.SignIn(t)
		if alg, _ := keyOf(t, token); alg != wantAlg {
			t.Fatalf("%v: token by %s, want %s", lines, alg, wantAlg)
		}
		return token
	}

	byFirst := a.Token
	now("HS256", "token_secret: "+firstSecret, "token_secrets_older: ["+secondSecret+"]")
	bySecond := now("HS256", "token_secret: "+secondSecret, "token_secrets_older: ["+firstSecret+"]")
	wantTokens(t, a, http.StatusOK, byFirst, bySecond)
	if _, kid := keyOf(t, bySecond); kid == "" || strings.Contains(secondSecret, kid) {
		t.Errorf("key %s", kid)
	}
	now("HS256", "token_secret: "+secondSecret, "token_key: "+one)
	wantTokens(t, a, http.StatusUnauthorized, byFirst)
	byOne := now("RS256", "token_algorithm: RS256", "token_key: "+one, "token_secrets_older: ["+secondSecret+"]")
	wantTokens(t, a, http.StatusOK, bySecond, byOne)
	wantKeySet(t, a, byOne)
	byTwo := now("RS256", "token_algorithm: RS256", "token_key: "+two, "token_keys_older: ["+one+"]")
	wantTokens(t, a, http.StatusUnauthorized, byFirst, bySecond)
	wantTokens(t, a, http.StatusOK, byOne, byTwo)
	wantKeySet(t, a, byTwo, byOne)
	now("RS256", "token_algorithm: RS256", "token_key: "+two)
	wantTokens(t, a, http.StatusUnauthorized, byOne)
	wantTokens(t, a, http.StatusOK, byTwo)
	wantKeySet(t, a, byTwo)

	wantNothingChanged(t, p, a, file, byTwo, one)
	wantAfterARestart(t, p, a, file, books, byTwo)
}

// wantNothingChanged checks that a configuration that is wrong leaves the keys as they
// are, and that neither log nor answer shows one.
func wantNothingChanged(t *testing.T, p *saldotest.Process, a *saldotest.Account, file, token, open string) {
	t.Helper()
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ lines, want string }{
		{"token_secret: short", "too short"},
		{"token_algorithm: RS256", "token_key is missing"},
		{"token_algorithm: RS256\ntoken_key: " + file, "no PEM"},
		{"token_algorithm: RS256\ntoken_key: " + open, "can be read by others"},
		{"token_algorithm: none\ntoken_secret: " + firstSecret, "write HS256 or RS256"},
		{"token_secret: " + saldotest.OperatorToken, "operator_token is the same as token_secret"},
		{"token_secret: [short]", "saldo.yaml: line"},
	} {
		saldotest.Configure(t, file, settings(c.lines))
		line := p.Hangup(t)
		if !strings.Contains(line, "what was there stays in use") || !strings.Contains(line, c.want) {
			t.Errorf("%s: %s", c.lines, line)
		}
		wantTokens(t, a, http.StatusOK, token, a.SignIn(t))
	}
	for _, secret := range []string{firstSecret, secondSecret, "PRIVATE KEY"} {
		if strings.Contains(p.Stderr(), secret) {
			t.Errorf("the log shows %s", secret)
		}
	}
}

func wantAfterARestart(t *testing.T, p *saldotest.Process, a *saldotest.Account, file, books, token string) {
	t.Helper()
	if err := p.Stop(); err != nil {
		t.Fatalf("stop: %v\n%s", err, p.Stderr())
	}
	dir := filepath.Dir(file)
	saldotest.Configure(t, file, settings("token_algorithm: RS256", "token_key: "+filepath.Join(dir, "two.pem")))
	again := saldotest.StartConfigured(t, file, books)
	a.URL = again.URL
	wantTokens(t, a, http.StatusOK, token)
}

// wantKeySet checks that the key set is there for everybody, may be kept for a while,
// names the keys of the tokens in order and no others, and verifies them.
func wantKeySet(t *testing.T, a *saldotest.Account, tokens ...string) {
	t.Helper()
	anonymous := &saldotest.Client{URL: a.URL, HTTP: a.HTTP}
	answer := anonymous.Must(t, http.StatusOK, "GET", "/.well-known/jwks.json", nil, "Host", "api.avista.global")
	if got := answer.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("Cache-Control: %s", got)
	}
	var set struct{ Keys []struct{ Kid, N, E string } }
	answer.JSON(t, &set)
	if len(set.Keys) != len(tokens) {
		t.Fatalf("key set %s, want %d keys", answer.Body, len(tokens))
	}
	for i, token := range tokens {
		n, _ := base64.RawURLEncoding.DecodeString(set.Keys[i].N)
		e, _ := base64.RawURLEncoding.DecodeString(set.Keys[i].E)
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}))
		parsed, err := parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil })
		if err != nil || parsed.Header["kid"] != set.Keys[i].Kid {
			t.Errorf("token %d by key %s: %v", i, set.Keys[i].Kid, err)
		}
	}
}

// Nodes take over new keys one after the other. As long as the new key is an older one
// everywhere before it signs anywhere, each node takes the other's tokens all the time.
func TestKeysRotateOnAllNodes(t *testing.T) {
	dir, books := t.TempDir(), pgtest.Shared(t).NewDatabase(t)
	var nodes []*saldotest.Process
	file := func(node int) string { return filepath.Join(dir, fmt.Sprintf("node%d.yaml", node)) }
	for i := range 2 {
		saldotest.Configure(t, file(i), settings("token_secret: "+firstSecret))
		nodes = append(nodes, saldotest.StartConfigured(t, file(i), books))
	}
	a := nodes[0].NewAccount(t, "1.00", "")
	live := []string{a.Token}
	everywhere := func() {
		t.Helper()
		for _, n := range nodes {
			a.URL = n.URL
			live = append(live, a.SignIn(t))
		}
		for _, n := range nodes {
			a.URL = n.URL
			wantTokens(t, a, http.StatusOK, live...)
		}
	}
	for _, lines := range [][]string{
		{"token_secret: " + firstSecret, "token_secrets_older: [" + secondSecret + "]"},
		{"token_secret: " + secondSecret, "token_secrets_older: [" + firstSecret + "]"},
	} {
		for i, n := range nodes {
			saldotest.Configure(t, file(i), settings(lines...))
			n.Hangup(t)
			everywhere() // with one node ahead of the other, too
		}
	}
	for i, n := range nodes {
		saldotest.Configure(t, file(i), settings("token_secret: "+secondSecret))
		n.Hangup(t)
		a.URL = n.URL
		wantTokens(t, a, http.StatusUnauthorized, live[0])
		wantTokens(t, a, http.StatusOK, live[len(live)-1])
	}
}

// Who takes the public key that all can read for a secret, or for leave to sign nothing,
// gets nowhere.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "saldo.yaml")
	saldotest.Configure(t, file, settings("token_algorithm: RS256", "token_key: "+keyFile(t, dir, "key.pem")))
	p := saldotest.StartConfigured(t, file, "pebble:"+filepath.Join(dir, "books"))
	a := p.NewAccount(t, "1.00", "")
	wantTokens(t, a, http.StatusOK, a.Token)
	wantKeySet(t, a, a.Token)
	text, err := os.ReadFile(filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.(*rsa.PrivateKey).Public())
	if err != nil {
		t.Fatal(err)
	}
	_, kid := keyOf(t, a.Token)
	var claims jwt.MapClaims
	payloadOf(t, a.Token, &claims)
	forge := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"] = kid
		raw, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	wantTokens(t, a, http.StatusOK, forge(jwt.SigningMethodRS256, key)) // the forger works
	wantTokens(t, a, http.StatusUnauthorized,
		forge(jwt.SigningMethodHS256, der),
		forge(jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		forge(jwt.SigningMethodPS256, key))
}
