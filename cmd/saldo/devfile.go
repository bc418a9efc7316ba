package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/server"
)

// devFile is what saldo dev keeps beside the books, so that what it printed once
// goes on working: secrets, and who the demo merchant is.
type devFile struct {
	TokenSecret   string `json:"tokenSecret"`
	OperatorToken string `json:"operatorToken"`
	AccountID     string `json:"accountId"`
	PixKey        string `json:"pixKey"`
	ClientID      string `json:"clientId,omitempty"`
	ClientSecret  string `json:"clientSecret,omitempty"`
	ClientCert    string `json:"clientCert,omitempty"` // PEM
	ClientKey     string `json:"clientKey,omitempty"`  // PEM

	path string // empty keeps it in memory only
}

const devFileName = "dev.json"

// devFolder is where saldo dev keeps its own file: beside the books, or in the
// default folder when they are in PostgreSQL.
func devFolder(url string) string {
	if inPostgres(url) {
		return dataDefault
	}
	return folder(url)
}

// openDevFile reads the file in a folder, or draws what is to be in it and
// writes it. Without a folder nothing is kept.
func openDevFile(dir string, source io.Reader) (*devFile, error) {
	f := &devFile{}
	if dir != "" {
		f.path = filepath.Join(dir, devFileName)
		text, err := os.ReadFile(f.path)
		if err == nil {
			if err := json.Unmarshal(text, f); err != nil {
				return nil, fmt.Errorf("read %s: %w", f.path, err)
			}
			return f, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if err := f.draw(source); err != nil {
		return nil, err
	}
	return f, f.save()
}

func (f *devFile) draw(source io.Reader) error {
	for _, to := range []*string{&f.TokenSecret, &f.OperatorToken} {
		secret, err := auth.NewSecret(source)
		if err != nil {
			return err
		}
		*to = string(secret)
	}
	key, err := uuid.NewRandomFromReader(source)
	if err != nil {
		return err
	}
	f.PixKey = key.String()
	number, err := rand.Int(source, big.NewInt(9_000_000_000))
	if err != nil {
		return err
	}
	// Ten digits, as the accounts have that the operator opens.
	f.AccountID = fmt.Sprint(1_000_000_000 + number.Int64())
	return nil
}

// save writes the file for its owner alone, in whole or not at all.
func (f *devFile) save() error {
	if f.path == "" {
		return nil
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	part := f.path + ".part"
	if err := os.WriteFile(part, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(part, f.path)
}

// The demo merchant. Everything about it is made up.
const (
	demoBrand    = "avista"
	demoName     = "Loja Exemplo LTDA"
	demoDocument = 10203040
	demoBalance  = 48_734_90 // centavos
	demoPayee    = 123456789 // what the CPF of who is paid is made of
)

// How long the printed token lives, as the API's own do.
const demoTokenLifetime = 30 * time.Minute

// enroll makes sure that the demo merchant has its account and a credential that
// works, and returns a token for it.
func (f *devFile) enroll(ctx context.Context, s *server.Server) (string, error) {
	id, err := ledger.ParseAccountID(f.AccountID)
	if err != nil {
		return "", fmt.Errorf("%s: %w", f.path, err)
	}
	_, err = book.Do(ctx, s.Book, &pix.OpenAccount{OpeningBalance: demoBalance, Profile: pix.Profile{
		ID: id, Name: demoName, Document: pixid.NewCNPJ(demoDocument), Brand: demoBrand, City: "SAO PAULO",
		PixKeys: []string{f.PixKey}, CreatedAt: s.Now().Truncate(time.Microsecond),
	}})
	if err != nil && !errors.Is(err, pix.ErrAccountExists) {
		return "", fmt.Errorf("open the demo account: %w", err)
	}
	if f.ClientID != "" {
		token, err := f.token(ctx, s)
		if err == nil || errors.Is(err, book.ErrUnavailable) {
			return token, err
		}
		s.Log.Info("the demo credential works no more: issuing another", "clientId", f.ClientID)
	}
	issued, err := s.Auth.CreateCredential(ctx, id, auth.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("issue the demo credential: %w", err)
	}
	f.ClientID, f.ClientSecret = issued.ClientID, string(issued.Secret)
	f.ClientCert, f.ClientKey = issued.CertificatePEM, string(issued.KeyPEM)
	if err := f.save(); err != nil {
		return "", err
	}
	return f.token(ctx, s)
}

// token issues a token with the credential that is kept.
func (f *devFile) token(ctx context.Context, s *server.Server) (string, error) {
	certificate, _, err := auth.ParseCertificate(f.ClientCert)
	if err != nil {
		return "", err
	}
	token, err := s.Auth.Issue(ctx, auth.Grant{
		ClientID: f.ClientID, Secret: auth.Secret(f.ClientSecret), Certificate: certificate,
		Issuer: demoBrand, Lifetime: demoTokenLifetime,
	})
	return token.Access, err
}
