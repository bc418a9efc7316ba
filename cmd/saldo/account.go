package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/saldo-pix/saldo/money"
)

// accountCmd is saldo account.
type accountCmd struct {
	Create accountCreateCmd `cmd:"" help:"Open an account."`
	List   accountListCmd   `cmd:"" help:"List all accounts with their balances."`
	Show   accountShowCmd   `cmd:"" help:"Show one account."`
	Change accountChangeCmd `cmd:"" help:"Change an account's prices, Pix keys and settings."`
}

// accountCreateCmd is saldo account create.
type accountCreateCmd struct {
	Name           string   `required:"" help:"Name of the merchant."`
	Document       string   `required:"" help:"Its CPF or CNPJ."`
	Brand          string   `required:"" help:"Brand that serves it, one that the server is configured with."`
	City           string   `help:"City shown in its charges; SAO PAULO if not given."`
	Sandbox        bool     `help:"Play money: its payments settle by themselves."`
	OpeningBalance string   `placeholder:"REAIS" help:"Money to start with, as in 1500.00."`
	PixKey         []string `sep:"none" placeholder:"KEY" help:"Pix key that it is paid under; may be repeated. One at random if not given."`
	Fee            []string `sep:"none" placeholder:"FEE" help:"What an operation costs, as in cashOut=0.40+1.5%,min=0.50,max=5; may be repeated, for cashIn, cashOut and refundIn."`
	settingFlags
	operatorFlags
}

// newAccount is the body of POST /accounts.
type newAccount struct {
	Name           string         `json:"name"`
	Document       string         `json:"document"`
	Brand          string         `json:"brand"`
	City           string         `json:"city,omitempty"`
	Sandbox        bool           `json:"sandbox"`
	OpeningBalance json.Number    `json:"openingBalance,omitempty"`
	PixKeys        []string       `json:"pixKeys,omitempty"`
	Fees           map[string]fee `json:"fees,omitempty"`
	accountSettings
}

// Run opens the account.
func (c *accountCreateCmd) Run(ctx context.Context, m *machine) error {
	body := newAccount{
		Name: c.Name, Document: c.Document, Brand: c.Brand, City: c.City, Sandbox: c.Sandbox, PixKeys: c.PixKey,
	}
	if c.OpeningBalance != "" {
		amount, err := money.ParseDecimal(c.OpeningBalance)
		if err != nil {
			return usageError{fmt.Errorf("--opening-balance %s: %w", c.OpeningBalance, err)}
		}
		body.OpeningBalance = json.Number(amount.String())
	}
	var err error
	if body.Fees, err = parseFees(c.Fee); err != nil {
		return usageError{err}
	}
	if body.accountSettings, err = c.read(); err != nil {
		return usageError{err}
	}
	answer, err := c.call(ctx, http.MethodPost, "/accounts", body)
	if err != nil {
		return err
	}
	return c.print(m.stdout, answer)
}

// account is an account as the operator's API shows it. Amounts are kept as they
// are written.
type account struct {
	AccountID      string         `json:"accountId"`
	Name           string         `json:"name"`
	Document       string         `json:"document"`
	Brand          string         `json:"brand"`
	City           string         `json:"city"`
	Sandbox        bool           `json:"sandbox"`
	PixKeys        []string       `json:"pixKeys"`
	Fees           map[string]fee `json:"fees"`
	GrossBalance   json.Number    `json:"grossBalance"`
	BlockedBalance json.Number    `json:"blockedBalance"`
	NetBalance     json.Number    `json:"netBalance"`
	CreatedAt      string         `json:"createdAt"`
	accountSettings
}

// print shows one account.
func (f *operatorFlags) print(w io.Writer, answer json.RawMessage) error {
	if f.JSON {
		return printJSON(w, answer)
	}
	a, err := decode[account](answer)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"account", a.AccountID},
		{"name", a.Name},
		{"document", a.Document},
		{"brand", a.Brand},
		{"city", a.City},
		{"sandbox", yes(a.Sandbox)},
		{"pix keys", strings.Join(a.PixKeys, ", ")},
		{"gross", a.GrossBalance.String()},
		{"blocked", a.BlockedBalance.String()},
		{"net", a.NetBalance.String()},
	}
	for _, operation := range operations {
		rows = append(rows, []string{"fee " + operation, a.Fees[operation].String()})
	}
	rows = append(rows, a.rows()...)
	return table(w, append(rows, []string{"opened", a.CreatedAt}))
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// accountListCmd is saldo account list.
type accountListCmd struct{ operatorFlags }

// Run lists all accounts.
func (c *accountListCmd) Run(ctx context.Context, m *machine) error {
	answers, err := c.list(ctx, "/accounts")
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m.stdout, answers)
	}
	accounts, err := decodeAll[account](answers)
	if err != nil {
		return err
	}
	rows := [][]string{{"ACCOUNT", "BRAND", "NAME", "DOCUMENT", "SANDBOX", "GROSS", "BLOCKED", "NET"}}
	for _, a := range accounts {
		rows = append(rows, []string{
			a.AccountID, a.Brand, a.Name, a.Document, yes(a.Sandbox),
			a.GrossBalance.String(), a.BlockedBalance.String(), a.NetBalance.String(),
		})
	}
	return table(m.stdout, rows)
}

// accountShowCmd is saldo account show.
type accountShowCmd struct {
	Account string `arg:"" help:"Number of the account."`
	operatorFlags
}

// Run shows the account.
func (c *accountShowCmd) Run(ctx context.Context, m *machine) error {
	answer, err := c.call(ctx, http.MethodGet, "/accounts/"+url.PathEscape(c.Account), nil)
	if err != nil {
		return err
	}
	return c.print(m.stdout, answer)
}
