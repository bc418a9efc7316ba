package statement

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// csvEncoder writes CSV as spreadsheets in Brazil open it without questions: a byte
// order mark, semicolons, decimal commas, days and times of São Paulo.
type csvEncoder struct {
	head *Head
	row  [len(csvColumns)]string
}

var csvColumns = [...]string{
	"data", "hora", "lançamento", "tipo", "descrição", "contraparte", "documento", "transação", "id externo",
	"endToEndId", "txid", "tarifa", "valor", "saldo",
}

// Where amounts stand in a row.
const (
	csvFee    = 11
	csvAmount = 12
	csvSum    = 13
)

func (e *csvEncoder) begin(b *bytes.Buffer) error {
	b.WriteString("\uFEFF")
	if err := putRow(b, csvColumns[:]); err != nil {
		return err
	}
	return e.balance(b, e.head.Period.From, "Saldo inicial", e.head.Opening.Posted)
}

func (e *csvEncoder) balance(b *bytes.Buffer, at Day, what string, sum money.Centavos) error {
	clear(e.row[:])
	e.row[0], e.row[3], e.row[csvSum] = csvDay(at), what, comma(sum)
	return putRow(b, e.row[:])
}

func (e *csvEncoder) line(b *bytes.Buffer, l *Line) error {
	if !l.Booked() {
		return nil
	}
	e.row = [...]string{
		csvDay(DayOf(l.At)), l.At.In(pix.SaoPaulo).Format("15:04:05"), l.id(e.head), l.label(), l.Description,
		l.Counterpart.Name, l.Counterpart.Document, l.TransactionID, l.ExternalID, l.EndToEndID, l.TxID,
		csvFee: comma(l.Fee), csvAmount: comma(l.Amount), csvSum: comma(l.After.Posted),
	}
	for i, cell := range e.row[:csvFee] {
		e.row[i] = harmless(cell)
	}
	return putRow(b, e.row[:])
}

func (e *csvEncoder) end(b *bytes.Buffer) error {
	return e.balance(b, e.head.Period.To, "Saldo final", e.head.Closing.Posted)
}

func putRow(b *bytes.Buffer, row []string) error {
	w := csv.NewWriter(b)
	w.Comma, w.UseCRLF = ';', true
	err := w.Write(row)
	w.Flush()
	return err
}

// harmless is a text on one line that no spreadsheet takes for a formula: one that
// begins as formulas do, behind white space or not, gets an apostrophe before it
// (OWASP, CSV injection). The wide signs are what some spreadsheets read as the
// plain ones.
func harmless(text string) string {
	text = printable(text)
	if strings.IndexAny(strings.TrimSpace(text), "=+-@＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}

// printable has a space in the place of every control character, line breaks
// included.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// comma is an amount with a decimal comma.
func comma(c money.Centavos) string { return strings.Replace(c.String(), ".", ",", 1) }

func csvDay(d Day) string { return d.noon().Format("02/01/2006") }
