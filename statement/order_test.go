package statement_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/statement"
)

// orders are the elements that an element may have, in their order, as far as we
// write them: those of the schema of camt.053.001.08, and of the specification of
// OFX 2.2. Elements that are not listed have text in them.
var orders = map[statement.Format]map[string]string{
	statement.CAMT053: {
		"Document": "BkToCstmrStmt", "BkToCstmrStmt": "GrpHdr Stmt", "GrpHdr": "MsgId CreDtTm",
		"Stmt":       "Id CreDtTm FrToDt Acct Bal* Ntry*",
		"FrToDt":     "FrDtTm ToDtTm",
		"Acct":       "Id Ccy Ownr Svcr",
		"Acct/Id":    "Othr",
		"Othr":       "Id",
		"Ownr":       "Nm Id",
		"Ownr/Id":    "OrgId PrvtId",
		"OrgId":      "Othr",
		"PrvtId":     "Othr",
		"Svcr":       "FinInstnId",
		"FinInstnId": "ClrSysMmbId Nm", "ClrSysMmbId": "MmbId",
		"Bal": "Tp Amt CdtDbtInd Dt", "Tp": "CdOrPrtry", "CdOrPrtry": "Cd", "Bal/Dt": "Dt",
		"Ntry": "NtryRef Amt CdtDbtInd RvslInd Sts BookgDt ValDt AcctSvcrRef BkTxCd Chrgs NtryDtls AddtlNtryInf",
		"Sts":  "Cd", "BookgDt": "DtTm", "ValDt": "Dt",
		"BkTxCd": "Domn Prtry", "Domn": "Cd Fmly", "Fmly": "Cd SubFmlyCd", "Prtry": "Cd Issr",
		"Chrgs": "Rcrd", "Rcrd": "Amt CdtDbtInd ChrgInclInd",
		"NtryDtls": "TxDtls", "TxDtls": "Refs Amt CdtDbtInd RltdPties RltdAgts RmtInf",
		"Refs":      "AcctSvcrRef EndToEndId TxId AcctOwnrTxId",
		"RltdPties": "Dbtr Cdtr", "Dbtr": "Pty", "Cdtr": "Pty", "Pty": "Nm",
		"RltdAgts": "DbtrAgt CdtrAgt", "DbtrAgt": "FinInstnId", "CdtrAgt": "FinInstnId", "RmtInf": "Ustrd",
	},
	statement.OFX: {
		"OFX": "SIGNONMSGSRSV1 BANKMSGSRSV1", "SIGNONMSGSRSV1": "SONRS", "SONRS": "STATUS DTSERVER LANGUAGE FI",
		"STATUS": "CODE SEVERITY", "FI": "ORG FID", "BANKMSGSRSV1": "STMTTRNRS", "STMTTRNRS": "TRNUID STATUS STMTRS",
		"STMTRS":       "CURDEF BANKACCTFROM BANKTRANLIST LEDGERBAL AVAILBAL BALLIST",
		"BANKACCTFROM": "BANKID ACCTID ACCTTYPE", "BANKTRANLIST": "DTSTART DTEND STMTTRN*",
		"STMTTRN":   "TRNTYPE DTPOSTED TRNAMT FITID REFNUM NAME MEMO",
		"LEDGERBAL": "BALAMT DTASOF", "AVAILBAL": "BALAMT DTASOF", "BALLIST": "BAL",
		"BAL": "NAME DESC BALTYPE VALUE DTASOF",
	},
}

// most is how many characters texts may have.
var most = map[string]int{
	"MsgId": 35, "Id": 35, "NtryRef": 35, "AcctSvcrRef": 35, "EndToEndId": 35, "TxId": 35, "AcctOwnrTxId": 35, "Nm": 140,
	"Ustrd": 140, "AddtlNtryInf": 500, "MmbId": 35,
	"FITID": 255, "REFNUM": 32, "NAME": 32, "MEMO": 255, "BANKID": 9, "ACCTID": 22, "ORG": 32, "FID": 32,
}

// inOrder tells what is wrong with the order of a file's elements, or with their
// texts.
func inOrder(file []byte, orders map[string]string) error {
	d := xml.NewDecoder(bytes.NewReader(file))
	type element struct {
		name     string
		place    int
		children int
		text     strings.Builder
	}
	stack := []*element{{}}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			order, ok := orders[top.name]
			if ok {
				names := strings.Fields(order)
				at := slices.IndexFunc(names, func(n string) bool { return strings.TrimSuffix(n, "*") == name })
				if at < top.place || at < 0 {
					return fmt.Errorf("%s in %s: want %s", name, top.name, order)
				}
				top.place = at + 1
				if strings.HasSuffix(names[at], "*") {
					top.place = at
				}
			} else if top.name != "" {
				return fmt.Errorf("%s in %s", name, top.name)
			}
			top.children++
			key := name
			if _, has := orders[top.name+"/"+name]; has {
				key = top.name + "/" + name
			}
			stack = append(stack, &element{name: key})
		case xml.CharData:
			top.text.Write(token)
		case xml.EndElement:
			text := strings.TrimSpace(top.text.String())
			limit := most[top.name]
			if top.children == 0 && text == "" && orders[top.name] == "" {
				return fmt.Errorf("%s is empty", top.name)
			}
			if top.children > 0 && text != "" || limit > 0 && len([]rune(text)) > limit {
				return fmt.Errorf("%s has the text %q", top.name, text)
			}
			stack = stack[:len(stack)-1]
		}
	}
}

func TestElementsStandInTheOrderOfTheirSchemas(t *testing.T) {
	for format, orders := range orders {
		h, lines := sample()
		file := write(t, format, &h, lines)
		if err := inOrder(file, orders); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		swapped := bytes.Replace(file, []byte("<Ccy>BRL</Ccy><Ownr>"), []byte("<Ownr>"), 1)
		swapped = bytes.Replace(swapped, []byte("</Ownr>"), []byte("</Ownr><Ccy>BRL</Ccy>"), 1)
		swapped = bytes.Replace(swapped, []byte("<FITID>"), []byte("<NAME>x</NAME><FITID>"), 1)
		if inOrder(swapped, orders) == nil {
			t.Errorf("%s: the test does not see a wrong order", format)
		}
	}
}

func TestElementsStandInOrderWhateverIsInThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, kinds := sample()
		word := rapid.OneOf(rapid.Just(""), rapid.Just(" \n "), rapid.StringN(0, 600, -1))
		h.Name, h.Bank.Name = word.Draw(t, "owner"), word.Draw(t, "bank")
		line := rapid.SampledFrom(kinds).Draw(t, "line")
		line.EndToEndID, line.TxID, line.ExternalID = word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		line.Description, line.TransactionID = word.Draw(t, "d"), word.Draw(t, "e")
		line.Counterpart = statement.Counterpart{Name: word.Draw(t, "f"), ISPB: word.Draw(t, "g"), BankName: word.Draw(t, "h")}
		lines := []statement.Line{line}
		complete(&h, lines, 1<<60)
		for format, orders := range orders {
			if err := inOrder(write(t, format, &h, lines), orders); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
		}
	})
}
