package webhook

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Vault seals secrets that must be sent out again, and therefore can't be kept as
// hashes: with AES-256-GCM, under a key that is not in the books. What is sealed
// for one purpose can't be opened for another.
type Vault struct {
	keys []vaultKey // the first seals, all open
	rand io.Reader
}

type vaultKey struct {
	id   string // what sealed texts name it by; tells nothing
	aead cipher.AEAD
}

// ErrSealed means that a sealed text can't be opened: its key is not configured,
// or it was changed.
var ErrSealed = errors.New("sealed secret can't be opened")

// NewVault returns a vault that seals under a key and opens under the older ones
// too. Keys are secrets of 32 characters or more.
func NewVault(rand io.Reader, key []byte, older ...[]byte) (*Vault, error) {
	v := &Vault{rand: rand}
	for _, secret := range append([][]byte{key}, older...) {
		if len(secret) < 32 {
			return nil, errors.New("a key of secrets needs 32 characters")
		}
		k, err := newVaultKey(secret)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, k)
	}
	return v, nil
}

func newVaultKey(secret []byte) (vaultKey, error) {
	const purpose = "saldo sealed secrets 1"
	material, err := hkdf.Key(sha256.New, secret, nil, purpose, 36)
	if err != nil {
		return vaultKey{}, err
	}
	block, err := aes.NewCipher(material[:32])
	if err != nil {
		return vaultKey{}, err
	}
	aead, err := cipher.NewGCM(block)
	return vaultKey{hex.EncodeToString(material[32:]), aead}, err
}

// Seal returns a text that only Open with the same purpose makes plain again.
func (v *Vault) Seal(plain, purpose string) (string, error) {
	key := v.keys[0]
	nonce := make([]byte, key.aead.NonceSize(), key.aead.NonceSize()+len(plain)+key.aead.Overhead())
	if _, err := io.ReadFull(v.rand, nonce); err != nil {
		return "", fmt.Errorf("draw a nonce: %w", err)
	}
	sealed := key.aead.Seal(nonce, nonce, []byte(plain), []byte(purpose))
	return key.id + "." + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open returns what was sealed.
func (v *Vault) Open(sealed, purpose string) (string, error) {
	id, text, _ := strings.Cut(sealed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", ErrSealed
	}
	for _, key := range v.keys {
		if size := key.aead.NonceSize(); key.id == id && len(raw) > size {
			plain, err := key.aead.Open(nil, raw[:size], raw[size:], []byte(purpose))
			if err == nil {
				return string(bytes.Clone(plain)), nil
			}
		}
	}
	return "", ErrSealed
}
