package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// secretPrefix begins every signing secret (Standard Webhooks 1.0.0).
const secretPrefix = "whsec_"

// secretBytes is how many random bytes a signing secret has: 24 to 64 are
// allowed.
const secretBytes = 32

// newSecret draws a signing secret.
func newSecret(rand io.Reader) (string, error) {
	var random [secretBytes]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return "", fmt.Errorf("draw a signing secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(random[:]), nil
}

// keyOf is the key that a signing secret is the text of.
func keyOf(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return nil, errors.New("signing secret is not one")
	}
	return key, nil
}

// Sign returns the headers of a message as Standard Webhooks 1.0.0 has them. Each
// key signs id, time in seconds, and body; without a key there is no signature.
func Sign(id string, at time.Time, body []byte, keys ...[]byte) http.Header {
	seconds := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {seconds}}
	if len(keys) == 0 {
		return h
	}
	signatures := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, id+"."+seconds+".") // a hash takes everything
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	h["Webhook-Signature"] = []string{strings.Join(signatures, " ")}
	return h
}
