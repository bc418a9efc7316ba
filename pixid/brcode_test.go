package pixid_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
)

// The sample of the BR Code manual: a static code without amount or txid.
const (
	sampleHead = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000" +
		"520400005303986"
	sampleTail = "5802BR5913Fulano de Tal6008BRASILIA62070503***"
	sample     = sampleHead + sampleTail + "63041D3D"
)

func sampleCode() pixid.BRCode {
	return pixid.BRCode{
		Key: pixid.Key{Type: pixid.KeyEVP, Value: evp}, MCC: "0000",
		MerchantName: "Fulano de Tal", City: "BRASILIA",
	}
}

// signed appends the right checksum to a code.
func signed(code string) string {
	code += "6304"
	return code + fmt.Sprintf("%04X", pixid.CRC16([]byte(code)))
}

// field is one field of a code, of the length its value has.
func field(id, value string) string { return fmt.Sprintf("%s%02d%s", id, len(value), value) }

func TestCRC16(t *testing.T) {
	if got := pixid.CRC16([]byte("123456789")); got != 0x29B1 {
		t.Errorf("CRC16 of the check value = %04X; want 29B1", got)
	}
	if got := pixid.CRC16(nil); got != 0xFFFF {
		t.Errorf("CRC16 of nothing = %04X; want FFFF", got)
	}
}

func TestSampleOfTheManual(t *testing.T) {
	got, err := pixid.ParseBRCode(sample)
	if err != nil || got != sampleCode() {
		t.Fatalf("ParseBRCode = %+v, %v", got, err)
	}
	if text, err := sampleCode().Encode(); text != sample || err != nil {
		t.Errorf("Encode = %q, %v; want %q", text, err, sample)
	}
}

func TestEncode(t *testing.T) {
	static, dynamic := "00020126330014br.gov.bcb.pix011111144477735", "000201010212"
	withCPF := sampleCode()
	withCPF.Key = pixid.Document("11144477735").Key()
	tests := []struct {
		rule string
		code func(*pixid.BRCode)
		want string
	}{
		{"an amount has two decimals", func(c *pixid.BRCode) {
			c.HasAmount, c.AmountCentavos, c.TxID = true, 1205, "PEDIDO7"
		}, static + "520400005303986540512.055802BR5913Fulano de Tal6008BRASILIA62110507PEDIDO7"},
		{"a centavo keeps its zeros", func(c *pixid.BRCode) {
			c.HasAmount, c.AmountCentavos = true, 1
		}, static + "52040000530398654040.01" + sampleTail},
		{"the greatest amount has 13 characters", func(c *pixid.BRCode) {
			c.HasAmount, c.AmountCentavos = true, 999999999999
		}, static + "52040000530398654139999999999.99" + sampleTail},
		{"names are folded to ASCII and cut", func(c *pixid.BRCode) {
			c.MerchantName = "João  Conceição\t& Filhos Limitada"
			c.City = "São José do Rio Preto"
		}, static + "5204000053039865802BR" +
			"5925Joao Conceicao & Filhos L6015Sao Jose do Rio62070503***"},
		{"what else is known is written in order", func(c *pixid.BRCode) {
			c.PointOfInitiation, c.MCC, c.PostalCode = pixid.InitiationMany, "5411", "70000000"
			c.Info, c.CashFacilitator, c.TxID = "Mesa 4", "12AB5678", pixid.NoTxID
		}, "00020101021126550014br.gov.bcb.pix0111111444777350206Mesa 4030812AB5678" +
			"5204541153039865802BR5913Fulano de Tal6008BRASILIA61087000000062070503***"},
		{"a dynamic code carries a URL in place of a key", func(c *pixid.BRCode) {
			*c = pixid.DynamicBRCode("pix.exemplo.com/qr/v2/7d3a", c.MerchantName, c.City)
		}, dynamic + "26480014br.gov.bcb.pix2526pix.exemplo.com/qr/v2/7d3a" +
			"520400005303986" + sampleTail},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			code := withCPF
			test.code(&code)
			got, err := code.Encode()
			if want := signed(test.want); got != want || err != nil {
				t.Fatalf("Encode = %v\n got %s\nwant %s", err, got, want)
			}
			if _, err := pixid.ParseBRCode(got); err != nil {
				t.Errorf("what was written does not read: %v", err)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	long := strings.Repeat("x", 80)
	tests := []struct {
		rule, field string
		spoil       func(*pixid.BRCode)
	}{
		{"no key", "26", func(c *pixid.BRCode) { c.Key = pixid.Key{} }},
		{"a key and a URL", "26", func(c *pixid.BRCode) { c.URL = "exemplo.com/1" }},
		{"a key of the wrong kind", "26-01", func(c *pixid.BRCode) { c.Key.Type = pixid.KeyCPF }},
		{"a text too long beside an EVP", "26", func(c *pixid.BRCode) { c.Info = long[:38] }},
		{"a text too long for any field", "26-02", func(c *pixid.BRCode) { c.Info = long + long }},
		{"a text with accents", "26-02", func(c *pixid.BRCode) { c.Info = "pão" }},
		{"a bad ISPB", "26-03", func(c *pixid.BRCode) { c.CashFacilitator = "1" }},
		{"a bad point of initiation", "01", func(c *pixid.BRCode) { c.PointOfInitiation = "13" }},
		{"a bad MCC", "52", func(c *pixid.BRCode) { c.MCC = "541" }},
		{"an amount of zero", "54", func(c *pixid.BRCode) { c.HasAmount = true }},
		{"a negative amount", "54", func(c *pixid.BRCode) {
			c.HasAmount, c.AmountCentavos = true, -1
		}},
		{"an amount of 14 characters", "54", func(c *pixid.BRCode) {
			c.HasAmount, c.AmountCentavos = true, 1_000_000_000_000
		}},
		{"an amount that would be forgotten", "54", func(c *pixid.BRCode) { c.AmountCentavos = 1 }},
		{"no payee", "59", func(c *pixid.BRCode) { c.MerchantName = "" }},
		{"a payee without a letter of ours", "59", func(c *pixid.BRCode) {
			c.MerchantName = "商店"
		}},
		{"no city", "60", func(c *pixid.BRCode) { c.City = "" }},
		{"a long postal code", "61", func(c *pixid.BRCode) { c.PostalCode = "70000-00000" }},
		{"a long txid", "62-05", func(c *pixid.BRCode) { c.TxID = "abcdefghijklmnopqrstuvwxyz" }},
		{"a txid with a space", "62-05", func(c *pixid.BRCode) { c.TxID = "PEDIDO 7" }},
		{"a scheme in a URL", "26-25", dynamic(func(c *pixid.BRCode) {
			c.URL = "https://exemplo.com/1"
		})},
		{"a URL without path", "26-25", dynamic(func(c *pixid.BRCode) { c.URL = "exemplo.com" })},
		{"a URL with a space", "26-25", dynamic(func(c *pixid.BRCode) { c.URL = "e.com/ 1" })},
		{"a long URL", "26-25", dynamic(func(c *pixid.BRCode) { c.URL = "e.com/" + long[:72] })},
		{"an amount in a dynamic code", "54", dynamic(func(c *pixid.BRCode) {
			c.HasAmount, c.AmountCentavos = true, 1
		})},
		{"a text in a dynamic code", "26-02", dynamic(func(c *pixid.BRCode) { c.Info = "Mesa 4" })},
		{"a txid in a dynamic code", "62-05", dynamic(func(c *pixid.BRCode) { c.TxID = "7" })},
		{"a bad txid in a dynamic code", "62-05", dynamic(func(c *pixid.BRCode) { c.TxID = "-" })},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			code := sampleCode()
			test.spoil(&code)
			got, err := code.Encode()
			refusedField(t, got, test.field, err)
		})
	}
}

func dynamic(spoil func(*pixid.BRCode)) func(*pixid.BRCode) {
	return func(c *pixid.BRCode) {
		*c = pixid.DynamicBRCode("exemplo.com/1", c.MerchantName, c.City)
		spoil(c)
	}
}

// refusedField asserts that nothing but a BRCodeError about field came out.
func refusedField(t *testing.T, got, field string, err error) {
	t.Helper()
	var invalid *pixid.BRCodeError
	if !errors.As(err, &invalid) || !errors.Is(err, pixid.ErrInvalidBRCode) ||
		!errors.Is(err, pixid.ErrInvalid) {
		t.Fatalf("got %q, %v; want a BRCodeError", got, err)
	}
	if invalid.Field != field || got != "" {
		t.Errorf("got %q, %v; want field %q refused", got, err, field)
	}
	if !strings.Contains(err.Error(), invalid.Field) ||
		!strings.Contains(err.Error(), invalid.Reason) {
		t.Errorf("error %q does not tell its facts", err)
	}
}

func TestFoldASCII(t *testing.T) {
	tests := []struct {
		rule, in string
		max      int
		want     string
	}{
		{"what fits is unchanged", " a  b ", 6, " a  b "},
		{"accents go", "Ação Über Ñandú", 25, "Acao Uber Nandu"},
		{"letters without marks are spelled out", "Straße Ærø Łódź", 25, "Strasse AEro Lodz"},
		{"ligatures and full width are plain", "ﬁ Ｐｉｘ 1º", 25, "fi Pix 1o"},
		{"white space is one space", "\u00a0Casa\r\n\t da  Mãe ", 25, "Casa da Mae"},
		{"a cut leaves no space at the end", "Casa da Mãe", 8, "Casa da"},
		{"a cut falls inside what one letter became", "éß", 2, "es"},
		{"long ASCII is cut", "abcdef", 3, "abc"},
		{"what has no likeness vanishes", "商店 Pix 🙂", 25, "Pix"},
		{"nothing may be left", "商店", 25, ""},
		{"broken UTF-8 vanishes", "a\xffb", 25, "ab"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			if got := pixid.FoldASCII(test.in, test.max); got != test.want {
				t.Errorf("FoldASCII(%q, %d) = %q; want %q", test.in, test.max, got, test.want)
			}
		})
	}
}
