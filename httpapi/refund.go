package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// refundRequest is the body of POST /api/pix/refund-in/{id} (contract §4.6).
type refundRequest struct {
	RefundValue json.RawMessage `json:"refundValue"`
	Reason      *string         `json:"reason"`
	ExternalID  *string         `json:"externalId"`
}

// refundResponse tells that a return was accepted. Amounts are in reais.
type refundResponse struct {
	TransactionID         string         `json:"transactionId"`
	ExternalID            string         `json:"externalId"`
	Status                string         `json:"status"`
	RefundValue           money.Centavos `json:"refundValue"`
	ProviderTransactionID string         `json:"providerTransactionId"`
	GenerateTime          string         `json:"generateTime"`
}

// refundReasonMax is how long the reason of a return may be, in characters.
const refundReasonMax = 255

// refundIn is POST /api/pix/refund-in/{id}: a receipt is given back, whole or in
// part. Amount and fee are blocked until the rail tells what became of it.
func (s *Server) refundIn(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var request refundRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	c := &pix.RefundReceipt{
		Amount:      f.Amount("refundValue", request.RefundValue),
		Description: f.OptionalText("reason", request.Reason, refundReasonMax),
		ExternalID:  f.OptionalText("externalId", request.ExternalID, externalIDMax),
		Nature:      pix.NatureOriginal,
		Scenario:    readScenario(&f, r),
	}
	if err := f.Err(); err != nil {
		return err
	}
	original, err := s.findReceipt(r.Context(), who, r.PathValue("id"))
	if err != nil {
		return err
	}
	if c.ExternalID == "" {
		c.ExternalID = "refund-" + uuid.UUID(s.NewUUID()).String()
	}
	m, err := s.refund(r.Context(), who, c, original)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusCreated, refundResponse{
		m.ID.String(), m.ExternalID, statusNames[m.Status], m.Amount, m.Correlation, wire.Timestamp(m.CreatedAt),
	})
}

// refund gives back what c says of original.
func (s *Server) refund(
	ctx context.Context, who auth.Identity, c *pix.RefundReceipt, original pix.Movement,
) (pix.Movement, error) {
	c.Account, c.Rail = who.Account, s.Rail
	c.Original, c.OriginalID = original.ID, original.EndToEndID
	c.At = s.Now().Truncate(time.Microsecond)
	c.ID = pix.MovementID(s.Book.NextID())
	c.ReturnID = pixid.ReturnIDFrom(s.ISPB, c.At, uint64(c.ID))
	c.Correlation = uuid.UUID(s.NewUUID()).String()
	return book.Do(ctx, s.Book, c)
}

// findReceipt looks id up as a number, the externalId of a charge, and an
// end-to-end id, within the caller's account.
func (s *Server) findReceipt(ctx context.Context, who auth.Identity, id string) (pix.Movement, error) {
	keys := []pix.Key{
		{Space: pix.SpaceCharge, Account: who.Account, Value: id}, {Space: pix.SpaceEndToEndIn, Value: id},
	}
	if n, err := strconv.ParseUint(id, 10, 64); err == nil && pix.MovementID(n).String() == id {
		keys = append([]pix.Key{pix.MovementKey(pix.MovementID(n))}, keys...)
	}
	for _, key := range keys {
		m, err := s.movementUnder(ctx, who, key)
		if err == nil || !errors.Is(err, pix.ErrNotFound) {
			return m, err
		}
	}
	return pix.Movement{}, pix.ErrNotFound
}

// translateReturn is the table of what may be wrong with a return (contract
// §4.6). Clients search the messages for "prazo excedido" and "valor inválido".
func translateReturn(err error) *wire.Problem {
	var over *pix.RemainingError
	bad := func(code, message, userMessage string) *wire.Problem {
		return &wire.Problem{Status: http.StatusBadRequest, Code: code, Message: message, UserMessage: userMessage}
	}
	switch {
	case errors.As(err, &over):
		p := bad("REFUND_EXCEEDS_REMAINING", "valor inválido: "+over.Error(),
			"O valor é maior do que o que resta para devolver.")
		p.Details = map[string]any{"remainingAmountForRefund": over.Remaining, "refundValue": over.Wanted}
		return p
	case errors.Is(err, pix.ErrReturnTooLate):
		return bad("REFUND_DEADLINE_EXCEEDED", "prazo excedido: "+err.Error(),
			"O prazo de 89 dias para devolução foi excedido.")
	case errors.Is(err, pix.ErrDisputed):
		return bad("MED_CASE_OPEN", err.Error()+": its return is decided there",
			"Há uma solicitação de devolução (MED) aberta para esta transação.")
	case errors.Is(err, pix.ErrNotReceipt):
		return bad("NOT_A_RECEIPT", "the transaction is "+err.Error(), "Esta transação não é um recebimento.")
	case errors.Is(err, pix.ErrNotSettled):
		return bad("RECEIPT_NOT_CONFIRMED", err.Error(), "Este recebimento não está confirmado.")
	}
	return nil
}
