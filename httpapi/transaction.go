package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// statusNames are the contract's words for statuses (contract §4).
var statusNames = map[pix.Status]string{
	pix.Pending: "PENDING", pix.Confirmed: "CONFIRMED", pix.Failed: "ERROR",
}

// kindNames are the contract's words for kinds of movement (contract §6.1).
var kindNames = map[pix.Kind]string{
	pix.Receipt: "PAYMENT", pix.Payment: "WITHDRAW", pix.ReturnSent: "REFUND_IN",
	pix.ReturnReceived: "REFUND_OUT", pix.Transfer: "TRANSFER",
}

// transactionResponse is one transaction (contract §6.1). Amounts are in reais.
type transactionResponse struct {
	ID             string         `json:"id"`
	ExternalID     *string        `json:"externalId"`
	Type           string         `json:"type"`
	Status         string         `json:"status"`
	OriginalAmount money.Centavos `json:"originalAmount"`
	FeeAmount      money.Centavos `json:"feeAmount"`
	FinalAmount    money.Centavos `json:"finalAmount"`
	EndToEndID     *string        `json:"e2eId"`
	Name           *string        `json:"counterpartName"`
	Document       *string        `json:"counterpartDocument"`
	BankCode       *string        `json:"counterpartAccountBankCode"`
	Branch         *string        `json:"counterpartAccountBranch"`
	Number         *string        `json:"counterpartAccountNumber"`
	ISPB           *string        `json:"counterpartAccountIspb"`
	BankName       *string        `json:"counterpartAccountBankName"`
	CreatedAt      string         `json:"createdAt"`
	UpdatedAt      string         `json:"updatedAt"`
	ProcessedAt    *string        `json:"processedAt"`
}

func newTransactionResponse(m pix.Movement) transactionResponse {
	return transactionResponse{
		ID: m.ID.String(), ExternalID: wire.Optional(m.ExternalID),
		Type: kindNames[m.Kind], Status: statusNames[m.Status],
		OriginalAmount: m.Amount, FeeAmount: m.Fee, FinalAmount: m.Total(),
		EndToEndID: wire.Optional(string(m.EndToEndID)),
		Name:       wire.Optional(m.Counterpart.Name), Document: wire.Optional(m.Counterpart.Document),
		BankCode: wire.Optional(m.Counterpart.BankCode), Branch: wire.Optional(m.Counterpart.Branch),
		Number: wire.Optional(m.Counterpart.Number), ISPB: wire.Optional(m.Counterpart.ISPB),
		BankName:  wire.Optional(m.Counterpart.BankName),
		CreatedAt: wire.Timestamp(m.CreatedAt), UpdatedAt: wire.Timestamp(m.UpdatedAt),
		ProcessedAt: wire.OptionalTimestamp(m.ProcessedAt),
	}
}

// transaction is GET /api/pix/transaction/{id}: by number or externalId, within
// the caller's account.
func (s *Server) transaction(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	m, err := s.findMovement(r.Context(), who, r.PathValue("id"))
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newTransactionResponse(m))
}

// findMovement looks id up as a number and then as an externalId of each
// operation. Another account's movement does not exist for the caller.
func (s *Server) findMovement(ctx context.Context, who auth.Identity, id string) (pix.Movement, error) {
	for _, key := range idsOf(who, id) {
		m, err := s.movementUnder(ctx, who, key)
		if err == nil || !errors.Is(err, pix.ErrNotFound) {
			return m, err
		}
	}
	return pix.Movement{}, pix.ErrNotFound
}

// idsOf returns the keys that a text may be within an account: a movement's
// number, written as we write it, and an externalId of each operation.
func idsOf(who auth.Identity, text string) []pix.Key {
	var keys []pix.Key
	if n, err := strconv.ParseUint(text, 10, 64); err == nil && pix.MovementID(n).String() == text {
		keys = append(keys, pix.MovementKey(pix.MovementID(n)))
	}
	for _, space := range []pix.Space{pix.SpacePayment, pix.SpaceCharge, pix.SpaceReturn} {
		keys = append(keys, pix.Key{Space: space, Account: who.Account, Value: text})
	}
	return keys
}
