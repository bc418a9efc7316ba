package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// blockedBalance tells why money is blocked. All of it is from one snapshot: the
// totals add up to blockedBalance. Amounts are in reais.
type blockedBalance struct {
	GrossBalance   money.Centavos `json:"grossBalance"`
	BlockedBalance money.Centavos `json:"blockedBalance"`
	NetBalance     money.Centavos `json:"netBalance"`
	ConsultedAt    string         `json:"consultedAt"`
	Totals         []blockedTotal `json:"totals"`
	Holds          []blockedHold  `json:"holds"`
	Next           *string        `json:"next"` // the after of the following page; null on the last
}

// blockedTotal is the sum over the open holds of one reason.
type blockedTotal struct {
	Reason    string         `json:"reason"`
	Holds     int            `json:"holds"`
	Held      money.Centavos `json:"held"`
	Shortfall money.Centavos `json:"shortfall"`
}

// blockedHold is one open hold.
type blockedHold struct {
	HoldID        string         `json:"holdId"`
	Reason        string         `json:"reason"`
	TransactionID *string        `json:"transactionId"` // what it is for, or the receipt that is disputed
	Case          *string        `json:"case"`
	Held          money.Centavos `json:"held"`
	Requested     money.Centavos `json:"requested"`
	Shortfall     money.Centavos `json:"shortfall"` // not there yet; later credits fill it where the hold waits
	Since         string         `json:"since"`
	Deadline      *string        `json:"deadline"`
}

// Sizes of a page of open holds.
const (
	blockedPageMax = 100
	blockedPage    = 50
)

// blocked is GET /api/balance/blocked?after=&limit=.
func (s *Server) blocked(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	after, err := strconv.ParseUint("0"+in.Text("after", 20), 10, 64)
	if err != nil {
		in.Refuse("after", "must be the next of the page before")
	}
	limit := in.Whole("limit", 1, blockedPageMax, blockedPage)
	if err := in.Err(); err != nil {
		return err
	}
	at := s.Now()
	b, err := s.Reader.Blocked(r.Context(), who.Account, ledger.HoldID(after), limit+1)
	if err != nil {
		return ownAccount(err)
	}
	out := blockedBalance{
		GrossBalance: b.Account.Posted, BlockedBalance: b.Account.Held, NetBalance: b.Account.Available(),
		ConsultedAt: wire.Timestamp(at), Totals: blockedTotals(b.Reasons), Holds: []blockedHold{},
	}
	if len(b.Holds) > limit {
		b.Holds = b.Holds[:limit]
		out.Next = wire.Optional(b.Holds[limit-1].ID.String())
	}
	for i := range b.Holds {
		hold, err := s.newBlockedHold(r.Context(), &b.Holds[i])
		if err != nil {
			return err
		}
		out.Holds = append(out.Holds, hold)
	}
	w.Header()["Cache-Control"] = privately
	return wire.Write(w, http.StatusOK, out)
}

func blockedTotals(sums []book.BlockedFor) []blockedTotal {
	totals := make([]blockedTotal, 0, len(sums))
	for _, of := range sums {
		totals = append(totals, blockedTotal{of.Reason.String(), of.Holds, of.Held, of.Shortfall})
	}
	return totals
}

func (s *Server) newBlockedHold(ctx context.Context, h *ledger.Hold) (blockedHold, error) {
	out := blockedHold{
		HoldID: h.ID.String(), Reason: h.Reason.String(), Held: h.Held, Requested: h.Requested,
		Shortfall: h.Shortfall(), Since: wire.Timestamp(h.OpenedAt), Deadline: wire.OptionalTimestamp(h.Deadline),
	}
	if h.Reason != ledger.ReasonSplit { // whose case is the books' own
		out.Case = wire.Optional(h.Case)
	}
	about, err := s.transactionOf(ctx, h)
	if about != 0 {
		out.TransactionID = wire.Optional(strconv.FormatUint(about, 10))
	}
	return out, err
}

// transactionOf returns the number of the transaction that a hold is for, 0 if it is
// for none: a MED case's hold is about the case itself, which leads to what is
// disputed.
func (s *Server) transactionOf(ctx context.Context, h *ledger.Hold) (uint64, error) {
	if h.Reason != ledger.ReasonMED || h.About != uint64(h.ID) {
		return h.About, nil
	}
	receipt, err := s.Reader.Lookup(ctx, pix.Key{Space: pix.SpaceMEDOf, Value: h.Case})
	if errors.Is(err, pix.ErrNotFound) || receipt.Account != h.Account {
		return 0, nil
	}
	return receipt.ID, err
}
