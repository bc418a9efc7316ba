package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// staticCode is a BR Code of a made-up payee; an amount of 0 leaves it open.
func staticCode(t *testing.T, centavos int64) string {
	t.Helper()
	code, err := pixid.BRCode{
		Key: pixid.Key{Type: pixid.KeyCPF, Value: "11144477735"}, MerchantName: "MARIA EXEMPLO", City: "RECIFE",
		HasAmount: centavos > 0, AmountCentavos: centavos, TxID: "pedido7",
	}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// longCode is a valid code of a length, filled up with fields that mean nothing.
func longCode(t *testing.T, length int) string {
	t.Helper()
	code := strings.TrimSuffix(staticCode(t, 0), staticCode(t, 0)[len(staticCode(t, 0))-8:])
	for id := 80; len(code) < length-8; id++ {
		fill := min(length-8-len(code)-4, 90)
		code += fmt.Sprintf("%02d%02d%s", id, fill, strings.Repeat("x", fill))
	}
	code += "6304"
	code += fmt.Sprintf("%04X", pixid.CRC16([]byte(code)))
	if len(code) != length {
		t.Fatalf("a code of %d characters, want %d", len(code), length)
	}
	return code
}

func TestAQRCodeIsPaidByTheRulesOfItsValue(t *testing.T) {
	onEveryStore(t, testAQRCodeIsPaidByTheRulesOfItsValue)
}

func testAQRCodeIsPaidByTheRulesOfItsValue(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", "")
	fixed, open := staticCode(t, 10_00), staticCode(t, 0)
	for _, c := range []struct {
		rule, value, code string
		want              string // code of the error; empty if accepted
	}{
		{"the value itself is accepted", "10.00", fixed, ""},
		{"a centavo more is accepted", "10.01", fixed, ""},
		{"a centavo less is accepted", "9.99", fixed, ""},
		{"two centavos more are refused", "10.02", fixed, "QR_CODE_VALUE_MISMATCH"},
		{"two centavos less are refused", "9.98", fixed, "QR_CODE_VALUE_MISMATCH"},
		{"a code without value takes any", "7.77", open, ""},
		{"0.00 is refused", "0.00", open, "INVALID_AMOUNT"},
		{"0.01 is accepted", "0.01", open, ""},
		{"1.234 is refused", "1.234", open, "INVALID_AMOUNT"},
		{"more than there is is refused", "1000.01", open, "INSUFFICIENT_BALANCE"},
		{"no code is refused", "1.00", "", "INVALID_REQUEST"},
		{"49 characters are refused", "1.00", open[:49], "INVALID_QR_CODE"},
		{"50 characters without an end are refused", "1.00", open[:50], "INVALID_QR_CODE"},
		{"500 characters are accepted", "1.00", longCode(t, 500), ""},
		{"501 characters are refused", "1.00", longCode(t, 501), "INVALID_QR_CODE"},
		{"another beginning is refused", "1.00", "000202" + open[6:], "INVALID_QR_CODE"},
		{"a wrong checksum is refused", "1.00", open[:len(open)-4] + "0000", "INVALID_QR_CODE"},
		{"a field that is too long is refused", "1.00", strings.Replace(open, "0004br", "0099br", 1) + "x", "INVALID_QR_CODE"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			body := fmt.Sprintf(`{"value":%s,"qrCode":%q,"externalId":%q}`, c.value, c.code, c.rule)
			if c.want == "" {
				a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out-qrcode", body)
				if got := a.Look(t, strings.ReplaceAll(c.rule, " ", "%20")); got.OriginalAmount.String() != c.value {
					t.Errorf("paid %s, not %s", got.OriginalAmount, c.value)
				}
				return
			}
			if got := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out-qrcode", body); got.Code != c.want {
				t.Errorf("%s %q, want %s", got.Code, got.Message, c.want)
			}
		})
	}
	wantBalance(t, a, "1000.00/38.78/961.22")
	twice := fmt.Sprintf(`{"value":1,"qrCode":%q,"externalId":"0.01 is accepted"}`, open)
	if got := refused(t, a.Client, http.StatusConflict, "POST", "/api/pix/cash-out-qrcode", twice); got.Code !=
		"DUPLICATE_EXTERNAL_ID" {
		t.Errorf("conflict %+v", got)
	}
	var orders struct {
		Data []struct{ PixKey, Name, Document, BRCode string }
	}
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/rail/orders", nil).JSON(t, &orders)
	if o := orders.Data[0]; o.PixKey != "11144477735" || o.Name != "MARIA EXEMPLO" || o.Document != "11144477735" ||
		o.BRCode != fixed {
		t.Errorf("order %+v", o)
	}
}

func TestAChargeOfTheHouseIsPaidByItsCodeWhileItMayBe(t *testing.T) {
	onEveryStore(t, testAChargeOfTheHouseIsPaidByItsCodeWhileItMayBe)
}

func testAChargeOfTheHouseIsPaidByItsCodeWhileItMayBe(t *testing.T, at place) {
	p := house(t, at)
	payer, payee := p.NewAccount(t, "1000.00", ""), p.NewAccount(t, "0", `,"pixKeys":["loja@exemplo.com.br"]`)
	create := func(externalID, value string) string {
		var tx saldotest.Transaction
		payee.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge(externalID, value)).JSON(t, &tx)
		return tx.PixCode
	}
	pay := func(status int, externalID, value, code string) problem {
		body := map[string]any{"value": json.Number(value), "qrCode": code, "externalId": externalID}
		if status == http.StatusCreated {
			payer.Must(t, status, "POST", "/api/pix/cash-out-qrcode", body)
			return problem{}
		}
		return refused(t, payer.Client, status, "POST", "/api/pix/cash-out-qrcode", body)
	}
	code := create("sale", "80.00")
	if got := pay(http.StatusBadRequest, "off", "80.02", code); got.Code != "QR_CODE_VALUE_MISMATCH" ||
		got.Details["qrCodeValue"] != 80.0 {
		t.Errorf("mismatch %+v", got)
	}
	pay(http.StatusCreated, "near", "80.01", code)
	if got := payer.Look(t, "near"); got.OriginalAmount != "80.00" {
		t.Errorf("a charge of 80.00 is paid with %s", got.OriginalAmount)
	}
	var orders struct {
		Data []struct{ PixKey, Document string }
	}
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/rail/orders", nil).JSON(t, &orders)
	if o := orders.Data[0]; o.PixKey != "loja@exemplo.com.br" || o.Document != "11222333000181" {
		t.Errorf("order %+v", o)
	}
	p.Event(t, "applied", `{"id":"r1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000001",`+
		`"txId":"`+txidOf(t, code)+`","amount":80.00}`)
	if got := pay(http.StatusBadRequest, "again", "80.00", code); got.Code != "INVALID_QR_CODE" ||
		!strings.Contains(got.Message, "paid already") {
		t.Errorf("a second payment %+v", got)
	}
	failing := create("fails", "5.00")
	p.Event(t, "applied", `{"id":"f1","type":"receipt.failed","txId":"`+txidOf(t, failing)+`","errorCode":"AB03"}`)
	if got := pay(http.StatusBadRequest, "failed", "5.00", failing); got.Code != "INVALID_QR_CODE" {
		t.Errorf("a failed charge %+v", got)
	}
	elsewhere, err := pixid.DynamicBRCode("pix.example.com/qr/v2/"+txidOf(t, code), "OUTRA CASA", "RECIFE").Encode()
	if err != nil {
		t.Fatal(err)
	}
	pay(http.StatusCreated, "elsewhere", "3.21", elsewhere) // the same txid at another house is another charge
	wantBalance(t, payer, "1000.00/83.21/916.79")
}
