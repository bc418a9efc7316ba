package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// transactionDetails is one transaction and all that belongs to it. Amounts are in
// reais.
type transactionDetails struct {
	Transaction  transactionResponse `json:"transaction"`
	Description  *string             `json:"description"`
	PixKey       *string             `json:"pixKey"`
	TxID         *string             `json:"txid"`
	ErrorCode    *string             `json:"errorCode"`
	ErrorMessage *string             `json:"errorMessage"`
	ParentID     *string             `json:"parentTransactionId"`
	Case         *string             `json:"case"` // the MED case that took a return
	// Returned is what was given back or is on its way back; Remaining is what POST
	// /api/pix/refund-in may still give back now.
	Returned   money.Centavos        `json:"returnedAmount"`
	Remaining  money.Centavos        `json:"remainingAmountForRefund"`
	Charge     *chargeResponse       `json:"charge"`
	Holds      []transactionHold     `json:"holds"`
	Returns    []transactionResponse `json:"returns"`
	Cases      []medResponse         `json:"medCases"`
	Deliveries []transactionDelivery `json:"webhookDeliveries"`
	Timeline   []timelineStep        `json:"timeline"`
}

// transactionHold is a hold of a transaction, open or closed.
type transactionHold struct {
	HoldID    string         `json:"holdId"`
	Reason    string         `json:"reason"`
	Case      *string        `json:"case"`
	Requested money.Centavos `json:"requested"`
	Held      money.Centavos `json:"held"`
	Captured  money.Centavos `json:"captured"`
	Released  money.Centavos `json:"released"`
	Shortfall money.Centavos `json:"shortfall"`
	Since     string         `json:"since"`
	Until     *string        `json:"until"` // null while it is open
	Deadline  *string        `json:"deadline"`
}

// transactionDelivery is one attempt to tell of a transaction.
type transactionDelivery struct {
	ID      string  `json:"webhookLogId"`
	Event   string  `json:"event"`
	URL     *string `json:"url"`
	At      string  `json:"sentAt"`
	Millis  int64   `json:"millis"`
	Attempt int     `json:"attempt"`
	Resent  bool    `json:"resent"`
	Status  *int    `json:"statusCode"`
	Result  string  `json:"result"`
	Error   *string `json:"error"`
	Next    *string `json:"nextAttemptAt"`
}

// details is GET /api/pix/transaction/{id}/details. The transaction may be named by
// its number, externalId, end-to-end id or txid.
func (s *Server) details(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	m, err := s.findNamed(r.Context(), who, r.PathValue("id"))
	if err != nil {
		return err
	}
	out, err := s.newDetails(r.Context(), m)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, out)
}

// findNamed finds a transaction by whatever is its own.
func (s *Server) findNamed(ctx context.Context, who auth.Identity, id string) (pix.Movement, error) {
	for _, key := range append(namesOf(who, id), pix.Key{Space: pix.SpaceTxID, Value: id}) {
		m, err := s.movementUnder(ctx, who, key)
		if err == nil || !errors.Is(err, pix.ErrNotFound) {
			return m, err
		}
	}
	return pix.Movement{}, pix.ErrNotFound
}

func (s *Server) newDetails(ctx context.Context, m pix.Movement) (transactionDetails, error) {
	now := s.Now()
	out := transactionDetails{
		Transaction: newTransactionResponse(m), Description: wire.Optional(m.Description),
		PixKey: wire.Optional(m.PixKey), TxID: wire.Optional(string(m.TxID)),
		ErrorCode: wire.Optional(m.ErrorCode), ErrorMessage: wire.Optional(m.ErrorMessage),
		Returned: m.Returned, Remaining: m.RefundableAt(now),
		Holds: []transactionHold{}, Returns: []transactionResponse{}, Cases: []medResponse{},
		Deliveries: []transactionDelivery{},
	}
	if m.Parent != 0 {
		out.ParentID = wire.Optional(m.Parent.String())
	}
	if m.Terms != nil {
		out.Case = wire.Optional(m.Terms.Case)
	}
	if isCharge(&m) {
		charge, err := newCharge(m, now, true)
		if err != nil {
			return out, err
		}
		out.Charge = &charge
	}
	line := newTimeline(&m, now)
	for _, add := range []func(context.Context, pix.Movement, *timeline) error{
		out.addCases(s), out.addHolds(s), out.addReturns(s), out.addDeliveries(s),
	} {
		if err := add(ctx, m, line); err != nil {
			return out, err
		}
	}
	out.Timeline = line.sorted()
	return out, nil
}

// addHolds adds the transaction's own hold and those of its MED cases.
func (d *transactionDetails) addHolds(s *Server) func(context.Context, pix.Movement, *timeline) error {
	return func(ctx context.Context, m pix.Movement, line *timeline) error {
		var ids []ledger.HoldID
		if m.Hold != 0 {
			ids = append(ids, m.Hold)
		}
		for i := range d.Cases {
			ids = append(ids, ledger.HoldID(d.Cases[i].ID))
		}
		if len(ids) == 0 {
			return nil
		}
		holds, err := s.Reader.HoldsNumbered(ctx, m.Account, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			h, ok := holds[id]
			if !ok {
				continue // a case may have had nothing to hold
			}
			line.hold(&h)
			d.Holds = append(d.Holds, transactionHold{
				HoldID: h.ID.String(), Reason: h.Reason.String(), Case: wire.Optional(h.Case), Requested: h.Requested,
				Held: h.Held, Captured: h.Captured, Released: h.Released, Shortfall: h.Shortfall(),
				Since: wire.Timestamp(h.OpenedAt), Until: wire.OptionalTimestamp(h.ClosedAt),
				Deadline: wire.OptionalTimestamp(h.Deadline),
			})
		}
		return nil
	}
}

// addReturns adds what was given back of the transaction, newest first.
func (d *transactionDetails) addReturns(s *Server) func(context.Context, pix.Movement, *timeline) error {
	return func(ctx context.Context, m pix.Movement, line *timeline) error {
		if m.Terms == nil || len(m.Terms.Returns) == 0 {
			return nil
		}
		found, err := s.Reader.MovementsNumbered(ctx, m.Terms.Returns)
		if err != nil {
			return err
		}
		for i := len(m.Terms.Returns) - 1; i >= 0; i-- {
			if back, ok := found[m.Terms.Returns[i]]; ok {
				line.returned(&back)
				d.Returns = append(d.Returns, newTransactionResponse(back))
			}
		}
		return nil
	}
}

// Of an account's MED cases the newest detailCasesScan are looked at for those of one
// receipt, of which at most detailCasesMax are shown.
const (
	detailCasesScan = 5_000
	detailCasesMax  = 50
)

// addCases adds the MED cases about a receipt, newest first. A case has a higher
// number than the receipt that it disputes.
func (d *transactionDetails) addCases(s *Server) func(context.Context, pix.Movement, *timeline) error {
	return func(ctx context.Context, m pix.Movement, line *timeline) error {
		if m.Kind != pix.Receipt {
			return nil
		}
		before := uint64(0)
		for range detailCasesScan / medScanStep {
			records, err := s.Reader.Records(ctx, pix.RecordMED, uint64(m.Account), before, medScanStep)
			if err != nil {
				return err
			}
			for _, record := range records {
				if before = record.Number; before < uint64(m.ID) || len(d.Cases) == detailCasesMax {
					return nil
				}
				c, err := pix.ReadMEDCase(record)
				if err != nil {
					return err
				}
				if c.Receipt != m.ID {
					continue
				}
				shown, err := s.showMED(ctx, c)
				if err != nil {
					return err
				}
				line.medCase(&c)
				d.Cases = append(d.Cases, shown)
			}
			if len(records) < medScanStep {
				return nil
			}
		}
		return nil
	}
}

// addDeliveries adds the attempts to tell of the transaction, newest first.
func (d *transactionDetails) addDeliveries(s *Server) func(context.Context, pix.Movement, *timeline) error {
	return func(ctx context.Context, m pix.Movement, line *timeline) error {
		list, err := s.Webhooks.Deliveries(ctx, uint64(m.ID))
		if err != nil {
			return err
		}
		for _, each := range list {
			line.delivery(&each)
			out := transactionDelivery{
				ID: strconv.FormatUint(each.ID, 10), Event: string(each.Event), URL: wire.Optional(each.URL),
				At: wire.Timestamp(each.At), Millis: each.Millis, Attempt: each.Attempt, Resent: each.Resent,
				Result: string(each.Result), Error: wire.Optional(each.Error),
			}
			if each.Status != 0 {
				out.Status = &each.Status
			}
			if each.Next != nil {
				out.Next = wire.OptionalTimestamp(*each.Next)
			}
			d.Deliveries = append(d.Deliveries, out)
		}
		return nil
	}
}

// chargeResponse is a charge as it is now. Amounts are in reais.
type chargeResponse struct {
	TransactionID  string         `json:"transactionId"`
	ExternalID     *string        `json:"externalId"`
	TxID           string         `json:"txid"`
	Status         string         `json:"status"`
	Value          money.Centavos `json:"value"`
	Description    *string        `json:"description"`
	PayerName      *string        `json:"payerName"`
	GenerateTime   string         `json:"generateTime"`
	ExpirationDate *string        `json:"expirationDate"`
	ProcessedAt    *string        `json:"processedAt"`
	PixCode        string         `json:"pixCode"`
	QRCodeImage    string         `json:"qrCodeImage,omitempty"`
}

// The statuses of a charge.
const (
	chargeActive     = "ACTIVE"
	chargeProcessing = "PROCESSING" // it was paid, and the money is not there yet
	chargePaid       = "PAID"
	chargeExpired    = "EXPIRED"
	chargeFailed     = "ERROR"
)

// isCharge tells whether a receipt came of a charge, and not to a key.
func isCharge(m *pix.Movement) bool { return m.Kind == pix.Receipt && m.BRCode != "" }

func newCharge(m pix.Movement, now time.Time, draw bool) (chargeResponse, error) {
	out := chargeResponse{
		TransactionID: m.ID.String(), ExternalID: wire.Optional(m.ExternalID), TxID: string(m.TxID),
		Status: chargeActive, Value: m.Amount, Description: wire.Optional(m.Description),
		PayerName: wire.Optional(m.Counterpart.Name), GenerateTime: wire.Timestamp(m.CreatedAt),
		ExpirationDate: wire.OptionalTimestamp(m.ExpiresAt), ProcessedAt: wire.OptionalTimestamp(m.ProcessedAt),
		PixCode: m.BRCode,
	}
	switch {
	case m.Status == pix.Confirmed:
		out.Status = chargePaid
	case m.Status == pix.Failed:
		out.Status = chargeFailed
	case m.Processing:
		out.Status = chargeProcessing
	case !m.ExpiresAt.IsZero() && now.After(m.ExpiresAt):
		out.Status = chargeExpired
	}
	var err error
	if draw {
		out.QRCodeImage, err = qrDataURL(m.BRCode)
	}
	return out, err
}
