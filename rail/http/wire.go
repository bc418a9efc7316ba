package httprail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// order is what the adapter is told to do. Amounts are in reais. Its orderId is
// the transaction's number, and endToEndId never changes, however often it is
// sent.
type order struct {
	Type        string         `json:"type"` // payment or return
	OrderID     string         `json:"orderId"`
	EndToEndID  string         `json:"endToEndId"`                      // of a return its own id, D…
	OriginalID  string         `json:"originalTransactionId,omitempty"` // of a return, as the next
	Original    string         `json:"originalEndToEndId,omitempty"`
	Amount      money.Centavos `json:"amount"`
	Description string         `json:"description,omitempty"`
	PixKey      string         `json:"pixKey,omitempty"`
	BRCode      string         `json:"brCode,omitempty"`
	Priority    string         `json:"priority,omitempty"` // NORM or HIGH, where the client named it
	ISPBDeny    []string       `json:"ispbDeny,omitempty"` // banks that the client will not pay
	Payer       party          `json:"payer"`
	Payee       party          `json:"payee"`
	CreatedAt   time.Time      `json:"createdAt"`
	ExpiresAt   *time.Time     `json:"expiresAt,omitempty"`
}

// party is one side of an order, as far as it is known.
type party struct {
	AccountID string `json:"accountId,omitempty"`
	Name      string `json:"name,omitempty"`
	Document  string `json:"document,omitempty"`
	ISPB      string `json:"ispb,omitempty"`
	BankCode  string `json:"bankCode,omitempty"`
	Branch    string `json:"branch,omitempty"`
	Number    string `json:"account,omitempty"`
}

// newOrder makes the order of m. original is what a return gives back.
func newOrder(m, original pix.Movement, payer pix.Profile) order {
	c := m.Counterpart
	o := order{
		Type: "payment", OrderID: m.ID.String(), EndToEndID: string(m.EndToEndID), Amount: m.Amount,
		Description: m.Description, PixKey: m.PixKey, BRCode: m.BRCode, CreatedAt: m.CreatedAt,
		Payer: party{AccountID: m.Account.String(), Name: payer.Name, Document: string(payer.Document)},
		Payee: party{
			Name: c.Name, Document: c.Document, ISPB: c.ISPB, BankCode: c.BankCode, Branch: c.Branch, Number: c.Number,
		},
	}
	if m.Kind == pix.ReturnSent {
		o.Type, o.OriginalID, o.Original = "return", original.ID.String(), string(original.EndToEndID)
	}
	if m.Terms != nil {
		o.Priority, o.ISPBDeny = m.Terms.Priority, m.Terms.Deny
	}
	if !m.ExpiresAt.IsZero() {
		o.ExpiresAt = &m.ExpiresAt
	}
	return o
}

// answer is what the adapter says of an order.
type answer struct {
	State        string    `json:"state"` // open, settled or rejected
	At           time.Time `json:"at"`    // when it became so; absent while it is open
	ErrorCode    string    `json:"errorCode"`
	ErrorMessage string    `json:"errorMessage"`
}

// The states of an order. Unknown is what an adapter says with 404.
const (
	stateOpen     = "open"
	stateSettled  = "settled"
	stateRejected = "rejected"
	stateUnknown  = "unknown"
)

// answerMax is how much of an answer is read, in bytes.
const answerMax = 64 << 10

// post sends an order. Any 2xx takes it. reached tells whether the adapter may
// have it, which is certain not to be so only where no connection came about.
func (r *Rail) post(ctx context.Context, o order) (reached bool, err error) {
	body, err := json.Marshal(o)
	if err != nil {
		return false, err
	}
	response, err := r.do(ctx, http.MethodPost, "/orders", o.OrderID, body)
	if err != nil {
		var dial *net.OpError
		return !errors.As(err, &dial) || dial.Op != "dial", err
	}
	defer drain(response)
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return true, fmt.Errorf("adapter answered %d to an order", response.StatusCode)
	}
	return true, nil
}

// get asks after an order.
func (r *Rail) get(ctx context.Context, m pix.Movement) (answer, error) {
	response, err := r.do(ctx, http.MethodGet, "/orders/"+url.PathEscape(m.ID.String()), "ask-"+m.ID.String(), nil)
	if err != nil {
		return answer{}, err
	}
	defer drain(response)
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return answer{State: stateUnknown}, nil
	default:
		return answer{}, fmt.Errorf("adapter answered %d to a question", response.StatusCode)
	}
	var a answer
	if err := json.NewDecoder(io.LimitReader(response.Body, answerMax)).Decode(&a); err != nil {
		return answer{}, fmt.Errorf("adapter's answer: %w", err)
	}
	switch a.State {
	case stateOpen, stateSettled, stateRejected:
		return a, nil
	}
	return answer{}, fmt.Errorf("adapter's answer has state %q", a.State)
}

func (r *Rail) do(ctx context.Context, method, path, id string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.opts.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.opts.Sign(id, r.opts.Now(), body) {
		request.Header[name] = values
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return r.opts.Client.Do(request)
}

// drain lets the connection be used again.
func drain(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, answerMax)
	_ = response.Body.Close()
}
