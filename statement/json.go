package statement

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// Amounts are in reais, as both APIs write them.
type (
	jsonOwner struct {
		AccountID string  `json:"accountId"`
		Name      string  `json:"name"`
		Document  string  `json:"document"`
		BankName  *string `json:"bankName"`
		BankISPB  *string `json:"bankISPB"`
	}
	jsonPeriod struct {
		From     string `json:"from"`
		To       string `json:"to"`
		TimeZone string `json:"timeZone"`
	}
	jsonBalance struct {
		Gross   money.Centavos `json:"grossBalance"`
		Blocked money.Centavos `json:"blockedBalance"`
		Net     money.Centavos `json:"netBalance"`
	}
	jsonLine struct {
		Type          string           `json:"type,omitempty"` // in JSON Lines
		Entry         uint64           `json:"entry"`
		At            string           `json:"at"`
		Date          string           `json:"date"` // in São Paulo
		Kind          Kind             `json:"kind"`
		Reversal      bool             `json:"reversal"`
		Booked        bool             `json:"booked"`
		Amount        money.Centavos   `json:"amount"`
		Fee           money.Centavos   `json:"feeAmount"`
		Blocked       money.Centavos   `json:"blocked"`
		Balance       jsonBalance      `json:"balance"`
		TransactionID *string          `json:"transactionId"`
		ParentID      *string          `json:"parentTransactionId"`
		ExternalID    *string          `json:"externalId"`
		EndToEndID    *string          `json:"endToEndId"`
		TxID          *string          `json:"txid"`
		Description   *string          `json:"description"`
		Counterpart   *jsonCounterpart `json:"counterpart"`
		Holds         []jsonHold       `json:"holds"`
	}
	jsonCounterpart struct {
		Name     *string `json:"name"`
		Document *string `json:"document"`
		BankISPB *string `json:"bankISPB"`
		BankName *string `json:"bankName"`
	}
	jsonHold struct {
		HoldID string         `json:"holdId"`
		Reason *string        `json:"reason"`
		Amount money.Centavos `json:"amount"`
	}
)

const timeLayout = "2006-01-02T15:04:05.000Z"

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func newOwner(h *Head) jsonOwner {
	return jsonOwner{
		AccountID: h.Account.String(), Name: h.Name, Document: string(h.Document), BankName: optional(h.Bank.Name),
		BankISPB: optional(string(h.Bank.ISPB)),
	}
}

func newPeriod(p Period) jsonPeriod {
	return jsonPeriod{p.From.String(), p.To.String(), pix.SaoPaulo.String()}
}

func newBalance(b ledger.Balance) jsonBalance { return jsonBalance{b.Posted, b.Held, b.Available()} }

func newLine(l *Line) jsonLine {
	out := jsonLine{
		Entry: l.Number, At: l.At.UTC().Format(timeLayout), Date: DayOf(l.At).String(), Kind: l.Kind,
		Reversal: l.Reversal, Booked: l.Booked(), Amount: l.Amount, Fee: l.Fee, Blocked: l.Blocked,
		Balance:       newBalance(l.After),
		TransactionID: optional(l.TransactionID), ParentID: optional(l.ParentID), ExternalID: optional(l.ExternalID),
		EndToEndID: optional(l.EndToEndID), TxID: optional(l.TxID), Description: optional(l.Description),
		Holds: make([]jsonHold, 0, len(l.Holds)),
	}
	if c := l.Counterpart; c != (Counterpart{}) {
		out.Counterpart = &jsonCounterpart{
			optional(c.Name), optional(c.Document), optional(c.ISPB), optional(c.BankName),
		}
	}
	for _, h := range l.Holds {
		out.Holds = append(out.Holds, jsonHold{h.ID, optional(h.Reason), h.Amount})
	}
	return out
}

// put writes a value as JSON, without a new line.
func put(b *bytes.Buffer, value any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	b.Truncate(max(b.Len()-1, 0))
	return err
}

// jsonEncoder writes one JSON object, one line of it for each of the statement.
type jsonEncoder struct {
	head *Head
	some bool
}

func (e *jsonEncoder) begin(b *bytes.Buffer) error {
	type head struct {
		Account jsonOwner   `json:"account"`
		Period  jsonPeriod  `json:"period"`
		At      string      `json:"createdAt"`
		Entries uint64      `json:"entries"`
		Opening jsonBalance `json:"opening"`
	}
	h := e.head
	err := put(b, head{
		newOwner(h), newPeriod(h.Period), h.At.UTC().Format(timeLayout), h.Entries, newBalance(h.Opening),
	})
	b.Truncate(b.Len() - 1) // the object goes on
	b.WriteString(",\"lines\":[")
	return err
}

func (e *jsonEncoder) line(b *bytes.Buffer, l *Line) error {
	if e.some {
		b.WriteByte(',')
	}
	e.some = true
	b.WriteByte('\n')
	return put(b, newLine(l))
}

func (e *jsonEncoder) end(b *bytes.Buffer) error {
	b.WriteString("\n],\"closing\":")
	err := put(b, newBalance(e.head.Closing))
	b.WriteString("}\n")
	return err
}

// jsonlEncoder writes one JSON object a line: the opening, the lines, the closing.
type jsonlEncoder struct{ head *Head }

// jsonlEnd is the first or the last object of a statement.
type jsonlEnd struct {
	Type    string       `json:"type"`
	At      string       `json:"at"`
	Balance jsonBalance  `json:"balance"`
	Account *jsonOwner   `json:"account,omitempty"`
	Period  *jsonPeriod  `json:"period,omitempty"`
	Created string       `json:"createdAt,omitempty"`
	Entries *uint64      `json:"entries,omitempty"`
	Closing *jsonBalance `json:"closing,omitempty"` // in the first, for formats that begin with it
}

func (e *jsonlEncoder) begin(b *bytes.Buffer) error {
	h := e.head
	from, _ := h.Period.Bounds()
	owner, period, closing := newOwner(h), newPeriod(h.Period), newBalance(h.Closing)
	return putLine(b, jsonlEnd{
		Type: "opening", At: from.UTC().Format(timeLayout), Balance: newBalance(h.Opening), Account: &owner,
		Period: &period, Created: h.At.UTC().Format(timeLayout), Entries: &h.Entries, Closing: &closing,
	})
}

func (e *jsonlEncoder) line(b *bytes.Buffer, l *Line) error {
	out := newLine(l)
	out.Type = "line"
	return putLine(b, out)
}

func (e *jsonlEncoder) end(b *bytes.Buffer) error {
	return putLine(b, jsonlEnd{
		Type: "closing", At: e.head.last().UTC().Format(timeLayout), Balance: newBalance(e.head.Closing),
	})
}

func putLine(b *bytes.Buffer, value any) error {
	err := put(b, value)
	b.WriteByte('\n')
	return err
}

// last is the instant of the closing balance: the end of the period, or when the
// statement was made if that was in it.
func (h *Head) last() time.Time {
	from, until := h.Period.Bounds()
	if h.At.Before(from) || !h.At.Before(until) {
		return until.Add(-time.Millisecond)
	}
	return h.At
}
