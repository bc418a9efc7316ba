package postgres

import (
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

const suspenseColumns = `s.id, s.reason, s.amount, s.received_at, s.event_id, s.event_type, s.end_to_end_id,
	s.movement, s.tx_id, s.pix_key, s.event_amount, s.payer_name, s.payer_document, s.payer_ispb,
	s.payer_bank_code, s.payer_bank_name, s.payer_branch, s.payer_number, s.event_at, s.error_code,
	s.error_message, s.raw`

func (r *rows) suspenseItem(i *pix.SuspenseItem) {
	e := &i.Event
	r.begin()
	r.uint(i.ID)
	r.text(i.Reason)
	r.int(int64(i.Amount))
	r.time(i.ReceivedAt)
	r.text(e.ID)
	r.text(string(e.Type))
	r.text(string(e.EndToEndID))
	r.uint(uint64(e.Movement))
	r.text(e.TxID)
	r.text(e.PixKey)
	r.int(int64(e.Amount))
	r.counterpart(&e.Payer)
	r.time(e.At)
	r.text(e.ErrorCode)
	r.text(e.ErrorMessage)
	r.bytes([]byte(e.Raw))
	r.end()
}

func readSuspenseItem(c *columns) pix.SuspenseItem {
	return pix.SuspenseItem{
		ID: c.uint(), Reason: c.text(), Amount: money.Centavos(c.int()), ReceivedAt: c.time(),
		Event: pix.Event{
			ID: c.text(), Type: pix.EventType(c.text()), EndToEndID: pixid.EndToEndID(c.text()),
			Movement: pix.MovementID(c.uint()), TxID: c.text(), PixKey: c.text(),
			Amount: money.Centavos(c.int()), Payer: readCounterpart(c), At: c.time(),
			ErrorCode: c.text(), ErrorMessage: c.text(), Raw: c.text(),
		},
	}
}
