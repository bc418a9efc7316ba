package operator

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// settingsRequest are the settings that POST and PATCH /accounts share. What is
// absent stays as it is.
type settingsRequest struct {
	Provider       json.RawMessage `json:"provider"` // null takes it away
	SplitFrequency *string         `json:"splitFrequency"`
	Bacen          *struct {
		Enabled *bool `json:"enabled"`
	} `json:"bacen"`
	Dashboard *struct {
		Certificate *bool `json:"certificate"`
	} `json:"dashboard"`
}

// providerRequest bounds the life of an account's charges.
type providerRequest struct {
	Name        *string         `json:"name"`
	MinSeconds  json.RawMessage `json:"minSeconds"`
	MaxSeconds  json.RawMessage `json:"maxSeconds"`
	Granularity *string         `json:"granularity"`
}

// read reads the settings into c.
func (in *settingsRequest) read(f *wire.Fields, c *pix.ChangeAccount) {
	c.Provider = readProvider(f, in.Provider)
	if in.SplitFrequency != nil {
		frequency := pix.SplitFrequency(f.OneOf("splitFrequency", in.SplitFrequency, pix.SplitFrequencies()...))
		c.SplitFrequency = &frequency
	}
	if in.Bacen != nil {
		if in.Bacen.Enabled == nil {
			f.Refuse("bacen.enabled", "is required")
		}
		c.Bacen = in.Bacen.Enabled
	}
	if in.Dashboard != nil {
		if in.Dashboard.Certificate == nil {
			f.Refuse("dashboard.certificate", "is required")
		}
		c.PageCertificate = in.Dashboard.Certificate
	}
}

// readProvider returns nil if nothing is said, and a provider without a name if
// there is to be none.
func readProvider(f *wire.Fields, raw json.RawMessage) *pix.Provider {
	if len(raw) == 0 {
		return nil
	}
	if string(raw) == "null" {
		return new(pix.Provider)
	}
	var in providerRequest
	if wire.Unmarshal(raw, &in) != nil {
		f.Refuse("provider", "must be an object of name, minSeconds, maxSeconds and granularity, or null")
		return nil
	}
	p := &pix.Provider{
		Name: f.Text("provider.name", in.Name, nameMax),
		MinSeconds: f.Whole("provider.minSeconds", in.MinSeconds,
			pix.ChargeSecondsMin, pix.ChargeSecondsMax, pix.ChargeSecondsMin),
		MaxSeconds: f.Whole("provider.maxSeconds", in.MaxSeconds,
			pix.ChargeSecondsMin, pix.ChargeSecondsMax, pix.ChargeSecondsMax),
	}
	if in.Granularity != nil {
		p.WholeDays = f.OneOf("provider.granularity", in.Granularity, "second", "day") == "day"
	}
	if p.Name != "" && !p.Valid() {
		f.Refuse("provider", "must have a maximum not below the minimum, in whole days where these are its granularity")
	}
	return p
}

// settingsResponse are an account's settings.
type settingsResponse struct {
	Provider       *providerResponse `json:"provider"`
	SplitFrequency string            `json:"splitFrequency"`
	Bacen          bacenResponse     `json:"bacen"`
	Dashboard      dashboardResponse `json:"dashboard"`
}

type providerResponse struct {
	Name        string `json:"name"`
	MinSeconds  int64  `json:"minSeconds"`
	MaxSeconds  int64  `json:"maxSeconds"`
	Granularity string `json:"granularity"`
}

type bacenResponse struct {
	Enabled bool `json:"enabled"`
}

type dashboardResponse struct {
	Certificate bool `json:"certificate"`
}

func newSettingsResponse(s pix.Settings) settingsResponse {
	out := settingsResponse{
		SplitFrequency: string(s.SplitFrequency), Bacen: bacenResponse{!s.NoBacen},
		Dashboard: dashboardResponse{s.PageCertificate},
	}
	if out.SplitFrequency == "" {
		out.SplitFrequency = string(pix.SplitImmediate)
	}
	if p := s.Provider; p != nil {
		out.Provider = &providerResponse{p.Name, p.MinSeconds, p.MaxSeconds, p.Granularity()}
	}
	return out
}

// changeRequest is the body of PATCH /accounts/{id}.
type changeRequest struct {
	Fees struct {
		CashIn   *feeRequest `json:"cashIn"`
		CashOut  *feeRequest `json:"cashOut"`
		RefundIn *feeRequest `json:"refundIn"`
	} `json:"fees"`
	AddPixKeys []string `json:"addPixKeys"`
	settingsRequest
}

// changeAccount is PATCH /accounts/{id}: what is named is replaced, the rest
// stays.
func (s *Server) changeAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	var request changeRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	c := &pix.ChangeAccount{
		ID: id, Receipt: readFee(&f, "fees.cashIn", request.Fees.CashIn),
		Payment: readFee(&f, "fees.cashOut", request.Fees.CashOut),
		Return:  readFee(&f, "fees.refundIn", request.Fees.RefundIn),
	}
	request.read(&f, c)
	if len(request.AddPixKeys) > pix.PixKeysMax {
		f.Refuse("addPixKeys", fmt.Sprintf("must have at most %d keys", pix.PixKeysMax))
	} else {
		c.AddPixKeys = readPixKeys(&f, "addPixKeys", request.AddPixKeys)
	}
	if err := f.Err(); err != nil {
		return err
	}
	profile, err := book.Do(r.Context(), s.Book, c)
	if err != nil {
		return err
	}
	account, err := s.Reader.Account(r.Context(), id)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newAccountResponse(profile, account.Balance))
}

func readFee(f *wire.Fields, field string, in *feeRequest) *pix.FeeRule {
	if in == nil {
		return nil
	}
	rule := in.read(f, field)
	return &rule
}
