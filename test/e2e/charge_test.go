package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pixid"
)

func TestCashInChecksEveryField(t *testing.T) { onEveryStore(t, testCashInChecksEveryField) }

func testCashInChecksEveryField(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", "")
	good := map[string]any{
		"transaction": map[string]any{"value": json.Number("1.00"), "description": "Pedido", "externalId": "x"},
		"payer":       map[string]any{"fullName": "Jose Exemplo", "document": "11144477735"},
	}
	info := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint("k", i)] = "v"
		}
		return m
	}
	for _, c := range []struct {
		rule, path string
		value      any
		names      string // what the message must name; empty if accepted
	}{
		{"0.00 is refused", "transaction.value", json.Number("0.00"), "transaction.value"},
		{"0.01 is accepted", "transaction.value", json.Number("0.01"), ""},
		{"1.234 is refused", "transaction.value", json.Number("1.234"), "transaction.value"},
		{"a missing description is refused", "transaction.description", nil, "transaction.description"},
		{"a description of 140 is accepted", "transaction.description", strings.Repeat("d", 140), ""},
		{"a description of 141 is refused", "transaction.description", strings.Repeat("d", 141), "transaction.description"},
		{"an externalId of 255 is accepted", "transaction.externalId", strings.Repeat("e", 255), ""},
		{"an externalId of 256 is refused", "transaction.externalId", strings.Repeat("e", 256), "transaction.externalId"},
		{"29 seconds are refused", "transaction.expirationTime", 29, "transaction.expirationTime"},
		{"30 seconds are accepted", "transaction.expirationTime", 30, ""},
		{"604800 seconds are accepted", "transaction.expirationTime", 604800, ""},
		{"604801 seconds are refused", "transaction.expirationTime", 604801, "transaction.expirationTime"},
		{"half a second is refused", "transaction.expirationTime", json.Number("60.5"), "transaction.expirationTime"},
		{"a QR code by text is refused", "transaction.generateQrCode", "yes", "transaction.generateQrCode"},
		{"a payer without name is refused", "payer.fullName", nil, "payer.fullName"},
		{"a payer of 100 is accepted", "payer.fullName", strings.Repeat("n", 100), ""},
		{"a payer of 101 is refused", "payer.fullName", strings.Repeat("n", 101), "payer.fullName"},
		{"a document of 10 digits is refused", "payer.document", "1114447773", "payer.document"},
		{"ten keys of information are accepted", "additionalInfo", info(10), ""},
		{"eleven keys of information are refused", "additionalInfo", info(11), "additionalInfo"},
		{"information that is no text is refused", "additionalInfo", map[string]any{"a": 1}, "additionalInfo"},
		{"a split of nothing is refused", "splits", []any{map[string]any{}}, "splits[0].name"},
		{"ten splits are accepted", "splits", someSplits(10), ""},
		{"eleven splits are refused", "splits", someSplits(11), "splits"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			body := with(t, good, c.path, c.value)
			if c.path != "transaction.externalId" {
				body = with(t, body, "transaction.externalId", c.rule)
			}
			if c.names == "" {
				a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", body)
				return
			}
			got := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-in", body)
			if !strings.Contains(got.Message, c.names) {
				t.Errorf("message %q does not name %s", got.Message, c.names)
			}
		})
	}
	wantBalance(t, a, "0.00/0.00/0.00")
}

func TestAChargeCarriesAValidBRCodeAndPicture(t *testing.T) {
	onEveryStore(t, testAChargeCarriesAValidBRCodeAndPicture)
}

func testAChargeCarriesAValidBRCodeAndPicture(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", "")
	var got struct {
		TransactionID, CorrelationID, ExternalID, Status, PixCode, QRCodeImage string
		GenerateTime, ExpirationDate                                           time.Time
	}
	body := `{"transaction":{"value":80.00,"description":"Pedido 7","externalId":"INV-7","expirationTime":3600,` +
		`"generateQrCode":true},"payer":{"fullName":"Jose Exemplo","document":"11144477735"}}`
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", body).JSON(t, &got)
	code, err := pixid.ParseBRCode(got.PixCode)
	if err != nil || !code.IsDynamic() || code.MerchantName != "Loja de Teste" || len(got.PixCode) > 512 {
		t.Errorf("BR Code %s: %+v, %v", got.PixCode, code, err)
	}
	if got.ExternalID != "INV-7" || got.Status != "PENDING" || len(got.CorrelationID) != 36 {
		t.Errorf("charge %+v", got)
	}
	if life := got.ExpirationDate.Sub(got.GenerateTime); life != time.Hour {
		t.Errorf("the charge lives for %s", life)
	}
	picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got.QRCodeImage, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(picture)); err != nil || img.Bounds().Dx() < 200 {
		t.Errorf("picture: %v", err)
	}
}

func TestAReceiptIsCreditedOnceOrSuspended(t *testing.T) {
	onEveryStore(t, testAReceiptIsCreditedOnceOrSuspended)
}

func testAReceiptIsCreditedOnceOrSuspended(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", `,"pixKeys":["loja@exemplo.com.br"]`)
	txid := charge(t, a, "sale", "80.00")
	event := func(id, kind, rest string) string { return `{"id":"` + id + `","type":"` + kind + `",` + rest + `}` }
	e2e := func(n int) string { return fmt.Sprintf(`"endToEndId":"E99999004202611201200%011d"`, n) }

	p.Event(t, "suspended", event("wrong amount", "receipt.settled", e2e(1)+`,"txId":"`+txid+`","amount":79.99`))
	wantBalance(t, a, "0.00/0.00/0.00")
	p.Event(t, "applied", event("right", "receipt.settled", e2e(2)+`,"txId":"`+txid+`","amount":80.00`))
	p.Event(t, "repeated", event("again", "receipt.settled", e2e(2)+`,"txId":"`+txid+`","amount":80.00`))
	p.Event(t, "suspended", event("paid twice", "receipt.settled", e2e(3)+`,"txId":"`+txid+`","amount":80.00`))
	wantBalance(t, a, "80.00/0.00/80.00")
	p.Event(t, "applied", event("by key", "receipt.settled", e2e(4)+`,"pixKey":"loja@exemplo.com.br","amount":5.00`))
	wantBalance(t, a, "85.00/0.00/85.00")
	p.Event(t, "suspended", event("nobody's", "receipt.settled", e2e(5)+`,"pixKey":"outra@exemplo.com.br","amount":7.00`))
	p.Event(t, "repeated", event("nobody's", "receipt.settled", e2e(5)+`,"pixKey":"outra@exemplo.com.br","amount":7.00`))

	failed := charge(t, a, "fails", "10.00")
	p.Event(t, "applied", event("seen", "receipt.processing", e2e(6)+`,"txId":"`+failed+`","amount":10.00`))
	wantBalance(t, a, "95.00/10.00/85.00")
	p.Event(t, "applied", event("failed", "receipt.failed", e2e(6)+`,"txId":"`+failed+`","errorCode":"AB03"`))
	wantBalance(t, a, "85.00/0.00/85.00")

	var suspense struct {
		Data []struct{ EventID, Reason string }
	}
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/suspense", nil).JSON(t, &suspense)
	if len(suspense.Data) != 3 || suspense.Data[0].EventID != "wrong amount" {
		t.Errorf("suspense %+v", suspense)
	}
	wantTrialBalance(t, p)
}
