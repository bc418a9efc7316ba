package pixid_test

import (
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
)

const (
	gui         = "0014br.gov.bcb.pix"
	longTxID    = "3d0c8a2e5a0f4b7e8f580a6f3d3b9a10"
	plainFields = "520400005303986" + sampleTail
)

func TestParseBRCodeTakes(t *testing.T) {
	tests := []struct {
		rule, code string
		want       func(*pixid.BRCode)
	}{
		{"an amount without decimals", sampleHead + field("54", "12") + sampleTail,
			func(c *pixid.BRCode) { c.HasAmount, c.AmountCentavos = true, 1200 }},
		{"an amount with one decimal", sampleHead + field("54", "0.5") + sampleTail,
			func(c *pixid.BRCode) { c.HasAmount, c.AmountCentavos = true, 50 }},
		{"an amount no float can hold", sampleHead + field("54", "9007199254.93") + sampleTail,
			func(c *pixid.BRCode) { c.HasAmount, c.AmountCentavos = true, 900719925493 }},
		{"an amount of zero, for none", sampleHead + field("54", "0.00") + sampleTail,
			func(c *pixid.BRCode) {}},
		{"an empty field, for none", sampleHead + field("54", "") + sampleTail,
			func(c *pixid.BRCode) {}},
		{"a GUI in capitals", "000201" + field("26", "0014BR.GOV.BCB.PIX"+field("01", evp)) +
			plainFields, func(c *pixid.BRCode) {}},
		{"a key in capitals", "000201" + field("26", gui+field("01", strings.ToUpper(evp))) +
			plainFields, func(c *pixid.BRCode) {}},
		{"fields out of order but for the first and last", "00020158" + "02BR" +
			field("62", field("05", "***")) + "6008BRASILIA5913Fulano de Tal" + "530398652040000" +
			field("26", field("01", evp)+gui), func(c *pixid.BRCode) {}},
		{"another arrangement beside Pix", "000201" + field("26", "0011com.exemplo") +
			field("27", gui+field("01", evp)) + plainFields, func(c *pixid.BRCode) {}},
		{"fields it does not know", sampleHead + "5802BR5913Fulano de Tal6008BRASILIA" +
			field("62", field("05", "***")+field("50", "x")) + field("80", gui),
			func(c *pixid.BRCode) {}},
		{"no additional fields", strings.TrimSuffix(sampleHead+sampleTail, "62070503***"),
			func(c *pixid.BRCode) {}},
		{"a checksum's look-alike inside a value",
			strings.Replace(sampleHead+sampleTail, "5913Fulano de Tal", "5908630463AB", 1),
			func(c *pixid.BRCode) { c.MerchantName = "630463AB" }},
		{"an amount and a long txid in a dynamic code", "000201" +
			field("26", gui+field("25", "exemplo.com/1")) + "520400005303986" +
			field("54", "1.00") + "5802BR5913Fulano de Tal6008BRASILIA" + field("62", field("05", longTxID)),
			func(c *pixid.BRCode) {
				c.Key, c.URL, c.TxID = pixid.Key{}, "exemplo.com/1", longTxID
				c.HasAmount, c.AmountCentavos = true, 100
			}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			want := sampleCode()
			test.want(&want)
			if got, err := pixid.ParseBRCode(signed(test.code)); got != want || err != nil {
				t.Errorf("ParseBRCode = %v\n got %+v\nwant %+v", err, got, want)
			}
		})
	}
	if _, err := pixid.ParseBRCode(strings.ToLower(sample[len(sample)-4:])); err == nil {
		t.Error("a checksum alone is no code")
	}
	if _, err := pixid.ParseBRCode(sample[:len(sample)-4] + "1d3d"); err != nil {
		t.Errorf("a checksum in lower case: %v", err)
	}
}

func TestParseBRCodeRefuses(t *testing.T) {
	whole := sampleHead + sampleTail
	swap := func(from, to string) string { return signed(strings.Replace(whole, from, to, 1)) }
	amount := func(s string) string { return signed(sampleHead + field("54", s) + sampleTail) }
	pix := func(s string) string { return signed("000201" + field("26", s) + plainFields) }
	tests := []struct{ rule, field, code string }{
		{"nothing", "00", ""},
		{"more than 512 characters", "", strings.Repeat("0", 513)},
		{"letters outside ASCII", "", signed(strings.Replace(whole, "Tal", "Tál", 1))},
		{"a line break", "", sample + "\n"},
		{"a header cut short", "", sample[:len(sample)-5]},
		{"a length that is no number", "", swap("5913", "59x3")},
		{"a length past the end", "63", sample[:len(sample)-1]},
		{"a field twice", "59", swap("6008BRASILIA", "6008BRASILIA5901x")},
		{"a field twice in a template", "26-01", pix(gui + field("01", evp) + "0101x")},
		{"a template longer than its fields", "26-01", pix(gui + "0136" + evp[:20])},
		{"another field first", "00", signed("010211" + whole)},
		{"another format", "00", swap("000201", "000202")},
		{"no checksum", "63", whole},
		{"a field after the checksum", "63", sample + "6401x"},
		{"a checksum of two characters", "63", whole + "63021D"},
		{"a wrong checksum", "63", sample[:len(sample)-1] + "E"},
		{"one changed character", "63", strings.Replace(sample, "Fulano", "Fulana", 1)},
		{"another currency", "53", swap("5303986", "5303840")},
		{"another country", "58", swap("5802BR", "5802MX")},
		{"no trade", "52", swap("52040000", "")},
		{"no payee", "59", swap("5913Fulano de Tal", "")},
		{"a payee of 26 characters", "59",
			swap("5913Fulano de Tal", "5926Fulano de Tal Fulano de Ta")},
		{"no city", "60", swap("6008BRASILIA", "")},
		{"no template of Pix", "26", pix("0011com.exemplo")},
		{"two templates of Pix", "27", swap("5204", field("27", gui)+"5204")},
		{"neither key nor URL", "26", pix(gui)},
		{"a key and a URL", "26", pix(gui + field("01", "11144477735") + field("25", "e.com/1"))},
		{"a key that is none", "26-01", pix(gui + field("01", "11144477734"))},
		{"a URL with a scheme", "26-25", pix(gui + field("25", "https://e.com/1"))},
		{"a bad point of initiation", "01", swap("000201", "000201010213")},
		{"an amount with a comma", "54", amount("1,00")},
		{"an amount with a sign", "54", amount("-1.00")},
		{"an amount with an exponent", "54", amount("1e3")},
		{"an amount with three decimals", "54", amount("1.005")},
		{"an amount that ends in a dot", "54", amount("1.")},
		{"an amount that starts with a dot", "54", amount(".50")},
		{"an amount with two dots", "54", amount("1.0.0")},
		{"an amount of 14 characters", "54", amount("00000000001.00")},
		{"an amount we could not write", "54", amount("12345678901")},
		{"a static txid of 26 characters", "62-05",
			swap("62070503***", field("62", field("05", longTxID[:26])))},
		{"a txid with a hyphen", "62-05", swap("62070503***", field("62", field("05", "a-b")))},
		{"broken additional fields", "62", swap("62070503***", "6203050")},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := pixid.ParseBRCode(test.code)
			if got != (pixid.BRCode{}) {
				t.Errorf("an error came with %+v", got)
			}
			refusedField(t, "", test.field, err)
		})
	}
}

func TestInfoLengthMax(t *testing.T) {
	code := sampleCode()
	if got := pixid.InfoLengthMax(code.Key); got != 37 {
		t.Errorf("room beside an EVP = %d; want 37", got)
	}
	code.Info = strings.Repeat("x", pixid.InfoLengthMax(code.Key))
	if _, err := code.Encode(); err != nil {
		t.Errorf("a text that fills the room: %v", err)
	}
}

func BenchmarkParseBRCode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pixid.ParseBRCode(sample); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeBRCode(b *testing.B) {
	b.ReportAllocs()
	code := sampleCode()
	for b.Loop() {
		if _, err := code.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
