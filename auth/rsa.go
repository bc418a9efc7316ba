package auth

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Sizes of RSA keys that are taken, in bits: below, they are too weak (RFC 7518, section
// 3.3); above, one signature costs too much.
const (
	rsaBitsMin = 2048
	rsaBitsMax = 8192
)

// NewRS256Key makes a key out of a PEM: a private key (PKCS#8 or PKCS#1), which signs and
// verifies, or a public one (PKIX), which verifies only. Tokens name it by its thumbprint
// (RFC 7638), so that all nodes name it alike.
func NewRS256Key(text string) (Key, error) {
	block, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil {
		return Key{}, errors.New("no PEM")
	}
	if len(rest) > 0 {
		return Key{}, errors.New("more than one PEM block")
	}
	private, public, err := readRSA(block)
	if err != nil {
		return Key{}, err
	}
	if bits := public.N.BitLen(); bits < rsaBitsMin || bits > rsaBitsMax {
		return Key{}, fmt.Errorf("an RSA key of %d bits, where %d to %d are needed", bits, rsaBitsMin, rsaBitsMax)
	}
	key := Key{id: thumbprint(public), method: jwt.SigningMethodRS256, verify: public}
	if private == nil {
		return key, nil
	}
	if err := private.Validate(); err != nil {
		return Key{}, errors.New("an RSA key that is inconsistent")
	}
	key.sign = private
	return key, nil
}

// readRSA reads a private key with its public half, or a public key alone. Its errors
// quote nothing of the key.
func readRSA(block *pem.Block) (*rsa.PrivateKey, *rsa.PublicKey, error) {
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return nil, nil, errors.New("an encrypted key: keep it unencrypted, readable by the server alone")
		}
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, nil, errors.New("an encrypted key: keep it unencrypted, readable by the server alone")
	default:
		return nil, nil, fmt.Errorf("a PEM of type %q, where an RSA key is needed", block.Type)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("a %s that can't be read", strings.ToLower(block.Type))
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, &key.PublicKey, nil
	case *rsa.PublicKey:
		return nil, key, nil
	}
	return nil, nil, errors.New("a key that is no RSA key")
}
