package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// dictRequest is the body of POST /dict/pix (contract §9.4).
type dictRequest struct {
	PixKey  *string `json:"pixKey"`
	Payment struct {
		Amount   json.RawMessage `json:"amount"`
		Currency *string         `json:"currency"`
	} `json:"payment"`
	CreditorDocument *string         `json:"creditorDocument"`
	Priority         *string         `json:"priority"`
	Description      *string         `json:"description"`
	PaymentFlow      *string         `json:"paymentFlow"`
	Expiration       json.RawMessage `json:"expiration"`
	ISPBDeny         []string        `json:"ispbDeny"`
}

// dictResponse tells that a transfer was accepted.
type dictResponse struct {
	EndToEndID string          `json:"endToEndId"`
	EventDate  string          `json:"eventDate"`
	ID         pix.MovementID  `json:"id"`
	Payment    dictPaymentJSON `json:"payment"`
	Type       string          `json:"type"`
}

type dictPaymentJSON struct {
	Amount   money.Centavos `json:"amount"`
	Currency string         `json:"currency"`
}

// Bounds of a transfer's wait for the rail in seconds (contract §9.4), and of its
// list of denied banks.
const (
	dictExpirationMax     = 10_800
	dictExpirationDefault = 600
	dictFlowMax           = 50
	dictDenyMax           = 100
)

// dictPix is POST /dict/pix: a payment to a Pix key, made once for each
// x-idempotency-key. A repetition is answered as the first request was.
func (s *Server) dictPix(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	if !s.dictRunning.begin(who.Account, key) {
		return &wire.Problem{
			Status: http.StatusConflict, Code: "IDEMPOTENCY_KEY_IN_USE",
			Message:     "a request with this x-idempotency-key is still running",
			UserMessage: "Esta operação ainda está em andamento.", RetryAfter: time.Second,
		}
	}
	defer s.dictRunning.end(who.Account, key)
	raw, err := wire.Body(w, r, wire.BodyMax)
	if err != nil {
		return err
	}
	command, err := s.readDict(r, raw, who)
	if err != nil {
		return err
	}
	command.Once = &pix.Once{Key: key, Fingerprint: fingerprint(raw)}
	m, err := book.Do(r.Context(), s.Book, command)
	if err != nil {
		return dictError(err)
	}
	return wire.Write(w, http.StatusOK, dictResponse{
		EndToEndID: string(m.EndToEndID), EventDate: wire.Timestamp(m.CreatedAt), ID: m.ID,
		Payment: dictPaymentJSON{m.Amount, "BRL"}, Type: statusNames[pix.Pending],
	})
}

// idempotencyKey reads the header that names a request: a UUID of version 4.
func idempotencyKey(r *http.Request) (string, error) {
	text := r.Header.Get("x-idempotency-key")
	if text == "" {
		return "", wire.Invalid("x-idempotency-key", "is required: a UUID of version 4")
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 || id.Version() != 4 || id.Variant() != uuid.RFC4122 {
		return "", wire.Invalid("x-idempotency-key", "must be a UUID of version 4")
	}
	return id.String(), nil
}

// fingerprint tells what a JSON body says from what another says, whatever their
// spaces and order of fields. raw is valid JSON.
func fingerprint(raw []byte) string {
	var said any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&said); err == nil {
		if canonical, err := json.Marshal(said); err == nil {
			raw = canonical
		}
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func (s *Server) readDict(r *http.Request, raw []byte, who auth.Identity) (*pix.PlacePayment, error) {
	var in dictRequest
	if err := wire.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	var f wire.Fields
	c := &pix.PlacePayment{
		Account:     who.Account,
		Amount:      f.Amount("payment.amount", in.Payment.Amount),
		Description: f.OptionalText("description", in.Description, descriptionMax),
		House:       s.ISPB,
	}
	if text := f.Text("pixKey", in.PixKey, externalIDMax); text != "" {
		var err error
		if c.Key, err = pixid.ParseKey(text); err != nil {
			f.Refuse("pixKey", "is not a Pix key")
		}
	}
	if in.Payment.Currency != nil {
		f.OneOf("payment.currency", in.Payment.Currency, "BRL")
	}
	if in.Priority != nil {
		c.Priority = f.OneOf("priority", in.Priority, "NORM", "HIGH")
	}
	if c.Priority == "HIGH" {
		c.Counterpart.Document = readDocument(&f, "creditorDocument", in.CreditorDocument)
	} else {
		c.Counterpart.Document = optionalDocument(&f, "creditorDocument", in.CreditorDocument)
	}
	f.OptionalText("paymentFlow", in.PaymentFlow, dictFlowMax)
	seconds := f.Whole("expiration", in.Expiration, 1, dictExpirationMax, dictExpirationDefault)
	c.Deny = readISPBs(&f, "ispbDeny", in.ISPBDeny)
	c.Scenario = readScenario(&f, r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	s.number(c)
	c.ExpiresAt = c.At.Add(time.Duration(seconds) * time.Second)
	return c, nil
}

func readISPBs(f *wire.Fields, field string, texts []string) []pixid.ISPB {
	if len(texts) > dictDenyMax {
		f.Refuse(field, fmt.Sprintf("must have at most %d banks", dictDenyMax))
		return nil
	}
	var ispbs []pixid.ISPB
	for i, text := range texts {
		ispb, err := pixid.ParseISPB(text)
		if err != nil {
			f.Refuse(fmt.Sprintf("%s[%d]", field, i), "must be an ISPB of 8 characters")
		}
		ispbs = append(ispbs, ispb)
	}
	return ispbs
}

// dictError is what the Bacen family answers 422 to and the standard one does
// not (contract §9.4).
func dictError(err error) error {
	var short *ledger.InsufficientFundsError
	if errors.As(err, &short) {
		p := insufficient(short)
		p.Status = http.StatusUnprocessableEntity
		return p
	}
	return err
}

// running are the idempotency keys of the requests that this node is working on.
// The zero value is ready for use.
type running struct {
	mu   sync.Mutex
	keys map[runningKey]struct{} // guarded by mu
}

type runningKey struct {
	account ledger.AccountID
	key     string
}

// begin takes a key unless a request has it already.
func (r *running) begin(account ledger.AccountID, key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.keys[runningKey{account, key}]; taken {
		return false
	}
	if r.keys == nil {
		r.keys = make(map[runningKey]struct{})
	}
	r.keys[runningKey{account, key}] = struct{}{}
	return true
}

func (r *running) end(account ledger.AccountID, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, runningKey{account, key})
}
