package operator

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// eventRequest is an event of the rail (pix.Event). Which fields it carries
// depends on its type. Amounts are in reais.
type eventRequest struct {
	ID            *string         `json:"id"`
	Type          *string         `json:"type"`
	EndToEndID    *string         `json:"endToEndId"`
	ReturnID      *string         `json:"returnId"`
	TransactionID json.RawMessage `json:"transactionId"`
	TxID          *string         `json:"txId"`
	PixKey        *string         `json:"pixKey"`
	Amount        json.RawMessage `json:"amount"`
	Payer         payerRequest    `json:"payer"`
	At            *string         `json:"at"`
	ErrorCode     *string         `json:"errorCode"`
	ErrorMessage  *string         `json:"errorMessage"`

	// Of MED cases only.

	CaseID          *string     `json:"caseId"`
	AccountID       *string     `json:"accountId"`
	Reason          *string     `json:"reason"`
	Cause           *string     `json:"cause"`
	Description     *string     `json:"description"`
	AnalysisDetails *string     `json:"analysisDetails"`
	DefenseStatus   *string     `json:"defenseStatus"`
	RequestingBank  bankRequest `json:"requestingBank"`
	ContestedBank   bankRequest `json:"contestedBank"`
}

type payerRequest struct {
	Name     *string `json:"name"`
	Document *string `json:"document"`
	ISPB     *string `json:"ispb"`
	BankCode *string `json:"bankCode"`
	BankName *string `json:"bankName"`
	Branch   *string `json:"branch"`
	Number   *string `json:"account"`
}

type bankRequest struct {
	ISPB *string `json:"ispb"`
	Name *string `json:"name"`
}

// Limits of an event's texts, in characters.
const (
	eventTextMax = 255
	eventLongMax = 2_000 // of what people wrote about a case
)

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
	switch e.Type {
	case pix.ReceiptProcessing, pix.ReceiptSettled, pix.PaymentReturned:
		e.Amount = f.Amount("amount", in.Amount)
	default:
		e.Amount = f.OptionalAmount("amount", in.Amount)
	}
	switch e.Type {
	case pix.MEDOpened, pix.MEDAccepted, pix.MEDRejected, pix.MEDCancelled:
		e.MED = in.readMED(&f)
	}
	in.require(&f, &e)
	e.Raw = string(raw[:min(len(raw), wire.BodyMax)])
	return e, f.Err()
}

// readIDs reads what tells what an event is about.
func (in *eventRequest) readIDs(f *wire.Fields, e *pix.Event) {
	var err error
	if text := f.OptionalText("endToEndId", in.EndToEndID, eventTextMax); text != "" {
		if e.EndToEndID, err = pixid.ParseEndToEndID(text); err != nil {
			f.Refuse("endToEndId", "must be an end-to-end id of 32 characters")
		}
	}
	if text := f.OptionalText("returnId", in.ReturnID, eventTextMax); text != "" {
		if e.ReturnID, err = pixid.ParseReturnID(text); err != nil {
			f.Refuse("returnId", "must be a return id of 32 characters, which begins with D")
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
}

// require refuses an event that does not say what it is about.
func (in *eventRequest) require(f *wire.Fields, e *pix.Event) {
	endToEnd, movement := e.EndToEndID != "", e.Movement != 0
	switch e.Type {
	case pix.ReceiptProcessing, pix.ReceiptSettled:
		if !endToEnd {
			f.Refuse("endToEndId", "is required")
		}
	case pix.PaymentReturned:
		if e.ReturnID == "" {
			f.Refuse("returnId", "is required")
		}
		if !endToEnd && !movement {
			f.Refuse("endToEndId", "is required, or transactionId")
		}
	case pix.ReturnSettled, pix.ReturnRejected:
		if e.ReturnID == "" && !movement {
			f.Refuse("returnId", "is required, or transactionId")
		}
	case pix.MEDOpened:
		if !endToEnd && e.MED.Account == 0 && e.PixKey == "" {
			f.Refuse("endToEndId", "is required, or accountId or pixKey")
		}
		if !endToEnd && e.Amount == 0 {
			f.RefuseAmount("amount", "is required where there is no endToEndId")
		}
	case pix.MEDAccepted, pix.MEDRejected, pix.MEDCancelled: // the case says it
	default:
		if !endToEnd && !movement && e.TxID == "" {
			f.Refuse("endToEndId", "is required")
		}
	}
}

// readMED reads what an event tells of a MED case. Reasons and causes that are
// not known yet are kept as they are: money must be held all the same.
func (in *eventRequest) readMED(f *wire.Fields) *pix.MEDEvent {
	m := &pix.MEDEvent{
		CaseID:          f.Text("caseId", in.CaseID, caseMax),
		Reason:          f.OptionalText("reason", in.Reason, caseMax),
		Cause:           f.OptionalText("cause", in.Cause, caseMax),
		Description:     f.OptionalText("description", in.Description, eventLongMax),
		AnalysisDetails: f.OptionalText("analysisDetails", in.AnalysisDetails, eventLongMax),
		DefenseStatus:   f.OptionalText("defenseStatus", in.DefenseStatus, caseMax),
		Requesting:      in.RequestingBank.read(f, "requestingBank"),
		Contested:       in.ContestedBank.read(f, "contestedBank"),
	}
	if m.Reason == "" {
		m.Reason = "REFUND_REQUEST"
	}
	if text := f.OptionalText("accountId", in.AccountID, eventTextMax); text != "" {
		var err error
		if m.Account, err = ledger.ParseAccountID(text); err != nil {
			f.Refuse("accountId", "must be the id of an account")
		}
	}
	return m
}

func (in *bankRequest) read(f *wire.Fields, name string) pix.Bank {
	b := pix.Bank{
		ISPB: f.OptionalText(name+".ispb", in.ISPB, eventTextMax),
		Name: f.OptionalText(name+".name", in.Name, eventTextMax),
	}
	if _, err := pixid.ParseISPB(b.ISPB); err != nil && b.ISPB != "" {
		f.Refuse(name+".ispb", "must have 8 digits or capital letters")
	}
	return b
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
