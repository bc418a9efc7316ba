package operator

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// orderResponse is a payment or return on its way, in reais.
type orderResponse struct {
	Type          string         `json:"type"` // payment or return
	TransactionID string         `json:"transactionId"`
	AccountID     string         `json:"accountId"`
	EndToEndID    string         `json:"endToEndId"`                      // of a return its own id, D…
	OriginalID    string         `json:"originalTransactionId,omitempty"` // of a return
	Amount        money.Centavos `json:"amount"`
	PixKey        string         `json:"pixKey"`
	Name          string         `json:"name"`
	Document      string         `json:"document"`
	Description   string         `json:"description"`
	Rail          string         `json:"rail"`
	Attempts      int            `json:"attempts"`
	BRCode        string         `json:"brCode,omitempty"`   // of a payment by QR code
	Priority      string         `json:"priority,omitempty"` // NORM or HIGH, where the client named it
	ISPBDeny      []string       `json:"ispbDeny,omitempty"` // banks that the client will not pay
	CreatedAt     string         `json:"createdAt"`
	ExpiresAt     *string        `json:"expiresAt,omitempty"` // where the client limits the wait for the rail
}

// railOrders is GET /rail/orders?status=open&rail=&after=&limit=: payments and
// returns of which the rail has not told the outcome.
func (s *Server) railOrders(w http.ResponseWriter, r *http.Request) error {
	if status := r.URL.Query().Get("status"); status != "" && status != "open" {
		return wire.Invalid("status", "must be open")
	}
	topic := s.Rail
	if name := r.URL.Query().Get("rail"); name != "" {
		topic = pix.Topic("rail." + name)
		if topic != pix.RailHTTP && topic != pix.RailSandbox {
			return wire.Invalid("rail", "must be sandbox or http")
		}
	}
	after, limit, err := paging(r)
	if err != nil {
		return err
	}
	jobs, err := s.Reader.Jobs(r.Context(), topic, after, limit)
	if err != nil {
		return err
	}
	page := newPage[orderResponse](len(jobs))
	for _, job := range jobs {
		m, err := s.Reader.Movement(r.Context(), pix.MovementID(job.ID))
		if err != nil && !errors.Is(err, pix.ErrNotFound) {
			return err
		}
		if !ordered(m) {
			continue // a charge of the sandbox, or ended since
		}
		page.Data = append(page.Data, newOrderResponse(m, job))
	}
	if len(jobs) == limit {
		page.Next = wire.Optional(strconv.FormatUint(jobs[limit-1].ID, 10))
	}
	return wire.Write(w, http.StatusOK, page)
}

// ordered tells whether m is a payment or return on its way.
func ordered(m pix.Movement) bool {
	return (m.Kind == pix.Payment || m.Kind == pix.ReturnSent) && m.Status == pix.Pending
}

func newOrderResponse(m pix.Movement, job pix.Job) orderResponse {
	o := orderResponse{
		Type: "payment", TransactionID: m.ID.String(), AccountID: m.Account.String(), EndToEndID: string(m.EndToEndID),
		Amount: m.Amount, PixKey: m.PixKey, Name: m.Counterpart.Name, Document: m.Counterpart.Document,
		Description: m.Description, Rail: string(m.Rail), Attempts: job.Attempts,
		BRCode: m.BRCode, CreatedAt: wire.Timestamp(m.CreatedAt), ExpiresAt: wire.OptionalTimestamp(m.ExpiresAt),
	}
	if m.Terms != nil {
		o.Priority, o.ISPBDeny = m.Terms.Priority, m.Terms.Deny
	}
	if m.Kind == pix.ReturnSent {
		o.Type, o.OriginalID = "return", m.Parent.String()
	}
	return o
}

// roleResponse is the sum over the accounts of one role, in reais.
type roleResponse struct {
	Role     string         `json:"role"`
	Accounts int            `json:"accounts"`
	Posted   money.Centavos `json:"posted"`
	Held     money.Centavos `json:"held"`
}

// trialBalanceResponse is the trial balance. Difference is the sum of all that
// is posted, which must be zero.
type trialBalanceResponse struct {
	Roles      []roleResponse `json:"roles"`
	Difference money.Centavos `json:"difference"`
	Balanced   bool           `json:"balanced"`
	At         string         `json:"consultedAt"`
}

// trialBalance is GET /trial-balance.
func (s *Server) trialBalance(w http.ResponseWriter, r *http.Request) error {
	at := s.Now()
	totals, err := s.Reader.Totals(r.Context())
	if err != nil {
		return err
	}
	out := trialBalanceResponse{At: wire.Timestamp(at)}
	for _, role := range append([]ledger.Role{ledger.Customer}, ledger.SystemRoles()...) {
		t := totals[role]
		out.Roles = append(out.Roles, roleResponse{role.String(), t.Accounts, t.Posted, t.Held})
		out.Difference += t.Posted
	}
	out.Balanced = out.Difference == 0
	return wire.Write(w, http.StatusOK, out)
}
