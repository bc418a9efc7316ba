package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// cashOutRequest is the body of POST /api/pix/cash-out (contract §4.3).
type cashOutRequest struct {
	Value       json.RawMessage `json:"value"`
	ExternalID  *string         `json:"externalId"`
	Description *string         `json:"description"`
	Details     struct {
		Key      *string `json:"key"`
		KeyType  *string `json:"keyType"`
		Name     *string `json:"name"`
		Document *string `json:"document"`
	} `json:"details"`

	// ExpectedNetBalance refuses the payment if net is another by then.
	ExpectedNetBalance json.RawMessage `json:"expectedNetBalance"`
	// DryRun asks what would become of the payment.
	DryRun bool `json:"dryRun"`
}

// cashOutResponse tells that a payment was accepted.
type cashOutResponse struct {
	TransactionID string `json:"transactionId"`
	ExternalID    string `json:"externalId"`
	Status        string `json:"status"`
	GenerateTime  string `json:"generateTime"`
}

// cashOut is POST /api/pix/cash-out: amount and fee are blocked at once, until
// the rail tells what became of the payment. With dryRun nothing is done.
func (s *Server) cashOut(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	command, dryRun, err := s.readCashOut(w, r, who)
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

func newCashOutResponse(m pix.Movement) cashOutResponse {
	return cashOutResponse{m.ID.String(), m.ExternalID, statusNames[m.Status], wire.Timestamp(m.CreatedAt)}
}

// number gives a payment what only the server can: number, end-to-end id, time
// and rail.
func (s *Server) number(c *pix.PlacePayment) {
	c.At = s.Now().Truncate(time.Microsecond)
	c.ID = pix.MovementID(s.Book.NextID())
	c.EndToEndID = pixid.EndToEndIDFrom(s.ISPB, c.At, uint64(c.ID))
	c.Rail = s.Rail
}

func (s *Server) readCashOut(
	w http.ResponseWriter, r *http.Request, who auth.Identity,
) (c *pix.PlacePayment, dryRun bool, err error) {
	var request cashOutRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return nil, false, err
	}
	var f wire.Fields
	c = &pix.PlacePayment{
		Account:     who.Account,
		Amount:      f.Amount("value", request.Value),
		ExternalID:  f.Text("externalId", request.ExternalID, externalIDMax),
		Description: f.OptionalText("description", request.Description, descriptionMax),
		Key:         readKey(&f, request.Details.KeyType, request.Details.Key),
	}
	c.Counterpart.Name = f.Text("details.name", request.Details.Name, nameMax)
	c.Counterpart.Document = readDocument(&f, "details.document", request.Details.Document)
	c.Scenario = readScenario(&f, r)
	c.ExpectedNet = readExpectedNet(&f, request.ExpectedNetBalance)
	if err := f.Err(); err != nil {
		return nil, false, err
	}
	s.number(c)
	return c, request.DryRun, nil
}

// Limits of texts, in characters (contract §12).
const (
	externalIDMax  = 255
	descriptionMax = 140
	nameMax        = 100
)

// keyTypes are the names that cash-out gives to types of key (contract §4.3).
// DOCUMENT is a CPF or a CNPJ, by its length.
var keyTypes = map[string]pixid.KeyType{
	"EMAIL": pixid.KeyEmail, "PHONE": pixid.KeyPhone, "RANDOM": pixid.KeyEVP,
}

func readKey(f *wire.Fields, kind, key *string) pixid.Key {
	name := f.OneOf("details.keyType", kind, "DOCUMENT", "EMAIL", "PHONE", "RANDOM")
	text := f.Text("details.key", key, externalIDMax)
	if name == "" || text == "" {
		return pixid.Key{}
	}
	var parsed pixid.Key
	var err error
	if name == "DOCUMENT" {
		var document pixid.Document
		if document, err = pixid.ParseDocument(text); err == nil {
			parsed = document.Key()
		}
	} else {
		parsed, err = pixid.ParseKeyAs(keyTypes[name], text)
	}
	if err != nil {
		f.Refuse("details.key", "is not a valid key of type "+name)
	}
	return parsed
}

// punctuation is what people write into a CPF or CNPJ.
var punctuation = strings.NewReplacer(".", "", "-", "", "/", "")

// readDocument reads a CPF or CNPJ that is told for information: 11 digits, or
// 14 digits or letters, with or without punctuation. Its check digits are the
// settling bank's to judge (contract §4.1, §4.3).
func readDocument(f *wire.Fields, field string, text *string) string {
	document := strings.ToUpper(punctuation.Replace(f.Text(field, text, 18)))
	if text == nil || document == "" {
		return document
	}
	digits := strings.Trim(document, "0123456789") == ""
	alphanumeric := strings.Trim(document, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	if (len(document) == 11 && digits) || (len(document) == 14 && alphanumeric) {
		return document
	}
	f.Refuse(field, "must be a CPF of 11 digits or a CNPJ of 14 characters")
	return ""
}

// optionalDocument is readDocument of a field that may be left out.
func optionalDocument(f *wire.Fields, field string, text *string) string {
	if text == nil || *text == "" {
		return ""
	}
	return readDocument(f, field, text)
}

// readScenario reads what the sandbox is asked to do with what is no charge
// (contract §8).
func readScenario(f *wire.Fields, r *http.Request) pix.Scenario {
	scenario := readChargeScenario(f, r)
	if scenario == pix.ScenarioUnpaid {
		f.Refuse("X-Sandbox-Scenario", "is for charges only")
	}
	return scenario
}

// readChargeScenario reads what the sandbox is asked to do with a charge.
func readChargeScenario(f *wire.Fields, r *http.Request) pix.Scenario {
	scenario, err := pix.ParseScenario(r.Header.Get("X-Sandbox-Scenario"))
	if err != nil {
		f.Refuse("X-Sandbox-Scenario", "is not a known scenario")
	}
	return scenario
}
