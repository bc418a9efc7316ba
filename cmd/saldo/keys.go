package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/saldo-pix/saldo/auth"
)

// The algorithms by which tokens can be signed.
const (
	algorithmHS256 = "HS256"
	algorithmRS256 = "RS256"
)

// readTokenKeys reads all keys that are configured. One signs, as the algorithm
// says; all others verify only, those of the other algorithm among them, so that
// a change of the algorithm turns nobody away.
func (c *config) readTokenKeys(p *problems) auth.Keys {
	byHash, byRSA := c.readSecrets(p), c.readKeyFiles(p)
	first := byHash
	switch c.TokenAlgorithm {
	case algorithmHS256:
		byHash = nil
	case algorithmRS256:
		first, byRSA = byRSA, nil
		if c.TokenKey == "" {
			p.add("token_algorithm is RS256 and token_key is missing: set it to a file that " +
				"`openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072` made")
		}
	default:
		p.add("token_algorithm %q: write HS256 or RS256", c.TokenAlgorithm)
	}
	isTokenSecret := c.OperatorToken == c.TokenSecret || slices.Contains(c.TokenSecretsOlder, c.OperatorToken)
	if c.OperatorToken != "" && isTokenSecret {
		p.add("operator_token is the same as token_secret: draw one for each")
	}
	all := slices.Concat(first, byHash, byRSA)
	checkOnce(p, all)
	if len(all) == 0 {
		return auth.Keys{} // a problem already
	}
	return auth.Keys{Current: all[0], Older: all[1:]}
}

// checkOnce refuses a key that is there twice.
func checkOnce(p *problems, keys []auth.Key) {
	seen := make(map[string]bool)
	for _, key := range keys {
		if id := key.ID(); id != "" && seen[id] {
			p.add("one of the token's keys is there twice: drop it from the older ones")
		}
		seen[key.ID()] = true
	}
}

func (c *config) readSecrets(p *problems) []auth.Key {
	var keys []auth.Key
	if c.TokenSecret != "" || c.TokenAlgorithm != algorithmRS256 {
		checkSecret(p, "token_secret", c.TokenSecret)
		keys = append(keys, tokenKey(p, "token_secret", c.TokenSecret))
	}
	for _, secret := range c.TokenSecretsOlder {
		checkSecret(p, "token_secrets_older", secret)
		keys = append(keys, tokenKey(p, "token_secrets_older", secret))
	}
	return keys
}

// tokenKey makes a key that tokens name by a fingerprint of its secret, which is
// the same on all nodes and tells nothing.
func tokenKey(p *problems, name string, secret auth.Secret) auth.Key {
	if len(secret) < secretMin {
		return auth.Key{} // a problem already
	}
	hash := sha256.Sum256([]byte("saldo token key " + string(secret)))
	key, err := auth.NewHS256Key(hex.EncodeToString(hash[:4]), []byte(secret))
	if err != nil {
		p.add("%s: %v", name, err)
	}
	return key
}

func (c *config) readKeyFiles(p *problems) []auth.Key {
	var keys []auth.Key
	if c.TokenKey != "" {
		key, isPrivate := readKeyFile(p, "token_key", c.TokenKey)
		if !isPrivate && key.ID() != "" {
			p.add("token_key %s is a public key, which can't sign: name the private one", c.TokenKey)
		}
		keys = append(keys, key)
	}
	for _, file := range c.TokenKeysOlder {
		key, _ := readKeyFile(p, "token_keys_older", file)
		keys = append(keys, key)
	}
	return keys
}

// keyFileMax is above what the largest key that is taken needs, in bytes.
const keyFileMax = 32 << 10

// readKeyFile reads an RSA key. A private one that others can read is refused.
func readKeyFile(p *problems, name, file string) (key auth.Key, isPrivate bool) {
	text, mode, err := readSmallFile(file)
	if err != nil {
		p.add("%s: %v", name, err)
		return auth.Key{}, false
	}
	isPrivate = strings.Contains(text, "PRIVATE KEY-----")
	if isPrivate && mode&openToOthers != 0 {
		p.add("%s %s can be read by others on this machine, or changed by its group: chmod 600 it", name, file)
	}
	if key, err = auth.NewRS256Key(text); err != nil {
		p.add("%s %s: it holds %v", name, file, err)
	}
	return key, isPrivate
}

// openToOthers are the permissions that a file with a secret must not have: a group
// may be made to read it, and nobody else.
const openToOthers fs.FileMode = 0o027

func readSmallFile(file string) (string, fs.FileMode, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() || info.Size() > keyFileMax {
		return "", 0, fmt.Errorf("%s is no file of at most %d bytes", file, keyFileMax)
	}
	text, err := os.ReadFile(file)
	return string(text), info.Mode(), err
}
