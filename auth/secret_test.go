package auth_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/saldo-pix/saldo/auth"
)

func TestNewSecret(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Z2-7]{52}$`)
	first, err1 := auth.NewSecret(rand.Reader)
	second, err2 := auth.NewSecret(rand.Reader)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if !shape.MatchString(string(first)) || first == second {
		t.Errorf("secrets %q and %q", string(first), string(second))
	}
	broken := iotest.ErrReader(errDisk)
	if _, err := auth.NewSecret(broken); err == nil {
		t.Error("a secret without chance")
	}
	if err := new(auth.Credential).SetSecret(broken, first); err == nil {
		t.Error("a salt without chance")
	}
}

func TestNewClientID(t *testing.T) {
	id, err := auth.NewClientID(bytes.NewReader([]byte{0, 0xab, 1, 0xff}), maria)
	if want := "account-10001-00ab01ff"; err != nil || id != want {
		t.Errorf("got %q, %v, want %q", id, err, want)
	}
	if _, err := auth.NewClientID(bytes.NewReader([]byte{1, 2}), maria); err == nil {
		t.Error("a client id out of too little chance")
	}
}

func TestSecretMatches(t *testing.T) {
	var c, other auth.Credential
	for _, each := range []*auth.Credential{&c, &other} {
		if err := each.SetSecret(rand.Reader, "correct horse"); err != nil {
			t.Fatal(err)
		}
	}
	if c.SecretHash == other.SecretHash {
		t.Error("one hash for the secrets of two clients: no salt")
	}
	if !c.SecretMatches("correct horse") {
		t.Error("the secret does not match")
	}
	for _, wrong := range []auth.Secret{"", "correct hors", "correct horse ", "Correct horse"} {
		if c.SecretMatches(wrong) || new(auth.Credential).SecretMatches(wrong) {
			t.Errorf("%q matches", string(wrong))
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	const secret = "s3cr3t"
	type holder struct{ Secret auth.Secret }
	var log bytes.Buffer
	for _, handler := range []slog.Handler{
		slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil),
	} {
		slog.New(handler).Info("", "a", auth.Secret(secret), "b", holder{secret}, "c", &holder{secret})
	}
	text, err := json.Marshal(map[string]any{"a": holder{secret}})
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{log.String(), string(text)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%5.2s"} {
		for _, value := range []any{auth.Secret(secret), holder{secret}, []auth.Secret{secret}} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
	}
	printed = append(printed, auth.Secret(secret).String(), auth.Secret(secret).GoString())
	for _, text := range printed {
		if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), "733363723374") {
			t.Errorf("shown: %s", text)
		}
	}
	if string(auth.Secret(secret)) != secret {
		t.Error("lost")
	}
}

func TestKeysAreMasked(t *testing.T) {
	keys := auth.Keys{Current: hs256(t, "k1", []byte(strings.Repeat("s3cr3t", 6)))}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb, keys); !strings.Contains(text, "key k1") ||
			strings.Contains(text, "s3cr3t") || strings.Contains(text, "115 51") {
			t.Errorf("%s: %s", verb, text)
		}
	}
}

func TestOperatorToken(t *testing.T) {
	configured := strings.Repeat("0123456789abcdef", 2)
	token, err := auth.NewOperatorToken(auth.Secret(configured))
	if err != nil {
		t.Fatal(err)
	}
	if !token.Matches(configured) {
		t.Error("the configured token does not match")
	}
	for _, wrong := range []string{"", configured + "0", configured[1:], strings.ToUpper(configured)} {
		if token.Matches(wrong) || (auth.OperatorToken{}).Matches(wrong) {
			t.Errorf("%q matches", wrong)
		}
	}
	for name, bad := range map[string]string{
		"empty":      "",
		"short":      configured[1:],
		"a line end": configured + "\n",
		"a space":    configured + " x",
		"an accent":  configured + "é",
	} {
		_, err := auth.NewOperatorToken(auth.Secret(bad))
		if err != auth.ErrOperatorToken {
			t.Errorf("%s: got error %v, want %v", name, err, auth.ErrOperatorToken)
		}
	}
}
