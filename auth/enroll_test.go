package auth_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"testing"
	"testing/iotest"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
)

func TestCreateCredential(t *testing.T) {
	w := newWorld(t, nil)
	issued, err := w.CreateCredential(t.Context(), maria, auth.CreateOptions{Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^account-10001-[0-9a-f]{8}$`).MatchString(issued.ClientID) {
		t.Errorf("client id %q", issued.ClientID)
	}
	cert := certificate(t, issued.CertificatePEM)
	if cert.Subject.CommonName != issued.ClientID || !cert.NotAfter.Equal(start.Add(time.Hour)) {
		t.Errorf("certificate of %s until %s", cert.Subject, cert.NotAfter)
	}
	if issued.KeyPEM == "" || issued.Certificate != auth.FingerprintOf(cert) {
		t.Error("no key, or another's fingerprint")
	}
	kept, err := w.Credentials(t.Context(), maria)
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, error %v", kept, err)
	}
	c := kept[0]
	if c.ClientID != issued.ClientID || c.Account != maria || c.Certificate != issued.Certificate ||
		!c.CreatedAt.Equal(start) || !c.SecretMatches(issued.Secret) {
		t.Errorf("kept %+v", c)
	}
	if other, err := w.Credentials(t.Context(), joao); err != nil || len(other) != 0 {
		t.Errorf("another account has %v, error %v", other, err)
	}
	w.wantVerified(t, w.token(t, issued))
	w.clock.Set(start.Add(time.Hour + time.Second))
	if _, err := w.Issue(t.Context(), grant(t, issued)); !errors.Is(err, auth.ErrCertificateExpired) {
		t.Errorf("an hour later: got error %v, want %v", err, auth.ErrCertificateExpired)
	}
}

func TestBindCertificate(t *testing.T) {
	w := newWorld(t, nil)
	own := strangerCertificate(t, start, start.AddDate(1, 0, 0))
	bind := func(account ledger.AccountID, pem string) (auth.Issued, error) {
		return w.CreateCredential(t.Context(), account, auth.CreateOptions{Certificate: pem})
	}
	first, err := bind(maria, own)
	if err != nil {
		t.Fatal(err)
	}
	if first.KeyPEM != "" || first.Certificate != auth.FingerprintOf(certificate(t, own)) {
		t.Errorf("issued %+v", first)
	}
	second, err := bind(maria, own)
	if err != nil {
		t.Fatalf("once more for the same account: %v", err)
	}
	w.wantVerified(t, w.token(t, first))
	w.wantVerified(t, w.token(t, second))

	for name, test := range map[string]struct {
		pem  string
		want error
	}{
		"another account's": {own, auth.ErrCertificateTaken},
		"no certificate":    {"hello", auth.ErrCertificateMalformed},
		"expired": {strangerCertificate(t, start.Add(-time.Hour), start.Add(-time.Second)),
			auth.ErrCertificateExpired},
	} {
		if _, err := bind(joao, test.pem); !errors.Is(err, test.want) {
			t.Errorf("%s: got error %v, want %v", name, err, test.want)
		}
	}
	if kept, _ := w.Credentials(t.Context(), joao); len(kept) != 0 {
		t.Errorf("refused, and yet kept: %v", kept)
	}
}

func TestCreateCredentialRefuses(t *testing.T) {
	w, store := newFaultyWorld(t, nil)
	create := func(account ledger.AccountID, o auth.CreateOptions) error {
		_, err := w.CreateCredential(t.Context(), account, o)
		return err
	}
	for _, account := range []ledger.AccountID{
		ledger.SystemAccount(ledger.Fees, 0), ledger.AccountIDMax + 1,
	} {
		if err := create(account, auth.CreateOptions{}); err != ledger.ErrAccountID {
			t.Errorf("account %s: got error %v, want %v", account, err, ledger.ErrAccountID)
		}
	}
	if err := create(maria, auth.CreateOptions{Lifetime: -time.Second}); err == nil {
		t.Error("a certificate of less than no time")
	}
	store.broken = true
	if err := create(maria, auth.CreateOptions{}); err != errDisk {
		t.Errorf("got error %v, want the store's own", err)
	}
}

// A client id that is in use is never given again: that would let its old secret's owner out.
func TestClientIDsAreNotReused(t *testing.T) {
	taken := []byte{1, 2, 3, 4}
	w := newWorld(t, func(o *auth.Options) {
		o.Rand = io.MultiReader(bytes.NewReader(taken), rand.Reader)
	})
	if err := w.store.PutCredential(t.Context(), auth.Credential{
		ClientID: "account-10001-01020304", Account: maria,
	}); err != nil {
		t.Fatal(err)
	}
	if id := w.create(t, maria).ClientID; id == "account-10001-01020304" {
		t.Error("given twice")
	}
	stuck := newWorld(t, func(o *auth.Options) {
		o.Store, o.Rand = w.store, bytes.NewReader(bytes.Repeat(taken, 100))
	})
	if _, err := stuck.CreateCredential(t.Context(), maria, auth.CreateOptions{}); err == nil {
		t.Error("chance repeats itself, and yet a credential")
	}
	broken := newWorld(t, func(o *auth.Options) { o.Rand = iotest.ErrReader(errDisk) })
	if _, err := broken.CreateCredential(t.Context(), maria, auth.CreateOptions{}); !errors.Is(err, errDisk) {
		t.Errorf("without chance: got error %v", err)
	}
}
