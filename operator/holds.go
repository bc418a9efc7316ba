package operator

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// holdRequest puts a hold on an account. Amounts are in reais.
type holdRequest struct {
	Amount   json.RawMessage `json:"amount"`
	Reason   *string         `json:"reason"`
	Sweep    bool            `json:"sweep"` // take what is there, and the rest from later credits
	Case     *string         `json:"case"`
	Deadline *string         `json:"deadline"`
	// EndToEndID is the receipt that the hold is about, if it is about one.
	EndToEndID *string `json:"endToEndId"`
}

// holdResponse is one hold, in reais.
type holdResponse struct {
	HoldID    string         `json:"holdId"`
	AccountID string         `json:"accountId"`
	Reason    string         `json:"reason"`
	Requested money.Centavos `json:"requested"`
	Held      money.Centavos `json:"held"`
	Captured  money.Centavos `json:"captured"`
	Released  money.Centavos `json:"released"`
	Shortfall money.Centavos `json:"shortfall"`
	Sweep     bool           `json:"sweep"`
	Case      *string        `json:"case"`
	About     *string        `json:"transactionId"` // what it is about: a payment, a receipt; a MED case's own number
	Deadline  *string        `json:"deadline"`
	Open      bool           `json:"open"`
	OpenedAt  string         `json:"openedAt"`
	ClosedAt  *string        `json:"closedAt"`
}

func newHoldResponse(h ledger.Hold) holdResponse {
	return holdResponse{
		HoldID: h.ID.String(), AccountID: h.Account.String(), Reason: h.Reason.String(), Requested: h.Requested,
		Held: h.Held, Captured: h.Captured, Released: h.Released, Shortfall: h.Shortfall(), Sweep: h.Sweep,
		Case: wire.Optional(h.Case), About: about(h), Deadline: wire.OptionalTimestamp(h.Deadline), Open: h.Open(),
		OpenedAt: wire.Timestamp(h.OpenedAt), ClosedAt: wire.OptionalTimestamp(h.ClosedAt),
	}
}

func about(h ledger.Hold) *string {
	if h.About == 0 {
		return nil
	}
	return wire.Optional(strconv.FormatUint(h.About, 10))
}

// precautionaryReview is when a precautionary block (bloqueio cautelar) must be
// looked at, counted from the Pix (pix-domain §7.2).
const precautionaryReview = 72 * time.Hour

// caseMax is how long a case id or step may be, in characters.
const caseMax = 100

// placeHold is POST /accounts/{id}/holds. Repeated with the same case it answers
// with the first hold.
func (s *Server) placeHold(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	var request holdRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	c := &pix.PlaceHold{At: s.Now().Truncate(time.Microsecond)}
	c.Account, c.Sweep = id, request.Sweep
	c.Amount = f.Amount("amount", request.Amount)
	c.Case = f.OptionalText("case", request.Case, caseMax)
	name := f.OneOf("reason", request.Reason, operatorReasons...)
	c.Reason, _ = ledger.ParseReason(name)
	since := s.holdAbout(r, &f, c, request.EndToEndID)
	var deadline time.Time
	if c.Reason == ledger.ReasonPrecautionary {
		deadline = since.Add(precautionaryReview)
	}
	c.Deadline = f.Time("deadline", request.Deadline, deadline)
	if err := f.Err(); err != nil {
		return err
	}
	c.ID = ledger.HoldID(s.Book.NextID())
	hold, err := book.Do(r.Context(), s.Book, c)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusCreated, newHoldResponse(hold))
}

// holdAbout finds the receipt that a hold is about, if one is named, and returns
// from when the hold counts: from the receipt, or from now.
func (s *Server) holdAbout(r *http.Request, f *wire.Fields, c *pix.PlaceHold, endToEndID *string) time.Time {
	text := f.OptionalText("endToEndId", endToEndID, eventTextMax)
	if text == "" {
		return c.At
	}
	target, err := s.Reader.Lookup(r.Context(), pix.Key{Space: pix.SpaceEndToEndIn, Value: text})
	if err != nil || target.Account != c.Account {
		f.Refuse("endToEndId", "must be a receipt of the account")
		return c.At
	}
	m, err := s.Reader.Movement(r.Context(), pix.MovementID(target.ID))
	if err != nil {
		f.Refuse("endToEndId", "must be a receipt of the account")
		return c.At
	}
	c.About = uint64(m.ID)
	if m.ProcessedAt.IsZero() {
		return m.UpdatedAt // it is still being processed
	}
	return m.ProcessedAt
}

// operatorReasons are the reasons for which an operator may hold money; the
// others belong to payments, receipts and returns.
var operatorReasons = []string{
	ledger.ReasonJudicial.String(), ledger.ReasonPrecautionary.String(), ledger.ReasonMED.String(),
	ledger.ReasonOther.String(),
}

// listHolds is GET /accounts/{id}/holds?after=&limit=: the open ones.
func (s *Server) listHolds(w http.ResponseWriter, r *http.Request) error {
	id, err := s.customer(r)
	if err != nil {
		return err
	}
	after, limit, err := paging(r)
	if err != nil {
		return err
	}
	holds, err := s.Reader.OpenHolds(r.Context(), id, ledger.HoldID(after), limit)
	if err != nil {
		return err
	}
	page := newPage[holdResponse](len(holds))
	for _, h := range holds {
		page.Data = append(page.Data, newHoldResponse(h))
	}
	if len(holds) == limit {
		page.Next = wire.Optional(holds[limit-1].ID.String())
	}
	return wire.Write(w, http.StatusOK, page)
}

// showHold is GET /holds/{id}, of an operator's hold.
func (s *Server) showHold(w http.ResponseWriter, r *http.Request) error {
	id, err := pathHold(r)
	if err != nil {
		return err
	}
	target, err := s.Reader.Lookup(r.Context(), pix.HoldKey(id))
	if err != nil {
		return ledger.ErrHoldNotFound
	}
	hold, err := s.Reader.Hold(r.Context(), target.Account, id)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newHoldResponse(hold))
}

// stepRequest captures or releases a part of a hold, or all that is held when
// amount is left out. The same step is done once, however often it is asked for.
type stepRequest struct {
	Amount json.RawMessage `json:"amount"`
	To     *string         `json:"to"` // capture only: settlement (default), fees or suspense
	Step   *string         `json:"step"`
}

// captureHold is POST /holds/{id}/capture.
func (s *Server) captureHold(w http.ResponseWriter, r *http.Request) error {
	id, request, f, err := readStep(w, r)
	if err != nil {
		return err
	}
	c := &pix.CaptureHold{ID: id, At: s.Now().Truncate(time.Microsecond), To: ledger.Settlement}
	c.Amount = f.OptionalAmount("amount", request.Amount)
	c.Step = f.OptionalText("step", request.Step, caseMax)
	if request.To != nil {
		c.To = readRole(f, request.To)
	}
	if err := f.Err(); err != nil {
		return err
	}
	hold, err := book.Do(r.Context(), s.Book, c)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newHoldResponse(hold))
}

func readRole(f *wire.Fields, name *string) ledger.Role {
	var names []string
	for _, role := range ledger.SystemRoles() {
		names = append(names, role.String())
	}
	chosen := f.OneOf("to", name, names...)
	for _, role := range ledger.SystemRoles() {
		if role.String() == chosen {
			return role
		}
	}
	return ledger.Settlement
}

// releaseHold is POST /holds/{id}/release.
func (s *Server) releaseHold(w http.ResponseWriter, r *http.Request) error {
	id, request, f, err := readStep(w, r)
	if err != nil {
		return err
	}
	c := &pix.ReleaseHold{ID: id, At: s.Now().Truncate(time.Microsecond)}
	c.Amount = f.OptionalAmount("amount", request.Amount)
	c.Step = f.OptionalText("step", request.Step, caseMax)
	if err := f.Err(); err != nil {
		return err
	}
	hold, err := book.Do(r.Context(), s.Book, c)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newHoldResponse(hold))
}

func readStep(w http.ResponseWriter, r *http.Request) (ledger.HoldID, stepRequest, *wire.Fields, error) {
	var request stepRequest
	id, err := pathHold(r)
	if err == nil {
		err = decodeOptional(w, r, &request)
	}
	return id, request, &wire.Fields{}, err
}

func pathHold(r *http.Request) (ledger.HoldID, error) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, ledger.ErrHoldNotFound
	}
	return ledger.HoldID(id), nil
}
