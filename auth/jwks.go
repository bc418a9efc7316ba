package auth

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
)

// jwk is a public RSA key as others read it (RFC 7517, RFC 7518 section 6.3.1).
type jwk struct {
	Type      string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	Modulus   string `json:"n"`
	Exponent  string `json:"e"`
}

// jwks lists the public keys. Secrets of HS256 have no public half and are left out.
func (k Keys) jwks() []byte {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, key := range append([]Key{k.Current}, k.Older...) {
		public, ok := key.verify.(*rsa.PublicKey)
		if !ok {
			continue
		}
		n, e := rsaNumbers(public)
		set.Keys = append(set.Keys, jwk{
			Type: "RSA", Use: "sig", Algorithm: key.method.Alg(), ID: key.id, Modulus: n, Exponent: e,
		})
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic(fmt.Sprintf("auth: %v", err)) // plain texts can always be encoded
	}
	return text
}

// thumbprint names a key by its SHA-256, over its required members in order (RFC 7638).
func thumbprint(key *rsa.PublicKey) string {
	n, e := rsaNumbers(key)
	hash := sha256.Sum256([]byte(`{"e":"` + e + `","kty":"RSA","n":"` + n + `"}`))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

func rsaNumbers(key *rsa.PublicKey) (n, e string) {
	encode := base64.RawURLEncoding.EncodeToString
	return encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes())
}
