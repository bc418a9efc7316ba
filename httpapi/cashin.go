package httpapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// cashInRequest is the body of POST /api/pix/cash-in (contract §4.1).
type cashInRequest struct {
	Transaction struct {
		Value          json.RawMessage `json:"value"`
		Description    *string         `json:"description"`
		ExternalID     *string         `json:"externalId"`
		ExpirationTime json.RawMessage `json:"expirationTime"`
		GenerateQRCode bool            `json:"generateQrCode"`
	} `json:"transaction"`
	Payer struct {
		FullName *string `json:"fullName"`
		Document *string `json:"document"`
	} `json:"payer"`
	AdditionalInfo map[string]string `json:"additionalInfo"`
	Splits         []splitRequest    `json:"splits"`
}

// cashInResponse tells that a charge was created.
type cashInResponse struct {
	TransactionID  string `json:"transactionId"`
	CorrelationID  string `json:"correlationId"`
	ExternalID     string `json:"externalId"`
	Status         string `json:"status"`
	PixCode        string `json:"pixCode"`
	GenerateTime   string `json:"generateTime"`
	ExpirationDate string `json:"expirationDate"`
	QRCodeImage    string `json:"qrCodeImage,omitempty"`
}

// Bounds of a charge's life in seconds (contract §13 row 10), and of its
// additional information.
const (
	expirationMin     = pix.ChargeSecondsMin
	expirationMax     = pix.ChargeSecondsMax
	expirationDefault = 86_400
	infoMax           = 10
	infoNameMax       = 50
	infoValueMax      = 200
)

// cashIn is POST /api/pix/cash-in: a charge with its BR Code. No balance
// changes until it is paid.
func (s *Server) cashIn(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var request cashInRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	command, err := s.readCharge(r, who, &request)
	if err != nil {
		return err
	}
	m, err := book.Do(r.Context(), s.Book, command)
	if err != nil {
		return err
	}
	answer := cashInResponse{
		TransactionID: m.ID.String(), CorrelationID: m.Correlation, ExternalID: m.ExternalID,
		Status: statusNames[m.Status], PixCode: m.BRCode, GenerateTime: wire.Timestamp(m.CreatedAt),
		ExpirationDate: wire.Timestamp(m.ExpiresAt),
	}
	if request.Transaction.GenerateQRCode {
		if answer.QRCodeImage, err = qrDataURL(m.BRCode); err != nil {
			return fmt.Errorf("draw QR code: %w", err)
		}
	}
	return wire.Write(w, http.StatusCreated, answer)
}

func (s *Server) readCharge(r *http.Request, who auth.Identity, in *cashInRequest) (*pix.CreateCharge, error) {
	var f wire.Fields
	c := &pix.CreateCharge{
		Account:     who.Account,
		Amount:      f.Amount("transaction.value", in.Transaction.Value),
		Description: f.Text("transaction.description", in.Transaction.Description, descriptionMax),
		ExternalID:  f.Text("transaction.externalId", in.Transaction.ExternalID, externalIDMax),
		Rail:        s.Rail,
	}
	seconds := f.Whole("transaction.expirationTime", in.Transaction.ExpirationTime,
		expirationMin, expirationMax, expirationDefault)
	c.Payer.Name = f.Text("payer.fullName", in.Payer.FullName, nameMax)
	c.Payer.Document = readDocument(&f, "payer.document", in.Payer.Document)
	c.Notes = readNotes(&f, in.AdditionalInfo)
	c.Splits = readSplits(&f, in.Splits)
	c.Scenario = readChargeScenario(&f, r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	c.At = s.Now().Truncate(time.Microsecond)
	c.ExpiresAt = c.At.Add(time.Duration(seconds) * time.Second)
	c.ID = pix.MovementID(s.Book.NextID())
	c.Correlation = uuid.UUID(s.NewUUID()).String()
	c.TxID = pixid.TxIDFrom(s.NewUUID())
	c.Location = s.location(r, c.TxID)
	return c, nil
}

// readNotes reads additionalInfo, sorted by name: JSON promises no order.
func readNotes(f *wire.Fields, info map[string]string) []pix.Note {
	if len(info) > infoMax {
		f.Refuse("additionalInfo", fmt.Sprintf("must have at most %d keys", infoMax))
		return nil
	}
	var notes []pix.Note
	for _, name := range slices.Sorted(maps.Keys(info)) {
		value := info[name]
		f.OptionalText("additionalInfo", &name, infoNameMax)
		f.OptionalText("additionalInfo."+name, &value, infoValueMax)
		notes = append(notes, pix.Note{Name: name, Value: value})
	}
	return notes
}

// locationMax is how long a BR Code's location may be, in characters.
const locationMax = 77

// location is where payers' banks find the charge of a txid, without scheme.
func (s *Server) location(r *http.Request, txID pixid.TxID) string {
	base, path := cmp.Or(s.LocationBase, r.Host), "/qr/v2/"+string(txID)
	return base[:min(len(base), locationMax-len(path))] + path
}
