package reconcile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// pixPages reads answers of GET /pix of the API Pix: one, several after another, or an
// array of them. Each Pix is a line, and each return of one (devolução) another.
type pixPages struct {
	meter  *meter
	rows   rows
	json   *json.Decoder
	when   when
	state  pixState
	array  bool // pages are in an array
	page   int
	at     int // the Pix of the page that is read next
	number int
	ready  []Line
}

// pixState is where in the file reading is.
type pixState uint8

const (
	betweenPages pixState = iota
	amongFields
	amongPix
)

// pixReturnsMax is how many returns a Pix may have; each is of a centavo at least.
const pixReturnsMax = 10_000

func newPixPages(m *meter, options *Reading) *pixPages {
	f := &pixPages{meter: m, rows: rows{r: m}, when: options.when()}
	f.json = json.NewDecoder(&f.rows)
	f.json.UseNumber()
	return f
}

// receivedPix is a Pix as the API Pix 2.9.0 has it, as far as it is compared.
type receivedPix struct {
	EndToEndID string `json:"endToEndId"`
	TxID       string `json:"txid"`
	Valor      string `json:"valor"`
	Horario    string `json:"horario"`
	Devolucoes []struct {
		ID      string `json:"id"`
		RtrID   string `json:"rtrId"`
		Valor   string `json:"valor"`
		Status  string `json:"status"`
		Horario struct {
			Solicitacao string `json:"solicitacao"`
			Liquidacao  string `json:"liquidacao"`
		} `json:"horario"`
	} `json:"devolucoes"`
}

func (f *pixPages) next() (Line, error) {
	for len(f.ready) == 0 {
		if err := f.advance(); err != nil {
			return Line{}, f.trouble(err)
		}
	}
	l := f.ready[0]
	f.ready = f.ready[1:]
	f.number++
	l.Number = f.number
	return l, nil
}

func (f *pixPages) row() int { return f.rows.at(f.json.InputOffset()) }

func (f *pixPages) trouble(err error) error {
	var known *Problem
	switch {
	case errors.Is(err, io.EOF) && f.state == betweenPages && !f.array && f.page > 0:
		return io.EOF
	case errors.Is(err, io.EOF) && f.page == 0:
		return problem(0, "", "the file is empty")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return problem(f.row(), "", "the file is cut short")
	case errors.As(err, &known):
		return err
	case errors.Is(err, errRecordTooLong):
		return problem(f.row(), "", errRecordTooLong.Error())
	case f.meter.failed != nil:
		return f.meter.failed
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return f.problem(kind.Field, "must not be a "+kind.Value)
	}
	if errors.As(err, &syntax) {
		return problem(f.rows.at(syntax.Offset), "", "is no JSON: "+syntax.Error())
	}
	return err
}

// problem names a field of the Pix that is being read.
func (f *pixPages) problem(field, reason string) error {
	return problem(f.row(), fmt.Sprintf("page %d, pix[%d].%s", f.page, f.at, field), reason)
}

// advance reads on by a token or a Pix.
func (f *pixPages) advance() error {
	f.meter.begin()
	switch {
	case f.state == amongPix && f.json.More():
		var p receivedPix
		if err := f.json.Decode(&p); err != nil {
			return err
		}
		err := f.lines(&p)
		f.at++
		return err
	case f.state == amongFields && f.json.More():
		return f.field()
	}
	token, err := f.json.Token()
	if err != nil {
		return err
	}
	switch {
	case f.state == amongPix: // its end
		f.state = amongFields
	case f.state == amongFields:
		f.state = betweenPages
		if f.at < 0 {
			return problem(f.row(), "pix", "page "+strconv.Itoa(f.page)+" has no such array")
		}
	case token == json.Delim('[') && !f.array:
		f.array = true
	case token == json.Delim(']') && f.array:
		f.array = false
		f.page = max(f.page, 1)
	case token == json.Delim('{'):
		f.page++
		f.state, f.at = amongFields, -1
	default:
		return problem(f.row(), "", "is no page of GET /pix")
	}
	return nil
}

// field reads a field of a page, up to the first Pix if it is that.
func (f *pixPages) field() error {
	name, err := f.json.Token()
	if err != nil {
		return err
	}
	if name != "pix" {
		var other json.RawMessage
		return f.json.Decode(&other)
	}
	begin, err := f.json.Token()
	if err != nil {
		return err
	}
	if begin != json.Delim('[') {
		return problem(f.row(), "pix", "is not an array")
	}
	f.state, f.at = amongPix, 0
	return nil
}

// lines makes lines of a Pix and of its returns.
func (f *pixPages) lines(p *receivedPix) error {
	l := Line{Row: f.row(), TxID: txid(p.TxID), ID: p.EndToEndID}
	if !validID(l.ID) {
		return f.problem("endToEndId", "is no end-to-end id")
	}
	var err error
	if l.Amount, err = parseAmount(p.Valor, point); err != nil || l.Amount < 0 {
		return f.problem("valor", "is no amount, as in 1234.56")
	}
	if l.At, l.Day, err = f.when.parse(p.Horario, ""); err != nil {
		return f.problem("horario", err.Error())
	}
	f.ready = append(f.ready[:0], l)
	if len(p.Devolucoes) > pixReturnsMax {
		return f.problem("devolucoes", "has too many")
	}
	for i := range p.Devolucoes {
		d := &p.Devolucoes[i]
		back := Line{Row: l.Row, ID: d.RtrID, Original: l.ID, Reference: clean(d.ID, idMax)}
		name := fmt.Sprintf("devolucoes[%d].", i)
		if back.ID != "" && !validID(back.ID) {
			return f.problem(name+"rtrId", "is no id of a return")
		}
		if back.Amount, err = parseAmount(d.Valor, point); err != nil || back.Amount < 0 {
			return f.problem(name+"valor", "is no amount, as in 1234.56")
		}
		back.Amount = -back.Amount
		if back.At, back.Day, err = f.returned(d.Horario.Liquidacao, d.Horario.Solicitacao, l.At); err != nil {
			return f.problem(name+"horario", err.Error())
		}
		known := true
		if d.Status == "DEVOLVIDO" {
			back.Status = Settled // the return itself, which this line is
		} else if back.Status, known = statuses[fold(d.Status)]; !known {
			return f.problem(name+"status", "is not EM_PROCESSAMENTO, DEVOLVIDO or NAO_REALIZADO")
		}
		f.ready = append(f.ready, back)
	}
	return nil
}

// returned is when a return was settled, or asked for.
func (f *pixPages) returned(settled, asked string, otherwise time.Time) (time.Time, bool, error) {
	switch {
	case settled != "":
		return f.when.parse(settled, "")
	case asked != "":
		return f.when.parse(asked, "")
	}
	return otherwise, false, nil
}

// validID tells whether a text looks like an id of a Pix or of a return.
func validID(text string) bool {
	var l Line
	l.identify(text)
	return l.ID != ""
}

// rows knows on which line of text an offset is, as long as offsets rise.
type rows struct {
	r      io.Reader
	read   int64
	breaks []int64 // offsets of line feeds beyond the offset that was asked for last
	passed int
}

func (r *rows) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			r.breaks = append(r.breaks, r.read+int64(i))
		}
	}
	r.read += int64(n)
	return n, err
}

func (r *rows) at(offset int64) int {
	i := 0
	for i < len(r.breaks) && r.breaks[i] < offset {
		i++
	}
	r.passed += i
	r.breaks = append(r.breaks[:0], r.breaks[i:]...)
	return r.passed + 1
}
