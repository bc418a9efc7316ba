package operator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// accountRequest opens an account. Amounts are in reais.
type accountRequest struct {
	Name           *string         `json:"name"`
	Document       *string         `json:"document"`
	Brand          *string         `json:"brand"`
	City           *string         `json:"city"`
	Sandbox        bool            `json:"sandbox"`
	OpeningBalance json.RawMessage `json:"openingBalance"`
	PixKeys        []string        `json:"pixKeys"`
	Fees           feesRequest     `json:"fees"`
	settingsRequest
}

// accountResponse is one account with its balance, in reais.
type accountResponse struct {
	AccountID      string         `json:"accountId"`
	Name           string         `json:"name"`
	Document       string         `json:"document"`
	Brand          string         `json:"brand"`
	City           string         `json:"city"`
	Sandbox        bool           `json:"sandbox"`
	PixKeys        []string       `json:"pixKeys"`
	Fees           feesResponse   `json:"fees"`
	GrossBalance   money.Centavos `json:"grossBalance"`
	BlockedBalance money.Centavos `json:"blockedBalance"`
	NetBalance     money.Centavos `json:"netBalance"`
	CreatedAt      string         `json:"createdAt"`
	settingsResponse
}

func newAccountResponse(p pix.Profile, b ledger.Balance) accountResponse {
	return accountResponse{
		AccountID: p.ID.String(), Name: p.Name, Document: string(p.Document), Brand: p.Brand, City: p.City,
		Sandbox: p.Sandbox, PixKeys: p.PixKeys, Fees: newFeesResponse(p.Fees), GrossBalance: b.Posted,
		BlockedBalance: b.Held, NetBalance: b.Available(), CreatedAt: wire.Timestamp(p.CreatedAt),
		settingsResponse: newSettingsResponse(p.Settings),
	}
}

// Limits of an account's texts, in characters.
const (
	nameMax = 100
	cityMax = 60
)

// openAccount is POST /accounts.
func (s *Server) openAccount(w http.ResponseWriter, r *http.Request) error {
	var request accountRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	profile, opening, err := s.readAccount(&request)
	if err != nil {
		return err
	}
	for range accountNumberTries {
		profile.ID = accountID(s.NewAccountNumber())
		profile.CreatedAt = s.Now().Truncate(time.Microsecond)
		opened, err := book.Do(r.Context(), s.Book, &pix.OpenAccount{Profile: profile, OpeningBalance: opening})
		if errors.Is(err, pix.ErrAccountExists) {
			continue // the number is taken: draw another
		}
		if err != nil {
			return err
		}
		return wire.Write(w, http.StatusCreated, newAccountResponse(opened, ledger.Balance{Posted: opening}))
	}
	return errors.New("no free account number found")
}

// accountNumberTries bounds how often a taken number is drawn anew.
const accountNumberTries = 10

// accountID makes the id of a customer account of ten digits out of a number at
// random.
func accountID(n uint64) ledger.AccountID {
	const low, count = 1_000_000_000, 9_000_000_000
	return ledger.AccountID(low + n%count)
}

func (s *Server) readAccount(in *accountRequest) (pix.Profile, money.Centavos, error) {
	var f wire.Fields
	p := pix.Profile{
		Name: f.Text("name", in.Name, nameMax), City: f.OptionalText("city", in.City, cityMax),
		Sandbox: in.Sandbox, Fees: in.Fees.read(&f),
	}
	if p.City == "" {
		p.City = "SAO PAULO"
	}
	var err error
	if p.Document, err = pixid.ParseDocument(f.Text("document", in.Document, nameMax)); err != nil {
		f.Refuse("document", "must be a valid CPF or CNPJ")
	}
	p.Brand = f.Text("brand", in.Brand, nameMax)
	if _, err := s.Brands.Get(p.Brand); err != nil && p.Brand != "" {
		f.Refuse("brand", "is not configured")
	}
	if len(in.PixKeys) > pix.PixKeysMax {
		f.Refuse("pixKeys", fmt.Sprintf("must have at most %d keys", pix.PixKeysMax))
	} else {
		p.PixKeys = readPixKeys(&f, "pixKeys", in.PixKeys)
	}
	var settings pix.ChangeAccount
	in.read(&f, &settings)
	settings.Apply(&p)
	if len(in.PixKeys) == 0 {
		p.PixKeys = []string{uuid.UUID(s.NewUUID()).String()}
	}
	opening := f.OptionalAmount("openingBalance", in.OpeningBalance)
	return p, opening, f.Err()
}

func readPixKeys(f *wire.Fields, field string, texts []string) []string {
	var keys []string
	for i, text := range texts {
		key, err := pixid.ParseKey(text)
		if err != nil {
			f.Refuse(fmt.Sprintf("%s[%d]", field, i), "is not a Pix key")
		}
		keys = append(keys, key.Value)
	}
	return keys
}

// showAccount is GET /accounts/{id}.
func (s *Server) showAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	profile, err := s.Reader.Profile(r.Context(), id)
	if err != nil {
		return err
	}
	account, err := s.Reader.Account(r.Context(), id)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newAccountResponse(profile, account.Balance))
}
