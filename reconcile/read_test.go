package reconcile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/reconcile"
)

func TestAmountsAreReadAsTheyAreWritten(t *testing.T) {
	const ambiguous = "may be thousands or decimals: say which by decimal"
	const wrong = "is no amount in reais, as in 1.234,56"
	for _, c := range []struct {
		text string
		sign byte
		want string
	}{
		{"1.234,56", 0, "1234.56"}, {"1,234.56", 0, "1234.56"}, {"1234.56", 0, "1234.56"}, {"1234,5", 0, "1234.50"},
		{"12", 0, "12.00"}, {"1.234.567", 0, "1234567.00"}, {"1.234.567,8", 0, "1234567.80"}, {"0,01", 0, "0.01"},
		{",5", 0, "0.50"}, {"0001,50", 0, "1.50"}, {"1234,5600", 0, "1234.56"},
		{"R$ 1.234,56", 0, "1234.56"}, {"R$\u00a01.234,56", 0, "1234.56"}, {"-R$ 5,00", 0, "-5.00"},
		{"R$ -5,00", 0, "-5.00"}, {"(5,00)", 0, "-5.00"}, {"5,00-", 0, "-5.00"}, {"+5,00", 0, "5.00"}, {"5,00 D", 0, "-5.00"},
		{"5,00C", 0, "5.00"}, {"\u22125,00", 0, "-5.00"}, {"'-5,00", 0, "-5.00"},
		{"1.234", 0, ambiguous}, {"1,234", 0, ambiguous}, {"1.234", ',', "1234.00"}, {"1,234", '.', "1234.00"},
		{"1.5", ',', wrong}, {"1,5", '.', wrong}, {"", 0, wrong}, {"-", 0, wrong}, {"--5", 0, wrong}, {"-5-", 0, wrong},
		{"(5", 0, wrong}, {"1,2,3", 0, wrong}, {"1.23.456,00", 0, wrong}, {"0,001", ',', wrong}, {"1e3", 0, wrong},
		{"12,", 0, wrong}, {".", 0, wrong}, {"1234.567,00", 0, wrong}, {"99999999999999999999", 0, wrong},
		{strings.Repeat("1", 41), 0, wrong}, {"١", 0, wrong},
	} {
		if got := reconcile.ParseAmount(c.text, c.sign); got != c.want {
			t.Errorf("%q (%c): %s, want %s", c.text, c.sign, got, c.want)
		}
	}
}

// read reads a file and shows its lines, and what is wrong with it.
func read(t *testing.T, format reconcile.Format, reading *reconcile.Reading, text string) string {
	t.Helper()
	var shown []string
	for l, err := range reconcile.Read(t.Context(), strings.NewReader(text), format, reading) {
		if err != nil {
			var p *reconcile.Problem
			if !errors.As(err, &p) {
				t.Errorf("%v is no problem of the file", err)
			}
			shown = append(shown, err.Error())
			break
		}
		shown = append(shown, showLine(&l))
	}
	return strings.Join(shown, "\n")
}

func showLine(l *reconcile.Line) string {
	at := l.At.In(pix.SaoPaulo).Format("2006-01-02T15:04:05")
	if l.Day {
		at = l.At.In(pix.SaoPaulo).Format(time.DateOnly)
	}
	words := []string{fmt.Sprintf("%d/%d", l.Number, l.Row), at, l.Amount.String(), l.Status.String()}
	if l.IsFee {
		words = append(words, "fee")
	}
	for _, word := range []string{l.ID, l.Original, l.TxID, l.Reference, l.Description} {
		if word == "" {
			word = "-"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

const (
	e1 = "E9999900320261120150000000000001"
	e2 = "E9999900420261120150000000000002"
	d1 = "D9999900320261120150000000000003"
)

func TestCSV(t *testing.T) {
	columns := func(pairs ...string) *reconcile.Reading {
		r := &reconcile.Reading{Columns: make(reconcile.Columns)}
		for i := 0; i < len(pairs); i += 2 {
			r.Columns[pairs[i]] = pairs[i+1]
		}
		return r
	}
	for _, c := range []struct {
		rule    string
		reading *reconcile.Reading
		text    string
		want    string
	}{
		{"known headings need no map", nil, "Data;Valor;E2E ID\n20/11/2026;1.234,56;" + e1 + "\n",
			"1/2 2026-11-20 1234.56 settled " + e1 + " - - - -"},
		{"commas part columns as well", nil, "date,amount,txid,status\n2026-11-20 10:00:00,-5.00,abc,CONFIRMED\n",
			"1/2 2026-11-20T10:00:00 -5.00 settled - - abc - -"},
		{"and tabs", nil, "date\tamount\n20/11/26\t\"1,5\"\n", "1/2 2026-11-20 1.50 settled - - - - -"},
		{"times have zones", nil, "date;amount\n2026-11-20T12:00:00Z;1\n2026-11-20T12:00:00.5-03:00;1\n2026-11-20 12:00;1",
			"1/2 2026-11-20T09:00:00 1.00 settled - - - - -\n2/3 2026-11-20T12:00:00 1.00 settled - - - - -\n" +
				"3/4 2026-11-20T12:00:00 1.00 settled - - - - -"},
		{"or are of UTC if that is said", &reconcile.Reading{UTC: true}, "date;amount\n20/11/2026 12:00;1\n20/11/2026;1",
			"1/2 2026-11-20T09:00:00 1.00 settled - - - - -\n2/3 2026-11-19 1.00 settled - - - - -"},
		{"columns are named", columns("date", "Quando", "amount", "Quanto", "endToEndId", "3"),
			"Quando;QUANTO;x\n20/11/2026;7,00;" + e1, "1/2 2026-11-20 7.00 settled " + e1 + " - - - -"},
		{"or numbered, without headings", columns("date", "1", "amount", "2"), "20/11/2026;7,00\n21/11/2026;8,00",
			"1/1 2026-11-20 7.00 settled - - - - -\n2/2 2026-11-21 8.00 settled - - - - -"},
		{"or numbered, with headings", columns("date", "1", "amount", "2"), "when;what\n20/11/2026;7,00",
			"1/2 2026-11-20 7.00 settled - - - - -"},
		{"debits and credits have columns", nil, "Data;Débito;Crédito\n20/11/2026;5,00;\n20/11/2026;;6,00\n20/11/2026;-7,00;",
			"1/2 2026-11-20 -5.00 settled - - - - -\n2/3 2026-11-20 6.00 settled - - - - -\n" +
				"3/4 2026-11-20 -7.00 settled - - - - -"},
		{"or a column says which", columns("direction", "Natureza"),
			"Data;Valor;Natureza\n20/11/2026;5,00;D\n20/11/2026;5,00;Crédito\n20/11/2026;5,00;Saída\n20/11/2026;5,00;+",
			"1/2 2026-11-20 -5.00 settled - - - - -\n2/3 2026-11-20 5.00 settled - - - - -\n" +
				"3/4 2026-11-20 -5.00 settled - - - - -\n4/5 2026-11-20 5.00 settled - - - - -"},
		{"rows without an amount are none", nil, "Data;Valor;Histórico\n20/11/2026;;Saldo anterior\n20/11/2026;1,00;Pix\n\n",
			"1/3 2026-11-20 1.00 settled - - - - Pix"},
		{"rows of balances are none", nil, "Data;Valor;Histórico\n20/11/2026;9,00;SALDO DO DIA\n20/11/2026;1,00;Pix",
			"1/3 2026-11-20 1.00 settled - - - - Pix"},
		{"returns name what they give back", nil, "data;valor;rtrId;endToEndId\n20/11/2026;1,00;" + d1 + ";" + e1,
			"1/2 2026-11-20 1.00 settled " + d1 + " " + e1 + " - - -"},
		{"ids are found in descriptions", nil, "data;valor;descrição\n20/11/2026;1,00;PIX " + e1 + " Fulano",
			"1/2 2026-11-20 1.00 settled " + e1 + " - - - PIX " + e1 + " Fulano"},
		{"fees are seen", nil, "data;valor;descrição\n20/11/2026;-1,00;Tarifa Pix",
			"1/2 2026-11-20 -1.00 settled fee - - - - Tarifa Pix"},
		{"bytes may be of Windows-1252", nil, "Data;Hist\xf3rico;Valor\n20/11/2026;Devolu\xe7\xe3o;1,00",
			"1/2 2026-11-20 1.00 settled - - - - Devolução"},
		{"quoted cells have line breaks", nil, "data;descrição;valor\r\n20/11/2026;\"a\r\nb\";1,00\r\n20/11/2026;c;2,00\r\n",
			"1/2 2026-11-20 1.00 settled - - - - a b\n2/4 2026-11-20 2.00 settled - - - - c"},
		{"lines before the headings are skipped", &reconcile.Reading{Skip: 2}, "Banco;de;Exemplo\n\ndata;valor\n20/11/2026;x",
			"line 4, amount: is no amount in reais, as in 1.234,56"},
		{"a format of dates can be given", &reconcile.Reading{DateFormat: "MM/DD/YYYY HH:mm"},
			"date;amount\n11/20/2026 10:30;1", "1/2 2026-11-20T10:30:00 1.00 settled - - - - -"},
		{"and is kept to", &reconcile.Reading{DateFormat: "MM/DD/YYYY"}, "date;amount\n20/11/2026;1",
			"line 2, date: is not written as dateFormat says"},
		{"an unknown date", nil, "date;amount\n11/20/2026;1",
			"line 2, date: is no date that is known, as in 20/11/2026 or 2026-11-20T12:00:00-03:00"},
		{"an impossible year", nil, "date;amount\n20/11/1026;1", "line 2, date: is not of a year between 2000 and 2199"},
		{"an unknown status", nil, "date;amount;status\n20/11/2026;1;talvez",
			`line 2, status: is a word that is not known: "talvez"`},
		{"an amount on both sides", nil, "date;debit;credit\n20/11/2026;1;1", "line 2, debit: has an amount, and so has credit"},
		{"an id without an amount", nil, "date;amount;e2eid\n20/11/2026;;" + e1, "line 2, amount: is missing"},
		{"no date", nil, "x;amount\n1;1", "line 1, date: no column is known for it; name one"},
		{"no amount", nil, "date;x\n1;1", "line 1, amount: no column is known for it; name one, or debit and credit"},
		{"no such column", columns("date", "Quando"), "date;amount\n", "line 1, Quando: there is no such column"},
		{"no such number", columns("date", "3"), "date;amount\n", "line 1, 3: there are 2 columns"},
		{"a column that is there twice", columns("amount", "v"), "date;v;v\n",
			"line 1, v: there are two such columns; give its number"},
		{"an empty file", nil, "", "the file is empty"},
		{"UTF-16", nil, "\xff\xfed\x00a\x00", "line 1: is UTF-16; save the file as UTF-8"},
		{"a quote that does not end", nil, "date;amount\n\"20/11/2026;1\n", `line 2, column 15: extraneous or missing " in quoted-field`},
		{"a line that does not end", nil, "date;amount\n\"" + strings.Repeat("x\n", 2<<20), "line 2: is longer than 1 MiB"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := read(t, reconcile.CSV, c.reading, c.text); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestReadingIsChecked(t *testing.T) {
	for want, r := range map[string]reconcile.Reading{
		`columns: there is no "when"`:                      {Columns: reconcile.Columns{"when": "x"}},
		"columns: date must name a column in at most 100":  {Columns: reconcile.Columns{"date": ""}},
		"decimal: must be comma or point":                  {Decimal: "."},
		"separator: must be semicolon, comma or tab":       {Separator: ";"},
		"skip: must be between 0 and 1000":                 {Skip: -1},
		"dateFormat: must be made of DD, MM, YYYY":         {DateFormat: "DD/MM"},
		"dateFormat: must be made of DD, MM, YYYY or YY":   {DateFormat: "2/1/2006"},
		"dateFormat: must be made of DD, MM, YYYY or YY, ": {DateFormat: "DD Monat YYYY"},
	} {
		if err := r.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", r, err, want)
		}
	}
}

const sgml = "OFXHEADER:100\r\nDATA:OFXSGML\r\nCHARSET:1252\r\n\r\n<OFX>\r\n<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL\r\n" +
	"<BANKTRANLIST>\r\n<DTSTART>20261120\r\n%s\r\n</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"

func TestOFX(t *testing.T) {
	for _, c := range []struct{ rule, text, want string }{
		{"values need no ends", "<STMTTRN>\r\n<TRNTYPE>CREDIT\r\n<DTPOSTED>20261120\r\n<TRNAMT>10.00\r\n<FITID>7\r\n" +
			"<MEMO>PIX RECEBIDO JOS\xc9 " + e1 + "\r\n</STMTTRN>",
			"1/9 2026-11-20 10.00 settled " + e1 + " - - 7 PIX RECEBIDO JOSÉ " + e1},
		{"nor line breaks", "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261120101500[-3:BRT]<TRNAMT>-10.00<FITID>7<MEMO>a &amp; b</STMTTRN>",
			"1/9 2026-11-20T10:15:00 -10.00 settled - - - 7 a & b"},
		{"times have zones", "<STMTTRN><DTPOSTED>20261120131500.250[0:GMT]<TRNAMT>1</STMTTRN>",
			"1/9 2026-11-20T10:15:00 1.00 settled - - - - -"},
		{"noon and midnight sharp are days", "<STMTTRN><DTPOSTED>20261120120000[-3:BRT]<TRNAMT>1</STMTTRN>" +
			"<STMTTRN><DTPOSTED>20261120000000<TRNAMT>1</STMTTRN>",
			"1/9 2026-11-20 1.00 settled - - - - -\n2/9 2026-11-20 1.00 settled - - - - -"},
		{"debits may lack their sign, and amounts have commas", "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261120<TRNAMT>1.010,00</STMTTRN>",
			"1/9 2026-11-20 -1010.00 settled - - - - -"},
		{"fees are seen", "<STMTTRN><TRNTYPE>FEE<DTPOSTED>20261120<TRNAMT>-1,5</STMTTRN>",
			"1/9 2026-11-20 -1.50 settled fee - - - - -"},
		{"comments are passed over", "<!-- <STMTTRN> > --><STMTTRN><DTPOSTED>20261120<TRNAMT>2.500<NAME>x</STMTTRN>",
			"1/9 2026-11-20 2.50 settled - - - - x"},
		{"an amount is needed", "<STMTTRN><DTPOSTED>20261120<FITID>7</STMTTRN>",
			"line 9, TRNAMT: is no amount in reais, as in 1.234,56"},
		{"and a time", "<STMTTRN><TRNAMT>1<DTPOSTED>20/11/2026</STMTTRN>",
			"line 9, DTPOSTED: is no time of OFX, as in 20261120120000[-3:BRT]"},
		{"of the calendar", "<STMTTRN><TRNAMT>1<DTPOSTED>20260230</STMTTRN>",
			"line 9, DTPOSTED: is no time of OFX, as in 20261120120000[-3:BRT]"},
		{"only reais are", "<CURDEF>USD", "line 9, CURDEF: is not BRL"},
		{"transactions are not nested", "<STMTTRN>\n<STMTTRN>", "line 10, STMTTRN: begins within another"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := read(t, reconcile.OFX, nil, fmt.Sprintf(sgml, c.text)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	for text, want := range map[string]string{
		"":                                   "is no OFX: it has no OFX element",
		"date;amount":                        "is no OFX: it has no OFX element",
		"<OFX><STMTTRN><TRNAMT>1":            "line 1: the file is cut short: its OFX element does not end",
		"<OFX><STMTTRN" + "\n\n":             "line 3: a tag does not end",
		"<OFX>" + strings.Repeat("x", 3<<20): "line 1: is longer than 1 MiB",
	} {
		if got := read(t, reconcile.OFX, nil, text); got != want {
			t.Errorf("%.20s: %s, want %s", text, got, want)
		}
	}
}

const camt = `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Bal><Amt Ccy="BRL">1</Amt></Bal>
%s
</Stmt></BkToCstmrStmt></Document>`

func TestCAMT(t *testing.T) {
	const entry = `<Ntry><Amt Ccy="BRL">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>%s</Sts><BookgDt>%s</BookgDt>%s</Ntry>`
	const booked = `<DtTm>2026-11-20T10:00:00-03:00</DtTm>`
	for _, c := range []struct{ rule, text, want string }{
		{"an entry is a line", fmt.Sprintf(entry, "BOOK", booked, "<NtryDtls><TxDtls><Refs><AcctSvcrRef>7</AcctSvcrRef>"+
			"<EndToEndId>"+e1+"</EndToEndId><TxId>pedido1</TxId></Refs><RmtInf><Ustrd>a &amp; b</Ustrd></RmtInf></TxDtls></NtryDtls>"),
			"1/3 2026-11-20T10:00:00 -10.00 settled " + e1 + " - pedido1 - a & b"},
		{"newer versions nest the status", fmt.Sprintf(entry, "<Cd>PDNG</Cd>", "<Dt>2026-11-20</Dt>", ""),
			"1/3 2026-11-20 -10.00 pending - - - - -"},
		{"what is for information is no line", fmt.Sprintf(entry, "INFO", booked, ""), ""},
		{"each transaction of an entry is a line", fmt.Sprintf(entry, "BOOK", "<Dt>2026-11-20-03:00</Dt>",
			"<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy=\"BRL\">4.00</Amt></TxDtls>"+
				"<TxDtls><Refs><TxId>"+e2+"</TxId></Refs><AmtDtls><TxAmt><Amt Ccy=\"BRL\">6</Amt></TxAmt></AmtDtls></TxDtls></NtryDtls>"),
			"1/3 2026-11-20 -4.00 settled - - - - -\n2/3 2026-11-20 -6.00 settled " + e2 + " - - - -"},
		{"ids are found in texts", fmt.Sprintf(entry, "BOOK", booked, "<AddtlNtryInf>PIX "+d1+"</AddtlNtryInf>"),
			"1/3 2026-11-20T10:00:00 -10.00 settled " + d1 + " - - - PIX " + d1},
		{"fees are seen", fmt.Sprintf(entry, "BOOK", booked,
			"<BkTxCd><Domn><Fmly><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn></BkTxCd>"),
			"1/3 2026-11-20T10:00:00 -10.00 settled fee - - - - -"},
		{"an amount is needed", "<Ntry><CdtDbtInd>DBIT</CdtDbtInd></Ntry>",
			"line 3, Amt: is no amount of ISO 20022, as in 1234.56"},
		{"with a direction", `<Ntry><Amt Ccy="BRL">1.00</Amt></Ntry>`,
			"line 3, Amt: is neither CRDT nor DBIT: CdtDbtInd is missing or wrong"},
		{"in reais", `<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Ntry>`, "line 3, Amt: is not in BRL"},
		{"and a day", `<Ntry><Amt>1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Ntry>`,
			"line 3, BookgDt: is no date that is known, as in 20/11/2026 or 2026-11-20T12:00:00-03:00"},
		{"a status is known", fmt.Sprintf(entry, "NEW", booked, ""), "line 3, Sts: is not BOOK, PDNG or INFO"},
		{"entities are not", "&x;", "line 3: invalid character entity &x;"},
		{"what ends must have begun", "</Ntry>", "line 3: element <Stmt> closed by </Ntry>"},
		{"depth is bounded", strings.Repeat("<x>", 40), "line 3, x: is nested too deeply"},
		{"an entry is bounded", "<Ntry><x>" + strings.Repeat("y", 3<<20) + "</x></Ntry>", "line 3: is longer than 1 MiB"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := read(t, reconcile.CAMT053, nil, fmt.Sprintf(camt, c.text)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	for text, want := range map[string]string{
		"": "is no camt.053: it has no BkToCstmrStmt element",
		`<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>`: "line 1: has a document type, which is not allowed",
		"<Document><BkToCstmrStmt>":                                        "line 1: unexpected EOF",
		`<?xml version="1.0" encoding="EBCDIC"?><x/>`:                      `line 1: xml: opening charset "EBCDIC": is in a charset that is not known`,
		"<x/>": "is no camt.053: it has no BkToCstmrStmt element",
	} {
		if got := read(t, reconcile.CAMT053, nil, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	latin := `<?xml version="1.0" encoding="ISO-8859-1"?><Document><BkToCstmrStmt><Ntry><Amt>1</Amt><CdtDbtInd>CRDT</CdtDbtInd>` +
		"<ValDt><Dt>2026-11-20</Dt></ValDt><AddtlNtryInf>Devolu\xe7\xe3o</AddtlNtryInf></Ntry></BkToCstmrStmt></Document>"
	if got := read(t, reconcile.CAMT053, nil, latin); got != "1/1 2026-11-20 1.00 settled - - - - Devolução" {
		t.Error(got)
	}
}

func TestPixPages(t *testing.T) {
	pixOf := func(fields string) string {
		return `{"endToEndId":"` + e1 + `","valor":"110.00","horario":"2026-11-20T15:00:00.000Z"` + fields + `}`
	}
	page := func(pix string) string {
		return `{"parametros":{"inicio":"2026-11-20T00:00:00Z","paginacao":{"paginaAtual":0}},"pix":[` + pix + `]}`
	}
	const one = "2026-11-20T12:00:00 110.00 settled " + e1 + " - "
	const txid = "cobranca0000000000000000000001"
	for _, c := range []struct{ rule, text, want string }{
		{"a Pix is a line", page(pixOf(`,"txid":"` + txid + `","infoPagador":"0"`)), "1/1 " + one + txid + " - -"},
		{"pages follow each other", page(pixOf("")) + "\n" + page("") + "\n" + page(pixOf("")),
			"1/1 " + one + "- - -\n2/3 " + one + "- - -"},
		{"or are in an array", "[" + page(pixOf("")) + ",\n" + page(pixOf("")) + "]", "1/1 " + one + "- - -\n2/2 " + one + "- - -"},
		{"a return is a line of its own", page(pixOf(`,"devolucoes":[{"id":"r1","rtrId":"` + d1 +
			`","valor":"10.00","horario":{"solicitacao":"2026-11-20T16:00:00Z"},"status":"EM_PROCESSAMENTO"},` +
			`{"id":"r2","valor":"1.00","horario":{"liquidacao":"2026-11-20T17:00:00Z"},"status":"DEVOLVIDO"}]`)),
			"1/1 " + one + "- - -\n2/1 2026-11-20T13:00:00 -10.00 pending " + d1 + " " + e1 + " - r1 -\n" +
				"3/1 2026-11-20T14:00:00 -1.00 settled - " + e1 + " - r2 -"},
		{"no pages are no file", "[]", ""},
		{"an id is needed", page(`{"valor":"1.00"}`), "line 1, page 1, pix[0].endToEndId: is no end-to-end id"},
		{"and an amount", page(pixOf("") + ",\n" + pixOf(`,"valor":"-1.00"`)),
			"1/1 " + one + "- - -\nline 2, page 1, pix[1].valor: is no amount, as in 1234.56"},
		{"which is a text", page(pixOf(`,"valor":1`)), "line 1, page 1, pix[0].valor: must not be a number"},
		{"a status is known", page(pixOf(`,"devolucoes":[{"valor":"1.00","status":"X"}]`)),
			"line 1, page 1, pix[0].devolucoes[0].status: is not EM_PROCESSAMENTO, DEVOLVIDO or NAO_REALIZADO"},
		{"a page has Pix", `{"cobs":[]}`, "line 1, pix: page 1 has no such array"},
		{"in an array", `{"pix":{}}`, "line 1, pix: is not an array"},
		{"a page is an object", `"pix"`, "line 1: is no page of GET /pix"},
		{"a page ends", `{"pix":[`, "line 1: the file is cut short"},
		{"an array ends", "[" + page(""), "line 1: the file is cut short"},
		{"a file has pages", "", "the file is empty"},
		{"JSON is JSON", "{\n]", "line 2: is no JSON: invalid character ']'"},
		{"a Pix is bounded", page(pixOf(`,"infoPagador":"` + strings.Repeat("x", 3<<20) + `"`)), "line 1: is longer than 1 MiB"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := read(t, reconcile.PixAPI, nil, c.text); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestReadingEnds(t *testing.T) {
	for _, format := range reconcile.Formats() {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range reconcile.Read(ctx, strings.NewReader("x"), reconcile.Format(format), nil) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", format, err)
			}
		}
		broken := errors.New("broken disk")
		for _, err := range reconcile.Read(t.Context(), iotest.ErrReader(broken), reconcile.Format(format), nil) {
			if !errors.Is(err, broken) {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
	for _, err := range reconcile.Read(t.Context(), strings.NewReader("x"), "pdf", nil) {
		if err == nil || !strings.HasPrefix(err.Error(), "format: must be one of") {
			t.Error(err)
		}
	}
}

// fuzz holds a reader against what every file must keep to, whatever is in it.
func fuzz(f *testing.F, format reconcile.Format) {
	files, err := filepath.Glob(filepath.Join("testdata", "*."+string(format)+"*"))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		for l, err := range reconcile.Read(t.Context(), bytes.NewReader(text), format, nil) {
			if err != nil {
				var p *reconcile.Problem
				if !errors.As(err, &p) {
					t.Fatalf("%v does not say where", err)
				}
				return
			}
			if n++; l.Number != n || l.Row < 1 || l.Row > bytes.Count(text, []byte{'\n'})+1 {
				t.Fatalf("line %d is numbered %d, row %d", n, l.Number, l.Row)
			}
			if y := l.At.Year(); y < 1999 || y > 2200 || l.At.Location() != time.UTC {
				t.Fatalf("line %d is of %v", n, l.At)
			}
			for _, text := range []string{l.ID, l.Original, l.TxID, l.Reference, l.Description} {
				if len(text) > 4*255 || strings.ContainsAny(text, "\r\n\x00") {
					t.Fatalf("line %d has %q", n, text)
				}
			}
		}
	})
}

func FuzzCSV(f *testing.F)      { fuzz(f, reconcile.CSV) }
func FuzzOFX(f *testing.F)      { fuzz(f, reconcile.OFX) }
func FuzzCAMT(f *testing.F)     { fuzz(f, reconcile.CAMT053) }
func FuzzPixPages(f *testing.F) { fuzz(f, reconcile.PixAPI) }
