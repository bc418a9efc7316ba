package statement

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// camtEncoder writes ISO 20022 camt.053.001.08. Elements stand in the order of its
// schema.
type camtEncoder struct{ head *Head }

const camtStart = `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">`

// How long texts of ISO 20022 may be, in characters.
const (
	max34  = 34
	max35  = 35
	max140 = 140
	max500 = 500
)

func (e *camtEncoder) begin(b *bytes.Buffer) error {
	h, m := e.head, markup{b}
	from, until := h.Period.Bounds()
	m.WriteString(camtStart)
	m.open("BkToCstmrStmt", "GrpHdr")
	m.text("MsgId", fmt.Sprintf("%s-%s", h.Account, h.At.UTC().Format("20060102150405.000")), max35)
	m.text("CreDtTm", camtTime(h.At), max35)
	m.close("GrpHdr")
	m.open("Stmt")
	m.text("Id", fmt.Sprintf("%s-%s-%s", h.Account, compact(h.Period.From), compact(h.Period.To)), max35)
	m.text("CreDtTm", camtTime(h.At), max35)
	m.open("FrToDt")
	m.text("FrDtTm", camtTime(from), max35)
	m.text("ToDtTm", camtTime(until.Add(-time.Millisecond)), max35)
	m.close("FrToDt")
	e.account(m)
	m.WriteByte('\n')
	m.camtBalance("OPBD", h.Opening.Posted, h.Period.From)
	m.camtBalance("CLBD", h.Closing.Posted, DayOf(h.last()))
	m.camtBalance("CLAV", h.Closing.Available(), DayOf(h.last()))
	return nil
}

func (e *camtEncoder) account(m markup) {
	h := e.head
	m.open("Acct", "Id", "Othr")
	m.text("Id", h.Account.String(), max34)
	m.close("Othr", "Id")
	m.text("Ccy", "BRL", 3)
	m.open("Ownr")
	m.text("Nm", h.Name, max140)
	if h.Document != "" {
		kind := "OrgId"
		if len(h.Document) == cpfLength {
			kind = "PrvtId"
		}
		m.open("Id", kind, "Othr")
		m.text("Id", string(h.Document), max35)
		m.close("Othr", kind, "Id")
	}
	m.close("Ownr")
	if h.Bank != (Bank{}) {
		m.open("Svcr", "FinInstnId")
		m.member(string(h.Bank.ISPB))
		m.text("Nm", h.Bank.Name, max140)
		m.close("FinInstnId", "Svcr")
	}
	m.close("Acct")
}

// cpfLength tells the document of a person from that of a company.
const cpfLength = 11

// member names an institution by its ISPB, if it is known.
func (m markup) member(ispb string) {
	if ispb != "" {
		m.open("ClrSysMmbId")
		m.text("MmbId", ispb, max35)
		m.close("ClrSysMmbId")
	}
}

func (m markup) camtBalance(code string, c money.Centavos, at Day) {
	m.open("Bal", "Tp", "CdOrPrtry")
	m.text("Cd", code, 4)
	m.close("CdOrPrtry", "Tp")
	m.camtAmount(c)
	m.open("Dt")
	m.text("Dt", at.String(), 10)
	m.close("Dt", "Bal")
	m.WriteByte('\n')
}

// camtAmount writes an amount and whether it is a credit.
func (m markup) camtAmount(c money.Centavos) {
	direction := "CRDT"
	if c < 0 {
		direction, c = "DBIT", -c
	}
	m.WriteString(`<Amt Ccy="BRL">` + c.String() + `</Amt>`)
	m.text("CdtDbtInd", direction, 4)
}

func (e *camtEncoder) line(b *bytes.Buffer, l *Line) error {
	if !l.Booked() {
		return nil
	}
	m := markup{b}
	m.open("Ntry")
	m.text("NtryRef", strconv.FormatUint(l.Number, 10), max35)
	m.camtAmount(l.Amount)
	if l.Reversal {
		m.text("RvslInd", "true", 4)
	}
	m.open("Sts")
	m.text("Cd", "BOOK", 4)
	m.close("Sts")
	m.open("BookgDt")
	m.text("DtTm", camtTime(l.At), max35)
	m.close("BookgDt")
	m.open("ValDt")
	m.text("Dt", DayOf(l.At).String(), 10)
	m.close("ValDt")
	m.text("AcctSvcrRef", l.id(e.head), max35)
	m.camtCode(l)
	if l.Fee != 0 {
		m.open("Chrgs", "Rcrd")
		m.camtAmount(-l.Fee)
		m.text("ChrgInclInd", "true", 4)
		m.close("Rcrd", "Chrgs")
	}
	if l.TransactionID != "" {
		m.camtDetails(l)
	}
	// camt.053 has no element for the balance after an entry.
	m.text("AddtlNtryInf", l.label()+" | saldo "+Comma(l.After.Posted), max500)
	m.close("Ntry")
	m.WriteByte('\n')
	return nil
}

// camtFamilies are the codes of the ISO list for instant credit transfers that were
// received and issued, and for what comes of them.
var camtFamilies = map[Kind][2]string{
	PixIn: {"RRCT", "DMCT"}, PixOut: {"IRCT", "DMCT"}, RefundIn: {"IRCT", "RRTN"}, RefundOut: {"RRCT", "RRTN"},
}

// camtCode writes what kind of line it is: by the list of ISO 20022 where that has
// a code, and by our own name.
func (m markup) camtCode(l *Line) {
	m.open("BkTxCd")
	if family, ok := camtFamilies[l.Kind]; ok {
		m.open("Domn")
		m.text("Cd", "PMNT", 4)
		m.open("Fmly")
		m.text("Cd", family[0], 4)
		m.text("SubFmlyCd", family[1], 4)
		m.close("Fmly", "Domn")
	}
	m.open("Prtry")
	m.text("Cd", string(l.Kind), max35)
	m.text("Issr", "Saldo", max35)
	m.close("Prtry", "BkTxCd")
}

func (m markup) camtDetails(l *Line) {
	m.open("NtryDtls", "TxDtls", "Refs")
	m.text("AcctSvcrRef", l.TransactionID, max35)
	m.whole("EndToEndId", l.EndToEndID, max35)
	m.whole("TxId", l.TxID, max35)
	m.whole("AcctOwnrTxId", l.ExternalID, max35)
	m.close("Refs")
	m.camtAmount(l.Amount)
	m.camtParty(l)
	if l.Description != "" {
		m.open("RmtInf")
		m.text("Ustrd", l.Description, max140)
		m.close("RmtInf")
	}
	m.close("TxDtls", "NtryDtls")
}

// camtParty writes who paid the account or was paid by it.
func (m markup) camtParty(l *Line) {
	party, agent := "Dbtr", "DbtrAgt"
	if (l.Amount < 0) != l.Reversal {
		party, agent = "Cdtr", "CdtrAgt"
	}
	if c := l.Counterpart; c.Name != "" {
		m.open("RltdPties", party, "Pty")
		m.text("Nm", c.Name, max140)
		m.close("Pty", party, "RltdPties")
	}
	if c := l.Counterpart; c.ISPB != "" || c.BankName != "" {
		m.open("RltdAgts", agent, "FinInstnId")
		m.member(c.ISPB)
		m.text("Nm", c.BankName, max140)
		m.close("FinInstnId", agent, "RltdAgts")
	}
}

func (e *camtEncoder) end(b *bytes.Buffer) error {
	m := markup{b}
	m.close("Stmt", "BkToCstmrStmt", "Document")
	m.WriteByte('\n')
	return nil
}

func camtTime(t time.Time) string { return t.In(pix.SaoPaulo).Format("2006-01-02T15:04:05.000-07:00") }

func compact(d Day) string { return d.noon().Format("20060102") }
