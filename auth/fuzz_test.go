package auth_test

import (
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/auth"
)

// No text but the token itself is taken for it.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, nil)
	good := w.token(f, w.create(f, maria))
	parts := strings.Split(good, ".")
	f.Add(good)
	f.Add("")
	f.Add("..")
	f.Add(good + "=")
	f.Add(parts[0] + "." + parts[1] + ".")
	f.Add("eyJhbGciOiJub25lIn0." + parts[1] + ".")
	f.Add(parts[0] + ".bnVsbA." + parts[2])
	f.Fuzz(func(t *testing.T, raw string) {
		id, err := w.Verify(t.Context(), raw)
		if raw == good {
			if err != nil || id.Account != maria {
				t.Fatalf("the token itself: %+v, error %v", id, err)
			}
			return
		}
		if !errors.Is(err, auth.ErrUnauthorized) || id != (auth.Identity{}) {
			t.Fatalf("%q: %+v, error %v", raw, id, err)
		}
		if n := w.Remembered(); n > 1 {
			t.Fatalf("%q is remembered", raw)
		}
	})
}

// What is read can be written and read again as the same certificate.
func FuzzParseCertificateHeader(f *testing.F) {
	text := strangerCertificate(f, start, start.AddDate(1, 0, 0))
	f.Add(auth.EscapeCertificate(text))
	f.Add(strings.ReplaceAll(auth.EscapeCertificate(text), "%20", "+"))
	f.Add(strings.ReplaceAll(auth.EscapeCertificate(text), "%2B", "+"))
	f.Add(auth.EscapeCertificate(text + text))
	f.Add("-----BEGIN%20CERTIFICATE-----%0A-----END%20CERTIFICATE-----")
	f.Add("%")
	f.Fuzz(func(t *testing.T, escaped string) {
		cert, fp, err := auth.ParseCertificateHeader(escaped)
		if err != nil {
			missing := errors.Is(err, auth.ErrCertificateMissing)
			if cert != nil || missing != (escaped == "") ||
				!missing && !errors.Is(err, auth.ErrCertificateMalformed) {
				t.Fatalf("%q: error %v", escaped, err)
			}
			return
		}
		block := pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}
		again := auth.EscapeCertificate(string(pem.EncodeToMemory(&block)))
		if _, got, err := auth.ParseCertificateHeader(again); err != nil || got != fp {
			t.Fatalf("%q: again %s, error %v, want %s", escaped, got, err, fp)
		}
	})
}

// Whatever a file holds, it is a key of ours or an error that quotes nothing of it.
func FuzzNewRS256Key(f *testing.F) {
	good := privatePEM(f, rsaKey(f, 0))
	f.Add(good)
	f.Add(publicPEM(f, rsaKey(f, 1).Public()))
	f.Add(privatePEM(f, rsaKey(f, 2)))
	f.Add("-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: x\n\nAAAA\n-----END RSA PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := auth.NewRS256Key(text)
		if (err == nil) != (len(key.ID()) == 43) {
			t.Fatalf("%q: key %v, error %v", text, key, err)
		}
		if err == nil && !strings.Contains(text, "-----BEGIN ") {
			t.Fatalf("%q is a key", text)
		}
	})
}
