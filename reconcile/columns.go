package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/pix"
)

// Columns says where a CSV file has what: the heading of a column or its number, by
// the name of what it has. What is not named is looked for under headings that are
// known.
type Columns map[string]string

// What columns can have.
const (
	ColumnDate        = "date"
	ColumnTime        = "time"
	ColumnAmount      = "amount"
	ColumnDebit       = "debit"
	ColumnCredit      = "credit"
	ColumnDirection   = "direction"
	ColumnEndToEndID  = "endToEndId"
	ColumnReturnID    = "returnId"
	ColumnTxID        = "txid"
	ColumnStatus      = "status"
	ColumnType        = "type"
	ColumnReference   = "reference"
	ColumnDescription = "description"
)

// headings are those that are known, folded, the surest first.
var headings = map[string]string{
	ColumnDate: `data date datahora datetime datadolancamento datalancamento datamovimento dtlancamento createdat
		horario datadatransacao datapagamento dia`,
	ColumnTime:      "hora time horadolancamento",
	ColumnAmount:    "valor amount value valorr valorrs valorbrl valordatransacao quantia montante",
	ColumnDebit:     "debito debit debitor valordebito saida saidas",
	ColumnCredit:    "credito credit creditor valorcredito entrada entradas",
	ColumnDirection: "dc cd debitocredito creditodebito natureza sentido direcao direction movementtype",
	ColumnEndToEndID: `endtoendid e2eid e2e endtoend idendtoend identificadorendtoend idfimafim e2id codigoe2e
		idpix`,
	ColumnReturnID:    "rtrid returnid iddevolucao idretorno",
	ColumnTxID:        "txid identificadordatransacao",
	ColumnStatus:      "status situacao estado",
	ColumnType:        "tipo type operationtype tipodelancamento",
	ColumnReference:   "lancamento referencia reference id identificador documento numerododocumento",
	ColumnDescription: "descricao description historico memo lancamentos detalhes title",
}

// ColumnNames lists what columns can have.
func ColumnNames() []string { return slices.Sorted(maps.Keys(headings)) }

// Reading says how a file is to be read. The zero value guesses.
type Reading struct {
	Columns    Columns `json:"columns,omitempty"`
	DateFormat string  `json:"dateFormat,omitempty"` // as in DD/MM/YYYY HH:mm
	Decimal    string  `json:"decimal,omitempty"`    // comma or point
	Separator  string  `json:"separator,omitempty"`  // semicolon, comma or tab
	Skip       int     `json:"skip,omitempty"`       // lines before the headings
	// UTC tells that days and times without a zone are of UTC, not of São Paulo.
	UTC bool `json:"utc,omitempty"`
}

// The words for signs, as Reading has them.
var (
	decimals   = map[string]decimal{"": guessed, "comma": comma, "point": point}
	separators = map[string]rune{"": 0, "semicolon": ';', "comma": ',', "tab": '\t'}
)

// SkipMax is how many lines may stand before the headings.
const SkipMax = 1000

// HeadingMax is how long a heading may be, in bytes.
const HeadingMax = 100

// Check tells what is wrong with it by the name of the field, or returns nil.
func (r *Reading) Check() error {
	for what, heading := range r.Columns {
		if _, known := headings[what]; !known {
			return problem(0, "columns", "there is no "+strconv.Quote(clean(what, idMax)))
		}
		if heading == "" || len(heading) > HeadingMax {
			return problem(0, "columns", what+" must name a column in at most 100 characters")
		}
	}
	if _, known := decimals[r.Decimal]; !known {
		return problem(0, "decimal", "must be comma or point")
	}
	if _, known := separators[r.Separator]; !known {
		return problem(0, "separator", "must be semicolon, comma or tab")
	}
	if r.Skip < 0 || r.Skip > SkipMax {
		return problem(0, "skip", fmt.Sprintf("must be between 0 and %d", SkipMax))
	}
	if r.DateFormat != "" {
		if _, err := layoutOf(r.DateFormat); err != nil {
			return problem(0, "dateFormat", err.Error())
		}
	}
	return nil
}

func (r *Reading) when() when {
	w := when{zone: pix.SaoPaulo}
	if r.UTC {
		w.zone = time.UTC
	}
	if r.DateFormat != "" {
		w.layout, _ = layoutOf(r.DateFormat) // it was checked
	}
	return w
}

// places are the columns of a file, from 0; -1 is none.
type places map[string]int

func (p places) cell(row []string, what string) string {
	if at, ok := p[what]; ok && at < len(row) {
		return strings.TrimSpace(row[at])
	}
	return ""
}

// locate finds the columns in the line of headings.
func (c Columns) locate(header []string, row int) (places, error) {
	p := make(places)
	folded := make([]string, len(header))
	for i, heading := range header {
		folded[i] = fold(utf8Text(heading))
	}
	for _, what := range slices.Sorted(maps.Keys(c)) {
		at, err := locateOne(c[what], folded)
		if err != nil {
			return nil, problem(row, c[what], err.Error())
		}
		p[what] = at
	}
	for what, known := range headings {
		if _, given := c[what]; given {
			continue
		}
		for word := range strings.FieldsSeq(known) {
			if at := slices.Index(folded, word); at >= 0 {
				p[what] = at
				break
			}
		}
	}
	return p, p.check(row)
}

// locateOne finds a column by its heading or number.
func locateOne(name string, folded []string) (int, error) {
	want := fold(name)
	if at := slices.Index(folded, want); at >= 0 && want != "" {
		if slices.Contains(folded[at+1:], want) {
			return 0, fmt.Errorf("there are two such columns; give its number")
		}
		return at, nil
	}
	number, err := strconv.Atoi(name)
	switch {
	case err != nil:
		return 0, fmt.Errorf("there is no such column")
	case number < 1 || number > len(folded):
		return 0, fmt.Errorf("there are %d columns", len(folded))
	}
	return number - 1, nil
}

// check tells what is missing.
func (p places) check(row int) error {
	has := func(what string) bool { _, ok := p[what]; return ok }
	switch {
	case !has(ColumnDate):
		return problem(row, ColumnDate, "no column is known for it; name one")
	case !has(ColumnAmount) && !has(ColumnDebit) && !has(ColumnCredit):
		return problem(row, ColumnAmount, "no column is known for it; name one, or debit and credit")
	}
	return nil
}
