package reconcile

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/saldo-pix/saldo/money"
)

// camtFile reads the entries of a camt.053 file. What is no element or text, such as
// a declaration of entities, is refused: nothing outside of the file is ever read.
type camtFile struct {
	meter  *meter
	xml    *xml.Decoder
	when   when
	path   []byte // of the element that is being read, from Ntry on
	depth  int    // of all elements
	seen   bool   // a statement was there
	text   []byte // of the element
	number int
	entry  camtEntry
	ready  []Line // of the entry that was read last
}

// camtEntry is what is read of an entry, or of a transaction within it.
type camtEntry struct {
	row                        int
	amount, currency, detailed string // detailed is AmtDtls' amount
	direction, status          string
	booked, valued             string
	references                 []string // where ids may stand
	texts                      []string // and where people write them
	txid, servicer             string
	fee                        bool
	details                    []camtEntry
}

// Bounds of an entry.
const (
	camtDepthMax   = 30
	camtDetailsMax = 10_000 // transactions in one entry
	camtTextsMax   = 50
)

func newCAMT(m *meter, options *Reading) *camtFile {
	f := &camtFile{meter: m, xml: xml.NewDecoder(m), when: options.when()}
	f.xml.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "windows-1252", "cp1252", "iso-8859-1", "latin1":
			return charmap.Windows1252.NewDecoder().Reader(in), nil
		}
		return nil, errors.New("is in a charset that is not known")
	}
	return f
}

func (f *camtFile) next() (Line, error) {
	for len(f.ready) == 0 {
		token, err := f.xml.Token()
		if err == nil {
			err = f.take(token)
		}
		if err != nil {
			return Line{}, f.trouble(err)
		}
	}
	l := f.ready[0]
	f.ready = f.ready[1:]
	f.number++
	l.Number = f.number
	return l, nil
}

func (f *camtFile) row() int {
	row, _ := f.xml.InputPos()
	return row
}

func (f *camtFile) trouble(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF) && !f.seen:
		return problem(0, "", "is no camt.053: it has no BkToCstmrStmt element")
	case errors.As(err, &syntax):
		return problem(syntax.Line, "", syntax.Msg)
	case errors.Is(err, errRecordTooLong):
		return problem(f.row(), "", err.Error())
	case f.meter.failed != nil:
		return f.meter.failed
	case errors.Is(err, io.EOF):
		return err
	}
	var known *Problem
	if errors.As(err, &known) {
		return err
	}
	return problem(f.row(), "", clean(err.Error(), textMax))
}

func (f *camtFile) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.Directive:
		return problem(f.row(), "", "has a document type, which is not allowed")
	case xml.StartElement:
		return f.begin(&t)
	case xml.CharData:
		if len(f.path) > 0 {
			f.text = append(f.text, t...)
		} else {
			f.meter.begin()
		}
	case xml.EndElement:
		f.depth--
		if len(f.path) > 0 {
			return f.end(t.Name.Local)
		}
	}
	return nil
}

func (f *camtFile) begin(t *xml.StartElement) error {
	if f.depth++; f.depth > camtDepthMax {
		return problem(f.row(), t.Name.Local, "is nested too deeply")
	}
	name := t.Name.Local
	if len(f.path) == 0 {
		f.meter.begin()
		f.seen = f.seen || name == "BkToCstmrStmt"
		if name != "Ntry" || !f.seen {
			return nil
		}
		f.entry = camtEntry{row: f.row()}
	}
	f.path = append(append(f.path, '/'), name...)
	f.text = f.text[:0]
	switch string(f.path) {
	case "/Ntry/NtryDtls/TxDtls":
		f.meter.begin()
		if len(f.entry.details) == camtDetailsMax {
			return problem(f.row(), "TxDtls", "has too many in one entry")
		}
		f.entry.details = append(f.entry.details, camtEntry{row: f.row()})
	case "/Ntry/Amt", "/Ntry/NtryDtls/TxDtls/Amt":
		for _, a := range t.Attr {
			if a.Name.Local == "Ccy" {
				f.now().currency = a.Value
			}
		}
	}
	return nil
}

// now is the transaction that is being read, or the entry.
func (f *camtFile) now() *camtEntry {
	if n := len(f.entry.details); n > 0 && strings.HasPrefix(string(f.path), "/Ntry/NtryDtls/TxDtls") {
		return &f.entry.details[n-1]
	}
	return &f.entry
}

func (f *camtFile) end(name string) error {
	now := f.now()
	path := strings.TrimPrefix(strings.TrimPrefix(string(f.path), "/Ntry/NtryDtls/TxDtls"), "/Ntry")
	f.path = f.path[:len(f.path)-len(name)-1]
	if len(f.path) == 0 {
		return f.finish()
	}
	if text := strings.TrimSpace(string(f.text)); text != "" {
		now.take(path, text)
	}
	f.text = f.text[:0]
	return nil
}

// take takes in the text of an element. Its path begins at the entry, or at the
// transaction.
func (e *camtEntry) take(path, text string) {
	switch path {
	case "/Amt":
		e.amount = text
	case "/AmtDtls/TxAmt/Amt":
		e.detailed = text
	case "/CdtDbtInd":
		e.direction = text
	case "/Sts", "/Sts/Cd":
		e.status = text
	case "/BookgDt/DtTm", "/BookgDt/Dt":
		e.booked = text
	case "/ValDt/DtTm", "/ValDt/Dt":
		e.valued = text
	case "/Refs/TxId":
		e.txid = text
		e.refer(text)
	case "/AcctSvcrRef", "/Refs/AcctSvcrRef", "/NtryRef":
		e.servicer = text
		e.refer(text)
	case "/Refs/EndToEndId", "/Refs/InstrId", "/Refs/ClrSysRef", "/Refs/Prtry/Ref":
		e.refer(text)
	case "/RmtInf/Ustrd", "/AddtlTxInf", "/AddtlNtryInf":
		if len(e.texts) < camtTextsMax {
			e.texts = append(e.texts, clean(text, textMax))
		}
	case "/BkTxCd/Domn/Fmly/SubFmlyCd":
		e.fee = e.fee || text == "CHRG" || text == "FEES" || text == "COMM"
	case "/BkTxCd/Prtry/Cd":
		e.fee = e.fee || saysFee(text)
	}
}

func (e *camtEntry) refer(text string) {
	if len(e.references) < camtTextsMax {
		e.references = append(e.references, clean(text, textMax))
	}
}

// finish makes lines of an entry: one, or one for each of its transactions.
func (f *camtFile) finish() error {
	e := &f.entry
	f.ready = f.ready[:0]
	if e.status == "INFO" {
		return nil
	}
	switch n := len(e.details); {
	case n <= 1:
		if n == 1 { // the entry's own amount is what was booked
			d := &e.details[0]
			e.references = append(e.references, d.references...)
			e.texts = append(d.texts, e.texts...)
			e.txid, e.fee = d.txid, e.fee || d.fee
		}
		return f.add(e, e)
	default:
		for i := range e.details {
			if err := f.add(e, &e.details[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *camtFile) add(e, d *camtEntry) error {
	l := Line{Row: d.row, IsFee: e.fee || d.fee, TxID: txid(d.txid), Reference: clean(e.servicer, idMax)}
	var err error
	if l.Amount, err = d.signed(e.direction); err != nil {
		return problem(d.row, "Amt", err.Error())
	}
	booked := e.booked
	if booked == "" {
		booked = e.valued
	}
	if l.At, l.Day, err = f.booked(booked); err != nil {
		return problem(d.row, "BookgDt", err.Error())
	}
	status, known := statuses[fold(e.status)]
	if !known && e.status != "" {
		return problem(e.row, "Sts", "is not BOOK, PDNG or INFO")
	}
	l.Status = status
	l.identify(d.references...)
	if l.ID == "" {
		l.idsIn(d.texts...)
	}
	if len(d.texts) > 0 {
		l.Description = d.texts[0]
	}
	if l.TxID == l.ID {
		l.TxID = ""
	}
	f.ready = append(f.ready, l)
	return nil
}

// signed is the amount with its sign.
func (e *camtEntry) signed(entry string) (money.Centavos, error) {
	text, direction := e.amount, e.direction
	if text == "" {
		text = e.detailed
	}
	if direction == "" {
		direction = entry
	}
	if e.currency != "" && e.currency != "BRL" {
		return 0, errors.New("is not in BRL")
	}
	amount, err := parseAmount(text, point)
	switch {
	case err != nil || amount < 0:
		return 0, errors.New("is no amount of ISO 20022, as in 1234.56")
	case direction == "DBIT":
		return -amount, nil
	case direction != "CRDT":
		return 0, errors.New("is neither CRDT nor DBIT: CdtDbtInd is missing or wrong")
	}
	return amount, nil
}

// booked reads a day or a time of ISO 20022.
func (f *camtFile) booked(text string) (time.Time, bool, error) {
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] != 'T' {
		text = text[:len(time.DateOnly)] // a day with a zone
	}
	w := when{zone: f.when.zone}
	return w.parse(text, "")
}
