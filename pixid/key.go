package pixid

import (
	"log/slog"
	"strings"
)

// KeyType is a kind of Pix key. The zero KeyType is none; DICT announces that further kinds may
// come.
type KeyType uint8

// The kinds of Pix key that DICT knows.
const (
	KeyCPF   KeyType = iota + 1 // a person's document
	KeyCNPJ                     // a company's document
	KeyPhone                    // a phone number, in practice a mobile
	KeyEmail                    // an e-mail address
	KeyEVP                      // a random key (endereço virtual de pagamento), issued by DICT
)

// String is the kind's name in DICT.
func (t KeyType) String() string {
	switch t {
	case KeyCPF:
		return "CPF"
	case KeyCNPJ:
		return "CNPJ"
	case KeyPhone:
		return "PHONE"
	case KeyEmail:
		return "EMAIL"
	case KeyEVP:
		return "EVP"
	}
	return "none"
}

const (
	emailLengthMax  = 77 // what a BR Code has room for beside the GUI
	domainLabelMax  = 63
	evpLength       = 36
	evpBareLength   = 32
	phoneLengthMin  = 2 // digits after the plus sign
	phoneLengthMax  = 15
	phoneSpacedMax  = 32 // characters of a phone number with its spaces and signs
	brazilAreaFixed = 10 // digits of area and landline number
	brazilAreaCell  = 11 // digits of area and mobile number
)

// Key is a Pix key (chave) written as DICT writes it: documents without punctuation, phones in
// E.164, e-mail and EVP in lower case. Equal keys are ==. The zero Key is none.
type Key struct {
	Type  KeyType
	Value string
}

// ParseKey reads a key and tells its kind from its looks: an at sign makes an e-mail, a leading
// plus a phone, 36 or 32 characters an EVP, and past punctuation 14 a CNPJ and 11 a CPF. Eleven
// bare digits are thus a CPF and never a phone; where the kind is known, ParseKeyAs is the better
// choice.
func ParseKey(s string) (Key, error) {
	switch {
	case s == "":
		return Key{}, invalid("key", "is empty")
	case strings.Contains(s, "@"):
		return ParseKeyAs(KeyEmail, s)
	case s[0] == '+':
		return ParseKeyAs(KeyPhone, s)
	case len(s) == evpLength || len(s) == evpBareLength:
		return ParseKeyAs(KeyEVP, s)
	}
	document, err := ParseDocument(s)
	if err != nil {
		return Key{}, err
	}
	return document.Key(), nil
}

// ParseKeyAs reads a key of a known kind. A phone may be spelled with or without +55, spaces,
// hyphens, dots and parentheses; an EVP with or without hyphens.
func ParseKeyAs(t KeyType, s string) (Key, error) {
	var value string
	var err error
	switch t {
	case KeyCPF, KeyCNPJ:
		value, err = parseDocumentKey(t, s)
	case KeyPhone:
		value, err = parsePhone(s)
	case KeyEmail:
		value, err = parseEmail(s)
	case KeyEVP:
		value, err = parseEVP(s)
	default:
		err = invalid("key", "is of an unknown kind")
	}
	if err != nil {
		return Key{}, err
	}
	return Key{Type: t, Value: value}, nil
}

// Masked is the key with most of what identifies its owner starred out.
func (k Key) Masked() string {
	switch k.Type {
	case KeyCPF, KeyCNPJ:
		return Document(k.Value).Masked()
	case KeyEmail:
		if at := strings.IndexByte(k.Value, '@'); at > 0 {
			return k.Value[:1] + "***" + k.Value[at:]
		}
	case KeyPhone:
		if len(k.Value) > 8 {
			return "***" + k.Value[len(k.Value)-4:]
		}
	case KeyEVP:
		if len(k.Value) == evpLength {
			return k.Value[:8] + "-***"
		}
	}
	return "***"
}

// LogValue masks the key, so that logs hold none in full.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(slog.String("type", k.Type.String()), slog.String("value", k.Masked()))
}

func parseDocumentKey(t KeyType, s string) (string, error) {
	parse := ParseCPF
	if t == KeyCNPJ {
		parse = ParseCNPJ
	}
	document, err := parse(s)
	return string(document), err
}

// parsePhone gives E.164, the plus sign and digits. DICT wants no more than `+[1-9]\d{1,14}`; of a
// Brazilian number we also know the length. Bare digits are Brazilian, and length tells 55 the
// country from 55 the area.
func parsePhone(s string) (string, error) {
	if len(s) > phoneSpacedMax {
		return "", invalid("phone", "too long")
	}
	digits := make([]byte, 0, phoneSpacedMax)
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			digits = append(digits, c)
		case c == '+' && i == 0:
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')':
		default:
			return "", invalid("phone", "holds a character that belongs in no phone number")
		}
	}
	number := string(digits)
	national, brazilian := strings.CutPrefix(number, "55")
	if !strings.HasPrefix(s, "+") {
		if len(number) <= brazilAreaCell {
			national = number
		} else if !brazilian {
			return "", invalid("phone", "needs a plus sign before the country")
		}
		brazilian = true
	}
	if !brazilian {
		if len(number) < phoneLengthMin || len(number) > phoneLengthMax || number[0] == '0' {
			return "", invalid("phone", "must have 2 to 15 digits and start with the country")
		}
		return "+" + number, nil
	}
	if len(national) != brazilAreaFixed && len(national) != brazilAreaCell || national[0] == '0' {
		return "", invalid("phone", "must have a Brazilian area and 8 or 9 digits")
	}
	return "+55" + national, nil
}

// parseEmail holds to the pattern of DICT, which leaves out the percent sign, and wants a dot in
// the domain.
func parseEmail(s string) (string, error) {
	if len(s) > emailLengthMax {
		return "", invalid("e-mail", "must have at most 77 characters")
	}
	folded := make([]byte, len(s))
	for i := range len(s) {
		folded[i] = lower(s[i])
	}
	local, domain, found := strings.Cut(string(folded), "@")
	if !found || local == "" || !every(local, isEmailLocal) {
		return "", invalid("e-mail", "needs a sound name before the at sign")
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return "", invalid("e-mail", "needs a dot in its domain")
	}
	for _, label := range labels {
		if !isDomainLabel(label) {
			return "", invalid("e-mail", "needs a sound domain")
		}
	}
	return string(folded), nil
}

func isEmailLocal(c byte) bool {
	return isDigit(c) || isLower(c) || strings.IndexByte(".!#$&'*+/=?^_`{|}~-", c) >= 0
}

func isDomainLabel(label string) bool {
	if label == "" || len(label) > domainLabelMax || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	return every(label, func(c byte) bool { return isDigit(c) || isLower(c) || c == '-' })
}

// parseEVP reads a UUID in any case, with all four hyphens (RFC 4122) or with none.
func parseEVP(s string) (string, error) {
	if len(s) == evpBareLength {
		s = s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	if len(s) != evpLength {
		return "", invalid("EVP", "must be a UUID")
	}
	folded := make([]byte, evpLength)
	for i := range evpLength {
		c := lower(s[i])
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (c == '-') || !hyphen && !isHexLower(c) {
			return "", invalid("EVP", "must be a UUID")
		}
		folded[i] = c
	}
	return string(folded), nil
}

func isHexLower(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' }
