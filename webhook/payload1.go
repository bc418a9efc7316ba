package webhook

import (
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// payload1 tells of a movement in version 1 (contract §7.3). Amounts are in reais.
type payload1 struct {
	Event           string         `json:"event"`
	Status          string         `json:"status"`
	TransactionType string         `json:"transactionType"`
	MovementType    string         `json:"movementType"`
	TransactionID   string         `json:"transactionId"`
	ExternalID      *string        `json:"externalId"`
	EndToEndID      *string        `json:"endToEndId"`
	PixKey          *string        `json:"pixKey"`
	FeeAmount       money.Centavos `json:"feeAmount"`
	OriginalAmount  money.Centavos `json:"originalAmount"`
	FinalAmount     money.Centavos `json:"finalAmount"`
	ProcessingDate  string         `json:"processingDate"`
	ErrorCode       *string        `json:"errorCode"`
	ErrorMessage    *string        `json:"errorMessage"`
	Counterpart     counterpart1   `json:"counterpart"`
	Parent          *parent1       `json:"parentTransaction,omitempty"` // of a return
	Metadata        metadata1      `json:"metadata"`
}

type counterpart1 struct {
	Name     *string `json:"name"`
	Document *string `json:"document"` // masked
	Bank     any     `json:"bank"`     // bank1, or an empty object if nothing is known of it
}

// bank1 is the other side's account, as far as it is known.
type bank1 struct {
	ISPB   *string `json:"bankISPB"`
	Name   *string `json:"bankName"`
	Code   *string `json:"bankCode"`
	Branch *string `json:"accountBranch"`
	Number *string `json:"accountNumber"`
}

// parent1 is what a return gives back, as it is now.
type parent1 struct {
	TransactionID  string         `json:"transactionId"`
	ExternalID     *string        `json:"externalId"`
	EndToEndID     *string        `json:"endToEndId"`
	ProcessingDate string         `json:"processingDate"`
	Refunded       bool           `json:"wasTotalRefunded"`
	Remaining      money.Centavos `json:"remainingAmountForRefund"`
	Metadata       metadata1      `json:"metadata"`
	Counterpart    counterpart1   `json:"counterpart"`
}

type metadata1 struct {
	Refund *refund1 `json:"refund,omitempty"` // of a return that was received
}

// refund1 counts in centavos (contract §13 row 32).
type refund1 struct {
	Value     int64  `json:"value"`
	Original  int64  `json:"originalValue"`
	Reference string `json:"referenceTransactionId"`
}

// The contract's words of version 1.
var (
	events1 = map[pix.Kind]string{
		pix.Receipt: "CashIn", pix.Payment: "CashOut",
		pix.ReturnSent: "CashInReversal", pix.ReturnReceived: "CashOutReversal",
	}
	statuses1 = map[pix.Status]string{pix.Pending: "PENDING", pix.Confirmed: "CONFIRMED", pix.Failed: "ERROR"}
)

func direction(k pix.Kind) string {
	if k.Credit() {
		return "CREDIT"
	}
	return "DEBIT"
}

// newPayload1 tells of m; original is what m gives back, nil if it is no return.
func newPayload1(m pix.Movement, original *pix.Movement) payload1 {
	p := payload1{
		Event: events1[m.Kind], Status: statuses1[m.Status], TransactionType: "PIX", MovementType: direction(m.Kind),
		TransactionID: m.ID.String(), ExternalID: wire.Optional(m.ExternalID), EndToEndID: endToEnd1(m),
		PixKey: wire.Optional(m.PixKey), FeeAmount: m.Fee, OriginalAmount: m.Amount, FinalAmount: m.Total(),
		ProcessingDate: wire.Timestamp(processed(m)), ErrorCode: wire.Optional(m.ErrorCode),
		ErrorMessage: wire.Optional(m.ErrorMessage), Counterpart: newCounterpart1(m.Counterpart),
	}
	if original == nil {
		return p
	}
	p.Parent = &parent1{
		TransactionID: original.ID.String(), ExternalID: wire.Optional(original.ExternalID),
		EndToEndID: endToEnd1(*original), ProcessingDate: wire.Timestamp(processed(*original)),
		Refunded: original.Refundable() <= 0, Remaining: original.Refundable(),
		Counterpart: newCounterpart1(original.Counterpart),
	}
	if m.Kind == pix.ReturnReceived {
		p.Metadata.Refund = &refund1{int64(m.Amount), int64(original.Amount), original.ID.String()}
	}
	return p
}

// endToEnd1 is null for what failed (contract §13 row 20).
func endToEnd1(m pix.Movement) *string {
	if m.Status == pix.Failed {
		return nil
	}
	return wire.Optional(string(m.EndToEndID))
}

func newCounterpart1(c pix.Counterpart) counterpart1 {
	shown := counterpart1{Name: wire.Optional(c.Name), Document: wire.Optional(masked1(c.Document)), Bank: struct{}{}}
	if c.ISPB+c.BankName+c.BankCode+c.Branch+c.Number != "" {
		shown.Bank = bank1{
			wire.Optional(c.ISPB), wire.Optional(c.BankName), wire.Optional(c.BankCode),
			wire.Optional(c.Branch), wire.Optional(c.Number),
		}
	}
	return shown
}

// masked1 is a document as version 1 shows it: *.444.777-** of a CPF (contract
// §13 row 18), and as the statement shows it of a CNPJ.
func masked1(document string) string {
	switch len(document) {
	case 11:
		return "*." + document[3:6] + "." + document[6:9] + "-**"
	case 14:
		return "**." + document[2:5] + "." + document[5:8] + "/****-**"
	}
	return ""
}

// processed is when a movement became what it is.
func processed(m pix.Movement) time.Time {
	if m.ProcessedAt.IsZero() {
		return m.UpdatedAt
	}
	return m.ProcessedAt
}
