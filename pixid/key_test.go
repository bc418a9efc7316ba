package pixid_test

import (
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
)

const evp = "123e4567-e12b-12d1-a456-426655440000"

func TestParseKeyTellsTheKind(t *testing.T) {
	tests := []struct {
		rule, in string
		kind     pixid.KeyType
		want     string
	}{
		{"an at sign makes an e-mail", "Fulano@Exemplo.com", pixid.KeyEmail, "fulano@exemplo.com"},
		{"an at sign goes before a plus", "+55@exemplo.com", pixid.KeyEmail, "+55@exemplo.com"},
		{"a plus makes a phone", "+55 (11) 90000-1234", pixid.KeyPhone, "+5511900001234"},
		{"DICT's own sample phone has area 10", "+5510998765432", pixid.KeyPhone, "+5510998765432"},
		{"a plus may go abroad", "+12025550123", pixid.KeyPhone, "+12025550123"},
		{"36 characters make an EVP", strings.ToUpper(evp), pixid.KeyEVP, evp},
		{"32 hex digits make an EVP", strings.ReplaceAll(evp, "-", ""), pixid.KeyEVP, evp},
		{"14 characters make a CNPJ", "12abc34501de35", pixid.KeyCNPJ, "12ABC34501DE35"},
		{"11 digits make a CPF", "11144477735", pixid.KeyCPF, "11144477735"},
		{"punctuation does not make a CPF a CNPJ", "111.444.777-35", pixid.KeyCPF, "11144477735"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := pixid.ParseKey(test.in)
			if err != nil || got != (pixid.Key{Type: test.kind, Value: test.want}) {
				t.Fatalf("ParseKey(%q) = %v, %v", test.in, got, err)
			}
			if as, err := pixid.ParseKeyAs(test.kind, test.in); err != nil || as != got {
				t.Errorf("ParseKeyAs(%v, %q) = %v, %v", test.kind, test.in, as, err)
			}
		})
	}
}

func TestParsePhoneTakesEverySpelling(t *testing.T) {
	tests := map[string]string{
		"+5511900001234":       "+5511900001234",
		"5511900001234":        "+5511900001234",
		"11900001234":          "+5511900001234",
		"(11) 90000-1234":      "+5511900001234",
		"+55 (11) 9 0000.1234": "+5511900001234",
		"55 11 90000 1234":     "+5511900001234",
		"1130001234":           "+551130001234",
		"551130001234":         "+551130001234",
		"55900001234":          "+5555900001234", // area 55, not the country
		"5530001234":           "+555530001234",
		"5555900001234":        "+5555900001234",
		"+351900001234":        "+351900001234",
		"+123456789012345":     "+123456789012345",
	}
	for in, want := range tests {
		got, err := pixid.ParseKeyAs(pixid.KeyPhone, in)
		if err != nil || got.Value != want {
			t.Errorf("phone %q = %q, %v; want %q", in, got.Value, err, want)
		}
	}
}

func TestParseKeyAsRefuses(t *testing.T) {
	longest := strings.Repeat("a", 77-len("@exemplo.com")) + "@exemplo.com"
	if _, err := pixid.ParseKeyAs(pixid.KeyEmail, longest); err != nil {
		t.Errorf("an e-mail of 77 characters: %v", err)
	}
	tests := []struct {
		rule string
		kind pixid.KeyType
		in   string
	}{
		{"an unknown kind", 0, "11144477735"},
		{"a CNPJ as a CPF", pixid.KeyCPF, "11222333000181"},
		{"a CPF as a CNPJ", pixid.KeyCNPJ, "11144477735"},
		{"a phone without area", pixid.KeyPhone, "900001234"},
		{"a phone with a trunk zero", pixid.KeyPhone, "011900001234"},
		{"a foreign phone without plus", pixid.KeyPhone, "351900001234"},
		{"a Brazilian phone one digit short", pixid.KeyPhone, "+55119000123"},
		{"a Brazilian phone one digit long", pixid.KeyPhone, "+55119000012345"},
		{"a Brazilian area that starts with zero", pixid.KeyPhone, "+5501900001234"},
		{"a phone of 16 digits", pixid.KeyPhone, "+1234567890123456"},
		{"a country that starts with zero", pixid.KeyPhone, "+012025550123"},
		{"a plus in the middle", pixid.KeyPhone, "55+11900001234"},
		{"nothing but a plus", pixid.KeyPhone, "+"},
		{"no phone at all", pixid.KeyPhone, ""},
		{"letters in a phone", pixid.KeyPhone, "+55119ABCD1234"},
		{"endless spaces", pixid.KeyPhone, strings.Repeat(" ", 99) + "11900001234"},
		{"an e-mail of 78 characters", pixid.KeyEmail, "a" + longest},
		{"a percent sign", pixid.KeyEmail, "fulano%x@exemplo.com"},
		{"an e-mail without name", pixid.KeyEmail, "@exemplo.com"},
		{"an e-mail without at sign", pixid.KeyEmail, "exemplo.com"},
		{"an e-mail without domain", pixid.KeyEmail, "fulano@"},
		{"two at signs", pixid.KeyEmail, "fulano@x@exemplo.com"},
		{"a domain without dot", pixid.KeyEmail, "fulano@exemplo"},
		{"a domain with an empty label", pixid.KeyEmail, "fulano@exemplo..com"},
		{"a label that starts with a hyphen", pixid.KeyEmail, "fulano@-exemplo.com"},
		{"a space in an e-mail", pixid.KeyEmail, "fulano de@exemplo.com"},
		{"a Kelvin sign that folds to k", pixid.KeyEmail, "\u212Aa@exemplo.com"},
		{"a short EVP", pixid.KeyEVP, evp[:35]},
		{"an EVP with misplaced hyphens", pixid.KeyEVP, "123e4567e-12b-12d1-a456-426655440000"},
		{"an EVP that is not hexadecimal", pixid.KeyEVP, "g23e4567-e12b-12d1-a456-426655440000"},
		{"a bare EVP with hyphens at the joints", pixid.KeyEVP, "123e4567-12b12d1a456426655440000"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := pixid.ParseKeyAs(test.kind, test.in)
			refused(t, got.Value, test.in, "", err)
		})
	}
	for _, in := range []string{"", "chave", "900001234", "(11) 90000-1234", "5511900001234"} {
		got, err := pixid.ParseKey(in)
		refused(t, got.Value, in, "", err)
	}
}

func TestKeyMasked(t *testing.T) {
	tests := []struct {
		key  pixid.Key
		want string
	}{
		{pixid.Key{Type: pixid.KeyCPF, Value: "11144477735"}, "***.444.777-**"},
		{pixid.Key{Type: pixid.KeyCNPJ, Value: "12ABC34501DE35"}, "**.ABC.345/****-**"},
		{pixid.Key{Type: pixid.KeyEmail, Value: "fulano@exemplo.com"}, "f***@exemplo.com"},
		{pixid.Key{Type: pixid.KeyPhone, Value: "+5511900001234"}, "***1234"},
		{pixid.Key{Type: pixid.KeyPhone, Value: "+123456"}, "***"},
		{pixid.Key{Type: pixid.KeyEVP, Value: evp}, "123e4567-***"},
		{pixid.Key{}, "***"},
	}
	for _, test := range tests {
		if got := test.key.Masked(); got != test.want {
			t.Errorf("%v key masked = %q; want %q", test.key.Type, got, test.want)
		}
	}
}

func TestKeyTypeString(t *testing.T) {
	want := []string{"none", "CPF", "CNPJ", "PHONE", "EMAIL", "EVP", "none"}
	for i, name := range want {
		if got := pixid.KeyType(i).String(); got != name {
			t.Errorf("KeyType(%d) = %q; want %q", i, got, name)
		}
	}
}
