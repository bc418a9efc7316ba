package statement

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// ofxEncoder writes OFX 2.2, which is XML, unlike 1.x: its elements are closed and
// none is empty, so that every parser reads it. Elements stand in the order of the
// specification's §11.4.2.
type ofxEncoder struct{ head *Head }

const ofxStart = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
`

const ofxOK = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"

// How long texts of OFX may be, in characters.
const (
	ofxName = 32
	ofxID   = 32
	ofxMemo = 255
)

func (e *ofxEncoder) begin(b *bytes.Buffer) error {
	h, m := e.head, markup{b}
	from, until := h.Period.Bounds()
	m.WriteString(ofxStart)
	m.open("OFX", "SIGNONMSGSRSV1", "SONRS")
	m.WriteString(ofxOK)
	m.text("DTSERVER", ofxTime(h.At), ofxID)
	m.text("LANGUAGE", "POR", 3)
	if h.Bank.Name != "" {
		m.open("FI")
		m.text("ORG", h.Bank.Name, ofxName)
		m.text("FID", string(h.Bank.ISPB), ofxName)
		m.close("FI")
	}
	m.close("SONRS", "SIGNONMSGSRSV1")
	m.open("BANKMSGSRSV1", "STMTTRNRS")
	m.text("TRNUID", "0", 1) // nobody asked by OFX
	m.WriteString(ofxOK)
	m.open("STMTRS")
	m.text("CURDEF", "BRL", 3)
	m.open("BANKACCTFROM")
	m.text("BANKID", cmp.Or(string(h.Bank.ISPB), "0"), 9)
	m.text("ACCTID", h.Account.String(), 22)
	m.text("ACCTTYPE", "CHECKING", 8)
	m.close("BANKACCTFROM")
	m.open("BANKTRANLIST")
	m.text("DTSTART", ofxTime(from), ofxID)
	m.text("DTEND", ofxTime(until.Add(-time.Millisecond)), ofxID)
	m.WriteByte('\n')
	return nil
}

func (e *ofxEncoder) line(b *bytes.Buffer, l *Line) error {
	if !l.Booked() {
		return nil
	}
	direction := "CREDIT"
	if l.Amount < 0 {
		direction = "DEBIT"
	}
	m := markup{b}
	m.open("STMTTRN")
	m.text("TRNTYPE", direction, 6)
	m.text("DTPOSTED", ofxTime(l.At), ofxID)
	m.reais("TRNAMT", l.Amount)
	m.text("FITID", l.id(e.head), ofxMemo)
	m.whole("REFNUM", l.EndToEndID, ofxID)
	m.text("NAME", cmp.Or(strings.TrimSpace(l.Counterpart.Name), l.label()), ofxName)
	m.text("MEMO", memo(l), ofxMemo)
	m.close("STMTTRN")
	m.WriteByte('\n')
	return nil
}

// memo is what an OFX line tells besides: first the end-to-end id, by which lines
// are matched, then the balance after it, for which OFX has no element.
func memo(l *Line) string {
	parts := make([]string, 0, 5)
	for _, part := range []string{l.EndToEndID, l.label(), "saldo " + Comma(l.After.Posted), l.TxID, l.Description} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " | ")
}

func (e *ofxEncoder) end(b *bytes.Buffer) error {
	h, m := e.head, markup{b}
	from, _ := h.Period.Bounds()
	m.close("BANKTRANLIST")
	m.sum("LEDGERBAL", h.Closing.Posted, h.last())
	m.sum("AVAILBAL", h.Closing.Available(), h.last())
	m.open("BALLIST", "BAL")
	m.text("NAME", "Saldo inicial", ofxName)
	m.text("DESC", "Saldo antes do primeiro lançamento", 80)
	m.text("BALTYPE", "DOLLAR", 7) // an amount, in the currency of the statement
	m.reais("VALUE", h.Opening.Posted)
	m.text("DTASOF", ofxTime(from), ofxID)
	m.close("BAL", "BALLIST", "STMTRS", "STMTTRNRS", "BANKMSGSRSV1", "OFX")
	m.WriteByte('\n')
	return nil
}

func (m markup) sum(name string, c money.Centavos, at time.Time) {
	m.open(name)
	m.reais("BALAMT", c)
	m.text("DTASOF", ofxTime(at), ofxID)
	m.close(name)
}

// ofxTime is an instant in São Paulo with its zone, as in
// 20261120090000.123[-3:BRT].
func ofxTime(t time.Time) string {
	t = t.In(pix.SaoPaulo)
	_, offset := t.Zone()
	name := "BRT"
	if t.IsDST() {
		name = "BRST"
	}
	return fmt.Sprintf("%s[%d:%s]", t.Format("20060102150405.000"), offset/int(time.Hour/time.Second), name)
}
