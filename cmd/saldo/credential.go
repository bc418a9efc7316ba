package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// credentialCmd is saldo credential.
type credentialCmd struct {
	Create credentialCreateCmd `cmd:"" help:"Let a client of an account in. What is printed is shown once."`
	List   credentialListCmd   `cmd:"" help:"List the credentials of an account."`
	Delete credentialDeleteCmd `cmd:"" help:"Shut a client out: its tokens are void at once."`
}

// credentialCreateCmd is saldo credential create.
type credentialCreateCmd struct {
	Account     string   `arg:"" help:"Number of the account."`
	Certificate string   `placeholder:"FILE" help:"Certificate that the client has already, in PEM; - reads it from the input. One is made, with its key, if not given."`
	Scope       []string `placeholder:"SCOPE" help:"What its tokens are good for: pix:read, pix:write, balance:read. Repeatable; all if not given."`
	operatorFlags
}

// newCredential is the body of POST /accounts/{id}/credentials.
type newCredential struct {
	Certificate string   `json:"certificate,omitempty"`
	Scopes      []string `json:"scopes,omitempty"`
}

// issued is what it is answered with.
type issued struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	ClientCert   string `json:"clientCert"`
	ClientKey    string `json:"clientKey"`
	Fingerprint  string `json:"fingerprint"`
}

// Run issues the credential.
func (c *credentialCreateCmd) Run(ctx context.Context, m *machine) error {
	body, err := m.readCertificate(c.Certificate)
	if err != nil {
		return err
	}
	body.Scopes = c.Scope
	answer, err := c.call(ctx, http.MethodPost, credentialsOf(c.Account), body)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answer)
	}
	i, err := decode[issued](answer)
	if err != nil {
		return err
	}
	if err := table(m.stdout, [][]string{
		{"client id", i.ClientID},
		{"client secret", i.ClientSecret},
		{"fingerprint", i.Fingerprint},
	}); err != nil {
		return err
	}
	return m.printCertificate(i)
}

// readCertificate reads the certificate that a client has already from a file, or
// from the input if that is called -. Without a file there is none.
func (m *machine) readCertificate(file string) (body newCredential, err error) {
	var text []byte
	switch file {
	case "":
	case "-":
		text, err = io.ReadAll(io.LimitReader(m.stdin, answerMax))
	default:
		text, err = os.ReadFile(file)
	}
	body.Certificate = string(text)
	return body, err
}

// printCertificate prints a certificate, and its key if there is one.
func (m *machine) printCertificate(i issued) error {
	certificate, err := url.PathUnescape(i.ClientCert)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(m.stdout, "\n%s%s", certificate, i.ClientKey)
	return err
}

func credentialsOf(account string) string {
	return "/accounts/" + url.PathEscape(account) + "/credentials"
}

// credentialListCmd is saldo credential list.
type credentialListCmd struct {
	Account string `arg:"" help:"Number of the account."`
	operatorFlags
}

// credential is one as it is listed.
type credential struct {
	ClientID    string   `json:"clientId"`
	Fingerprint string   `json:"fingerprint"`
	Scopes      []string `json:"scopes"`
	CreatedAt   string   `json:"createdAt"`
}

// Run lists the credentials.
func (c *credentialListCmd) Run(ctx context.Context, m *machine) error {
	answers, err := c.list(ctx, credentialsOf(c.Account))
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answers)
	}
	credentials, err := decodeAll[credential](answers)
	if err != nil {
		return err
	}
	rows := [][]string{{"CLIENT ID", "CERTIFICATE", "SCOPES", "CREATED"}}
	for _, one := range credentials {
		scopes := strings.Join(one.Scopes, " ")
		if scopes == "" {
			scopes = "all"
		}
		rows = append(rows, []string{one.ClientID, one.Fingerprint, scopes, one.CreatedAt})
	}
	return table(m.stdout, rows)
}

// credentialDeleteCmd is saldo credential delete.
type credentialDeleteCmd struct {
	ClientID string `arg:"" name:"client-id" help:"Id of the client."`
	operatorFlags
}

// Run deletes the credential.
func (c *credentialDeleteCmd) Run(ctx context.Context, m *machine) error {
	if _, err := c.call(ctx, http.MethodDelete, "/credentials/"+url.PathEscape(c.ClientID), nil); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, map[string]string{"deleted": c.ClientID})
	}
	_, err := fmt.Fprintln(m.stdout, "deleted", c.ClientID)
	return err
}
