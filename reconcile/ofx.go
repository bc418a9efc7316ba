package reconcile

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
)

// ofxFile reads the transactions of an OFX file.
type ofxFile struct {
	meter   *meter
	tags    tags
	when    when
	started bool
	begun   bool // <OFX> was there
	ended   bool // </OFX> was there
	number  int
}

func newOFX(m *meter, options *Reading) *ofxFile {
	return &ofxFile{meter: m, when: options.when(), tags: tags{in: bufio.NewReaderSize(m, peekMax), row: 1}}
}

// ofxFields are what is read of a transaction.
type ofxFields struct {
	row                                              int
	kind, posted, amount, id, check, ref, name, memo string
	currency                                         string
}

func (f *ofxFile) next() (Line, error) {
	if !f.started {
		f.started = true
		if _, err := f.tags.prolog(); err != nil {
			return Line{}, f.trouble(err)
		}
	}
	var fields *ofxFields
	for {
		t, err := f.tags.next()
		if err != nil {
			return Line{}, f.trouble(err)
		}
		switch {
		case t.name == "OFX":
			f.begun, f.ended = true, t.end
		case t.name == "CURDEF" && !t.end && t.text != "BRL":
			return Line{}, problem(t.row, "CURDEF", "is not BRL")
		case t.name == "STMTTRN" && !t.end && fields != nil:
			return Line{}, problem(t.row, "STMTTRN", "begins within another")
		case t.name == "STMTTRN" && !t.end:
			f.meter.begin()
			fields = &ofxFields{row: t.row}
		case fields == nil:
			f.meter.begin()
		case t.name == "STMTTRN":
			return f.line(fields)
		case !t.end:
			fields.take(t)
		}
	}
}

// trouble is what the end of the file, or an error of it, means.
func (f *ofxFile) trouble(err error) error {
	switch {
	case errors.Is(err, errTag), errors.Is(err, errRecordTooLong):
		return problem(f.tags.row, "", err.Error())
	case !errors.Is(err, io.EOF):
		return err
	case !f.begun:
		return problem(0, "", "is no OFX: it has no OFX element")
	case !f.ended:
		return problem(f.tags.row, "", "the file is cut short: its OFX element does not end")
	}
	return io.EOF
}

func (x *ofxFields) take(t tag) {
	into := map[string]*string{
		"TRNTYPE": &x.kind, "DTPOSTED": &x.posted, "TRNAMT": &x.amount, "FITID": &x.id, "CHECKNUM": &x.check,
		"REFNUM": &x.ref, "NAME": &x.name, "MEMO": &x.memo, "CURSYM": &x.currency,
	}[t.name]
	if into != nil && *into == "" {
		*into = t.text
	}
}

func (f *ofxFile) line(x *ofxFields) (Line, error) {
	f.number++
	l := Line{Number: f.number, Row: x.row}
	var err error
	if l.Amount, err = ofxAmount(x); err != nil {
		return l, problem(x.row, "TRNAMT", err.Error())
	}
	if l.At, l.Day, err = f.posted(x.posted); err != nil {
		return l, problem(x.row, "DTPOSTED", err.Error())
	}
	if x.currency != "" && x.currency != "BRL" {
		return l, problem(x.row, "CURSYM", "is not BRL")
	}
	l.idsIn(x.ref, x.id, x.memo, x.check, x.name)
	l.Reference = clean(x.id, idMax)
	l.Description = clean(x.memo, textMax)
	if l.Description == "" {
		l.Description = clean(x.name, textMax)
	}
	l.IsFee = x.kind == "FEE" || x.kind == "SRVCHG" ||
		l.ID == "" && (saysFee(l.Description) || saysFee(utf8Text(x.name)))
	return l, nil
}

// ofxAmount reads an amount, which has one sign at most between reais and centavos.
// Banks that write debits without their sign say DEBIT.
func ofxAmount(x *ofxFields) (money.Centavos, error) {
	d := point
	switch signs := strings.Count(x.amount, ".") + strings.Count(x.amount, ","); {
	case signs > 1:
		d = guessed
	case strings.Contains(x.amount, ","):
		d = comma
	}
	amount, err := parseAmount(x.amount, d)
	if x.kind == "DEBIT" {
		amount = -max(amount, -amount)
	}
	return amount, err
}

var ofxWhen = regexp.MustCompile(`^(\d{8})(\d{6})?(\.\d{1,9})?(?:\[([+-]?\d{1,2})(?:[.:](\d{2}))?(?::?[^\]]*)\])?$`)

var errOFXWhen = errors.New("is no time of OFX, as in 20261120120000[-3:BRT]")

// posted reads a time of OFX. Many banks only know the day, and write midnight or
// noon sharp.
func (f *ofxFile) posted(text string) (at time.Time, day bool, err error) {
	parts := ofxWhen.FindStringSubmatch(strings.TrimSpace(text))
	if len(text) > whenMax || parts == nil {
		return at, false, errOFXWhen
	}
	date, clock, fraction, hours, minutes := parts[1], parts[2], parts[3], parts[4], parts[5]
	on, err := time.Parse("20060102", date)
	if err != nil {
		return at, false, errOFXWhen
	}
	if clock == "" || fraction == "" && (clock == "000000" || clock == "120000") {
		return f.when.at(on, nil)
	}
	zone := f.when.zone
	if hours != "" {
		offset, _ := strconv.Atoi(hours)
		quarter, _ := strconv.Atoi(minutes)
		if offset < 0 || hours[0] == '-' {
			quarter = -quarter
		}
		zone = time.FixedZone("", offset*3600+quarter*60)
	}
	of, err := time.ParseInLocation("150405", clock+fraction, zone)
	if err != nil {
		return at, false, errOFXWhen
	}
	return f.when.at(on, &of)
}
