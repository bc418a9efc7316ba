package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/saldo-pix/saldo/auth"
)

// rsaKeys are drawn once, since that takes long.
var rsaKeys = sync.OnceValues(func() ([]*rsa.PrivateKey, error) {
	var keys []*rsa.PrivateKey
	for _, bits := range []int{2048, 2048, 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
})

// rsaKey returns the first or the second of two good keys; the third is too short.
func rsaKey(t testing.TB, i int) *rsa.PrivateKey {
	t.Helper()
	keys, err := rsaKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys[i]
}

func pemOf(t testing.TB, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func privatePEM(t testing.TB, key crypto.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pemOf(t, "PRIVATE KEY", der, err)
}

func publicPEM(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	return pemOf(t, "PUBLIC KEY", der, err)
}

func rs256(t testing.TB, text string) auth.Key {
	t.Helper()
	key, err := auth.NewRS256Key(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAnRSAKeyIsReadFromEveryUsualPEM(t *testing.T) {
	key := rsaKey(t, 0)
	want := rs256(t, privatePEM(t, key)).ID()
	for name, text := range map[string]string{
		"PKCS#1":              pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil),
		"its public half":     publicPEM(t, key.Public()),
		"with blanks around":  "\n\n" + privatePEM(t, key) + "\n ",
		"with text before it": "made by openssl\n" + privatePEM(t, key),
	} {
		if got := rs256(t, text); got.ID() != want {
			t.Errorf("%s: key %s, want %s", name, got.ID(), want)
		}
	}
	signing := rs256(t, privatePEM(t, key))
	if printed := fmt.Sprintf("%v %+v %#v", signing, signing, signing); printed != strings.TrimSpace(
		strings.Repeat("key "+want+" ", 3)) {
		t.Errorf("printed as %s", printed)
	}
}

func TestAnRSAKeyIsRefused(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := privatePEM(t, rsaKey(t, 0))
	for name, c := range map[string]struct{ text, want string }{
		"that is nothing":         {"", "no PEM"},
		"that is no PEM":          {"4f1c9a0be27d8356", "no PEM"},
		"of 1024 bits":            {privatePEM(t, rsaKey(t, 2)), "1024 bits"},
		"of 1024 bits, public":    {publicPEM(t, rsaKey(t, 2).Public()), "1024 bits"},
		"beside another":          {good + privatePEM(t, rsaKey(t, 1)), "more than one"},
		"of another kind":         {privatePEM(t, ec), "no RSA key"},
		"of another kind, public": {publicPEM(t, ec.Public()), "no RSA key"},
		"that is a certificate":   {strangerCertificate(t, start, start.AddDate(1, 0, 0)), `type "CERTIFICATE"`},
		"that is cut off":         {pemOf(t, "PRIVATE KEY", []byte{0x30, 0x82}, nil), "can't be read"},
		"that is encrypted":       {pemOf(t, "ENCRYPTED PRIVATE KEY", []byte{1}, nil), "encrypted"},
		"that is encrypted, old style": {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n" +
			"DEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "encrypted"},
	} {
		if _, err := auth.NewRS256Key(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("a key %s: %v, want %q", name, err, c.want)
		}
	}
}

// The example of RFC 7638, section 3.1.
func TestAThumbprintIsTheStandards(t *testing.T) {
	const modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPeb" +
		"WKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZ" +
		"gnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1j" +
		"F44-csFCur-kEgU8awapJzKnqDKgw"
	n, err := base64.RawURLEncoding.DecodeString(modulus)
	if err != nil {
		t.Fatal(err)
	}
	key := rs256(t, publicPEM(t, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}))
	if want := "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; key.ID() != want {
		t.Errorf("thumbprint %s, want %s", key.ID(), want)
	}
}

// A stranger who knows the key set and nothing else can verify a token.
func TestAStrangerVerifiesATokenByTheKeySet(t *testing.T) {
	first, second := rs256(t, privatePEM(t, rsaKey(t, 0))), rs256(t, publicPEM(t, rsaKey(t, 1).Public()))
	w := newWorld(t, func(o *auth.Options) {
		o.Keys = auth.Keys{Current: first, Older: []auth.Key{hs256(t, "secret", secretOf(1)), second}}
	})
	client := w.create(t, maria)
	raw := w.token(t, client)
	w.wantVerified(t, raw)
	if header, _ := decode(t, raw); header != `{"alg":"RS256","kid":"`+first.ID()+`","typ":"JWT"}` {
		t.Errorf("header %s", header)
	}
	var set struct {
		Keys []struct{ Kty, Use, Alg, Kid, N, E string }
	}
	if err := json.Unmarshal(w.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 || set.Keys[0].Kid != first.ID() || set.Keys[1].Kid != second.ID() {
		t.Fatalf("key set %s", w.JWKS())
	}
	shown := set.Keys[0]
	if shown.Kty != "RSA" || shown.Use != "sig" || shown.Alg != "RS256" {
		t.Errorf("key %+v", shown)
	}
	n, _ := base64.RawURLEncoding.DecodeString(shown.N)
	e, _ := base64.RawURLEncoding.DecodeString(shown.E)
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(w.clock.Now))
	if _, err := parser.Parse(raw, func(*jwt.Token) (any, error) { return public, nil }); err != nil {
		t.Error(err)
	}
}

func TestSecretsAreInNoKeySet(t *testing.T) {
	w := newWorld(t, nil)
	if got := string(w.JWKS()); got != `{"keys":[]}` {
		t.Errorf("key set %s", got)
	}
}

// The algorithm belongs to the key. What a token says of it opens nothing.
func TestAlgorithmsAreNotConfused(t *testing.T) {
	key := rsaKey(t, 0)
	signing := rs256(t, privatePEM(t, key))
	w := newWorld(t, func(o *auth.Options) {
		o.Keys = auth.Keys{Current: signing, Older: []auth.Key{hs256(t, "secret", secretOf(1))}}
	})
	client := w.create(t, maria)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	named := func(kid string) *forger {
		f := newForger(client)
		f.header["kid"] = kid
		return f
	}
	w.wantVerified(t, named(signing.ID()).sign(t, jwt.SigningMethodRS256, key))
	w.wantVerified(t, named("secret").sign(t, jwt.SigningMethodHS256, secretOf(1)))
	ours := named(signing.ID())
	for name, raw := range map[string]string{
		"none":                         ours.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"the public key for a secret":  ours.sign(t, jwt.SigningMethodHS256, der),
		"its PEM for a secret":         ours.sign(t, jwt.SigningMethodHS256, []byte(publicPEM(t, key.Public()))),
		"the secret under its name":    ours.sign(t, jwt.SigningMethodHS256, secretOf(1)),
		"the key under the secret's":   named("secret").sign(t, jwt.SigningMethodRS256, key),
		"PS256 with the key":           ours.sign(t, jwt.SigningMethodPS256, key),
		"RS512 with the key":           ours.sign(t, jwt.SigningMethodRS512, key),
		"PS256 under the name RS256":   ours.sign(t, relabel{jwt.SigningMethodPS256, "RS256"}, key),
		"another RSA key":              ours.sign(t, jwt.SigningMethodRS256, rsaKey(t, 1)),
		"a key that the token brings":  bringing(t, client, rsaKey(t, 1)),
		"no name of a key, right key":  named("").sign(t, jwt.SigningMethodRS256, key),
		"a name that is the key's PEM": named(publicPEM(t, key.Public())).sign(t, jwt.SigningMethodRS256, key),
	} {
		t.Run(name, func(t *testing.T) { w.wantRefused(t, raw, auth.ErrTokenInvalid) })
	}
}

// bringing is a token whose header carries the key that it is signed by (RFC 8725,
// section 2.6).
func bringing(t *testing.T, client auth.Issued, key *rsa.PrivateKey) string {
	t.Helper()
	f := newForger(client)
	f.header["kid"] = "mine"
	f.header["jku"] = "https://keys.example/jwks.json"
	f.header["jwk"] = map[string]string{
		"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": "AQAB",
	}
	return f.sign(t, jwt.SigningMethodRS256, key)
}
