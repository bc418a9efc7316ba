package auth_test

import (
	"errors"
	"testing"

	"github.com/saldo-pix/saldo/auth"
)

const allScopes = "pix:read pix:write balance:read"

// What a token carries is what was asked for, less what its credential lacks; and never
// nothing, which would stand for all.
func TestACredentialNarrowsItsTokens(t *testing.T) {
	for name, c := range map[string]struct {
		has           []string
		asked         string
		carried, told string
		want          error
	}{
		"all, and none asked for":      {nil, "", "", "", nil},
		"all, and all asked for":       {nil, allScopes, allScopes, allScopes, nil},
		"one, and none asked for":      {[]string{"balance:read"}, "", "balance:read", "", nil},
		"one, and all asked for":       {[]string{"balance:read"}, allScopes, "balance:read", "balance:read", nil},
		"two in another order":         {[]string{"balance:read", "pix:read"}, allScopes, "pix:read balance:read", "pix:read balance:read", nil},
		"one twice":                    {[]string{"pix:read", "pix:read"}, allScopes, "pix:read", "pix:read", nil},
		"one, and another asked for":   {[]string{"pix:read"}, "pix:write", "", "", auth.ErrBadCredentials},
		"two, and one of them":         {[]string{"pix:read", "pix:write"}, "pix:write", "pix:write", "pix:write", nil},
		"all by name, and none wanted": {auth.Scopes(), "", allScopes, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			client, err := w.CreateCredential(t.Context(), maria, auth.CreateOptions{Scopes: c.has})
			if err != nil {
				t.Fatal(err)
			}
			g := grant(t, client)
			g.Scope = c.asked
			token, err := w.Issue(t.Context(), g)
			if !errors.Is(err, c.want) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			if c.want != nil {
				return
			}
			if who := w.wantVerified(t, token.Access); who.Scope != c.carried || token.Scope != c.told {
				t.Errorf("carried %q, told %q; want %q, %q", who.Scope, token.Scope, c.carried, c.told)
			}
		})
	}
}

func TestThereAreNoOtherScopes(t *testing.T) {
	w := newWorld(t, nil)
	for _, scope := range []string{"", "pix", "pix:read pix:write", "PIX:READ", "admin"} {
		if _, err := w.CreateCredential(t.Context(), maria, auth.CreateOptions{Scopes: []string{scope}}); !errors.Is(
			err, auth.ErrScope) {
			t.Errorf("%q: %v", scope, err)
		}
	}
	if kept, _ := w.Credentials(t.Context(), maria); len(kept) != 0 {
		t.Errorf("refused, and yet kept: %v", kept)
	}
}

// A client keeps its scopes when its certificate goes.
func TestScopesOutliveACertificate(t *testing.T) {
	w := newWorld(t, nil)
	client, err := w.CreateCredential(t.Context(), maria, auth.CreateOptions{Scopes: []string{"balance:read"}})
	if err != nil {
		t.Fatal(err)
	}
	renewed := client
	renewed.CertificatePEM = w.bind(t, maria).CertificatePEM
	if err := w.UnbindCertificate(t.Context(), maria, client.Certificate); err != nil {
		t.Fatal(err)
	}
	if who := w.wantVerified(t, w.token(t, renewed)); who.Scope != "balance:read" {
		t.Errorf("scope %q", who.Scope)
	}
}
