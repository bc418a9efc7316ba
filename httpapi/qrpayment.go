package httpapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// qrPaymentRequest is the body of POST /api/pix/cash-out-qrcode (contract §4.4).
type qrPaymentRequest struct {
	Value       json.RawMessage `json:"value"`
	QRCode      *string         `json:"qrCode"`
	ExternalID  *string         `json:"externalId"`
	Description *string         `json:"description"`
	Name        *string         `json:"name"`
	Document    *string         `json:"document"`
	// ExpectedNetBalance and DryRun are as those of a payment to a key.
	ExpectedNetBalance json.RawMessage `json:"expectedNetBalance"`
	DryRun             bool            `json:"dryRun"`
}

// payQRCode is POST /api/pix/cash-out-qrcode: a payment of what a BR Code asks
// for, which is blocked and told of as any other.
func (s *Server) payQRCode(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	command, dryRun, err := s.readQRPayment(w, r, who)
	if err != nil {
		return err
	}
	if dryRun {
		return s.tryCashOut(w, r, command)
	}
	m, err := book.Do(r.Context(), s.Book, command)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusCreated, newCashOutResponse(m))
}

func (s *Server) readQRPayment(
	w http.ResponseWriter, r *http.Request, who auth.Identity,
) (c *pix.PlacePayment, dryRun bool, err error) {
	var request qrPaymentRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return nil, false, err
	}
	var f wire.Fields
	c = &pix.PlacePayment{
		Account:     who.Account,
		Amount:      f.Amount("value", request.Value),
		ExternalID:  f.Text("externalId", request.ExternalID, externalIDMax),
		Description: f.OptionalText("description", request.Description, descriptionMax),
	}
	c.Counterpart.Name = f.OptionalText("name", request.Name, nameMax)
	c.Counterpart.Document = optionalDocument(&f, "document", request.Document)
	c.Scenario = readScenario(&f, r)
	c.ExpectedNet = readExpectedNet(&f, request.ExpectedNetBalance)
	if request.QRCode == nil || *request.QRCode == "" {
		f.Refuse("qrCode", "is required")
	}
	if err := f.Err(); err != nil {
		return nil, false, err
	}
	code, err := readQRCode(*request.QRCode)
	if err != nil {
		return nil, false, err
	}
	c.Code, c.Key = code, code.Key
	c.Counterpart.Name = cmp.Or(c.Counterpart.Name, code.MerchantName)
	if code.Key.Type == pixid.KeyCPF || code.Key.Type == pixid.KeyCNPJ {
		c.Counterpart.Document = cmp.Or(c.Counterpart.Document, code.Key.Value)
	}
	s.number(c)
	return c, request.DryRun, nil
}

// Bounds of a BR Code's length, in characters (contract §4.4).
const (
	qrCodeMin = 50
	qrCodeMax = 500
)

// readQRCode reads a BR Code: every field is walked to and the checksum is
// verified.
func readQRCode(text string) (*pix.ScannedCode, error) {
	if n := utf8.RuneCountInString(text); n < qrCodeMin || n > qrCodeMax {
		return nil, invalidQRCode(fmt.Sprintf("must have %d to %d characters", qrCodeMin, qrCodeMax))
	}
	if !strings.HasPrefix(text, "000201") {
		return nil, invalidQRCode("must start with 000201")
	}
	code, err := pixid.ParseBRCode(text)
	if err != nil {
		return nil, invalidQRCode("is an " + err.Error())
	}
	return &pix.ScannedCode{BRCode: code, Text: text}, nil
}

func invalidQRCode(what string) *wire.Problem {
	p := wire.Invalid("qrCode", what)
	p.Code, p.UserMessage = "INVALID_QR_CODE", "QR Code inválido."
	return p
}
