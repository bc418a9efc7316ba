package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// devolucaoRequest is the body of PUT /pix/{e2eid}/devolucao/{id} (contract §9.3).
type devolucaoRequest struct {
	Valor     *string `json:"valor"`
	Natureza  *string `json:"natureza"`
	Descricao *string `json:"descricao"`
}

// devolucaoResponse is one return in the Central Bank's words (API Pix 2.9.0).
type devolucaoResponse struct {
	ID        string           `json:"id"`
	RtrID     string           `json:"rtrId"`
	Valor     string           `json:"valor"`
	Natureza  pix.Nature       `json:"natureza"`
	Descricao string           `json:"descricao,omitempty"`
	Horario   devolucaoHorario `json:"horario"`
	Status    string           `json:"status"`
	Motivo    string           `json:"motivo,omitempty"`
}

type devolucaoHorario struct {
	Solicitacao string  `json:"solicitacao"`
	Liquidacao  *string `json:"liquidacao,omitempty"`
}

// devolucaoStatuses are the Central Bank's words for the statuses of a return.
var devolucaoStatuses = map[pix.Status]string{
	pix.Pending: "EM_PROCESSAMENTO", pix.Confirmed: "DEVOLVIDO", pix.Failed: "NAO_REALIZADO",
}

// motivoMax is how long the reason of a failure may be, in characters.
const motivoMax = 140

func newDevolucaoResponse(m pix.Movement, id string) devolucaoResponse {
	out := devolucaoResponse{
		ID: id, RtrID: string(m.EndToEndID), Valor: m.Amount.String(), Natureza: m.Nature(), Descricao: m.Description,
		Horario: devolucaoHorario{Solicitacao: wire.Timestamp(m.CreatedAt)}, Status: devolucaoStatuses[m.Status],
	}
	switch m.Status {
	case pix.Confirmed:
		out.Horario.Liquidacao = wire.OptionalTimestamp(m.ProcessedAt)
	case pix.Failed:
		motivo := []rune(strings.TrimSpace(m.ErrorCode + " " + m.ErrorMessage))
		out.Motivo = string(motivo[:min(len(motivo), motivoMax)])
	}
	return out
}

// putDevolucao is PUT /pix/{e2eid}/devolucao/{id}. Repeated with the same body it
// answers with the return that is there.
func (s *Server) putDevolucao(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var request devolucaoRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	c := &pix.RefundReceipt{
		ExternalID: readReturnName(&f, r), Named: true, Amount: readBacenAmount(&f, "valor", request.Valor),
		Description: f.OptionalText("descricao", request.Descricao, descriptionMax),
		Nature:      pix.NatureOriginal, Scenario: readScenario(&f, r),
	}
	if request.Natureza != nil {
		c.Nature = pix.Nature(f.OneOf("natureza", request.Natureza,
			string(pix.NatureOriginal), string(pix.NatureWithdrawal)))
	}
	if err := f.Err(); err != nil {
		return err
	}
	original, err := s.receivedPix(r, who)
	if err != nil {
		return err
	}
	m, err := s.refund(r.Context(), who, c, original)
	if err != nil {
		return bacenReturnError(err)
	}
	return wire.Write(w, http.StatusCreated, newDevolucaoResponse(m, c.ExternalID))
}

// showDevolucao is GET /pix/{e2eid}/devolucao/{id}.
func (s *Server) showDevolucao(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var f wire.Fields
	name := readReturnName(&f, r)
	if err := f.Err(); err != nil {
		return err
	}
	original, err := s.receivedPix(r, who)
	if err != nil {
		return err
	}
	m, err := s.movementUnder(r.Context(), who, pix.ReturnNameKey(who.Account, original.EndToEndID, name))
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newDevolucaoResponse(m, name))
}

// receivedPix is the receipt that the path names.
func (s *Server) receivedPix(r *http.Request, who auth.Identity) (pix.Movement, error) {
	return s.movementUnder(r.Context(), who, pix.Key{Space: pix.SpaceEndToEndIn, Value: r.PathValue("e2eid")})
}

// returnNameMax is how long the client's id of a return may be.
const returnNameMax = 35

func readReturnName(f *wire.Fields, r *http.Request) string {
	name := r.PathValue("id")
	alphanumeric := strings.Trim(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
	if name == "" || len(name) > returnNameMax || !alphanumeric {
		f.Refuse("id", fmt.Sprintf("must have 1 to %d letters or digits", returnNameMax))
	}
	return name
}

// bacenReturnError is what an error of a return is in the Bacen family (contract
// §9.3, §13 rows 15 and 31); nothing is translated that is the same in both.
func bacenReturnError(err error) error {
	var short *ledger.InsufficientFundsError
	var duplicate *pix.DuplicateError
	var p *wire.Problem
	switch {
	case errors.As(err, &short):
		p = insufficient(short)
		p.Status = http.StatusUnprocessableEntity
	case errors.Is(err, pix.ErrReturnTooLate), errors.Is(err, pix.ErrDisputed):
		p = translateReturn(err)
		p.Status = http.StatusUnprocessableEntity
	case errors.Is(err, pix.ErrNotReceipt), errors.Is(err, pix.ErrNotSettled):
		p = translateReturn(err)
		p.Status = http.StatusNotFound
	case errors.As(err, &duplicate):
		p = &wire.Problem{
			Status: http.StatusBadRequest, Code: "DUPLICATE_RETURN_ID",
			Message:     "id already names a return of this Pix with other terms",
			UserMessage: "Este identificador já foi usado em outra devolução deste Pix.",
			Details:     duplicateDetails(duplicate),
		}
	default:
		return err
	}
	return p
}
