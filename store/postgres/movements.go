package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

const movementColumns = `m.id, m.account, m.kind, m.status, m.amount, m.fee,
	m.external_id, m.correlation, m.end_to_end_id, m.tx_id, m.pix_key, m.description,
	m.counterpart_name, m.counterpart_document, m.counterpart_ispb, m.counterpart_bank_code,
	m.counterpart_bank_name, m.counterpart_branch, m.counterpart_number,
	m.br_code, m.notes, m.hold, m.processing, m.rail, m.scenario,
	m.expires_at, m.created_at, m.updated_at, m.processed_at, m.error_code, m.error_message, m.more`

// movementWidth is the number of movementColumns.
const movementWidth = 32

func (r *rows) movement(m *pix.Movement) {
	r.begin()
	r.uint(uint64(m.ID))
	r.uint(uint64(m.Account))
	r.small(uint8(m.Kind))
	r.small(uint8(m.Status))
	r.int(int64(m.Amount))
	r.int(int64(m.Fee))
	r.text(m.ExternalID)
	r.text(m.Correlation)
	r.text(string(m.EndToEndID))
	r.text(string(m.TxID))
	r.text(m.PixKey)
	r.text(m.Description)
	r.counterpart(&m.Counterpart)
	r.text(m.BRCode)
	r.notes(m.Notes)
	r.uint(uint64(m.Hold))
	r.bool(m.Processing)
	r.text(string(m.Rail))
	r.text(string(m.Scenario))
	r.optionalTime(m.ExpiresAt)
	r.time(m.CreatedAt)
	r.time(m.UpdatedAt)
	r.optionalTime(m.ProcessedAt)
	r.text(m.ErrorCode)
	r.text(m.ErrorMessage)
	r.json(m.More())
	r.end()
}

// movementStep writes what mostly changes.
func (r *rows) movementStep(m *pix.Movement) {
	r.begin()
	r.uint(uint64(m.ID))
	r.small(uint8(m.Status))
	r.bool(m.Processing)
	r.time(m.UpdatedAt)
	r.optionalTime(m.ProcessedAt)
	r.text(m.ErrorCode)
	r.text(m.ErrorMessage)
	r.end()
}

func (r *rows) counterpart(c *pix.Counterpart) {
	for _, s := range [...]string{c.Name, c.Document, c.ISPB, c.BankCode, c.BankName, c.Branch, c.Number} {
		r.text(s)
	}
}

// notes writes names and values in turn.
func (r *rows) notes(notes []pix.Note) {
	if len(notes) == 0 {
		r.null(pgtype.TextArrayOID)
		return
	}
	list := make([]string, 0, 2*len(notes))
	for _, n := range notes {
		list = append(list, n.Name, n.Value)
	}
	r.texts(list)
}

func readMovement(c *columns) pix.Movement {
	m := pix.Movement{
		ID: pix.MovementID(c.uint()), Account: ledger.AccountID(c.uint()), Kind: pix.Kind(c.small()),
		Status: pix.Status(c.small()), Amount: money.Centavos(c.int()), Fee: money.Centavos(c.int()),
		ExternalID: c.text(), Correlation: c.text(), EndToEndID: pixid.EndToEndID(c.text()),
		TxID: pixid.TxID(c.text()), PixKey: c.text(), Description: c.text(), Counterpart: readCounterpart(c),
		BRCode: c.text(), Notes: readNotes(c), Hold: ledger.HoldID(c.uint()), Processing: c.bool(),
		Rail: pix.Topic(c.text()), Scenario: pix.Scenario(c.text()), ExpiresAt: c.optionalTime(),
		CreatedAt: c.time(), UpdatedAt: c.time(), ProcessedAt: c.optionalTime(),
		ErrorCode: c.text(), ErrorMessage: c.text(),
	}
	if err := m.ReadMore(c.text()); err != nil {
		c.bad = true
	}
	return m
}

func readCounterpart(c *columns) pix.Counterpart {
	return pix.Counterpart{
		Name: c.text(), Document: c.text(), ISPB: c.text(), BankCode: c.text(), BankName: c.text(),
		Branch: c.text(), Number: c.text(),
	}
}

func readNotes(c *columns) []pix.Note {
	list := c.texts()
	var notes []pix.Note
	for i := 0; i+1 < len(list); i += 2 {
		notes = append(notes, pix.Note{Name: list[i], Value: list[i+1]})
	}
	return notes
}
