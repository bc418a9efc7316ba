package operator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// eventRequest is an event of the rail (pix.Event). Amounts are in reais.
type eventRequest struct {
	ID            *string         `json:"id"`
	Type          *string         `json:"type"`
	EndToEndID    *string         `json:"endToEndId"`
	TransactionID json.RawMessage `json:"transactionId"`
	TxID          *string         `json:"txId"`
	PixKey        *string         `json:"pixKey"`
	Amount        json.RawMessage `json:"amount"`
	Payer         struct {
		Name     *string `json:"name"`
		Document *string `json:"document"`
		ISPB     *string `json:"ispb"`
		BankCode *string `json:"bankCode"`
		BankName *string `json:"bankName"`
		Branch   *string `json:"branch"`
		Number   *string `json:"account"`
	} `json:"payer"`
	At           *string `json:"at"`
	ErrorCode    *string `json:"errorCode"`
	ErrorMessage *string `json:"errorMessage"`
}

// eventResponse tells what became of one event: applied, repeated, suspended, or
// error.
type eventResponse struct {
	ID     string        `json:"id"`
	Result string        `json:"result"`
	Error  *eventProblem `json:"error,omitempty"`
}

type eventProblem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Limits of one call of POST /rail/events, and of an event's texts.
const (
	eventsMax     = 1_000
	eventsBodyMax = 1 << 20
	eventTextMax  = 255
)

// railEvents is POST /rail/events: one event, or an array that is applied in
// order. Each is answered by itself; several are answered in an array.
func (s *Server) railEvents(w http.ResponseWriter, r *http.Request) error {
	raw, err := wire.Body(w, r, eventsBodyMax)
	if err != nil {
		return err
	}
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '[' {
		return s.oneEvent(w, r, raw)
	}
	var items []json.RawMessage
	if err := wire.Unmarshal(raw, &items); err != nil {
		return err
	}
	if len(items) > eventsMax {
		return wire.Invalid("body", fmt.Sprintf("must have at most %d events", eventsMax))
	}
	return s.manyEvents(w, r, items)
}

func (s *Server) oneEvent(w http.ResponseWriter, r *http.Request, raw []byte) error {
	event, err := s.readEvent(raw)
	if err != nil {
		return err
	}
	outcome, err := book.Do(r.Context(), s.Book, s.command(event))
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, eventResponse{ID: event.ID, Result: outcome.String()})
}

func (s *Server) manyEvents(w http.ResponseWriter, r *http.Request, items []json.RawMessage) error {
	answers := make([]eventResponse, len(items))
	var all pix.ApplyEvents
	var place []int // of each event among the answers
	for i, raw := range items {
		event, err := s.readEvent(raw)
		answers[i].ID = event.ID
		if err != nil {
			answers[i].fail(err)
			continue
		}
		all.Events = append(all.Events, *s.command(event))
		place = append(place, i)
	}
	if len(all.Events) > 0 {
		results, err := book.Do(r.Context(), s.Book, &all)
		if err != nil {
			return err
		}
		for j, result := range results {
			answers[place[j]].Result = result.Outcome.String()
			if result.Err != nil {
				answers[place[j]].fail(result.Err)
			}
		}
	}
	return wire.Write(w, http.StatusOK, answers)
}

func (a *eventResponse) fail(err error) {
	a.Result = "error"
	a.Error = &eventProblem{"INTERNAL_ERROR", "internal error"}
	if p, ok := err.(*wire.Problem); ok {
		*a.Error = eventProblem{p.Code, p.Message}
	} else if p := translate(err); p != nil {
		*a.Error = eventProblem{p.Code, p.Message}
	}
}

func (s *Server) command(e pix.Event) *pix.ApplyEvent {
	return &pix.ApplyEvent{
		Event: e, NewID: pix.MovementID(s.Book.NextID()), Now: s.Now().Truncate(time.Microsecond),
	}
}

// readEvent reads one event. The event's id is returned as far as it can be
// read, with an error too.
func (s *Server) readEvent(raw []byte) (pix.Event, error) {
	var in eventRequest
	if err := wire.Unmarshal(raw, &in); err != nil {
		return pix.Event{}, err
	}
	var f wire.Fields
	e := pix.Event{
		ID: f.Text("id", in.ID, eventTextMax), Type: pix.EventType(f.Text("type", in.Type, eventTextMax)),
		TxID:         f.OptionalText("txId", in.TxID, eventTextMax),
		ErrorCode:    f.OptionalText("errorCode", in.ErrorCode, eventTextMax),
		ErrorMessage: f.OptionalText("errorMessage", in.ErrorMessage, eventTextMax),
		At:           f.Time("at", in.At, s.Now()),
	}
	if e.Type != "" && !e.Type.Known() {
		f.Refuse("type", "is not an event")
	}
	in.readIDs(&f, &e)
	in.readPayer(&f, &e)
	in.readAmount(&f, &e)
	e.Raw = string(raw[:min(len(raw), wire.BodyMax)])
	return e, f.Err()
}

// readIDs reads what tells which movement an event is about.
func (in *eventRequest) readIDs(f *wire.Fields, e *pix.Event) {
	var err error
	if text := f.OptionalText("endToEndId", in.EndToEndID, eventTextMax); text != "" {
		if e.EndToEndID, err = pixid.ParseEndToEndID(text); err != nil {
			f.Refuse("endToEndId", "must be an end-to-end id of 32 characters")
		}
	}
	if len(in.TransactionID) > 0 {
		digits := string(bytes.Trim(in.TransactionID, `"`))
		number, err := strconv.ParseUint(digits, 10, 53)
		if err != nil || number == 0 {
			f.Refuse("transactionId", "must be the number of a transaction")
		}
		e.Movement = pix.MovementID(number)
	}
	if text := f.OptionalText("pixKey", in.PixKey, eventTextMax); text != "" {
		key, err := pixid.ParseKey(text)
		if err != nil {
			f.Refuse("pixKey", "must be a Pix key")
		}
		e.PixKey = key.Value
	}
	if e.EndToEndID == "" && e.Movement == 0 && e.TxID == "" {
		f.Refuse("endToEndId", "is required")
	}
}

func (in *eventRequest) readPayer(f *wire.Fields, e *pix.Event) {
	p := &in.Payer
	e.Payer = pix.Counterpart{
		Name:     f.OptionalText("payer.name", p.Name, eventTextMax),
		Document: f.OptionalText("payer.document", p.Document, eventTextMax),
		ISPB:     f.OptionalText("payer.ispb", p.ISPB, eventTextMax),
		BankCode: f.OptionalText("payer.bankCode", p.BankCode, eventTextMax),
		BankName: f.OptionalText("payer.bankName", p.BankName, eventTextMax),
		Branch:   f.OptionalText("payer.branch", p.Branch, eventTextMax),
		Number:   f.OptionalText("payer.account", p.Number, eventTextMax),
	}
}

// readAmount reads the amount, which receipts must carry.
func (in *eventRequest) readAmount(f *wire.Fields, e *pix.Event) {
	switch e.Type {
	case pix.ReceiptProcessing, pix.ReceiptSettled:
		e.Amount = f.Amount("amount", in.Amount)
		if e.EndToEndID == "" {
			f.Refuse("endToEndId", "is required")
		}
	default:
		e.Amount = f.OptionalAmount("amount", in.Amount)
	}
}
