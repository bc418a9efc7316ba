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
	b.WriteString(CSVMark)
	if err := CSVRow(b, csvColumns[:]); err != nil {
		return err
	}
	return e.balance(b, e.head.Period.From, "Saldo inicial", e.head.Opening.Posted)
}

func (e *csvEncoder) balance(b *bytes.Buffer, at Day, what string, sum money.Centavos) error {
	clear(e.row[:])
	e.row[0], e.row[3], e.row[csvSum] = CSVDay(at), what, Comma(sum)
	return CSVRow(b, e.row[:])
}

func (e *csvEncoder) line(b *bytes.Buffer, l *Line) error {
	if !l.Booked() {
		return nil
	}
	e.row = [...]string{
		CSVDay(DayOf(l.At)), l.At.In(pix.SaoPaulo).Format("15:04:05"), l.id(e.head), l.label(), l.Description,
		l.Counterpart.Name, l.Counterpart.Document, l.TransactionID, l.ExternalID, l.EndToEndID, l.TxID,
		csvFee: Comma(l.Fee), csvAmount: Comma(l.Amount), csvSum: Comma(l.After.Posted),
	}
	for i, cell := range e.row[:csvFee] {
		e.row[i] = Harmless(cell)
	}
	return CSVRow(b, e.row[:])
}

func (e *csvEncoder) end(b *bytes.Buffer) error {
	return e.balance(b, e.head.Period.To, "Saldo final", e.head.Closing.Posted)
}

// CSVMark begins a file of CSV: the byte order mark, by which spreadsheets know
// UTF-8.
const CSVMark = "\uFEFF"

// CSVRow writes a row as all our files of CSV have it.
func CSVRow(b *bytes.Buffer, row []string) error {
	w := csv.NewWriter(b)
	w.Comma, w.UseCRLF = ';', true
	err := w.Write(row)
	w.Flush()
	return err
}

// Harmless is a text on one line that no spreadsheet takes for a formula: one that
// begins as formulas do, behind white space or not, gets an apostrophe before it
// (OWASP, CSV injection). The wide signs are what some spreadsheets read as the
// plain ones.
func Harmless(text string) string {
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

// Comma is an amount with a decimal comma.
func Comma(c money.Centavos) string { return strings.Replace(c.String(), ".", ",", 1) }

// CSVDay is a day as people here write it.
func CSVDay(d Day) string { return d.noon().Format("02/01/2006") }
