package main

import (
	"encoding/json"
	"io"
	"text/template"
)

// welcome is what saldo dev tells once it serves: as JSON these fields, which
// scripts rely on, else a page to paste from.
type welcome struct {
	URL           string `json:"url"`
	OperatorURL   string `json:"operatorUrl"`
	DashboardURL  string `json:"dashboardUrl"`
	AccountID     string `json:"accountId"`
	ClientID      string `json:"clientId"`
	ClientSecret  string `json:"clientSecret"`
	ClientCert    string `json:"clientCert"` // URL-encoded PEM
	Token         string `json:"token"`
	OperatorToken string `json:"operatorToken"`

	// For the page only.
	Merchant string `json:"-"`
	Folder   string `json:"-"` // empty when nothing is kept
	Rail     string `json:"-"`
	Payee    string `json:"-"` // document of who is paid

	ExternalID string `json:"-"` // of a payment, not taken yet
}

// welcomePage holds nothing that a shell reads inside single quotes: tokens,
// secrets and certificates are letters, digits and a few signs.
var welcomePage = template.Must(template.New("welcome").Parse(`
Saldo is running, with the account of {{.Merchant}} to play with. Ctrl-C stops it.
{{if .Folder}}What it keeps is in {{.Folder}}.{{else}}It keeps nothing.{{end}}

The account's pages are {{.DashboardURL}}: sign in with
clientId {{.ClientID}} and clientSecret {{.ClientSecret}}

How much is in the account (the token is good for 30 minutes):

  curl -s {{.URL}}/api/balance -H 'Authorization: Bearer {{.Token}}'

Get a new token:

  curl -s {{.URL}}/api/auth/token -H 'Content-Type: application/json' -H 'X-SSL-Client-Cert: {{.ClientCert}}' ` +
	`-d '{"clientId":"{{.ClientID}}","clientSecret":"{{.ClientSecret}}"}'

Pay 25.90 (each payment needs an externalId of its own):

  curl -s {{.URL}}/api/pix/cash-out -H 'Content-Type: application/json' -H 'Authorization: Bearer {{.Token}}' ` +
	`-d '{"value":25.90,"externalId":"{{.ExternalID}}","details":{"key":"maria@example.com","keyType":"EMAIL",` +
	`"name":"Maria Exemplo","document":"{{.Payee}}"}}'
{{if eq .Rail "sandbox"}}
The sandbox rail settles it after about a second.
{{- else}}
It stays blocked until the rail's event comes in: see POST /rail/events.
{{- end}}

The operator's API is {{.OperatorURL}}, its pages {{.OperatorURL}}/dashboard, and the token
for both {{.OperatorToken}}:

  curl -s {{.OperatorURL}}/accounts -H 'Authorization: Bearer {{.OperatorToken}}'

`))

func (c *devCmd) print(w io.Writer, page welcome) error {
	if !c.JSON {
		return welcomePage.Execute(w, page)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(page)
}
