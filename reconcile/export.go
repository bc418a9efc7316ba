package reconcile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// ExportFormats are the formats that a reconciliation can be exported in.
func ExportFormats() []string { return []string{"csv", "json"} }

// Table writes findings one by one, as CSV or JSON.
type Table struct {
	w     io.Writer
	b     bytes.Buffer
	json  bool
	rows  int
	about Run
}

// NewTable begins a table about a run, of which the number, the account and the period
// are named. It is whole after End.
func NewTable(w io.Writer, format string, about *Run) (*Table, error) {
	t := &Table{w: w, json: format == "json", about: *about}
	if t.json {
		return t, t.flush(t.beginJSON())
	}
	t.b.WriteString(statement.CSVMark)
	return t, t.flush(statement.CSVRow(&t.b, exportColumns))
}

// Add writes a finding.
func (t *Table) Add(f *Finding) error {
	if f.Class == Matched {
		p := newPair(f)
		return t.row(rowOfPair(&p))
	}
	b := newBreak(f)
	b.Number = t.rows + 1
	return t.row(rowOfBreak(&b))
}

// End ends the table.
func (t *Table) End() error {
	if t.json {
		t.b.WriteString("\n]}\n")
	}
	return t.flush(nil)
}

func (t *Table) row(r *exportRow) error {
	t.rows++
	if t.json {
		return t.flush(t.jsonRow(r))
	}
	return t.flush(csvRow(&t.b, r))
}

func (t *Table) flush(err error) error {
	if err == nil {
		_, err = t.b.WriteTo(t.w)
	}
	return err
}

// Export writes a reconciliation that is done, its breaks first and then its matches,
// as they come.
func (d *Desk) Export(ctx context.Context, w io.Writer, run *Run, format string) error {
	t, err := NewTable(w, format, run)
	if err != nil {
		return err
	}
	_, last := run.numbers("")
	for b, err := range d.breaks(ctx, run.ID, 1, last) {
		if err == nil {
			err = t.row(rowOfBreak(&b))
		}
		if err != nil {
			return err
		}
	}
	for p, err := range d.pairs(ctx, run) {
		if err == nil {
			err = t.row(rowOfPair(&p))
		}
		if err != nil {
			return err
		}
	}
	return t.End()
}

// exportRow is a break or a match.
type exportRow struct {
	Class         Class           `json:"class"`
	Break         int             `json:"break,omitempty"`
	By            By              `json:"matchedBy,omitempty"`
	Why           string          `json:"reason,omitempty"`
	Line          int             `json:"line,omitempty"`
	Row           int             `json:"row,omitempty"`
	FileTime      string          `json:"fileTime,omitempty"`
	FileAmount    *money.Centavos `json:"fileAmount,omitempty"`
	FileStatus    string          `json:"fileStatus,omitempty"`
	Entry         uint64          `json:"entry,omitempty"`
	LedgerTime    string          `json:"ledgerTime,omitempty"`
	LedgerAmount  *money.Centavos `json:"ledgerAmount,omitempty"`
	Fee           *money.Centavos `json:"feeAmount,omitempty"`
	EndToEndID    string          `json:"endToEndId,omitempty"`
	TxID          string          `json:"txid,omitempty"`
	TransactionID string          `json:"transactionId,omitempty"`
	ExternalID    string          `json:"externalId,omitempty"`
	Reference     string          `json:"reference,omitempty"`
	Description   string          `json:"description,omitempty"`
	Closed        *bool           `json:"closed,omitempty"`
	Note          string          `json:"note,omitempty"`

	there, here time.Time
	day         bool // of there only the day is known
}

func rowOfPair(p *Pair) *exportRow {
	r := &exportRow{
		Class: Matched, By: p.By, Line: p.Line, Row: p.Row, FileAmount: &p.There, Entry: p.Entry,
		EndToEndID: p.EndToEndID,
	}
	if p.Entry != 0 {
		r.LedgerAmount = &p.Here
	}
	return r
}

func rowOfBreak(b *Break) *exportRow {
	r := &exportRow{
		Class: b.Class, Break: b.Number, By: b.By, Why: b.Why, Closed: &b.Closed, Note: b.Note,
	}
	if e := b.Here; e != nil {
		amount, fee := e.Amount.Centavos(), e.Fee.Centavos()
		r.Entry, r.here, r.LedgerAmount, r.Fee = e.Entry, e.At, &amount, &fee
		r.EndToEndID, r.TxID, r.TransactionID, r.ExternalID = e.EndToEndID, e.TxID, e.TransactionID, e.ExternalID
	}
	if l := b.There; l != nil {
		amount := l.Amount.Centavos()
		r.Line, r.Row, r.FileAmount, r.FileStatus = l.Line, l.Row, &amount, l.Status
		r.there, r.day = l.At, l.Day
		r.Reference, r.Description = l.Reference, l.Description
		if l.EndToEndID != "" {
			r.EndToEndID = l.EndToEndID
		}
		if l.TxID != "" {
			r.TxID = l.TxID
		}
	}
	return r
}

// clock is a time as a layout has it, or a day in São Paulo; nothing if it is zero.
func clock(at time.Time, day bool, zone *time.Location, layout string) string {
	switch {
	case at.IsZero():
		return ""
	case day:
		return at.In(pix.SaoPaulo).Format(time.DateOnly)
	}
	return at.In(zone).Format(layout)
}

var exportColumns = []string{
	"classe", "divergência", "por", "motivo", "linha", "linha do texto", "data no arquivo", "valor no arquivo",
	"situação no arquivo", "lançamento", "data no livro", "valor no livro", "tarifa", "endToEndId", "txid",
	"transação", "id externo", "referência", "descrição", "fechada", "anotação",
}

func csvRow(b *bytes.Buffer, r *exportRow) error {
	closed := ""
	if r.Closed != nil {
		closed = map[bool]string{true: "sim", false: "não"}[*r.Closed]
	}
	const layout = "2006-01-02 15:04:05"
	row := []string{
		string(r.Class), positive(r.Break), string(r.By), r.Why, positive(r.Line), positive(r.Row),
		clock(r.there, r.day, pix.SaoPaulo, layout),
		cents(r.FileAmount), r.FileStatus, positive(int(r.Entry)),
		clock(r.here, false, pix.SaoPaulo, layout), cents(r.LedgerAmount), cents(r.Fee),
		r.EndToEndID, r.TxID, r.TransactionID, r.ExternalID, r.Reference, r.Description, closed, r.Note,
	}
	for i, cell := range row {
		if i != 7 && i != 11 && i != 12 { // amounts may be negative
			row[i] = statement.Harmless(cell)
		}
	}
	return statement.CSVRow(b, row)
}

func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func cents(c *money.Centavos) string {
	if c == nil {
		return ""
	}
	return statement.Comma(*c)
}

func (t *Table) beginJSON() error {
	_, err := fmt.Fprintf(&t.b, `{"reconciliationId":"%d","accountId":"%s","period":{"from":"%s","to":"%s"},"data":[`,
		t.about.ID, t.about.Account, t.about.Period.From, t.about.Period.To)
	return err
}

func (t *Table) jsonRow(r *exportRow) error {
	if t.rows > 1 {
		t.b.WriteByte(',')
	}
	const layout = "2006-01-02T15:04:05.000Z"
	r.FileTime, r.LedgerTime = clock(r.there, r.day, time.UTC, layout), clock(r.here, false, time.UTC, layout)
	text, err := json.Marshal(r)
	t.b.WriteByte('\n')
	t.b.Write(text)
	return err
}
