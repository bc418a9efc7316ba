package statement_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/statement"
)

// read is what a reader of a file takes out of it.
type read struct {
	opening, closing string
	amounts          []string
}

// readers read each format with nothing of what wrote it.
var readers = map[statement.Format]func([]byte) (read, error){
	statement.JSON: readJSON, statement.JSONL: readJSONL, statement.CSV: readCSV, statement.OFX: readOFX,
	statement.CAMT053: readCAMT,
}

func readJSON(file []byte) (r read, err error) {
	type balance struct{ GrossBalance json.Number }
	var in struct {
		Opening, Closing balance
		Lines            []struct{ Amount json.Number }
	}
	err = json.Unmarshal(file, &in)
	r.opening, r.closing = in.Opening.GrossBalance.String(), in.Closing.GrossBalance.String()
	for _, l := range in.Lines {
		r.amounts = append(r.amounts, l.Amount.String())
	}
	return r, err
}

func readJSONL(file []byte) (r read, err error) {
	for _, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n")) {
		var in struct {
			Type    string
			Balance struct{ GrossBalance json.Number }
			Amount  json.Number
		}
		if err := json.Unmarshal(line, &in); err != nil {
			return r, err
		}
		switch in.Type {
		case "opening":
			r.opening = in.Balance.GrossBalance.String()
		case "closing":
			r.closing = in.Balance.GrossBalance.String()
		default:
			r.amounts = append(r.amounts, in.Amount.String())
		}
	}
	return r, nil
}

func readCSV(file []byte) (r read, err error) {
	text, ok := strings.CutPrefix(string(file), "\uFEFF")
	if !ok {
		return r, fmt.Errorf("no byte order mark")
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil {
		return r, err
	}
	cell := func(row []string, name string) string {
		return strings.Replace(row[slices.Index(rows[0], name)], ",", ".", 1)
	}
	last := len(rows) - 1
	r.opening, r.closing = cell(rows[1], "saldo"), cell(rows[last], "saldo")
	for _, row := range rows[2:last] {
		r.amounts = append(r.amounts, cell(row, "valor"))
	}
	return r, nil
}

func readOFX(file []byte) (r read, err error) {
	var in struct {
		Transactions []struct {
			Amount string `xml:"TRNAMT"`
		} `xml:"BANKMSGSRSV1>STMTTRNRS>STMTRS>BANKTRANLIST>STMTTRN"`
		Closing string `xml:"BANKMSGSRSV1>STMTTRNRS>STMTRS>LEDGERBAL>BALAMT"`
		Opening string `xml:"BANKMSGSRSV1>STMTTRNRS>STMTRS>BALLIST>BAL>VALUE"`
	}
	err = xml.Unmarshal(file, &in)
	r.opening, r.closing = in.Opening, in.Closing
	for _, t := range in.Transactions {
		r.amounts = append(r.amounts, t.Amount)
	}
	return r, err
}

func readCAMT(file []byte) (r read, err error) {
	type amount struct {
		Code      string `xml:"Tp>CdOrPrtry>Cd"`
		Amount    string `xml:"Amt"`
		Direction string `xml:"CdtDbtInd"`
	}
	var in struct {
		XMLName  xml.Name `xml:"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08 Document"`
		Balances []amount `xml:"BkToCstmrStmt>Stmt>Bal"`
		Entries  []amount `xml:"BkToCstmrStmt>Stmt>Ntry"`
	}
	err = xml.Unmarshal(file, &in)
	signed := func(a amount) string {
		if a.Direction == "DBIT" {
			return "-" + a.Amount
		}
		return a.Amount
	}
	for _, b := range in.Balances {
		switch b.Code {
		case "OPBD":
			r.opening = signed(b)
		case "CLBD":
			r.closing = signed(b)
		}
	}
	for _, e := range in.Entries {
		r.amounts = append(r.amounts, signed(e))
	}
	return r, err
}

// centavos reads an amount with two decimals.
func centavos(t rapid.TB, text string) int64 {
	t.Helper()
	whole, cents, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+cents, 10, 64)
	if err != nil || !ok || len(cents) != 2 {
		t.Fatalf("%q is no amount with two decimals", text)
	}
	return n
}

// addsUp fails unless the opening balance and all amounts of a file make its
// closing balance, and both are those of the head.
func addsUp(t rapid.TB, f statement.Format, h *statement.Head, file []byte) read {
	t.Helper()
	r, err := readers[f](file)
	if err != nil {
		t.Fatalf("%s: %v\n%s", f, err, file)
	}
	sum := centavos(t, r.opening)
	for _, a := range r.amounts {
		sum += centavos(t, a)
	}
	opening, closing := h.Opening.Posted.String(), h.Closing.Posted.String()
	if sum != centavos(t, r.closing) || r.opening != opening || r.closing != closing {
		t.Fatalf("%s: %s and %v make %d, and closing is %s of %s\n%s",
			f, r.opening, r.amounts, sum, r.closing, h.Closing.Posted, file)
	}
	return r
}

// TestOpeningAndLinesMakeClosing draws lines with any amounts and texts.
func TestOpeningAndLinesMakeClosing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, kinds := sample()
		amount := rapid.Int64Range(-1e15, 1e15)
		word := rapid.StringN(0, 300, -1)
		h.Opening.Posted = money.Centavos(amount.Draw(t, "opening"))
		h.Opening.Held = money.Centavos(amount.Draw(t, "blocked"))
		lines := make([]statement.Line, rapid.IntRange(0, 12).Draw(t, "lines"))
		booked := 0
		for i := range lines {
			lines[i] = rapid.SampledFrom(kinds).Draw(t, "line")
			l := &lines[i]
			l.Amount = money.Centavos(rapid.OneOf(rapid.Just(int64(0)), amount).Draw(t, "amount"))
			l.Description, l.ExternalID, l.EndToEndID = word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
			l.Counterpart.Name = word.Draw(t, "d")
			if l.Amount != 0 {
				booked++
			}
		}
		complete(&h, lines, 1)
		for name := range readers {
			r := addsUp(t, name, &h, write(t, name, &h, lines))
			want := booked
			if name == statement.JSON || name == statement.JSONL {
				want = len(lines)
			}
			if len(r.amounts) != want {
				t.Fatalf("%s has %d amounts, want %d", name, len(r.amounts), want)
			}
		}
		sameAfterReading(t, &h, lines)
	})
}

// sameAfterReading writes JSON Lines, reads them, and writes what was read.
func sameAfterReading(t rapid.TB, h *statement.Head, lines []statement.Line) {
	t.Helper()
	var first, second bytes.Buffer
	if err := statement.Write(&first, statement.JSONL, h, sequence(lines)); err != nil {
		t.Fatal(err)
	}
	written := first.String()
	head, all, err := statement.Read(&first)
	if err != nil {
		t.Fatal(err)
	}
	if err := statement.Write(&second, statement.JSONL, &head, all); err != nil {
		t.Fatal(err)
	}
	if written != second.String() {
		t.Fatalf("written\n%s\nand after reading\n%s", written, &second)
	}
}

func TestCellsAreNoFormulas(t *testing.T) {
	h, lines := sample()
	in := csv.NewReader(bytes.NewReader(write(t, statement.CSV, &h, lines)))
	in.Comma = ';'
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range row {
			if i < 11 && strings.IndexAny(strings.TrimSpace(cell), "=+-@") == 0 {
				t.Errorf("%q begins like a formula", cell)
			}
		}
	}
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "  =1": "'  =1", "\t1": " 1", "\r=": "' =", "\n+1": "' +1", "＝1": "'＝1", "@SUM(A1)": "'@SUM(A1)",
		"-1": "'-1", "a=b": "a=b", "": "", " a": " a", "10": "10",
	} {
		line := statement.Line{Kind: statement.Transfer, Amount: 1, Description: text}
		h := statement.Head{Account: account, Period: h.Period}
		one := []statement.Line{line}
		complete(&h, one, 1)
		r := csv.NewReader(bytes.NewReader(write(t, statement.CSV, &h, one)))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if err != nil || rows[2][4] != want {
			t.Errorf("%q becomes %q, %v; want %q", text, rows[2][4], err, want)
		}
	}
}
