package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
)

// fingerprints are those of an account's certificates.
func (w *world) fingerprints(t *testing.T, account ledger.AccountID) []auth.Fingerprint {
	t.Helper()
	all, err := w.Certificates(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	var list []auth.Fingerprint
	for _, c := range all {
		list = append(list, c.Fingerprint)
	}
	return list
}

func (w *world) bind(t *testing.T, account ledger.AccountID) auth.Issued {
	t.Helper()
	issued, err := w.BindCertificate(t.Context(), account, auth.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

// A client goes over to a second certificate while the first still works, and keeps
// its id and secret.
func TestACertificateIsChangedWithoutAGap(t *testing.T) {
	w := newWorld(t, nil)
	client := w.create(t, maria)
	oldToken := w.token(t, client)
	second := w.bind(t, maria)
	if second.ClientID != "" || second.Secret != "" || second.KeyPEM == "" {
		t.Errorf("issued %+v", second)
	}
	if kept, _ := w.Credentials(t.Context(), maria); len(kept) != 1 || kept[0].ClientID != client.ClientID {
		t.Errorf("clients %v", kept)
	}
	renewed := client
	renewed.CertificatePEM = second.CertificatePEM
	newToken := w.token(t, renewed)
	w.wantVerified(t, w.token(t, client))
	w.wantVerified(t, oldToken)

	if err := w.UnbindCertificate(t.Context(), maria, client.Certificate); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(t, oldToken, auth.ErrTokenRevoked)
	w.wantVerified(t, newToken)
	w.wantVerified(t, w.token(t, renewed))
	if _, err := w.Issue(t.Context(), grant(t, client)); !errors.Is(err, auth.ErrCertificateUnbound) {
		t.Errorf("the first one: got error %v, want %v", err, auth.ErrCertificateUnbound)
	}
	if got := w.fingerprints(t, maria); !slices.Equal(got, []auth.Fingerprint{second.Certificate}) {
		t.Errorf("certificates %v", got)
	}
	if err := w.UnbindCertificate(t.Context(), maria, client.Certificate); !errors.Is(err, auth.ErrCertificateUnbound) {
		t.Errorf("once more: got error %v, want %v", err, auth.ErrCertificateUnbound)
	}
}

func TestCertificatesAreListedOnceWithTheirClients(t *testing.T) {
	w := newWorld(t, nil)
	own := strangerCertificate(t, start, start.AddDate(1, 0, 0))
	create := func() auth.Issued {
		issued, err := w.CreateCredential(t.Context(), maria, auth.CreateOptions{Certificate: own})
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	first := create()
	w.clock.Set(start.Add(time.Minute))
	second, alone := create(), w.bind(t, maria)
	w.create(t, joao)
	all, err := w.Certificates(t.Context(), maria)
	if err != nil || len(all) != 2 {
		t.Fatalf("certificates %+v, error %v", all, err)
	}
	clients := []string{first.ClientID, second.ClientID}
	slices.Sort(clients)
	for _, c := range all {
		want := auth.Certificate{Fingerprint: alone.Certificate, BoundAt: start.Add(time.Minute)}
		if c.Fingerprint == first.Certificate {
			want = auth.Certificate{Fingerprint: first.Certificate, BoundAt: start, Clients: clients}
		}
		if c.Fingerprint != want.Fingerprint || !c.BoundAt.Equal(want.BoundAt) ||
			!slices.Equal(c.Clients, want.Clients) {
			t.Errorf("certificate %+v\nwant %+v", c, want)
		}
	}
	// It goes from every client that has it.
	if err := w.UnbindCertificate(t.Context(), maria, first.Certificate); err != nil {
		t.Fatal(err)
	}
	if got := w.fingerprints(t, maria); !slices.Equal(got, []auth.Fingerprint{alone.Certificate}) {
		t.Errorf("certificates %v", got)
	}
	if kept, _ := w.Credentials(t.Context(), maria); len(kept) != 2 {
		t.Errorf("clients %v", kept)
	}
}

func TestBindCertificateRefuses(t *testing.T) {
	w, store := newFaultyWorld(t, nil)
	client := w.create(t, joao)
	bind := func(account ledger.AccountID, pem string) error {
		_, err := w.BindCertificate(t.Context(), account, auth.CreateOptions{Certificate: pem})
		return err
	}
	expired := strangerCertificate(t, start.Add(-time.Hour), start.Add(-time.Second))
	for name, c := range map[string]struct {
		account ledger.AccountID
		pem     string
		want    error
	}{
		"another account's":    {maria, client.CertificatePEM, auth.ErrCertificateTaken},
		"no certificate":       {maria, "hello", auth.ErrCertificateMalformed},
		"one that has expired": {maria, expired, auth.ErrCertificateExpired},
		"the house's":          {ledger.SystemAccount(ledger.Fees, 0), "", ledger.ErrAccountID},
	} {
		if err := bind(c.account, c.pem); !errors.Is(err, c.want) {
			t.Errorf("%s: got error %v, want %v", name, err, c.want)
		}
	}
	if got := w.fingerprints(t, maria); len(got) != 0 {
		t.Errorf("refused, and yet bound: %v", got)
	}
	// What the account has already may be bound again, and is there once.
	if err := bind(joao, client.CertificatePEM); err != nil {
		t.Error(err)
	}
	if got := w.fingerprints(t, joao); !slices.Equal(got, []auth.Fingerprint{client.Certificate}) {
		t.Errorf("certificates %v", got)
	}
	// Another account's certificate is none of one's own.
	if err := w.UnbindCertificate(t.Context(), maria, client.Certificate); !errors.Is(err, auth.ErrCertificateUnbound) {
		t.Errorf("another's is unbound: %v", err)
	}
	w.wantVerified(t, w.token(t, client))
	store.broken = true
	if err := bind(maria, ""); err != errDisk {
		t.Errorf("got error %v, want the store's own", err)
	}
}

// What binds a certificate lets nobody in by itself, whatever secret is guessed, and
// its name is no client's.
func TestABoundCertificateIsNoClient(t *testing.T) {
	w := newWorld(t, nil)
	bound := w.bind(t, maria)
	rows, err := w.store.Credentials(t.Context(), maria)
	if err != nil || len(rows) != 1 {
		t.Fatalf("rows %v, error %v", rows, err)
	}
	for _, secret := range []auth.Secret{"", auth.Secret(make([]byte, 32))} {
		g := grant(t, bound)
		g.ClientID, g.Secret = rows[0].ClientID, secret
		if _, err := w.Issue(t.Context(), g); !errors.Is(err, auth.ErrBadCredentials) {
			t.Errorf("got error %v, want %v", err, auth.ErrBadCredentials)
		}
	}
	// A certificate that was taken from a client leaves nothing that matches all.
	client := w.create(t, joao)
	if err := w.UnbindCertificate(t.Context(), joao, client.Certificate); err != nil {
		t.Fatal(err)
	}
	if err := w.UnbindCertificate(t.Context(), joao, auth.Fingerprint{}); !errors.Is(err, auth.ErrCertificateUnbound) {
		t.Errorf("no fingerprint: got error %v", err)
	}
}

func TestAnIdentityIsProvedByItsCertificateAlone(t *testing.T) {
	w := newWorld(t, nil)
	client, sibling := w.create(t, maria), w.create(t, maria)
	who := w.wantVerified(t, w.token(t, client))
	own, other := certificate(t, client.CertificatePEM), certificate(t, sibling.CertificatePEM)
	if err := who.Prove(own, start); err != nil {
		t.Error(err)
	}
	if err := who.Prove(other, start); !errors.Is(err, auth.ErrTokenUnproved) {
		t.Errorf("a sibling's: %v", err)
	}
	if err := who.Prove(nil, start); !errors.Is(err, auth.ErrTokenUnproved) {
		t.Errorf("none: %v", err)
	}
	if err := who.Prove(own, own.NotAfter.Add(time.Second)); !errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("one that has expired: %v", err)
	}
	who.Certificate = auth.Fingerprint{}
	if err := who.Prove(own, start); !errors.Is(err, auth.ErrTokenUnproved) {
		t.Errorf("a token that is bound to none: %v", err)
	}
}

func TestParseFingerprint(t *testing.T) {
	client := newWorld(t, nil).create(t, maria)
	text := client.Certificate.String()
	colons := strings.ToUpper(text[:2])
	for i := 2; i < len(text); i += 2 {
		colons += ":" + strings.ToUpper(text[i:i+2])
	}
	for _, spelled := range []string{text, strings.ToUpper(text), colons} {
		if got, err := auth.ParseFingerprint(spelled); err != nil || got != client.Certificate {
			t.Errorf("%s: %s, %v", spelled, got, err)
		}
	}
	for _, spelled := range []string{"", "00", text[1:], text + "00", "g" + text[1:]} {
		if _, err := auth.ParseFingerprint(spelled); err != auth.ErrFingerprint {
			t.Errorf("%s: %v", spelled, err)
		}
	}
}

// Whose token it is depends on the account, which is known last.
func TestTheIssuerIsAskedWhenAllElseIsRight(t *testing.T) {
	w := newWorld(t, nil)
	client, other := w.create(t, maria), w.create(t, joao)
	g := grant(t, client)
	g.Issuer = ""
	var asked []ledger.AccountID
	g.IssuerOf = issuerOf(&asked, map[ledger.AccountID]string{maria: "azul"})
	token, err := w.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	if who := w.wantVerified(t, token.Access); who.Issuer != "azul" {
		t.Errorf("issuer %s", who.Issuer)
	}
	g.Secret = other.Secret
	if _, err := w.Issue(t.Context(), g); !errors.Is(err, auth.ErrBadCredentials) || len(asked) != 1 {
		t.Errorf("a wrong secret: %v, asked for %v", err, asked)
	}
	g = grant(t, other)
	g.IssuerOf = issuerOf(&asked, map[ledger.AccountID]string{maria: "azul"})
	if _, err := w.Issue(t.Context(), g); !errors.Is(err, auth.ErrBadCredentials) ||
		!slices.Equal(asked, []ledger.AccountID{maria, joao}) {
		t.Errorf("an account that is not seen: %v, asked for %v", err, asked)
	}
}
