package auth_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
)

// strangerCertificate is valid, and no account has it.
func strangerCertificate(t testing.TB, from, to time.Time) string {
	t.Helper()
	cert, _, _, err := auth.NewClientCertificate(rand.Reader, "stranger", from, to)
	if err != nil {
		t.Fatal(err)
	}
	return string(cert)
}

func TestIssue(t *testing.T) {
	w := newWorld(t, nil)
	client, sibling, other := w.create(t, maria), w.create(t, maria), w.create(t, joao)
	year := start.AddDate(1, 0, 0)
	expired := strangerCertificate(t, start.Add(-time.Hour), start.Add(-time.Second))
	early := strangerCertificate(t, start.Add(time.Second), year)
	unbound := strangerCertificate(t, start, year)
	id, secret, own, wrong := client.ClientID, client.Secret, client.CertificatePEM, other.Secret

	tests := map[string]struct {
		id     string
		secret auth.Secret
		cert   string
		want   error
	}{
		"all is right":                    {id, secret, own, nil},
		"another of the same account":     {id, secret, sibling.CertificatePEM, nil},
		"none, when none is needed":       {id, secret, "", nil},
		"wrong secret":                    {id, wrong, own, auth.ErrBadCredentials},
		"secret of a sibling":             {id, sibling.Secret, own, auth.ErrBadCredentials},
		"wrong secret, no certificate":    {id, wrong, "", auth.ErrBadCredentials},
		"empty secret":                    {id, "", own, auth.ErrBadCredentials},
		"unknown client":                  {"account-1-00000000", secret, own, auth.ErrBadCredentials},
		"unknown client, empty secret":    {"", "", own, auth.ErrBadCredentials},
		"of another account":              {id, secret, other.CertificatePEM, auth.ErrCertificateMismatch},
		"of another, and a wrong secret":  {id, wrong, other.CertificatePEM, auth.ErrBadCredentials},
		"bound to nobody":                 {id, secret, unbound, auth.ErrCertificateUnbound},
		"bound to nobody, wrong secret":   {id, wrong, unbound, auth.ErrCertificateUnbound},
		"bound to nobody, unknown client": {"nobody", wrong, unbound, auth.ErrCertificateUnbound},
		"expired":                         {id, secret, expired, auth.ErrCertificateExpired},
		"not valid yet":                   {id, secret, early, auth.ErrCertificateEarly},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := auth.Grant{ClientID: test.id, Secret: test.secret, Issuer: "avista", Lifetime: halfHour}
			if test.cert != "" {
				g.Certificate = certificate(t, test.cert)
			}
			token, err := w.Issue(t.Context(), g)
			if !errors.Is(err, test.want) {
				t.Fatalf("got error %v, want %v", err, test.want)
			}
			if test.want == nil {
				w.wantVerified(t, token.Access)
				return
			}
			if token != (auth.Token{}) {
				t.Error("refused, and yet a token")
			}
			forbidden := errors.Is(err, auth.ErrCertificateUnbound)
			if errors.Is(err, auth.ErrUnauthorized) == forbidden {
				t.Errorf("%v: only an unbound certificate is not a matter of 401", err)
			}
		})
	}
}

func TestRefusalsDoNotTellIDFromSecret(t *testing.T) {
	w := newWorld(t, nil)
	client := w.create(t, maria)
	wrongID, wrongSecret := grant(t, client), grant(t, client)
	wrongID.ClientID = "account-10001-00000000"
	wrongSecret.Secret = "not this one"
	_, err1 := w.Issue(t.Context(), wrongID)
	_, err2 := w.Issue(t.Context(), wrongSecret)
	if err1 == nil || err1 != err2 {
		t.Errorf("unknown id: %v, wrong secret: %v; want the same", err1, err2)
	}
}

func TestIssueRefusesBadCalls(t *testing.T) {
	w := newWorld(t, func(o *auth.Options) {
		o.KnownIssuer = func(brand string) bool { return brand == "avista" }
	})
	client := w.create(t, maria)
	for name, change := range map[string]func(*auth.Grant){
		"no lifetime":   func(g *auth.Grant) { g.Lifetime = 0 },
		"no issuer":     func(g *auth.Grant) { g.Issuer = "" },
		"unknown brand": func(g *auth.Grant) { g.Issuer = "ntxpay" },
	} {
		g := grant(t, client)
		change(&g)
		if _, err := w.Issue(t.Context(), g); err == nil || errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("%s: got error %v, want one that blames the caller", name, err)
		}
	}
}

func TestIssuePassesStoreFailuresOn(t *testing.T) {
	w, store := newFaultyWorld(t, nil)
	client := w.create(t, maria)
	store.broken = true
	for _, cert := range []string{client.CertificatePEM, ""} {
		g := grant(t, client)
		if cert == "" {
			g.Certificate = nil
		}
		if _, err := w.Issue(t.Context(), g); err != errDisk {
			t.Errorf("got error %v, want the store's own", err)
		}
	}
}

func TestTokenSays(t *testing.T) {
	w := newWorld(t, nil)
	client := w.create(t, maria)
	w.clock.Set(start.Add(900 * time.Millisecond))
	g := grant(t, client)
	g.Scope = "pix:read balance:read"
	token, err := w.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	if token.ExpiresIn != 1800 || token.Scope != g.Scope {
		t.Errorf("token %v", token)
	}
	header, payload := decode(t, token.Access)
	if want := `{"alg":"HS256","kid":"k1","typ":"JWT"}`; header != want {
		t.Errorf("header %s, want %s", header, want)
	}
	fp := base64.RawURLEncoding.EncodeToString(client.Certificate[:])
	var jti struct{ JTI string }
	if err := json.Unmarshal([]byte(payload), &jti); err != nil || len(jti.JTI) != 22 {
		t.Errorf("jti %q, %v", jti.JTI, err)
	}
	want := fmt.Sprintf(`{"iss":"avista","sub":"%s","exp":%d,"iat":%d,"jti":"%s",`+
		`"accountId":10001,"scope":"pix:read balance:read","cnf":{"x5t#S256":"%s"}}`,
		client.ClientID, start.Add(halfHour).Unix(), start.Unix(), jti.JTI, fp)
	if payload != want {
		t.Errorf("payload %s\nwant    %s", payload, want)
	}
	if again := w.token(t, client); again == token.Access {
		t.Error("the same token twice")
	}
	if printed := fmt.Sprint(token.LogValue()); strings.Contains(printed, token.Access) {
		t.Errorf("logged as %s", printed)
	}
}

func TestPlainTokenLeavesOut(t *testing.T) {
	w := newWorld(t, nil)
	g := grant(t, w.create(t, maria))
	g.Certificate = nil
	token, err := w.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	if _, payload := decode(t, token.Access); strings.Contains(payload, "cnf") ||
		strings.Contains(payload, "scope") {
		t.Errorf("payload %s, want neither cnf nor scope", payload)
	}
	if id := w.wantVerified(t, token.Access); id.Certificate != (auth.Fingerprint{}) {
		t.Errorf("certificate %s, want none", id.Certificate)
	}
}

// decode is the header and the payload of a token.
func decode(t testing.TB, raw string) (header, payload string) {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts in %q", len(parts), raw)
	}
	for i, part := range parts[:2] {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = string(text)
	}
	return parts[0], parts[1]
}
