package reconcile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/saldo-pix/saldo/money"
)

// csvFile reads a CSV file line by line.
type csvFile struct {
	meter   *meter
	csv     *csv.Reader
	options *Reading
	when    when
	decimal decimal
	places  places
	first   []string // the line after the guess at headings, which is data; nil if it was headings
	last    int      // the line of text on which the record before began
	skipped int      // lines of text before the first that csv sees
	number  int
}

// bom begins texts in UTF-8 that say so.
var bom = []byte("\xEF\xBB\xBF")

// peekMax is how much of a file is looked at before it is read, in bytes.
const peekMax = 64 << 10

func newCSV(m *meter, options *Reading) (*csvFile, error) {
	f := &csvFile{meter: m, options: options, when: options.when(), decimal: decimals[options.Decimal]}
	in := bufio.NewReaderSize(m, peekMax)
	if start, _ := in.Peek(len(bom)); bytes.Equal(start, bom) {
		_, _ = in.Discard(len(bom)) // they were peeked at
	}
	for range options.Skip {
		if err := skipLine(in); err != nil {
			return nil, f.trouble(err)
		}
		f.skipped++
		m.begin()
	}
	start, err := in.Peek(peekMax)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, f.trouble(err)
	}
	if bytes.HasPrefix(start, []byte("\xFF\xFE")) || bytes.HasPrefix(start, []byte("\xFE\xFF")) {
		return nil, problem(1, "", "is UTF-16; save the file as UTF-8")
	}
	f.csv = csv.NewReader(in)
	f.csv.ReuseRecord, f.csv.FieldsPerRecord = true, -1
	if f.csv.Comma = separators[options.Separator]; f.csv.Comma == 0 {
		f.csv.Comma = guessSeparator(start)
	}
	return f, f.head()
}

func skipLine(in *bufio.Reader) error {
	for {
		_, err := in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// guessSeparator is the sign that parts the first line into most columns.
func guessSeparator(start []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(start, "\r\n"), []byte{'\n'})
	best, most := ';', 0
	for _, sign := range ";\t," {
		quoted, count := false, 0
		for _, c := range string(line) {
			if c == '"' {
				quoted = !quoted
			}
			if c == sign && !quoted {
				count++
			}
		}
		if count > most {
			best, most = sign, count
		}
	}
	return best
}

// head reads the headings. A map that has numbers only needs none: then the first
// line is one of the statement if its date can be read.
func (f *csvFile) head() error {
	row, err := f.csv.Read()
	if errors.Is(err, io.EOF) {
		return problem(0, "", "the file is empty")
	}
	if err != nil {
		return f.trouble(err)
	}
	f.last = f.row()
	if f.places, err = f.options.Columns.locate(row, f.row()); err != nil {
		return err
	}
	numbers := len(f.options.Columns) > 0
	for _, name := range f.options.Columns {
		_, err := strconv.Atoi(name)
		numbers = numbers && err == nil
	}
	trial := f.when
	if _, _, err := trial.parse(f.places.cell(row, ColumnDate), f.places.cell(row, ColumnTime)); numbers && err == nil {
		f.first = row
	}
	return nil
}

func (f *csvFile) row() int {
	row, _ := f.csv.FieldPos(0)
	return row + f.skipped
}

func (f *csvFile) next() (Line, error) {
	for {
		row := f.first
		if f.first = nil; row == nil {
			f.meter.begin()
			var err error
			if row, err = f.csv.Read(); err != nil {
				return Line{}, f.trouble(err)
			}
			f.last = f.row()
		}
		if l, ok, err := f.line(row); ok || err != nil {
			return l, err
		}
	}
}

func (f *csvFile) trouble(err error) error {
	var bad *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &bad):
		return problem(bad.Line+f.skipped, "column "+strconv.Itoa(bad.Column), bad.Err.Error())
	case errors.Is(err, errRecordTooLong):
		return problem(f.last+1, "", errRecordTooLong.Error())
	}
	return err
}

// line makes a line of cells. Rows without any amount, such as those of balances,
// are none.
func (f *csvFile) line(row []string) (l Line, ok bool, err error) {
	at := f.row()
	trouble := func(what string, err error) (Line, bool, error) {
		return Line{}, false, problem(at, what, err.Error())
	}
	amount, present, what, err := f.amount(row)
	if err != nil {
		return trouble(what, err)
	}
	cell := func(what string) string { return f.places.cell(row, what) }
	l.identify(cell(ColumnReturnID), cell(ColumnEndToEndID))
	if !present {
		if l.ID != "" {
			return trouble(ColumnAmount, errors.New("is missing"))
		}
		return Line{}, false, nil
	}
	if saysBalance(cell(ColumnType)) || saysBalance(cell(ColumnDescription)) {
		return Line{}, false, nil
	}
	f.number++
	l.Number, l.Row, l.Amount = f.number, at, amount
	if l.At, l.Day, err = f.when.parse(cell(ColumnDate), cell(ColumnTime)); err != nil {
		return trouble(ColumnDate, err)
	}
	if word := fold(utf8Text(cell(ColumnStatus))); word != "" {
		status, known := statuses[word]
		if !known {
			quoted := strconv.Quote(clean(cell(ColumnStatus), wordMax))
			return trouble(ColumnStatus, errors.New("is a word that is not known: "+quoted))
		}
		l.Status = status
	}
	l.TxID = strings.Clone(txid(cell(ColumnTxID)))
	l.Reference = clean(cell(ColumnReference), idMax)
	l.Description = clean(cell(ColumnDescription), textMax)
	if l.ID == "" {
		l.idsIn(l.Description, l.Reference)
	}
	l.IsFee = saysFee(utf8Text(cell(ColumnType))) || l.ID == "" && saysFee(l.Description)
	l.ID, l.Original = strings.Clone(l.ID), strings.Clone(l.Original)
	return l, true, nil
}

// amount reads the amount of a row from whichever columns have it, and tells whether
// there is one, and else in which column it is wrong.
func (f *csvFile) amount(row []string) (amount money.Centavos, present bool, what string, err error) {
	read := func(what string) (money.Centavos, bool, error) {
		text := f.places.cell(row, what)
		if text == "" {
			return 0, false, nil
		}
		amount, err := parseAmount(utf8Text(text), f.decimal)
		return amount, true, err
	}
	if amount, present, err = read(ColumnAmount); err != nil || present {
		if err == nil {
			amount, err = f.directed(row, amount)
			return amount, true, ColumnDirection, err
		}
		return amount, present, ColumnAmount, err
	}
	debit, _, err := read(ColumnDebit)
	if err != nil {
		return 0, false, ColumnDebit, err
	}
	credit, _, err := read(ColumnCredit)
	if err != nil {
		return 0, false, ColumnCredit, err
	}
	switch {
	case debit != 0 && credit != 0:
		return 0, false, ColumnDebit, errors.New("has an amount, and so has credit")
	case credit != 0:
		return credit, true, "", nil
	}
	return -max(debit, -debit), debit != 0, "", nil
}

// directed gives an amount the sign that another column says.
func (f *csvFile) directed(row []string, amount money.Centavos) (money.Centavos, error) {
	word := f.places.cell(row, ColumnDirection)
	if word == "" {
		return amount, nil
	}
	switch direction := directions[fold(utf8Text(word))]; {
	case direction > 0 || word == "+":
		return max(amount, -amount), nil
	case direction < 0 || word == "-":
		return -max(amount, -amount), nil
	}
	return 0, errors.New("is neither credit nor debit")
}
