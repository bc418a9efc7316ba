package auth_test

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/saldo-pix/saldo/auth"
)

func TestNewClientCertificate(t *testing.T) {
	from, to := start, start.AddDate(1, 0, 0)
	certPEM, keyPEM, fp, err := auth.NewClientCertificate(rand.Reader, "account-1-0", from, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Errorf("certificate and key: %v", err)
	}
	cert := certificate(t, string(certPEM))
	if cert.Subject.CommonName != "account-1-0" || cert.IsCA || cert.SerialNumber.Sign() != 1 ||
		!cert.NotBefore.Equal(from) || !cert.NotAfter.Equal(to) {
		t.Errorf("certificate %+v", cert)
	}
	err = cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	if err != nil {
		t.Error(err)
	}
	block, _ := pem.Decode(certPEM)
	if fp != sha256.Sum256(block.Bytes) || fp != auth.FingerprintOf(cert) {
		t.Errorf("fingerprint %s", fp)
	}
	if len(fp.String()) != 64 {
		t.Errorf("fingerprint as text: %s", fp)
	}
	_, _, _, err = auth.NewClientCertificate(iotest.ErrReader(errDisk), "x", from, to)
	if !errors.Is(err, errDisk) {
		t.Errorf("without chance: got error %v", err)
	}
}

func TestParseCertificateHeader(t *testing.T) {
	text := strangerCertificate(t, start, start.AddDate(1, 0, 0))
	for !strings.Contains(text, "+") { // the sign that decoders disagree about
		text = strangerCertificate(t, start, start.AddDate(1, 0, 0))
	}
	want := auth.FingerprintOf(certificate(t, text))
	escape := strings.NewReplacer(" ", "%20", "\n", "%0A", "/", "%2F", "+", "%2B", "=", "%3D")
	nginx := escape.Replace(text)
	if got := auth.EscapeCertificate(text); got != nginx {
		t.Errorf("escaped as\n%s\nwant\n%s", got, nginx)
	}
	lowerCase := strings.NewReplacer("%2F", "%2f", "%0A", "%0a", "%2B", "%2b", "%3D", "%3d")
	for name, escaped := range map[string]string{
		"nginx":              nginx,
		"lower case":         lowerCase.Replace(nginx),
		"pluses as they are": strings.ReplaceAll(nginx, "%2B", "+"),
		"only line ends":     strings.ReplaceAll(text, "\n", "%0A"),
		"form field":         url.QueryEscape(text),
		"Windows line ends":  url.PathEscape(strings.ReplaceAll(text, "\n", "\r\n")),
		"no line end":        url.PathEscape(strings.TrimSpace(text)),
		"every byte escaped": everyByteEscaped(text),
	} {
		_, got, err := auth.ParseCertificateHeader(escaped)
		if err != nil || got != want {
			t.Errorf("%s: got %s, error %v, want %s", name, got, err, want)
		}
	}
}

func everyByteEscaped(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		b.WriteString("%" + string(digits[text[i]>>4]) + string(digits[text[i]&15]))
	}
	return b.String()
}

func TestParseCertificateHeaderRefuses(t *testing.T) {
	_, keyPEM, _, err := auth.NewClientCertificate(rand.Reader, "x", start, start.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	text := strangerCertificate(t, start, start.AddDate(1, 0, 0))
	block, _ := pem.Decode([]byte(text))
	encode := func(b *pem.Block) string { return auth.EscapeCertificate(string(pem.EncodeToMemory(b))) }
	cut := strings.Index(text, "\n") + 20

	for name, escaped := range map[string]string{
		"words":            "no certificate",
		"raw PEM":          text[:len(text)/2],
		"line ends lost":   strings.ReplaceAll(text, "\n", " "),
		"not URL-encoded":  "%zz" + auth.EscapeCertificate(text),
		"cut-off escape":   auth.EscapeCertificate(text) + "%2",
		"base64 of PEM":    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
		"a key":            auth.EscapeCertificate(string(keyPEM)),
		"key behind":       auth.EscapeCertificate(text + string(keyPEM)),
		"key in front":     auth.EscapeCertificate(string(keyPEM) + text),
		"two certificates": auth.EscapeCertificate(text + text),
		"words in front":   auth.EscapeCertificate("hello\n" + text),
		"words behind":     auth.EscapeCertificate(text + "hello"),
		"PEM headers": encode(&pem.Block{
			Type: "CERTIFICATE", Headers: map[string]string{"A": "b"}, Bytes: block.Bytes,
		}),
		"no DER":           encode(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("hello")}),
		"bytes behind DER": encode(&pem.Block{Type: "CERTIFICATE", Bytes: append(block.Bytes, 0)}),
		"another type":     encode(&pem.Block{Type: "TRUSTED CERTIFICATE", Bytes: block.Bytes}),
		"not base64":       auth.EscapeCertificate(text[:cut] + "!" + text[cut:]),
		"too large":        auth.EscapeCertificate(text) + strings.Repeat("%0A", 16<<10/3),
	} {
		cert, fp, err := auth.ParseCertificateHeader(escaped)
		if !errors.Is(err, auth.ErrCertificateMalformed) || errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("%s: got error %v, want %v", name, err, auth.ErrCertificateMalformed)
		}
		if cert != nil || fp != (auth.Fingerprint{}) {
			t.Errorf("%s: refused, and yet a certificate", name)
		}
	}
	if _, _, err := auth.ParseCertificateHeader(""); err != auth.ErrCertificateMissing {
		t.Errorf("none: got error %v, want %v", err, auth.ErrCertificateMissing)
	}
	if _, _, err := auth.ParseCertificate(text + strings.Repeat("x", 16<<10)); err == nil {
		t.Error("a PEM beyond the limit: accepted")
	}
}

func TestCheckValidity(t *testing.T) {
	end := start.AddDate(1, 0, 0)
	cert := certificate(t, strangerCertificate(t, start, end))
	for _, test := range []struct {
		now  time.Time
		want error
	}{
		{start.Add(-time.Microsecond), auth.ErrCertificateEarly},
		{start, nil},
		{end, nil},
		{end.Add(time.Microsecond), auth.ErrCertificateExpired},
	} {
		if err := auth.CheckValidity(cert, test.now); err != test.want {
			t.Errorf("%s: got error %v, want %v", test.now, err, test.want)
		}
	}
	if err := auth.CheckValidity(&x509.Certificate{}, start); err == nil {
		t.Error("the zero certificate is valid")
	}
}
