package auth

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const hs256SecretBytesMin = 32

// Key signs and verifies tokens by one algorithm, which belongs to the key: what a token
// says about its algorithm is compared with it, never followed.
type Key struct {
	id     string
	method jwt.SigningMethod
	sign   any // nil for one that verifies only
	verify any
}

// NewHS256Key makes a key out of a secret of 32 random bytes or more. The id is what
// tokens name it by, and no secret.
func NewHS256Key(id string, secret []byte) (Key, error) {
	if id == "" {
		return Key{}, errors.New("a signing key needs an id")
	}
	if len(secret) < hs256SecretBytesMin {
		return Key{}, fmt.Errorf("the secret of signing key %q has %d bytes, %d are needed",
			id, len(secret), hs256SecretBytesMin)
	}
	secret = slices.Clone(secret)
	return Key{id: id, method: jwt.SigningMethodHS256, sign: secret, verify: secret}, nil
}

// Format prints the id of the key and nothing else, in every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "key "+k.id) }

// ID is what tokens name the key by. It is no secret.
func (k Key) ID() string { return k.id }

// Keys are the keys in use. To rotate without downtime, first add the new key under Older
// everywhere, then make it Current and the old one Older, and drop that when the last
// token signed with it has expired. Keys of several algorithms may stand side by side.
type Keys struct {
	Current Key   // signs
	Older   []Key // verify only
}

// keyring finds keys by id.
type keyring map[string]Key

func (k Keys) ring() (keyring, error) {
	ring := make(keyring, 1+len(k.Older))
	for _, key := range append([]Key{k.Current}, k.Older...) {
		if key.method == nil {
			return nil, errors.New("a signing key is empty")
		}
		if _, twice := ring[key.id]; twice {
			return nil, fmt.Errorf("two signing keys have the id %q", key.id)
		}
		ring[key.id] = key
	}
	if k.Current.sign == nil {
		return nil, fmt.Errorf("signing key %q is a public one: it can't sign", k.Current.id)
	}
	return ring, nil
}

// algorithms lists what the keys are for.
func (r keyring) algorithms() []string {
	var names []string
	for _, key := range r {
		names = append(names, key.method.Alg())
	}
	return names
}

// verifier is a jwt.Keyfunc.
func (r keyring) verifier(token *jwt.Token) (any, error) {
	id, _ := token.Header["kid"].(string)
	key, ok := r[id]
	if !ok {
		return nil, errors.New("no such key")
	}
	if token.Method.Alg() != key.method.Alg() {
		return nil, errors.New("the key is for another algorithm")
	}
	return key.verify, nil
}

// keyset is keys ready for use. It does not change; other keys are another keyset.
type keyset struct {
	signing Key
	ring    keyring
	parser  *jwt.Parser
	jwks    []byte
}

func newKeyset(k Keys, now func() time.Time) (*keyset, error) {
	ring, err := k.ring()
	if err != nil {
		return nil, err
	}
	return &keyset{signing: k.Current, ring: ring, parser: newParser(ring, now), jwks: k.jwks()}, nil
}
