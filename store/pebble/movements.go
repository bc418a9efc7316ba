package pebble

import (
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

func appendMovement(b []byte, m *pix.Movement) []byte {
	start := len(b)
	b = append(b, recordVersion, byte(m.Kind), byte(m.Status), bit(m.Processing))
	b = appendUint(b, uint64(m.Account))
	b = appendInt(b, int64(m.Amount))
	b = appendInt(b, int64(m.Fee))
	b = appendText(b, m.ExternalID)
	b = appendText(b, m.Correlation)
	b = appendText(b, string(m.EndToEndID))
	b = appendText(b, string(m.TxID))
	b = appendText(b, m.PixKey)
	b = appendText(b, m.Description)
	b = appendCounterpart(b, &m.Counterpart)
	b = appendText(b, m.BRCode)
	b = appendUint(b, uint64(len(m.Notes)))
	for _, note := range m.Notes {
		b = appendText(b, note.Name)
		b = appendText(b, note.Value)
	}
	b = appendUint(b, uint64(m.Hold))
	b = appendText(b, string(m.Rail))
	b = appendText(b, string(m.Scenario))
	b = appendTime(b, m.CreatedAt, epoch)
	created := micros(m.CreatedAt)
	b = appendTime(b, m.UpdatedAt, created)
	b = appendTime(b, m.ProcessedAt, created)
	b = appendTime(b, m.ExpiresAt, created)
	b = appendText(b, m.ErrorCode)
	b = appendText(b, m.ErrorMessage)
	return appendMore(b, start, m.More())
}

func readMovement(d *decoder) pix.Movement {
	m := pix.Movement{
		ID:   pix.MovementID(number(d.key, firstNumber)),
		Kind: pix.Kind(d.byte()), Status: pix.Status(d.byte()), Processing: d.bit(),
	}
	if !m.Kind.Valid() || !m.Status.Valid() {
		d.fail()
	}
	m.Account = ledger.AccountID(d.uint())
	m.Amount = money.Centavos(d.int())
	m.Fee = money.Centavos(d.int())
	m.ExternalID = d.string()
	m.Correlation = d.string()
	m.EndToEndID = pixid.EndToEndID(d.string())
	m.TxID = pixid.TxID(d.string())
	m.PixKey = d.string()
	m.Description = d.string()
	m.Counterpart = readCounterpart(d)
	m.BRCode = d.string()
	if n := d.count(2); n > 0 {
		m.Notes = make([]pix.Note, n)
	}
	for i := range m.Notes {
		m.Notes[i] = pix.Note{Name: d.string(), Value: d.string()}
	}
	m.Hold = ledger.HoldID(d.uint())
	m.Rail = pix.Topic(d.string())
	m.Scenario = pix.Scenario(d.string())
	m.CreatedAt = d.time(epoch)
	created := micros(m.CreatedAt)
	m.UpdatedAt = d.time(created)
	m.ProcessedAt = d.time(created)
	m.ExpiresAt = d.time(created)
	m.ErrorCode = d.string()
	m.ErrorMessage = d.string()
	if err := m.ReadMore(d.more()); err != nil {
		d.fail()
	}
	return m
}

func appendCounterpart(b []byte, c *pix.Counterpart) []byte {
	b = appendText(b, c.Name)
	b = appendText(b, c.Document)
	b = appendText(b, c.ISPB)
	b = appendText(b, c.BankCode)
	b = appendText(b, c.BankName)
	b = appendText(b, c.Branch)
	return appendText(b, c.Number)
}

func readCounterpart(d *decoder) pix.Counterpart {
	return pix.Counterpart{
		Name: d.string(), Document: d.string(), ISPB: d.string(), BankCode: d.string(), BankName: d.string(),
		Branch: d.string(), Number: d.string(),
	}
}

func appendSuspense(b []byte, s *pix.SuspenseItem) []byte {
	e := &s.Event
	b = append(b, recordVersion)
	b = appendText(b, e.ID)
	b = appendText(b, string(e.Type))
	b = appendText(b, string(e.EndToEndID))
	b = appendUint(b, uint64(e.Movement))
	b = appendText(b, e.TxID)
	b = appendText(b, e.PixKey)
	b = appendInt(b, int64(e.Amount))
	b = appendCounterpart(b, &e.Payer)
	b = appendTime(b, e.At, epoch)
	b = appendText(b, e.ErrorCode)
	b = appendText(b, e.ErrorMessage)
	b = appendText(b, e.Raw)
	b = appendText(b, s.Reason)
	b = appendInt(b, int64(s.Amount))
	return appendTime(b, s.ReceivedAt, epoch)
}

func readSuspense(d *decoder) pix.SuspenseItem {
	s := pix.SuspenseItem{ID: number(d.key, firstNumber)}
	s.Event = pix.Event{
		ID: d.string(), Type: pix.EventType(d.string()), EndToEndID: pixid.EndToEndID(d.string()),
		Movement: pix.MovementID(d.uint()), TxID: d.string(), PixKey: d.string(),
		Amount: money.Centavos(d.int()), Payer: readCounterpart(d), At: d.time(epoch),
		ErrorCode: d.string(), ErrorMessage: d.string(), Raw: d.string(),
	}
	s.Reason = d.string()
	s.Amount = money.Centavos(d.int())
	s.ReceivedAt = d.time(epoch)
	return s
}
