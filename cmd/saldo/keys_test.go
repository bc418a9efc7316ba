package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/auth"
)

// rsaFiles writes a private key and its public half, and returns their files.
func rsaFiles(t *testing.T) (private, public string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	half, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		return writeFile(t, filepath.Join(dir, name), string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	}
	return write("key.pem", "PRIVATE KEY", der), write("key.pub", "PUBLIC KEY", half)
}

// keysOf are the names of the keys of a configuration, the one that signs first.
func keysOf(t *testing.T, c config) []string {
	t.Helper()
	plan, err := c.build()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{plan.TokenKeys.Current.ID()}
	for _, key := range plan.TokenKeys.Older {
		names = append(names, key.ID())
	}
	return names
}

// The algorithm chooses what signs; all other keys verify.
func TestTheAlgorithmChoosesWhatSigns(t *testing.T) {
	one, _ := rsaFiles(t)
	two, half := rsaFiles(t)
	base := good()
	base.SecretsKey = otherSecret // of webhooks; needed where there is no token_secret
	secret := keysOf(t, base)[0]
	base.TokenKey = one
	rsaName := keysOf(t, base)[1]
	base.TokenKeysOlder = []string{half}
	older := keysOf(t, base)[2]
	for _, c := range []struct {
		name   string
		change func(*config)
		want   []string
	}{
		{"HS256", func(*config) {}, []string{secret, rsaName, older}},
		{"RS256", func(c *config) { c.TokenAlgorithm = "RS256" }, []string{rsaName, older, secret}},
		{"RS256 alone", func(c *config) { c.TokenAlgorithm, c.TokenSecret = "RS256", "" }, []string{rsaName, older}},
		{"its two keys swapped", func(c *config) {
			c.TokenAlgorithm, c.TokenKey, c.TokenKeysOlder = "RS256", two, []string{one}
		}, []string{older, rsaName, secret}},
	} {
		configured := base
		c.change(&configured)
		if got := strings.Join(keysOf(t, configured), " "); got != strings.Join(c.want, " ") {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAnRSAKeyMustBeOurs(t *testing.T) {
	private, public := rsaFiles(t)
	with := func(c config) string {
		if _, err := c.build(); err != nil {
			return err.Error()
		}
		return ""
	}
	c := good()
	c.TokenAlgorithm, c.TokenKey = "RS256", public
	if got := with(c); !strings.Contains(got, "token_key "+public+" is a public key") {
		t.Errorf("a public key that signs: %s", got)
	}
	c.TokenKey, c.TokenKeysOlder = private, []string{public}
	if got := with(c); !strings.Contains(got, "keys is there twice") {
		t.Errorf("a key beside its public half: %s", got)
	}
	c.TokenKeysOlder = nil
	for mode, fine := range map[os.FileMode]bool{
		0o600: true, 0o400: true, 0o640: true, 0o440: true,
		0o644: false, 0o604: false, 0o660: false, 0o601: false, 0o602: false,
	} {
		if err := os.Chmod(private, mode); err != nil {
			t.Fatal(err)
		}
		if got := with(c); (got == "") != fine || !fine && !strings.Contains(got, private+" can be read by others") {
			t.Errorf("mode %o: %s", mode, got)
		}
	}
	// What everybody may know, everybody may read.
	if err := os.Chmod(public, 0o644); err != nil {
		t.Fatal(err)
	}
	c = good()
	c.TokenKeysOlder = []string{public}
	if got := with(c); got != "" {
		t.Errorf("a public key that all can read: %s", got)
	}
	broken := writeFile(t, filepath.Join(t.TempDir(), "broken.pem"), "hello")
	c.TokenKeysOlder = []string{broken}
	if got := with(c); !strings.Contains(got, "token_keys_older "+broken+": it holds no PEM") {
		t.Errorf("no key: %s", got)
	}
}

// A file that others can read may not hold a secret that is in use.
func TestAFileWithSecretsIsTheServersAlone(t *testing.T) {
	file := writeFile(t, filepath.Join(t.TempDir(), "saldo.yaml"), "token_secrets_older: ["+goodSecret+"]\n")
	load := func(e env) error { _, err := load(config{}, nil, e.get, file); return err }
	if err := load(nil); err != nil {
		t.Error(err)
	}
	for mode, fine := range map[os.FileMode]bool{0o600: true, 0o640: true, 0o644: false, 0o660: false} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		err := load(nil)
		if (err == nil) != fine || !fine && !strings.Contains(err.Error(), file+" holds token_secrets_older and can be read") {
			t.Errorf("mode %o: %v", mode, err)
		}
		// One that the environment overrules is not in use.
		if err := load(env{"SALDO_TOKEN_SECRETS_OLDER": otherSecret}); err != nil {
			t.Errorf("mode %o, not in use: %v", mode, err)
		}
	}
}

// A reading that fails tells why on one line, and no secret.
func TestProblemsOfARunningServerAreOneLine(t *testing.T) {
	c := good()
	c.TokenSecret, c.TokenSecretsOlder = "short", []auth.Secret{"shorter"}
	var p problems
	c.readTokenKeys(&p)
	err := p.plain()
	if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "shorter") ||
		!strings.Contains(err.Error(), "token_secret is too short") || !strings.Contains(err.Error(), "token_secrets_older is too") {
		t.Errorf("%v", err)
	}
	if err := (problems{}).plain(); err != nil {
		t.Error(err)
	}
}
