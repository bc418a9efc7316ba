package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// cashOutTrial is what would become of a payment. Amounts are in reais.
type cashOutTrial struct {
	WouldPass  bool           `json:"wouldPass"`
	Value      money.Centavos `json:"value"`
	Fee        money.Centavos `json:"fee"`
	Total      money.Centavos `json:"total"`
	NetBalance money.Centavos `json:"netBalance"`
	NetAfter   money.Centavos `json:"netAfter"`
	Reason     *string        `json:"reason"` // the code that it would be refused with
}

// tryCashOut answers what would become of a payment if this were its turn.
func (s *Server) tryCashOut(w http.ResponseWriter, r *http.Request, c *pix.PlacePayment) error {
	t, err := book.Do(r.Context(), s.Book, &pix.TryPayment{PlacePayment: *c})
	if err != nil {
		return err
	}
	out := cashOutTrial{
		WouldPass: t.Refused == nil, Value: t.Amount, Fee: t.Fee, Total: t.Total(),
		NetBalance: t.Net, NetAfter: t.NetAfter,
	}
	if t.Refused != nil {
		out.Reason = wire.Optional(translate(t.Refused).Code)
	}
	return wire.Write(w, http.StatusOK, out)
}

// readExpectedNet reads the net that the client decided on, nil if it does not tell.
func readExpectedNet(f *wire.Fields, raw json.RawMessage) *money.Centavos {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	net := f.OptionalAmount("expectedNetBalance", raw)
	return &net
}

func balanceChanged(e *pix.NetBalanceError) *wire.Problem {
	return &wire.Problem{
		Status: http.StatusConflict, Code: "BALANCE_CHANGED", Message: e.Error(),
		UserMessage: "O saldo mudou. Confira e tente novamente.",
		Details:     map[string]any{"expectedNetBalance": e.Expected, "netBalance": e.Net},
	}
}
