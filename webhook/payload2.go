package webhook

import (
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// payload2 tells of a movement in version 2 (contract §9.6).
type payload2 struct {
	Type string `json:"type"`
	Data data2  `json:"data"`
}

// data2 is a movement; of a return, what it gives back, with all its returns.
type data2 struct {
	ID                    uint64    `json:"id"`
	TxID                  *string   `json:"txId"`
	PixKey                *string   `json:"pixKey"`
	Status                string    `json:"status"`
	Payment               payment2  `json:"payment"`
	Refunds               []refund2 `json:"refunds"`
	CreatedAt             string    `json:"createdAt"`
	ErrorCode             *string   `json:"errorCode"`
	EndToEndID            *string   `json:"endToEndId"`
	TicketData            struct{}  `json:"ticketData"`
	WebhookType           string    `json:"webhookType"`
	DebtorAccount         account2  `json:"debtorAccount"`
	IdempotencyKey        *string   `json:"idempotencyKey"`
	CreditDebitType       string    `json:"creditDebitType"`
	CreditorAccount       account2  `json:"creditorAccount"`
	LocalInstrument       string    `json:"localInstrument"`
	TransactionType       string    `json:"transactionType"`
	RemittanceInformation *string   `json:"remittanceInformation"`
}

// payment2 is an amount in reais, as a text.
type payment2 struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// refund2 is a return. Its amount is a number (contract §13 row 30).
type refund2 struct {
	Status      string        `json:"status"`
	Payment     refundAmount2 `json:"payment"`
	ErrorCode   *string       `json:"errorCode"`
	EventDate   string        `json:"eventDate"`
	EndToEndID  *string       `json:"endToEndId"`
	Information *string       `json:"information"`
}

type refundAmount2 struct {
	Amount   money.Centavos `json:"amount"`
	Currency string         `json:"currency"`
}

// account2 is one side's account; the own side is all null. Name is the bank's
// (contract §13 row 35), and issuer its code.
type account2 struct {
	ISPB        *string `json:"ispb"`
	Name        *string `json:"name"`
	Issuer      *string `json:"issuer"`
	Number      *string `json:"number"`
	Document    *string `json:"document"` // masked
	AccountType *string `json:"accountType"`
}

const currency = "BRL"

var types2 = map[pix.Kind]string{
	pix.Receipt: "RECEIVE", pix.Payment: "TRANSFER", pix.ReturnSent: "REFUND", pix.ReturnReceived: "REFUND",
}

func status2(m pix.Movement) string {
	switch {
	case m.Status == pix.Pending:
		return "PENDING"
	case m.Status == pix.Failed:
		return "ERROR"
	case isReturn(m.Kind):
		return "REFUNDED"
	}
	return "LIQUIDATED"
}

// newPayload2 tells of m. about is what m gives back, or m itself.
func newPayload2(m, about pix.Movement, refunds []pix.Movement) payload2 {
	kind := types2[m.Kind]
	d := data2{
		ID: uint64(about.ID), TxID: wire.Optional(string(about.TxID)), PixKey: wire.Optional(about.PixKey),
		Status:  status2(m),
		Payment: payment2{about.Amount.String(), currency}, Refunds: []refund2{},
		CreatedAt: wire.Timestamp(about.CreatedAt),
		ErrorCode: wire.Optional(m.ErrorCode), EndToEndID: wire.Optional(string(about.EndToEndID)), WebhookType: kind,
		CreditDebitType: direction(m.Kind), LocalInstrument: "DICT", TransactionType: "PIX",
		RemittanceInformation: wire.Optional(about.Description),
	}
	if m.Kind.Credit() {
		d.DebtorAccount = newAccount2(m.Counterpart)
	} else {
		d.CreditorAccount = newAccount2(m.Counterpart)
	}
	if about.Kind == pix.Payment && about.Terms != nil {
		d.IdempotencyKey = wire.Optional(about.Terms.IdempotencyKey)
	}
	for _, r := range refunds {
		status := status2(r)
		if r.Status == pix.Confirmed {
			status = "LIQUIDATED" // as any money that moved
		}
		d.Refunds = append(d.Refunds, refund2{
			Status: status, Payment: refundAmount2{r.Amount, currency}, ErrorCode: wire.Optional(r.ErrorCode),
			EventDate: wire.Timestamp(processed(r)), EndToEndID: wire.Optional(string(r.EndToEndID)),
			Information: wire.Optional(r.Description),
		})
	}
	return payload2{kind, d}
}

func newAccount2(c pix.Counterpart) account2 {
	return account2{
		ISPB: wire.Optional(c.ISPB), Name: wire.Optional(c.BankName), Issuer: wire.Optional(c.BankCode),
		Number:   wire.Optional(c.Number),
		Document: wire.Optional(masked2(c.Document)),
	}
}

// masked2 is a document as version 2 shows it: 111.xxx.xxx-xx of a CPF (contract
// §13 row 18), and after that pattern of a CNPJ.
func masked2(document string) string {
	switch len(document) {
	case 11:
		return document[:3] + ".xxx.xxx-xx"
	case 14:
		return document[:2] + ".xxx.xxx/xxxx-xx"
	}
	return ""
}
