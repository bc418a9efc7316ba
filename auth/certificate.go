package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

const (
	certificateBytesMax = 16 << 10
	certificateBlock    = "CERTIFICATE"
	certificateStart    = "-----BEGIN " + certificateBlock + "-----"
)

// FingerprintOf returns the fingerprint by which we know a certificate.
func FingerprintOf(cert *x509.Certificate) Fingerprint { return sha256.Sum256(cert.Raw) }

// String is the fingerprint as 64 hex digits.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// ParseCertificateHeader reads the header in which a proxy that ends TLS hands on the
// client's certificate: a PEM, URL-encoded. It does not look at the certificate's dates,
// which Issue does, and the proxy has made sure that the client has its key.
//
// A plus sign stands for itself, as in what nginx sends ($ssl_client_escaped_cert), unless
// the first line shows that pluses are spaces: clients who encode it as a form field do so.
func ParseCertificateHeader(escaped string) (*x509.Certificate, Fingerprint, error) {
	if escaped == "" {
		return nil, Fingerprint{}, ErrCertificateMissing
	}
	if len(escaped) > certificateBytesMax {
		return nil, Fingerprint{}, malformedCertificate("larger than 16 KiB")
	}
	unescape := url.PathUnescape
	if strings.Contains(escaped, "BEGIN+"+certificateBlock) {
		unescape = url.QueryUnescape
	}
	text, err := unescape(escaped)
	if err != nil {
		return nil, Fingerprint{}, malformedCertificate("not URL-encoded")
	}
	return ParseCertificate(text)
}

// ParseCertificate reads a PEM that holds one certificate and nothing else.
func ParseCertificate(text string) (*x509.Certificate, Fingerprint, error) {
	text = strings.TrimSpace(text)
	if len(text) > certificateBytesMax {
		return nil, Fingerprint{}, malformedCertificate("larger than 16 KiB")
	}
	if !strings.HasPrefix(text, certificateStart) {
		return nil, Fingerprint{}, malformedCertificate("no PEM of a certificate")
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != certificateBlock || len(block.Headers) > 0 {
		return nil, Fingerprint{}, malformedCertificate("no PEM of a certificate")
	}
	if len(rest) > 0 {
		return nil, Fingerprint{}, malformedCertificate("more than one certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, Fingerprint{}, malformedCertificate(err.Error())
	}
	return cert, FingerprintOf(cert), nil
}

func malformedCertificate(why string) error {
	return fmt.Errorf("%w: %s", ErrCertificateMalformed, why)
}

// EscapeCertificate writes a PEM as ParseCertificateHeader reads it, with every character
// escaped that any decoder might take for another.
func EscapeCertificate(pem string) string {
	return strings.ReplaceAll(url.QueryEscape(pem), "+", "%20")
}

// CheckValidity tells whether a certificate is valid at an instant, both ends included.
func CheckValidity(cert *x509.Certificate, now time.Time) error {
	if now.Before(cert.NotBefore) {
		return ErrCertificateEarly
	}
	if now.After(cert.NotAfter) {
		return ErrCertificateExpired
	}
	return nil
}

// NewClientCertificate makes a key (ECDSA, P-256) and a certificate that it signs itself,
// for TLS clients only. Nothing is proved by its names: it is known by its fingerprint.
//
// The serial number is drawn from rand. Key and signature come from the standard library's
// own secure source, whatever reader it is given.
func NewClientCertificate(
	rand io.Reader, commonName string, notBefore, notAfter time.Time,
) (certPEM, keyPEM []byte, fp Fingerprint, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return nil, nil, fp, fmt.Errorf("make a key: %w", err)
	}
	template := x509.Certificate{
		Subject:               pkix.Name{CommonName: commonName},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand, &template, &template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, fp, fmt.Errorf("make a certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fp, fmt.Errorf("encode a key: %w", err)
	}
	certPEM = pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: cert})
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	return certPEM, keyPEM, sha256.Sum256(cert), nil
}

// ParseFingerprint reads what String writes, in either case; colons between the bytes, as
// openssl prints them, are passed over.
func ParseFingerprint(text string) (Fingerprint, error) {
	var f Fingerprint
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(raw) != len(f) {
		return f, ErrFingerprint
	}
	copy(f[:], raw)
	return f, nil
}
