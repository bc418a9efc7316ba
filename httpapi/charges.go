package httpapi

import (
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// chargesPage is one page of charges.
type chargesPage struct {
	Data []chargeResponse `json:"data"`
	Next *string          `json:"next"` // the before of the following page; null on the last
}

// Bounds of a list of charges. Among an account's movements there may be few charges:
// of chargesScan movements a page shows what there is.
const (
	chargesPageMax  = 100
	chargesPageSize = 20
	chargesScan     = 2_000
	chargesStep     = 200
)

// listCharges is GET /api/pix/charges?status=&before=&limit=: the account's charges,
// newest first. A page may be short though another follows.
func (s *Server) listCharges(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	before, err := strconv.ParseUint("0"+in.Text("before", 20), 10, 64)
	if err != nil {
		in.Refuse("before", "must be the next of the page before")
	}
	limit := in.Whole("limit", 1, chargesPageMax, chargesPageSize)
	status := in.OneOf("status", chargeActive, chargeProcessing, chargePaid, chargeExpired, chargeFailed)
	if err := in.Err(); err != nil {
		return err
	}
	out, now := chargesPage{Data: []chargeResponse{}}, s.Now()
	for range chargesScan / chargesStep {
		movements, err := s.Reader.Movements(r.Context(), who.Account, pix.MovementID(before), chargesStep)
		if err != nil {
			return err
		}
		for i := range movements {
			if len(out.Data) == limit {
				out.Next = wire.Optional(strconv.FormatUint(before, 10))
				return wire.Write(w, http.StatusOK, out)
			}
			before = uint64(movements[i].ID)
			if !isCharge(&movements[i]) {
				continue
			}
			charge, _ := newCharge(movements[i], now, false) // what draws nothing can't fail
			if status == "" || charge.Status == status {
				out.Data = append(out.Data, charge)
			}
		}
		if len(movements) < chargesStep {
			return wire.Write(w, http.StatusOK, out)
		}
	}
	out.Next = wire.Optional(strconv.FormatUint(before, 10))
	return wire.Write(w, http.StatusOK, out)
}
