package pixid

import (
	"fmt"
	"log/slog"
	"strings"
)

const (
	cpfLength         = 11
	cnpjLength        = 14
	documentLengthMax = len("12.ABC.345/01DE-35")
)

// Document is the tax number of a person (CPF, 11 digits) or of a company (CNPJ, 12 digits or
// upper-case letters and 2 check digits, as IN RFB 2229/2024 has it since July 2026). It carries no
// punctuation, and its check digits are right. It may start with zeros, so it is never a number.
type Document string

// ParseDocument reads a CPF or a CNPJ, told apart by length. Dots, hyphens and slashes are dropped,
// letters are raised to upper case.
func ParseDocument(s string) (Document, error) {
	bare, err := stripDocument("document", s)
	if err != nil {
		return "", err
	}
	switch len(bare) {
	case cpfLength:
		return checkCPF(bare)
	case cnpjLength:
		return checkCNPJ(bare)
	}
	return "", invalid("document", "must have 11 or 14 characters besides punctuation")
}

// ParseCPF reads a CPF with or without punctuation. The eleven repetitions of one digit satisfy the
// arithmetic but belong to nobody, and are refused.
func ParseCPF(s string) (Document, error) {
	bare, err := stripDocument("CPF", s)
	if err != nil {
		return "", err
	}
	return checkCPF(bare)
}

// ParseCNPJ reads a CNPJ, numeric or alphanumeric (IN RFB 2229/2024), with or without punctuation.
func ParseCNPJ(s string) (Document, error) {
	bare, err := stripDocument("CNPJ", s)
	if err != nil {
		return "", err
	}
	return checkCNPJ(bare)
}

// IsCPF reports whether the document is that of a person.
func (d Document) IsCPF() bool { return len(d) == cpfLength }

// IsCNPJ reports whether the document is that of a company.
func (d Document) IsCNPJ() bool { return len(d) == cnpjLength }

// Key is the Pix key that consists of the document itself (DICT).
func (d Document) Key() Key {
	if d.IsCPF() {
		return Key{Type: KeyCPF, Value: string(d)}
	}
	return Key{Type: KeyCNPJ, Value: string(d)}
}

// Formatted is the document with its customary punctuation: 111.444.777-35, 12.ABC.345/01DE-35.
func (d Document) Formatted() string {
	switch len(d) {
	case cpfLength:
		return string(d[:3] + "." + d[3:6] + "." + d[6:9] + "-" + d[9:])
	case cnpjLength:
		return string(d[:2] + "." + d[2:5] + "." + d[5:8] + "/" + d[8:12] + "-" + d[12:])
	}
	return string(d)
}

// Masked is the document as a payer may see another's: ***.444.777-** for a CPF, as the DICT manual
// has it, and **.ABC.345/****-** for a CNPJ.
func (d Document) Masked() string {
	switch len(d) {
	case cpfLength:
		return string("***." + d[3:6] + "." + d[6:9] + "-**")
	case cnpjLength:
		return string("**." + d[2:5] + "." + d[5:8] + "/****-**")
	}
	return strings.Repeat("*", len(d))
}

// LogValue masks the document, so that logs hold none in full.
func (d Document) LogValue() slog.Value { return slog.StringValue(d.Masked()) }

// CPFWithCheckDigits appends the two check digits to the first nine digits of a CPF.
// It is meant for made-up documents: base 111444777 gives 11144477735.
func CPFWithCheckDigits(base string) (Document, error) {
	if len(base) != cpfLength-2 || !every(base, isDigit) {
		return "", invalid("CPF base", "must have 9 digits")
	}
	return checkCPF(withCheckDigits(base, cpfWeightMax))
}

// CNPJWithCheckDigits appends the two check digits to the first twelve characters of a CNPJ.
// It is meant for made-up documents: base 12ABC34501DE gives 12ABC34501DE35.
func CNPJWithCheckDigits(base string) (Document, error) {
	if len(base) != cnpjLength-2 || !every(base, isDigitOrUpper) {
		return "", invalid("CNPJ base", "must have 12 digits or upper-case letters")
	}
	return checkCNPJ(withCheckDigits(base, cnpjWeightMax))
}

// NewCPF makes up a valid CPF for tests and demonstrations, the same for the same n. Only the last
// nine digits of n count; where they repeat one digit, as in 111111111, n gives the CPF of its
// neighbour.
func NewCPF(n uint64) Document {
	base := fmt.Sprintf("%09d", n%1e9)
	if isRepeated(base) {
		base = fmt.Sprintf("%09d", n%1e9^1)
	}
	return Document(withCheckDigits(base, cpfWeightMax))
}

// NewCNPJ makes up a valid CNPJ for tests and demonstrations, the same for the same n, of which
// only the last eight digits count. It is that of branch 9999, which hardly any company has.
func NewCNPJ(n uint64) Document {
	return Document(withCheckDigits(fmt.Sprintf("%08d9999", n%1e8), cnpjWeightMax))
}

func stripDocument(what, s string) (string, error) {
	if len(s) > documentLengthMax {
		return "", invalid(what, "too long")
	}
	bare := make([]byte, 0, documentLengthMax)
	for i := range len(s) {
		switch c := upper(s[i]); {
		case c == '.' || c == '-' || c == '/':
		case isDigitOrUpper(c):
			bare = append(bare, c)
		default:
			return "", invalid(what, "holds a character that belongs in no document")
		}
	}
	return string(bare), nil
}

// checkCPF and checkCNPJ take what stripDocument gives: digits and upper-case letters.
func checkCPF(bare string) (Document, error) {
	switch {
	case len(bare) != cpfLength:
		return "", invalid("CPF", "must have 11 digits")
	case !every(bare, isDigit):
		return "", invalid("CPF", "must have digits only")
	case isRepeated(bare):
		return "", invalid("CPF", "repeats one digit")
	case withCheckDigits(bare[:cpfLength-2], cpfWeightMax) != bare:
		return "", invalid("CPF", "check digits do not match")
	}
	return Document(bare), nil
}

func checkCNPJ(bare string) (Document, error) {
	switch {
	case len(bare) != cnpjLength:
		return "", invalid("CNPJ", "must have 14 characters")
	case !every(bare[cnpjLength-2:], isDigit):
		return "", invalid("CNPJ", "check digits must be digits")
	case bare == "00000000000000":
		return "", invalid("CNPJ", "is all zeros")
	case withCheckDigits(bare[:cnpjLength-2], cnpjWeightMax) != bare:
		return "", invalid("CNPJ", "check digits do not match")
	}
	return Document(bare), nil
}

// Weights count from 2 at the right-most character upwards; past weightMax a CNPJ starts over at 2.
// A CPF is too short to reach its own limit.
const (
	cpfWeightMax  = 11
	cnpjWeightMax = 9
)

func withCheckDigits(base string, weightMax int) string {
	for range 2 {
		base += string(checkDigit(base, weightMax))
	}
	return base
}

// checkDigit is modulo 11. A character counts as its ASCII code less 48, so that A is 17 (IN RFB
// 2229/2024).
func checkDigit(base string, weightMax int) byte {
	sum, weight := 0, 2
	for i := len(base) - 1; i >= 0; i-- {
		sum += int(base[i]-'0') * weight
		weight++
		if weight > weightMax {
			weight = 2
		}
	}
	if sum%11 < 2 {
		return '0'
	}
	return byte('0' + 11 - sum%11)
}

func isRepeated(s string) bool { return s == strings.Repeat(s[:1], len(s)) }
