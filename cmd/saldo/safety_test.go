package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/auth"
)

const (
	goodSecret  = "4f1c9a0be27d835614fd2ca7930b6e58d1f2a4c7b9e0638d5a7c1b2e9f40d683"
	goodToken   = "b83d5a7c1b2e9f40d6834f1c9a0be27d835614fd2ca7930b6e58d1f2a4c7b9e0"
	otherSecret = "d40d6834f1c9a0be27d835614fd2ca7930b6e58d1f2a4c7b9e0b83d5a7c1b2e9"
)

// good is a configuration that nothing is wrong with.
func good() config {
	c := defaults()
	c.Data, c.ISPB, c.TokenSecret, c.OperatorToken = dataDefault, "99999003", goodSecret, goodToken
	c.Brands = []brandConfig{{ID: "azul", Name: "Azul", Hosts: []string{"api.azul.example"}}}
	return c
}

func TestUnsafeSettingsAreRefused(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*config)
		want   []string // parts of the message; none when it is fine
	}{
		{"nothing", func(*config) {}, nil},

		{"public without TLS", func(c *config) { c.Addr = "0.0.0.0:8080" },
			[]string{"addr 0.0.0.0:8080 is reachable", "tls_cert", "behind_proxy"}},
		{"public on every address", func(c *config) { c.Addr = ":8080" }, []string{"addr :8080 is reachable"}},
		{"public by name", func(c *config) { c.Addr = "api.example:8080" }, []string{"is reachable"}},
		{"public with TLS", func(c *config) { c.Addr, c.TLSCert, c.TLSKey = ":443", "cert.pem", "key.pem" }, nil},
		{"public behind a proxy", func(c *config) {
			c.Addr, c.BehindProxy, c.CertificateProxies = ":8080", true, []string{"10.0.0.5", "fd00::/8"}
		}, nil},
		{"by the name of this machine", func(c *config) { c.Addr = "localhost:8080" }, nil},
		{"on IPv6's loopback", func(c *config) { c.Addr = "[::1]:8080" }, nil},
		{"no address", func(c *config) { c.Addr = "8080" }, []string{`addr "8080": write host:port`}},
		{"certificate without key", func(c *config) { c.TLSCert = "cert.pem" }, []string{"tls_cert and tls_key"}},

		{"a proxy without address", func(c *config) { c.BehindProxy = true },
			[]string{"behind_proxy is set without certificate_proxies"}},
		{"everybody a proxy", func(c *config) { c.CertificateProxies = []string{"0.0.0.0/0"} },
			[]string{"certificate_proxies 0.0.0.0/0 lets everybody"}},
		{"everybody a proxy, IPv6", func(c *config) { c.CertificateProxies = []string{"::/0"} },
			[]string{"certificate_proxies ::/0 lets everybody"}},
		{"no proxy's address", func(c *config) { c.CertificateProxies = []string{"nginx"} },
			[]string{`certificate_proxies "nginx": write an address`}},

		{"operator without TLS", func(c *config) { c.OperatorAddr = "0.0.0.0:9090" },
			[]string{"operator_addr 0.0.0.0:9090 is reachable", "operator_tls_cert", "operator_expose"}},
		{"operator with TLS", func(c *config) {
			c.OperatorAddr, c.OperatorTLSCert, c.OperatorTLSKey = ":9090", "cert.pem", "key.pem"
		}, nil},
		{"operator exposed", func(c *config) { c.OperatorAddr, c.OperatorExpose = ":9090", true }, nil},
		{"no operator's address", func(c *config) { c.OperatorAddr = "" }, []string{"operator_addr"}},
		{"operator's key alone", func(c *config) { c.OperatorTLSKey = "key.pem" }, []string{"operator_tls_cert and"}},

		{"no token secret", func(c *config) { c.TokenSecret = "" },
			[]string{"token_secret is missing: set SALDO_TOKEN_SECRET", "openssl rand -hex 32"}},
		{"short token secret", func(c *config) { c.TokenSecret = "4f1c9a0be27d8356" }, []string{"token_secret is too short"}},
		{"regular token secret", func(c *config) { c.TokenSecret = auth.Secret(strings.Repeat("ab12", 20)) },
			[]string{"token_secret is too short or too regular"}},
		{"token secret of the example", func(c *config) { c.TokenSecret = "replace-me-with-what-openssl-prints" },
			[]string{"token_secret is an example"}},
		{"token secret with a line end", func(c *config) { c.TokenSecret = goodSecret + "\n" },
			[]string{"token_secret holds blanks"}},
		{"short older secret", func(c *config) { c.TokenSecretsOlder = []auth.Secret{"x"} },
			[]string{"token_secrets_older is too short"}},
		{"older secrets", func(c *config) { c.TokenSecretsOlder = []auth.Secret{otherSecret} }, nil},
		{"an operator token that was a token secret", func(c *config) {
			c.TokenSecretsOlder = []auth.Secret{otherSecret}
			c.OperatorToken = otherSecret
		}, []string{"operator_token is the same as token_secret"}},
		{"one secret twice", func(c *config) { c.TokenSecretsOlder = []auth.Secret{c.TokenSecret} },
			[]string{"keys is there twice"}},
		{"no algorithm", func(c *config) { c.TokenAlgorithm = "none" }, []string{`token_algorithm "none": write HS256 or RS256`}},
		{"RS256 without a key", func(c *config) { c.TokenAlgorithm = "RS256" },
			[]string{"token_key is missing", "openssl genpkey"}},
		{"a key that is not there", func(c *config) { c.TokenKey = "no/such.pem" }, []string{"token_key: ", "no/such.pem"}},
		{"a folder for a key", func(c *config) { c.TokenKeysOlder = []string{"."} }, []string{"token_keys_older: . is no file"}},

		{"bound tokens that nobody can prove", func(c *config) { c.BindTokens = true },
			[]string{"bind_tokens is set, and no client can show its certificate"}},
		{"bound tokens behind a proxy", func(c *config) {
			c.BindTokens, c.CertificateProxies = true, []string{"10.0.0.5"}
		}, nil},
		{"bound tokens without a certificate", func(c *config) {
			c.BindTokens, c.OAuthWithoutCertificate, c.CertificateProxies = true, true, []string{"10.0.0.5"}
		}, []string{"bind_tokens and oauth_without_certificate contradict"}},
		{"a brand's bound tokens without a certificate", func(c *config) {
			c.Brands[0].BindTokens, c.OAuthWithoutCertificate, c.CertificateProxies = true, true, []string{"10.0.0.5"}
		}, []string{"bind_tokens of brand azul and oauth_without_certificate contradict"}},

		{"no operator token", func(c *config) { c.OperatorToken = "" },
			[]string{"operator_token is missing: set SALDO_OPERATOR_TOKEN"}},
		{"short operator token", func(c *config) { c.OperatorToken = "4f1c9a0be27d8356" }, []string{"operator_token is too"}},
		{"operator token of the example", func(c *config) { c.OperatorToken = "CHANGE-ME-4f1c9a0be27d835614fd2ca7930b6e58" },
			[]string{"operator_token is an example"}},
		{"one secret for both", func(c *config) { c.OperatorToken = c.TokenSecret },
			[]string{"operator_token is the same as token_secret"}},

		{"books in memory", func(c *config) { c.Data, c.Store = "", "memory:" }, []string{"store memory: forgets all money"}},
		{"books in two places", func(c *config) { c.Store = "pebble:x" }, []string{"data and store are both set"}},
		{"too much memory", func(c *config) { c.PastMemory = pastMemoryMax + 1 }, []string{"past_memory 1048577"}},
		{"less than no memory", func(c *config) { c.PastMemory = -1 }, []string{"past_memory -1: write MiB up to"}},
		{"much memory", func(c *config) { c.PastMemory = pastMemoryMax }, nil},
		{"the sandbox", func(c *config) { c.Rail = "sandbox" }, nil},
		{"no rail", func(c *config) { c.Rail = "" }, []string{`rail "": write http or sandbox`}},
		{"no ISPB", func(c *config) { c.ISPB = "" }, []string{`ispb "": write the 8 digits`}},
		{"no node", func(c *config) { c.Node = 64 }, []string{"node 64: write a number from 0 to 63"}},
		{"a location with a scheme", func(c *config) { c.LocationBase = "https://qr.example" }, []string{"location_base"}},
		{"no brand", func(c *config) { c.Brands = nil }, []string{"brands is empty"}},
		{"a brand without a name", func(c *config) { c.Brands[0].Name = "" }, []string{`brands: "azul" needs`}},
		{"a brand id in capitals", func(c *config) { c.Brands[0].ID = "Azul" }, []string{`brands: "Azul" needs`}},
		{"a brand's colour by name", func(c *config) { c.Brands[0].Color = "blue" }, []string{`brand azul: color "blue"`}},
		{"a brand's words for nothing", func(c *config) {
			c.Brands[0].Messages = map[string]map[string]string{"pt-BR": {"busy": "x"}}
		}, []string{`"busy" is no error code`}},
		{"a brand twice", func(c *config) { c.Brands = append(c.Brands, c.Brands[0]) }, []string{"brands: brand azul"}},

		{"all at once", func(c *config) { c.Addr, c.TokenSecret, c.Rail = ":80", "", "train" },
			[]string{"addr :80", "token_secret is missing", `rail "train"`}},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := good()
			r.change(&c)
			_, err := c.build()
			if len(r.want) == 0 && err != nil {
				t.Error(err)
			}
			for _, want := range r.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			for _, secret := range []auth.Secret{c.TokenSecret, c.OperatorToken} {
				if err != nil && len(secret) > 8 && strings.Contains(err.Error(), string(secret)) {
					t.Errorf("the message shows a secret: %v", err)
				}
			}
		})
	}
}

// Nodes with the same secrets must name their keys alike, and after a rotation
// each must know the other's.
func TestTokenKeysAreKnownByTheirSecret(t *testing.T) {
	older := good()
	older.TokenSecret, older.TokenSecretsOlder = otherSecret, []auth.Secret{goodSecret}
	a, b := good(), older
	first, err := a.build()
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.build()
	if err != nil {
		t.Fatal(err)
	}
	name := func(k auth.Key) string { return fmt.Sprint(k) }
	if name(first.TokenKeys.Current) != name(second.TokenKeys.Older[0]) {
		t.Error("one secret has two names")
	}
	if name(first.TokenKeys.Current) == name(second.TokenKeys.Current) {
		t.Error("two secrets have one name")
	}
}

func TestTheExampleIsFineButForItsSecrets(t *testing.T) {
	const example = "../../docs/examples/saldo.yaml"
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	own := writeFile(t, filepath.Join(t.TempDir(), "saldo.yaml"), string(text))
	_, _, err = call(t, nil, "serve", "--config", own)
	for _, want := range []string{"token_secret is an example", "operator_token is an example", "secrets_key is an example"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if lines := strings.Count(err.Error(), "\n"); lines != 3 {
		t.Errorf("more is wrong: %v", err)
	}
	e := env{"SALDO_TOKEN_SECRET": goodSecret, "SALDO_OPERATOR_TOKEN": goodToken, "SALDO_SECRETS_KEY": otherSecret}
	c, err := load(config{}, nil, e.get, example)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.build(); err != nil {
		t.Error(err)
	}
}
