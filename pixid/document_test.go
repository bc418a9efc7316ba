package pixid_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
)

func TestParseDocument(t *testing.T) {
	tests := []struct{ rule, in, want string }{
		{"a CPF may come bare", "11144477735", "11144477735"},
		{"a CPF may come with punctuation", "111.444.777-35", "11144477735"},
		{"a CPF may come with some punctuation", "111444777-35", "11144477735"},
		{"a CPF may start with zeros", "000.000.001-91", "00000000191"},
		{"a remainder of 0 or 1 gives a zero", "100.016.383-00", "10001638300"},
		{"a numeric CNPJ may come bare", "11222333000181", "11222333000181"},
		{"a numeric CNPJ may come with punctuation", "11.222.333/0001-81", "11222333000181"},
		{"the official alphanumeric CNPJ is valid", "12.ABC.345/01DE-35", "12ABC34501DE35"},
		{"a CNPJ is raised to upper case", "12.abc.345/01de-35", "12ABC34501DE35"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := pixid.ParseDocument(test.in)
			if err != nil || string(got) != test.want {
				t.Fatalf("ParseDocument(%q) = %q, %v; want %q", test.in, got, err, test.want)
			}
			if again, err := pixid.ParseDocument(got.Formatted()); again != got || err != nil {
				t.Errorf("formatted %q reads as %q, %v", got.Formatted(), again, err)
			}
		})
	}
}

func TestParseDocumentRefuses(t *testing.T) {
	tests := []struct{ rule, in, reason string }{
		{"nothing", "", "11 or 14"},
		{"ten digits", "1114447773", "11 or 14"},
		{"twelve digits", "111444777350", "11 or 14"},
		{"a wrong first check digit", "11144477745", "check digits"},
		{"a wrong second check digit", "11144477734", "check digits"},
		{"a CPF of one repeated digit", "111.111.111-11", "repeats"},
		{"a CPF of zeros", "00000000000", "repeats"},
		{"a letter in a CPF", "1114447773A", "digits only"},
		{"a CNPJ of zeros", "00.000.000/0000-00", "zeros"},
		{"a wrong check digit in a CNPJ", "12.ABC.345/01DE-36", "check digits"},
		{"a letter among the check digits", "12ABC34501DE3A", "must be digits"},
		{"a space", "111 444 777 35", "character"},
		{"a letter of another alphabet that folds into ours", "12ABC34501DE3ſ", "character"},
		{"digits of another alphabet", "١١١٤٤", "character"},
		{"endless punctuation", strings.Repeat(".", 1000) + "11144477735", "too long"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := pixid.ParseDocument(test.in)
			refused(t, string(got), test.in, test.reason, err)
		})
	}
}

// refused asserts that parsing in gave nothing but an InvalidError that names reason and not in.
func refused(t *testing.T, got, in, reason string, err error) {
	t.Helper()
	var invalid *pixid.InvalidError
	if !errors.Is(err, pixid.ErrInvalid) || !errors.As(err, &invalid) {
		t.Fatalf("%q gave %q, %v; want an InvalidError", in, got, err)
	}
	if got != "" {
		t.Errorf("%q gave %q beside an error", in, got)
	}
	if !strings.Contains(invalid.Reason, reason) {
		t.Errorf("%q was refused because it %q; want %q", in, invalid.Reason, reason)
	}
	if len(in) > 3 && strings.Contains(err.Error(), in) {
		t.Errorf("error quotes what it refuses: %v", err)
	}
}

func TestParseCPFRefusesCNPJ(t *testing.T) {
	got, err := pixid.ParseCPF("11222333000181")
	refused(t, string(got), "11222333000181", "11 digits", err)
	got, err = pixid.ParseCNPJ("11144477735")
	refused(t, string(got), "11144477735", "14 characters", err)
}

// The remainders 0 and 1 both give the digit 0, so modulo 11 misses two kinds of single-digit slip:
// the first digit one off, where the first check digit is 0; and the sixth two off, where both are.
func TestCheckDigitsMissTwoSlips(t *testing.T) {
	for _, cpf := range []string{"10001638300", "00001638300", "10000006300", "10000206300"} {
		if _, err := pixid.ParseCPF(cpf); err != nil {
			t.Errorf("ParseCPF(%q): %v", cpf, err)
		}
	}
}

func TestDocumentShown(t *testing.T) {
	tests := []struct {
		document          pixid.Document
		formatted, masked string
		isCPF             bool
	}{
		{"11144477735", "111.444.777-35", "***.444.777-**", true},
		{"12ABC34501DE35", "12.ABC.345/01DE-35", "**.ABC.345/****-**", false},
		{"", "", "", false},
	}
	for _, test := range tests {
		if got := test.document.Formatted(); got != test.formatted {
			t.Errorf("%s formatted = %q; want %q", test.document, got, test.formatted)
		}
		if got := test.document.Masked(); got != test.masked {
			t.Errorf("%s masked = %q; want %q", test.document, got, test.masked)
		}
		if got := test.document.IsCPF(); got != test.isCPF {
			t.Errorf("%s is a CPF: %t", test.document, got)
		}
		if got := test.document.IsCNPJ(); got != (len(test.document) == 14) {
			t.Errorf("%s is a CNPJ: %t", test.document, got)
		}
	}
}

func TestLogsAreMasked(t *testing.T) {
	code := pixid.BRCode{Key: pixid.Key{Type: pixid.KeyEmail, Value: "fulano@exemplo.com.br"},
		MerchantName: "Fulano de Tal"}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("seen",
		"document", pixid.Document("11144477735"), "key", code.Key, "code", code)
	for _, secret := range []string{"11144477735", "111.444", "fulano", "Fulano"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("log tells %s: %s", secret, out.String())
		}
	}
	for _, shown := range []string{"***.444.777-**", "f***@exemplo.com.br"} {
		if !strings.Contains(out.String(), shown) {
			t.Errorf("log lacks %s: %s", shown, out.String())
		}
	}
}

func TestMadeUpDocumentsAreValid(t *testing.T) {
	if got, err := pixid.CPFWithCheckDigits("111444777"); got != "11144477735" || err != nil {
		t.Errorf("CPFWithCheckDigits = %q, %v", got, err)
	}
	got, err := pixid.CNPJWithCheckDigits("12ABC34501DE")
	if err != nil || got != "12ABC34501DE35" {
		t.Errorf("CNPJWithCheckDigits = %q, %v", got, err)
	}
	for _, base := range []string{"", "11144477", "1114447770", "11144477x", "111111111"} {
		if got, err := pixid.CPFWithCheckDigits(base); err == nil {
			t.Errorf("CPFWithCheckDigits(%q) = %q", base, got)
		}
	}
	for _, base := range []string{"", "12abc34501de", "000000000000"} {
		if got, err := pixid.CNPJWithCheckDigits(base); err == nil {
			t.Errorf("CNPJWithCheckDigits(%q) = %q", base, got)
		}
	}
	for _, n := range []uint64{0, 1, 7, 111111111, 333333333, 999999998, 999999999, 1<<64 - 1} {
		if _, err := pixid.ParseCPF(string(pixid.NewCPF(n))); err != nil {
			t.Errorf("NewCPF(%d): %v", n, err)
		}
		if _, err := pixid.ParseCNPJ(string(pixid.NewCNPJ(n))); err != nil {
			t.Errorf("NewCNPJ(%d): %v", n, err)
		}
	}
}
