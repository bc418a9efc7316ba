package webhook_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/webhook"
)

const (
	firstKey  = "a first made-up key of secrets, 32+"
	secondKey = "a second made-up key of secrets, 32+"
)

func newVault(t *testing.T, key string, older ...string) *webhook.Vault {
	t.Helper()
	var rest [][]byte
	for _, one := range older {
		rest = append(rest, []byte(one))
	}
	v, err := webhook.NewVault(rand.Reader, []byte(key), rest...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIsSealedIsOpenedForItsPurposeAlone(t *testing.T) {
	v := newVault(t, firstKey)
	sealed, err := v.Seal("senha", "password of 1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.Seal("senha", "password of 1")
	if err != nil || again == sealed || strings.Contains(sealed, "senha") {
		t.Errorf("sealed as %s and %s, %v", sealed, again, err)
	}
	if plain, err := v.Open(sealed, "password of 1"); plain != "senha" || err != nil {
		t.Errorf("opened as %q, %v", plain, err)
	}
	bent := []byte(sealed)
	bent[len(bent)-3] ^= 1
	for name, open := range map[string]func() (string, error){
		"another purpose": func() (string, error) { return v.Open(sealed, "password of 2") },
		"another key":     func() (string, error) { return newVault(t, secondKey).Open(sealed, "password of 1") },
		"changed":         func() (string, error) { return v.Open(string(bent), "password of 1") },
		"cut":             func() (string, error) { return v.Open(sealed[:12], "password of 1") },
		"empty":           func() (string, error) { return v.Open("", "password of 1") },
		"not sealed":      func() (string, error) { return v.Open("senha", "password of 1") },
	} {
		if plain, err := open(); !errors.Is(err, webhook.ErrSealed) || plain != "" {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}

func TestKeysChangeWithoutLoss(t *testing.T) {
	sealed, err := newVault(t, firstKey).Seal("senha", "p")
	if err != nil {
		t.Fatal(err)
	}
	both := newVault(t, secondKey, firstKey)
	if plain, err := both.Open(sealed, "p"); plain != "senha" || err != nil {
		t.Errorf("opened under the older key as %q, %v", plain, err)
	}
	anew, err := both.Seal("senha", "p")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := newVault(t, secondKey).Open(anew, "p"); plain != "senha" || err != nil {
		t.Errorf("what is sealed now is sealed under the older key: %q, %v", plain, err)
	}
	if _, err := webhook.NewVault(rand.Reader, []byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}

// TestSignaturesAreThoseOfStandardWebhooks compares with the example of the
// specification's own libraries, and with a computation of our own.
func TestSignaturesAreThoseOfStandardWebhooks(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"test": 2432232314}`
	h := webhook.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(body), key)
	if got := h.Get("Webhook-Signature"); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signature %s", got)
	}
	h = webhook.Sign("cash_in-7", time.Unix(1, 999), []byte(body), []byte("new"), []byte("old"))
	var want []string
	for _, key := range []string{"new", "old"} {
		mac := hmac.New(sha256.New, []byte(key))
		fmt.Fprintf(mac, "cash_in-7.1.%s", body)
		want = append(want, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if got := h.Get("webhook-signature"); got != strings.Join(want, " ") || h.Get("webhook-timestamp") != "1" {
		t.Errorf("headers %v, want signatures %v", h, want)
	}
	if h := webhook.Sign("x", time.Unix(1, 0), nil); h.Get("Webhook-Signature") != "" || h.Get("Webhook-Id") != "x" {
		t.Errorf("without a key: %v", h)
	}
}
