package operator

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// caseResponse is one MED case with its hold as it is now. Amounts are in reais.
type caseResponse struct {
	CaseID          string         `json:"caseId"`
	MEDID           string         `json:"medId"`
	AccountID       string         `json:"accountId"`
	TransactionID   *string        `json:"transactionId"` // null where the account did not receive that Pix
	EndToEndID      *string        `json:"endToEndId"`
	Amount          money.Centavos `json:"amount"`
	Returned        money.Centavos `json:"returned"`
	Returns         []string       `json:"returns"` // transactionIds
	Status          string         `json:"status"`
	Reason          *string        `json:"reason"`
	Cause           *string        `json:"cause"`
	Description     *string        `json:"description"`
	AnalysisResult  *string        `json:"analysisResult"`
	AnalysisDetails *string        `json:"analysisDetails"`
	BlockStatus     *string        `json:"blockStatus"`
	DefenseStatus   *string        `json:"defenseStatus"`
	RequestingBank  bankResponse   `json:"requestingBank"`
	ContestedBank   bankResponse   `json:"contestedBank"`
	StatusHistory   []stepResponse `json:"statusHistory"`
	Hold            *holdResponse  `json:"hold"` // null where nothing was left to be held
	CreatedAt       string         `json:"createdAt"`
	UpdatedAt       string         `json:"updatedAt"`
}

type bankResponse struct {
	ISPB *string `json:"ispb"`
	Name *string `json:"name"`
}

type stepResponse struct {
	Status string `json:"status"`
	Date   string `json:"date"`
}

func newCaseResponse(c pix.MEDCase) caseResponse {
	out := caseResponse{
		CaseID: c.ID, MEDID: strconv.FormatUint(c.Number, 10), AccountID: c.Account.String(),
		EndToEndID: wire.Optional(string(c.EndToEndID)), Amount: c.Amount, Returned: c.Returned, Returns: []string{},
		Status: string(c.Status), Reason: wire.Optional(c.Reason), Cause: wire.Optional(c.Cause),
		Description: wire.Optional(c.Description), AnalysisResult: wire.Optional(string(c.Result)),
		AnalysisDetails: wire.Optional(c.AnalysisDetails), BlockStatus: wire.Optional(string(c.BlockStatus)),
		DefenseStatus:  wire.Optional(c.DefenseStatus),
		RequestingBank: bankResponse{wire.Optional(c.Requesting.ISPB), wire.Optional(c.Requesting.Name)},
		ContestedBank:  bankResponse{wire.Optional(c.Contested.ISPB), wire.Optional(c.Contested.Name)},
		StatusHistory:  []stepResponse{},
		CreatedAt:      wire.Timestamp(c.CreatedAt), UpdatedAt: wire.Timestamp(c.UpdatedAt),
	}
	if c.Reconciled() {
		out.TransactionID = wire.Optional(c.Receipt.String())
	}
	for _, id := range c.Returns {
		out.Returns = append(out.Returns, id.String())
	}
	for _, step := range c.History {
		out.StatusHistory = append(out.StatusHistory, stepResponse{string(step.Status), wire.Timestamp(step.At)})
	}
	return out
}

// listCases is GET /med?account=&before=&limit=: an account's MED cases, newest
// first. Next is the before of the following page.
func (s *Server) listCases(w http.ResponseWriter, r *http.Request) error {
	q := wire.NewQuery(r)
	account, err := ledger.ParseAccountID(q.Text("account", eventTextMax))
	if err != nil {
		q.Refuse("account", "must be the id of an account")
	}
	text := q.Text("before", eventTextMax)
	var before uint64
	if text != "" {
		if before, err = strconv.ParseUint(text, 10, 64); err != nil {
			q.Refuse("before", "must be the next of the page before")
		}
	}
	limit := q.Whole("limit", 1, pageMax, pageDefault)
	if err := q.Err(); err != nil {
		return err
	}
	if _, err := s.Reader.Profile(r.Context(), account); err != nil {
		return err
	}
	records, err := s.Reader.Records(r.Context(), pix.RecordMED, uint64(account), before, limit)
	if err != nil {
		return err
	}
	page := newPage[caseResponse](len(records))
	for _, record := range records {
		c, err := pix.ReadMEDCase(record)
		if err != nil {
			return err
		}
		out := newCaseResponse(c)
		hold, err := s.Reader.Hold(r.Context(), account, ledger.HoldID(c.Number))
		switch {
		case err == nil:
			shown := newHoldResponse(hold)
			out.Hold = &shown
		case !errors.Is(err, pix.ErrNotFound):
			return err
		}
		page.Data = append(page.Data, out)
	}
	if len(records) == limit {
		page.Next = wire.Optional(strconv.FormatUint(records[limit-1].Number, 10))
	}
	return wire.Write(w, http.StatusOK, page)
}
