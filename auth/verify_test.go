package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/saldo-pix/saldo/auth"
)

func TestVerifyTellsWho(t *testing.T) {
	w := newWorld(t, nil)
	client := w.create(t, maria)
	g := grant(t, client)
	g.Scope = "pix:read"
	token, err := w.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	want := auth.Identity{
		Account:     maria,
		ClientID:    client.ClientID,
		Issuer:      "avista",
		Scope:       "pix:read",
		ExpiresAt:   start.Add(halfHour),
		Certificate: client.Certificate,
	}
	for _, how := range []string{"first", "remembered"} {
		if got := w.wantVerified(t, token.Access); got != want {
			t.Errorf("%s: got %+v\nwant %+v", how, got, want)
		}
	}
}

func TestAllows(t *testing.T) {
	for _, test := range []struct {
		has, asked string
		want       bool
	}{
		{"", "pix:read", true},
		{"pix:read", "pix:read", true},
		{"pix:write balance:read", "balance:read", true},
		{"pix:write", "pix:read", false},
		{"pix:readonly", "pix:read", false},
	} {
		if got := (auth.Identity{Scope: test.has}).Allows(test.asked); got != test.want {
			t.Errorf("%q allows %q: %t, want %t", test.has, test.asked, got, test.want)
		}
	}
}

// forger signs whatever claims it is given, by default those of a good token.
type forger struct {
	claims jwt.MapClaims
	header map[string]any
}

func newForger(client auth.Issued) *forger {
	return &forger{
		claims: jwt.MapClaims{
			"iss": "avista", "sub": client.ClientID, "accountId": client.Account, "jti": "x",
			"iat": start.Unix(), "exp": start.Add(halfHour).Unix(),
		},
		header: map[string]any{"kid": "k1"},
	}
}

func (f *forger) sign(t *testing.T, method jwt.SigningMethod, key any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, f.claims)
	maps.Copy(token.Header, f.header)
	raw, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestVerifyRefuses(t *testing.T) {
	w := newWorld(t, func(o *auth.Options) {
		o.KnownIssuer = func(brand string) bool { return brand == "avista" }
	})
	client, other := w.create(t, maria), w.create(t, joao)
	good := w.token(t, client)
	w.wantVerified(t, good)
	w.wantVerified(t, newForger(client).sign(t, jwt.SigningMethodHS256, secretOf(1)))

	ours := func(change func(*forger)) string {
		f := newForger(client)
		change(f)
		return f.sign(t, jwt.SigningMethodHS256, secretOf(1))
	}
	claim := func(name string, value any) string {
		return ours(func(f *forger) { f.claims[name] = value })
	}
	without := func(name string) string {
		return ours(func(f *forger) { delete(f.claims, name) })
	}
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	signature[0] ^= 1
	const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(base64URL, good[len(good)-1]) // its two lowest bits say nothing
	respelled := good[:len(good)-1] + base64URL[last+1:last+2]
	_, payload := decode(t, good)
	richer := encode([]byte(strings.Replace(payload, "10001", "10002", 1)))

	tests := map[string]struct {
		raw  string
		want error
	}{
		"none":                {"", auth.ErrTokenMissing},
		"words":               {"let me in", auth.ErrTokenMalformed},
		"two parts":           {parts[0] + "." + parts[1], auth.ErrTokenMalformed},
		"four parts":          {good + ".x", auth.ErrTokenMalformed},
		"only dots":           {"..", auth.ErrTokenMalformed},
		"padding":             {good + "=", auth.ErrTokenMalformed},
		"another spelling":    {respelled, auth.ErrTokenMalformed},
		"a line end":          {good + "\n", auth.ErrTokenMalformed},
		"a space":             {" " + good, auth.ErrTokenMalformed},
		"huge":                {good + strings.Repeat("A", 5000), auth.ErrTokenMalformed},
		"header is no JSON":   {encode([]byte("x")) + "." + parts[1] + "." + parts[2], auth.ErrTokenMalformed},
		"no signature":        {parts[0] + "." + parts[1] + ".", auth.ErrTokenInvalid},
		"tampered signature":  {parts[0] + "." + parts[1] + "." + encode(signature), auth.ErrTokenInvalid},
		"tampered payload":    {parts[0] + "." + richer + "." + parts[2], auth.ErrTokenInvalid},
		"header without kid":  {ours(func(f *forger) { f.header["kid"] = nil }), auth.ErrTokenInvalid},
		"unknown kid":         {ours(func(f *forger) { f.header["kid"] = "k9" }), auth.ErrTokenInvalid},
		"kid is a number":     {ours(func(f *forger) { f.header["kid"] = 1 }), auth.ErrTokenInvalid},
		"unknown brand":       {claim("iss", "ntxpay"), auth.ErrTokenInvalid},
		"no brand":            {without("iss"), auth.ErrTokenInvalid},
		"no subject":          {without("sub"), auth.ErrTokenInvalid},
		"no expiry":           {without("exp"), auth.ErrTokenInvalid},
		"no time of issue":    {without("iat"), auth.ErrTokenInvalid},
		"from the future":     {claim("iat", start.Add(31*time.Second).Unix()), auth.ErrTokenInvalid},
		"not before later":    {claim("nbf", start.Add(time.Hour).Unix()), auth.ErrTokenInvalid},
		"expired":             {claim("exp", start.Unix()), auth.ErrTokenExpired},
		"expiry is a text":    {claim("exp", "tomorrow"), auth.ErrTokenMalformed},
		"account is a text":   {claim("accountId", "10001"), auth.ErrTokenMalformed},
		"account is negative": {claim("accountId", -1), auth.ErrTokenMalformed},
		"of no account":       {without("accountId"), auth.ErrTokenRevoked},
		"of another account":  {claim("accountId", joao), auth.ErrTokenRevoked},
		"of no client":        {claim("sub", "account-10001-00000000"), auth.ErrTokenRevoked},
		"cnf is no hash":      {claim("cnf", map[string]string{"x5t#S256": "AAAA"}), auth.ErrTokenInvalid},
		"cnf is empty":        {claim("cnf", map[string]string{}), auth.ErrTokenInvalid},
		"cnf of another": {claim("cnf", map[string]string{"x5t#S256": encode(other.Certificate[:])}),
			auth.ErrTokenRevoked},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.wantRefused(t, test.raw, test.want)
			w.wantRefused(t, test.raw, test.want) // nothing was remembered in its favour
		})
	}
	t.Run("clock slightly ahead where it was issued", func(t *testing.T) {
		w.wantVerified(t, claim("iat", start.Add(29*time.Second).Unix()))
	})
}

func TestVerifyPinsTheAlgorithm(t *testing.T) {
	w := newWorld(t, nil)
	f := newForger(w.create(t, maria))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	// An HMAC of our own key, under a header that names another algorithm.
	relabelled := f.sign(t, relabel{jwt.SigningMethodHS256, "RS256"}, secretOf(1))
	lowercase := f.sign(t, relabel{jwt.SigningMethodHS256, "hs256"}, secretOf(1))

	for name, raw := range map[string]string{
		"none":                     f.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"HS384 with our secret":    f.sign(t, jwt.SigningMethodHS384, secretOf(1)),
		"HS512 with our secret":    f.sign(t, jwt.SigningMethodHS512, secretOf(1)),
		"HS256 with another":       f.sign(t, jwt.SigningMethodHS256, secretOf(2)),
		"HS256 with a public key":  f.sign(t, jwt.SigningMethodHS256, public),
		"RS256 with a key of ours": f.sign(t, jwt.SigningMethodRS256, rsaKey),
		"RS256 by HMAC":            relabelled,
		"hs256":                    lowercase,
	} {
		t.Run(name, func(t *testing.T) { w.wantRefused(t, raw, auth.ErrTokenInvalid) })
	}
}

// relabel signs by one method under the name of another.
type relabel struct {
	jwt.SigningMethod
	name string
}

func (r relabel) Alg() string { return r.name }

func TestTokensExpire(t *testing.T) {
	for _, size := range []int{100, -1} { // remembered and not
		w := newWorld(t, func(o *auth.Options) { o.CacheMax = size })
		raw := w.token(t, w.create(t, maria))
		w.wantVerified(t, raw)
		w.clock.Set(start.Add(halfHour - time.Microsecond))
		w.wantVerified(t, raw)
		w.clock.Set(start.Add(halfHour))
		w.wantRefused(t, raw, auth.ErrTokenExpired)
		w.clock.Set(start.Add(halfHour + time.Microsecond))
		w.wantRefused(t, raw, auth.ErrTokenExpired)
		if n := w.Remembered(); n != 0 {
			t.Errorf("%d tokens remembered after they expired", n)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	first, second := hs256(t, "k1", secretOf(1)), hs256(t, "k2", secretOf(2))
	before := newWorld(t, nil)
	client := before.create(t, maria)
	after := func(keys auth.Keys) *world {
		return newWorld(t, func(o *auth.Options) { o.Store, o.Keys = before.store, keys })
	}
	old := before.token(t, client)

	rotated := after(auth.Keys{Current: second, Older: []auth.Key{first}})
	rotated.wantVerified(t, old)
	fresh := rotated.token(t, client)
	rotated.wantVerified(t, fresh)
	before.wantRefused(t, fresh, auth.ErrTokenInvalid)
	after(auth.Keys{Current: first, Older: []auth.Key{second}}).wantVerified(t, fresh)

	dropped := after(auth.Keys{Current: second})
	dropped.wantVerified(t, fresh)
	dropped.wantRefused(t, old, auth.ErrTokenInvalid)
	sameID := after(auth.Keys{Current: hs256(t, "k1", secretOf(3))})
	sameID.wantRefused(t, old, auth.ErrTokenInvalid)
}

func TestVerifyPassesStoreFailuresOn(t *testing.T) {
	w, store := newFaultyWorld(t, nil)
	raw := w.token(t, w.create(t, maria))
	store.broken = true
	if _, err := w.Verify(t.Context(), raw); err != errDisk {
		t.Errorf("got error %v, want the store's own", err)
	}
	store.broken = false
	w.wantVerified(t, raw)
	store.broken = true
	w.wantVerified(t, raw) // remembered
	w.Recheck()
	if _, err := w.Verify(t.Context(), raw); err != errDisk || errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("got error %v, want the store's own", err)
	}
	store.broken = false
	w.wantVerified(t, raw)
}

func TestNewRefuses(t *testing.T) {
	key := hs256(t, "k1", secretOf(1))
	for name, change := range map[string]func(*auth.Options){
		"no store":     func(o *auth.Options) { o.Store = nil },
		"no clock":     func(o *auth.Options) { o.Now = nil },
		"no chance":    func(o *auth.Options) { o.Rand = nil },
		"no keys":      func(o *auth.Options) { o.Keys = auth.Keys{} },
		"an empty key": func(o *auth.Options) { o.Keys.Older = []auth.Key{{}} },
		"one id twice": func(o *auth.Options) { o.Keys.Older = []auth.Key{key} },
	} {
		o := auth.Options{
			Store: newWorld(t, nil).store, Keys: auth.Keys{Current: key},
			Now: time.Now, Rand: rand.Reader,
		}
		change(&o)
		if _, err := auth.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := auth.NewHS256Key("k", make([]byte, 31)); err == nil {
		t.Error("a key of 31 bytes: accepted")
	}
	if _, err := auth.NewHS256Key("", secretOf(1)); err == nil {
		t.Error("a key without id: accepted")
	}
}
