package webhook

import (
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// payloadMED tells of a MED case (contract §5.3). Amounts are in reais.
type payloadMED struct {
	Event           string          `json:"event"`
	MEDID           uint64          `json:"medId"`
	RequestID       string          `json:"idSolicitacaoDevolucao"`
	EndToEndID      *string         `json:"endToEndId"`
	Status          string          `json:"status"`
	Reason          *string         `json:"reason"`
	Cause           *string         `json:"cause"`
	Description     *string         `json:"description"`
	AnalysisResult  *string         `json:"analysisResult"`
	AnalysisDetails *string         `json:"analysisDetails"`
	Original        *original       `json:"originalTransaction"` // null where the account did not receive that Pix
	BlockStatus     *string         `json:"blockStatus"`
	BlockedAmount   *money.Centavos `json:"blockedAmount"`
	DefenseStatus   *string         `json:"defenseStatus"`
	RequestingBank  bankMED         `json:"requestingBank"`
	ContestedBank   bankMED         `json:"contestedBank"`
	StatusHistory   []stepMED       `json:"statusHistory"`
	CreatedAt       string          `json:"createdAt"`
	UpdatedAt       string          `json:"updatedAt"`
}

type original struct {
	TransactionID uint64         `json:"transactionId"`
	Amount        money.Centavos `json:"amount"`
	EndToEndID    *string        `json:"endToEndId"`
	ExternalID    *string        `json:"externalId"`
}

type bankMED struct {
	ISPB *string `json:"ispb"`
	Name *string `json:"name"`
}

type stepMED struct {
	Status string `json:"status"`
	Date   string `json:"date"`
}

// newPayloadMED tells of a case as it was at the event: what came later is left
// out. m is the receipt that is disputed, nil if the account has none.
func newPayloadMED(n pix.Notice, c pix.MEDCase, m *pix.Movement) payloadMED {
	p := payloadMED{
		MEDID: c.Number, RequestID: c.ID, EndToEndID: wire.Optional(string(c.EndToEndID)),
		Reason: wire.Optional(c.Reason),
		Cause:  wire.Optional(c.Cause), Description: wire.Optional(c.Description),
		RequestingBank: newBankMED(c.Requesting), ContestedBank: newBankMED(c.Contested),
		StatusHistory: []stepMED{}, CreatedAt: wire.Timestamp(c.CreatedAt), UpdatedAt: wire.Timestamp(c.UpdatedAt),
	}
	status := pix.MEDAnalyzed
	switch n {
	case pix.NoticeMEDCreated:
		p.Event, status = "MedCreated", pix.MEDReceived
	case pix.NoticeMEDAccepted:
		returned := c.Returned
		p.Event, p.BlockedAmount = "MedAccepted", &returned
		p.AnalysisResult = wire.Optional(string(pix.MEDApproved))
		p.BlockStatus = wire.Optional(string(pix.BlockReturned))
	case pix.NoticeMEDRejected:
		p.Event, p.DefenseStatus = "MedRejected", wire.Optional(c.DefenseStatus)
		p.AnalysisResult, p.BlockStatus = wire.Optional(string(pix.MEDRefused)), wire.Optional(string(pix.BlockLifted))
	}
	p.Status = string(status)
	if n != pix.NoticeMEDCreated {
		p.AnalysisDetails = wire.Optional(c.AnalysisDetails)
	}
	for _, step := range c.History {
		p.StatusHistory = append(p.StatusHistory, stepMED{string(step.Status), wire.Timestamp(step.At)})
		if step.Status == status {
			p.UpdatedAt = wire.Timestamp(step.At)
			break
		}
	}
	if m != nil {
		p.Original = &original{uint64(m.ID), m.Amount, wire.Optional(string(m.EndToEndID)), wire.Optional(m.ExternalID)}
	}
	return p
}

func newBankMED(b pix.Bank) bankMED { return bankMED{wire.Optional(b.ISPB), wire.Optional(b.Name)} }
