package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// certificateCmd is saldo certificate.
type certificateCmd struct {
	Bind   certificateBindCmd   `cmd:"" help:"Bind one more certificate to an account, for the clients that it has."`
	List   certificateListCmd   `cmd:"" help:"List the certificates of an account."`
	Unbind certificateUnbindCmd `cmd:"" help:"Take a certificate from an account: tokens got with it are void at once."`
}

// certificateBindCmd is saldo certificate bind.
type certificateBindCmd struct {
	Account     string `arg:"" help:"Number of the account."`
	Certificate string `placeholder:"FILE" help:"Certificate that the client has already, in PEM; - reads it from the input. One is made, with its key, if not given."`
	operatorFlags
}

func certificatesOf(account string) string {
	return "/accounts/" + url.PathEscape(account) + "/certificates"
}

// Run binds the certificate.
func (c *certificateBindCmd) Run(ctx context.Context, m *machine) error {
	body, err := m.readCertificate(c.Certificate)
	if err != nil {
		return err
	}
	answer, err := c.call(ctx, http.MethodPost, certificatesOf(c.Account), body)
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
	if err := table(m.stdout, [][]string{{"fingerprint", i.Fingerprint}}); err != nil {
		return err
	}
	return m.printCertificate(i)
}

// certificateListCmd is saldo certificate list.
type certificateListCmd struct {
	Account string `arg:"" help:"Number of the account."`
	operatorFlags
}

// boundCertificate is one as it is listed.
type boundCertificate struct {
	Fingerprint string   `json:"fingerprint"`
	BoundAt     string   `json:"boundAt"`
	ClientIDs   []string `json:"clientIds"`
}

// Run lists the certificates.
func (c *certificateListCmd) Run(ctx context.Context, m *machine) error {
	answers, err := c.list(ctx, certificatesOf(c.Account))
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answers)
	}
	certificates, err := decodeAll[boundCertificate](answers)
	if err != nil {
		return err
	}
	rows := [][]string{{"CERTIFICATE", "BOUND", "ISSUED WITH"}}
	for _, one := range certificates {
		rows = append(rows, []string{one.Fingerprint, one.BoundAt, strings.Join(one.ClientIDs, " ")})
	}
	return table(m.stdout, rows)
}

// certificateUnbindCmd is saldo certificate unbind.
type certificateUnbindCmd struct {
	Account     string `arg:"" help:"Number of the account."`
	Fingerprint string `arg:"" help:"SHA-256 of the certificate, as it is listed."`
	operatorFlags
}

// Run takes the certificate away.
func (c *certificateUnbindCmd) Run(ctx context.Context, m *machine) error {
	path := certificatesOf(c.Account) + "/" + url.PathEscape(c.Fingerprint)
	if _, err := c.call(ctx, http.MethodDelete, path, nil); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, map[string]string{"unbound": c.Fingerprint})
	}
	_, err := fmt.Fprintln(m.stdout, "unbound", c.Fingerprint)
	return err
}
