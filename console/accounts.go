package console

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pix"
)

// account is an account with its balance.
type account struct {
	AccountID string    `json:"accountId"`
	Name      string    `json:"name"`
	Document  string    `json:"document"`
	Brand     string    `json:"brand"`
	City      string    `json:"city"`
	Sandbox   bool      `json:"sandbox"`
	PixKeys   []string  `json:"pixKeys"`
	Fees      fees      `json:"fees"`
	Gross     reais     `json:"grossBalance"`
	Blocked   reais     `json:"blockedBalance"`
	Net       reais     `json:"netBalance"`
	CreatedAt time.Time `json:"createdAt"`

	Provider       *provider `json:"provider"`
	SplitFrequency string    `json:"splitFrequency"`
	Bacen          struct {
		Enabled bool `json:"enabled"`
	} `json:"bacen"`
	Dashboard struct {
		Certificate bool `json:"certificate"`
	} `json:"dashboard"`
}

// FormattedDocument is the document with its customary punctuation.
func (a account) FormattedDocument() string { return formatted(a.Document) }

// provider bounds the life of an account's charges, in seconds.
type provider struct {
	Name        string `json:"name"`
	MinSeconds  int64  `json:"minSeconds"`
	MaxSeconds  int64  `json:"maxSeconds"`
	Granularity string `json:"granularity"`
}

// findAccount is the account of the page's address.
func findAccount(c *page.Call) (account, error) {
	var found account
	err := c.Get(page.Path("/accounts/%s", c.R.PathValue("id")), nil, &found)
	return found, err
}

// isMissing tells whether the API knows no such thing.
func isMissing(err error) bool {
	var p *page.Problem
	return errors.As(err, &p) && p.Status == http.StatusNotFound
}

// accountsView is the page of all accounts.
type accountsView struct {
	clock
	Search   string
	Accounts []account
	onward
}

// accounts lists the accounts, or those that something is searched in.
func (o *Console) accounts(c *page.Call) error {
	v := accountsView{clock: clock{o.Now()}, Search: c.Query("search")}
	query := make(url.Values)
	if v.Search != "" {
		query.Set("search", v.Search)
	}
	found, to, err := read[account](c, "/accounts", "after", query)
	if err != nil {
		return err
	}
	v.Accounts, v.onward = found.Data, to
	return c.Render("accounts", c.Lang.T("accounts.title"), v)
}

// accountView is the page of one account.
type accountView struct {
	clock
	Account account
	Formats []page.Choice
	Today   string // in São Paulo, as fields of forms have it
}

// account shows one account.
func (o *Console) account(c *page.Call) error {
	v := accountView{clock: clock{o.Now()}}
	var err error
	if v.Account, err = findAccount(c); err != nil {
		return err
	}
	v.Formats = choices(c.Lang, "statement.format.", "csv", "ofx", "camt053", "json", "jsonl")
	v.Today = v.Now.In(pix.SaoPaulo).Format(time.DateOnly)
	return c.Render("account", c.Lang.T("account.title", v.Account.Name), v)
}

// statement gives out the statement of account as a file.
func (o *Console) statement(c *page.Call) error {
	query := url.Values{"from": {c.Query("from")}, "to": {c.Query("to")}, "format": {c.Query("format")}}
	return c.Export(page.Path("/accounts/%s/statement", c.R.PathValue("id")), query)
}
