package saldotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// Client asks a running saldo. Its calls return errors rather than failing the
// test, since processes are killed on purpose.
type Client struct {
	URL   string
	Token string
	HTTP  *http.Client
}

// Merchant returns a client with the demo merchant's token.
func (p *Process) Merchant() *Client {
	return &Client{URL: p.URL, Token: p.Token, HTTP: newHTTP(p.t)}
}

// OperatorClient returns a client with the operator's token.
func (p *Process) OperatorClient() *Client {
	return &Client{URL: p.OperatorURL, Token: p.OperatorToken, HTTP: newHTTP(p.t)}
}

// Answer is what a call came back with.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON reads the body into v and fails the test if it can't.
func (a Answer) JSON(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("body %s: %v", a.Body, err)
	}
}

// Do sends one request. body may be nil, a string or anything that marshals;
// headers are name and value in turn.
func (c *Client) Do(method, path string, body any, headers ...string) (Answer, error) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = bytes.NewBufferString(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return Answer{}, err
		}
		reader = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, c.URL+path, reader)
	if err != nil {
		return Answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	response, err := c.HTTP.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, raw}, err
}

// Must is Do that fails the test unless the answer has the wanted status.
func (c *Client) Must(t testing.TB, want int, method, path string, body any, headers ...string) Answer {
	t.Helper()
	a, err := c.Do(method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != want {
		t.Fatalf("%s %s: %d %s, want %d", method, path, a.Status, a.Body, want)
	}
	return a
}

// Balance is the answer of GET /api/balance, amounts as written.
type Balance struct {
	Gross   json.Number `json:"grossBalance"`
	Blocked json.Number `json:"blockedBalance"`
	Net     json.Number `json:"netBalance"`
	At      string      `json:"consultedAt"`
}

// String shows the three figures.
func (b Balance) String() string { return fmt.Sprintf("%s/%s/%s", b.Gross, b.Blocked, b.Net) }

// Balance asks for the caller's balance, as "gross/blocked/net".
func (c *Client) Balance(t testing.TB) string {
	t.Helper()
	var b Balance
	c.Must(t, http.StatusOK, "GET", "/api/balance", nil).JSON(t, &b)
	return b.String()
}

// Transaction is the part of a transaction that tests look at.
type Transaction struct {
	ID             string      `json:"id"`
	TransactionID  string      `json:"transactionId"`
	ExternalID     string      `json:"externalId"`
	Type           string      `json:"type"`
	Status         string      `json:"status"`
	PixCode        string      `json:"pixCode"`
	EndToEndID     string      `json:"e2eId"`
	OriginalAmount json.Number `json:"originalAmount"`
	FeeAmount      json.Number `json:"feeAmount"`
	FinalAmount    json.Number `json:"finalAmount"`
}

// Payment is the body of a payment to a made-up recipient.
func Payment(externalID, value string) string {
	return fmt.Sprintf(`{"value":%s,"externalId":%q,"details":{"key":"maria@exemplo.com.br","keyType":"EMAIL",`+
		`"name":"Maria Exemplo","document":"11144477735"}}`, value, externalID)
}

// Charge is the body of a charge to a made-up payer.
func Charge(externalID, value string) string {
	return fmt.Sprintf(`{"transaction":{"value":%s,"description":"Pedido","externalId":%q},`+
		`"payer":{"fullName":"Jose Exemplo","document":"11144477735"}}`, value, externalID)
}

// Account is a merchant made for one test.
type Account struct {
	*Client
	ID           string
	ClientID     string
	ClientSecret string
	ClientCert   string
}

// NewAccount opens an account with the operator, gets it a credential, and signs
// in. fields are more fields of POST /accounts, as JSON, starting with a comma.
func (p *Process) NewAccount(t testing.TB, opening, fields string) *Account {
	t.Helper()
	house := p.OperatorClient()
	body := fmt.Sprintf(`{"name":"Loja de Teste","document":"11222333000181","brand":"avista","openingBalance":%s%s}`,
		opening, fields)
	var opened struct{ AccountID string }
	house.Must(t, http.StatusCreated, "POST", "/accounts", body).JSON(t, &opened)
	account := &Account{ID: opened.AccountID}
	house.Must(t, http.StatusCreated, "POST", "/accounts/"+account.ID+"/credentials", nil).JSON(t, account)
	account.Client = &Client{URL: p.URL, HTTP: newHTTP(t)}
	account.Token = account.SignIn(t)
	return account
}

// SignIn gets a token with the account's credentials and certificate.
func (a *Account) SignIn(t testing.TB) string {
	t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	anonymous := &Client{URL: a.URL, HTTP: a.HTTP}
	anonymous.Must(t, http.StatusCreated, "POST", "/api/auth/token",
		map[string]string{"clientId": a.ClientID, "clientSecret": a.ClientSecret},
		"X-SSL-Client-Cert", a.ClientCert).JSON(t, &token)
	return token.AccessToken
}

// Pay sends a payment that must be accepted.
func (a *Account) Pay(t testing.TB, externalID, value string) Transaction {
	t.Helper()
	var tx Transaction
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", Payment(externalID, value)).JSON(t, &tx)
	return tx
}

// Look returns a transaction by number or externalId.
func (a *Account) Look(t testing.TB, id string) Transaction {
	t.Helper()
	var tx Transaction
	a.Must(t, http.StatusOK, "GET", "/api/pix/transaction/"+id, nil).JSON(t, &tx)
	return tx
}

// Event tells an event of the rail that must have the wanted result.
func (p *Process) Event(t testing.TB, want, event string) {
	t.Helper()
	var answer struct{ Result string }
	p.OperatorClient().Must(t, http.StatusOK, "POST", "/rail/events", event).JSON(t, &answer)
	if answer.Result != want {
		t.Fatalf("event %s: %s, want %s", event, answer.Result, want)
	}
}

// Unmarshal reads the body into v.
func (a Answer) Unmarshal(v any) error { return json.Unmarshal(a.Body, v) }
