package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// Sandbox plays for sandbox accounts what others do with them. What fits nothing is
// refused with pix.ErrStillUnfit. Amounts are in centavos; 0 is all.
type Sandbox interface {
	Pay(ctx context.Context, charge pix.Movement, amount money.Centavos) error
	OpenCase(ctx context.Context, receipt pix.Movement, amount money.Centavos, cause, description string) (
		id string, err error)
	DecideCase(ctx context.Context, c pix.MEDCase, accepted bool) error
}

// sandboxed lets only sandbox accounts through.
func (s *Server) sandboxed(h handler) http.HandlerFunc {
	return s.signedIn(func(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
		profile, err := s.Reader.Profile(r.Context(), who.Account)
		if err != nil {
			return ownAccount(err)
		}
		if !profile.Sandbox {
			return &wire.Problem{
				Status: http.StatusForbidden, Code: "NOT_A_SANDBOX_ACCOUNT",
				Message: "this is for sandbox accounts only", UserMessage: "Disponível apenas em contas de teste.",
			}
		}
		return h(w, r, who)
	})
}

// sandboxPay is POST /api/sandbox/charges/{id}/pay: somebody pays the charge, now.
func (s *Server) sandboxPay(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var request struct {
		Amount json.RawMessage `json:"amount"`
	}
	if err := decodeOptional(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	amount := f.OptionalAmount("amount", request.Amount)
	if err := f.Err(); err != nil {
		return err
	}
	m, err := s.findNamed(r.Context(), who, r.PathValue("id"))
	if err == nil && !isCharge(&m) {
		err = pix.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := s.Sandbox.Pay(r.Context(), m, amount); err != nil {
		return unplayable(err)
	}
	if m, err = s.Reader.Movement(r.Context(), m.ID); err != nil {
		return err
	}
	charge, err := newCharge(m, s.Now(), false)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, charge)
}

// decodeOptional is wire.Decode of a body that may be left out.
func decodeOptional(w http.ResponseWriter, r *http.Request, v any) error {
	raw, err := wire.Body(w, r, wire.BodyMax)
	if err != nil && !errors.Is(err, io.EOF) || len(raw) == 0 {
		return err
	}
	return wire.Unmarshal(raw, v)
}

// unplayable tells why the sandbox does not play something.
func unplayable(err error) error {
	var unfit *pix.StillUnfitError
	if !errors.As(err, &unfit) {
		return err
	}
	return &wire.Problem{
		Status: http.StatusConflict, Code: "NOT_PLAYABLE", Message: unfit.Reason,
		UserMessage: "Isso não é possível no estado atual.",
	}
}

// sandboxMEDRequest is the body of POST /api/sandbox/med.
type sandboxMEDRequest struct {
	TransactionID *string         `json:"transactionId"`
	Amount        json.RawMessage `json:"amount"`
	Cause         *string         `json:"cause"`
	Description   *string         `json:"description"`
}

// medTextMax is how long the description of a case may be, in characters.
const medTextMax = 2_000

// sandboxOpenMED is POST /api/sandbox/med: a payer's bank disputes a receipt.
func (s *Server) sandboxOpenMED(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var request sandboxMEDRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	id := f.Text("transactionId", request.TransactionID, identifierTextMax)
	amount := f.OptionalAmount("amount", request.Amount)
	cause := "SOCIAL_ENGINEERING"
	if request.Cause != nil {
		cause = f.OneOf("cause", request.Cause,
			"UNAUTHORIZED_TRANSACTION", "FRAUDULENT_ACCESS", "SOCIAL_ENGINEERING", "OPERATIONAL_FAILURE")
	}
	description := f.OptionalText("description", request.Description, medTextMax)
	if err := f.Err(); err != nil {
		return err
	}
	receipt, err := s.findNamed(r.Context(), who, id)
	if err != nil {
		return err
	}
	if receipt.Kind != pix.Receipt {
		return pix.ErrNotReceipt
	}
	if receipt.EndToEndID == "" {
		return pix.ErrNotSettled
	}
	caseID, err := s.Sandbox.OpenCase(r.Context(), receipt, amount, cause, description)
	if err != nil {
		return unplayable(err)
	}
	return s.writeCase(w, r, who, http.StatusCreated, caseID)
}

// sandboxDecideMED is POST /api/sandbox/med/{id}/accept and …/reject: what the analysis
// of a case comes to.
func (s *Server) sandboxDecideMED(accepted bool) handler {
	return func(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
		c, err := s.ownCase(r, who, r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := s.Sandbox.DecideCase(r.Context(), c, accepted); err != nil {
			return unplayable(err)
		}
		return s.writeCase(w, r, who, http.StatusOK, c.ID)
	}
}

// ownCase returns the caller's MED case of an id. Others' don't exist for the caller.
func (s *Server) ownCase(r *http.Request, who auth.Identity, id string) (pix.MEDCase, error) {
	record, err := s.Reader.Record(r.Context(), pix.MEDKey(id))
	if err != nil {
		return pix.MEDCase{}, err
	}
	c, err := pix.ReadMEDCase(record)
	if err == nil && c.Account != who.Account {
		err = pix.ErrNotFound
	}
	return c, err
}

func (s *Server) writeCase(w http.ResponseWriter, r *http.Request, who auth.Identity, status int, id string) error {
	c, err := s.ownCase(r, who, id)
	if err != nil {
		return err
	}
	shown, err := s.showMED(r.Context(), c)
	if err != nil {
		return err
	}
	return wire.Write(w, status, shown)
}
