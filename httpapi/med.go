package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// medResponse is one MED case (contract §5.2, §5.3). Amounts are in reais.
type medResponse struct {
	ID              uint64          `json:"id"`
	RequestID       string          `json:"idSolicitacaoDevolucao"`
	EndToEnd        *string         `json:"endToEnd"`
	Status          pix.MEDStatus   `json:"status"`
	Reason          *string         `json:"reason"`
	Cause           *string         `json:"cause"`
	Description     *string         `json:"description"`
	AnalysisResult  *string         `json:"analysisResult"`
	AnalysisDetails *string         `json:"analysisDetails"`
	RequestingBank  medBank         `json:"requestingBank"`
	ContestedBank   medBank         `json:"contestedBank"`
	Amount          money.Centavos  `json:"amount"` // disputed
	IsReconciled    bool            `json:"isReconciled"`
	Original        *medOriginal    `json:"originalTransaction"` // null unless reconciled
	BlockStatus     *string         `json:"blockStatus"`
	BlockedAmount   *money.Centavos `json:"blockedAmount"` // once accepted: what was returned
	DefenseStatus   *string         `json:"defenseStatus"`
	StatusHistory   []medStep       `json:"statusHistory"`
	CreatedAt       string          `json:"createdAt"`
	UpdatedAt       string          `json:"updatedAt"`
}

type medBank struct {
	ISPB *string `json:"ispb"`
	Name *string `json:"name"`
}

type medOriginal struct {
	TransactionID uint64         `json:"transactionId"`
	Amount        money.Centavos `json:"amount"`
	EndToEndID    *string        `json:"endToEndId"`
	ExternalID    *string        `json:"externalId"`
}

type medStep struct {
	Status pix.MEDStatus `json:"status"`
	Date   string        `json:"date"`
}

func newMEDResponse(c pix.MEDCase, held money.Centavos, receipt *pix.Movement) medResponse {
	out := medResponse{
		ID: c.Number, RequestID: c.ID, EndToEnd: wire.Optional(string(c.EndToEndID)), Status: c.Status,
		Reason: wire.Optional(c.Reason), Cause: wire.Optional(c.Cause), Description: wire.Optional(c.Description),
		AnalysisResult: wire.Optional(string(c.Result)), AnalysisDetails: wire.Optional(c.AnalysisDetails),
		RequestingBank: medBank{wire.Optional(c.Requesting.ISPB), wire.Optional(c.Requesting.Name)},
		ContestedBank:  medBank{wire.Optional(c.Contested.ISPB), wire.Optional(c.Contested.Name)},
		Amount:         c.Amount, IsReconciled: c.Reconciled(), BlockStatus: wire.Optional(string(c.BlockStatus)),
		DefenseStatus: wire.Optional(c.DefenseStatus), StatusHistory: make([]medStep, 0, len(c.History)),
		CreatedAt: wire.Timestamp(c.CreatedAt), UpdatedAt: wire.Timestamp(c.UpdatedAt),
	}
	if amount, ok := c.Blocked(held); ok {
		out.BlockedAmount = &amount
	}
	for _, step := range c.History {
		out.StatusHistory = append(out.StatusHistory, medStep{step.Status, wire.Timestamp(step.At)})
	}
	if receipt != nil {
		out.Original = &medOriginal{
			uint64(receipt.ID), receipt.Amount, wire.Optional(string(receipt.EndToEndID)),
			wire.Optional(receipt.ExternalID),
		}
	}
	return out
}

// medPage is one page of cases, with metadata as a statement has it.
type medPage struct {
	Data     []medResponse `json:"data"`
	Metadata pageMetadata  `json:"metadata"`
}

// Limits of a list of cases (contract §5.2). Of an account's cases the newest
// medScanMax are looked at.
const (
	medPageSize    = 20
	medPageSizeMax = 100
	medScanMax     = 10_000
	medScanStep    = 500
)

// medFilter tells which cases are wanted.
type medFilter struct {
	status     pix.MEDStatus
	reconciled *bool
	from       time.Time // created then or later; zero is any
	until      time.Time // created before then; zero is any
}

func (f *medFilter) wants(c *pix.MEDCase) bool {
	return (f.status == "" || c.Status == f.status) &&
		(f.reconciled == nil || c.Reconciled() == *f.reconciled) &&
		(f.from.IsZero() || !c.CreatedAt.Before(f.from)) &&
		(f.until.IsZero() || c.CreatedAt.Before(f.until))
}

// listMEDs is GET /api/med: the account's MED cases, newest first.
func (s *Server) listMEDs(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	filter := medFilter{
		status: pix.MEDStatus(in.OneOf("status", string(pix.MEDOpen), string(pix.MEDReceived),
			string(pix.MEDWithdrawn), string(pix.MEDAnalyzed))),
		reconciled: in.Bool("isReconciled"),
	}
	filter.from, filter.until = in.Period(wire.Window{Now: s.Now()})
	page := in.Whole("page", 1, statementPageMax, 1)
	size := in.Whole("pageSize", 1, medPageSizeMax, medPageSize)
	if err := in.Err(); err != nil {
		return err
	}
	cases, total, err := s.scanMEDs(r.Context(), who, filter, (page-1)*size, size)
	if err != nil {
		return err
	}
	out := medPage{Data: make([]medResponse, 0, len(cases)), Metadata: newPageMetadata(page, size, total)}
	for _, c := range cases {
		shown, err := s.showMED(r.Context(), c)
		if err != nil {
			return err
		}
		out.Data = append(out.Data, shown)
	}
	return wire.Write(w, http.StatusOK, out)
}

// scanMEDs returns the cases from offset on that the filter wants, at most size,
// and how many it wants in all.
func (s *Server) scanMEDs(
	ctx context.Context, who auth.Identity, filter medFilter, offset, size int,
) (cases []pix.MEDCase, total int, err error) {
	before := uint64(0)
	for range medScanMax / medScanStep {
		records, err := s.Reader.Records(ctx, pix.RecordMED, uint64(who.Account), before, medScanStep)
		if err != nil {
			return nil, 0, err
		}
		for _, record := range records {
			before = record.Number
			c, err := pix.ReadMEDCase(record)
			if err != nil {
				return nil, 0, err
			}
			if !filter.wants(&c) {
				continue
			}
			if total >= offset && len(cases) < size {
				cases = append(cases, c)
			}
			total++
		}
		if len(records) < medScanStep {
			break
		}
	}
	return cases, total, nil
}

// showMED reads what a case has blocked by now, and its receipt.
func (s *Server) showMED(ctx context.Context, c pix.MEDCase) (medResponse, error) {
	hold, err := s.Reader.Hold(ctx, c.Account, ledger.HoldID(c.Number))
	if err != nil && !errors.Is(err, pix.ErrNotFound) {
		return medResponse{}, err
	}
	if !c.Reconciled() {
		return newMEDResponse(c, hold.Held, nil), nil
	}
	receipt, err := s.Reader.Movement(ctx, c.Receipt)
	if err != nil {
		return medResponse{}, err
	}
	return newMEDResponse(c, hold.Held, &receipt), nil
}
