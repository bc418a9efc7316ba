package pixid

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// ErrInvalidBRCode says that a text is no BR Code, or that a BRCode cannot be written as one.
var ErrInvalidBRCode = errors.New("invalid BR Code")

// BRCodeError tells which field of a BR Code was refused and why, never quoting its value. It
// matches ErrInvalidBRCode and ErrInvalid.
type BRCodeError struct {
	Field  string // "54", or "26-01" inside a template; empty for the code as a whole
	Reason string // "must have 4 digits"
}

func (e *BRCodeError) Error() string {
	if e.Field == "" {
		return "invalid BR Code: " + e.Reason
	}
	return "invalid BR Code: field " + e.Field + " " + e.Reason
}

// Is reports whether target is ErrInvalidBRCode or ErrInvalid.
func (e *BRCodeError) Is(target error) bool {
	return target == ErrInvalidBRCode || target == ErrInvalid
}

func badField(field, reason string) error { return &BRCodeError{Field: field, Reason: reason} }

// Points of initiation: how often a code may be paid (BR Code manual, field 01).
const (
	InitiationMany = "11"
	InitiationOnce = "12"
)

const (
	brCodeLengthMax       = 512 // EMV QRCPS merchant-presented mode
	brCodeGUI             = "br.gov.bcb.pix"
	brCodeURLMax          = 77
	brCodeNameMax         = 25
	brCodeCityMax         = 15
	brCodePostalMax       = 10
	brCodeAmountMax       = 13
	brCodeAmountLimit     = 9_999_999_999_99 // centavos; the most that 13 characters can say
	brCodeMCCNone         = "0000"
	brCodeCurrencyReal    = "986"
	brCodeCountry         = "BR"
	brCodeChecksum        = "63"
	brCodeTemplateFirst   = "26"
	brCodeTemplateLast    = "51"
	brCodeChecksumLength  = 4
	brCodeAmountFractions = 2
)

// BRCode is what a Pix QR code says (BR Code manual). A static code carries a key and is paid as it
// stands; a dynamic one carries the URL of a signed payload, which rules over whatever else the
// code says. Fields left out of a code are empty. BRCodes that say the same are ==.
type BRCode struct {
	PointOfInitiation string // 01: empty, InitiationMany or InitiationOnce
	Key               Key    // 26-01: static codes only
	Info              string // 26-02: free text for the payer
	CashFacilitator   ISPB   // 26-03: who hands out the cash in a Pix Saque
	URL               string // 26-25: dynamic codes only, without https://
	MCC               string // 52: the payee's trade, 0000 when not told
	HasAmount         bool   // whether 54 fixes the amount
	AmountCentavos    int64  // 54: 0 unless HasAmount
	MerchantName      string // 59: the payee
	City              string // 60: the payee's
	PostalCode        string // 61: the payee's
	TxID              TxID   // 62-05: empty when the code says ***
}

// DynamicBRCode is a code for one payment of the charge whose payload is at url, without https://.
func DynamicBRCode(url, merchantName, city string) BRCode {
	return BRCode{
		PointOfInitiation: InitiationOnce, URL: url, MerchantName: merchantName, City: city,
	}
}

// ParseBRCode reads the text of a Pix QR code (Pix copia e cola). It verifies the checksum and
// every field it knows, skips those it does not know, and takes an amount of zero for none, as some
// payees write it. What a dynamic code should not carry but does, such as an amount or a txid, is
// kept.
func ParseBRCode(s string) (BRCode, error) {
	code, err := readBRCode(s)
	if err != nil {
		return BRCode{}, err
	}
	pix, err := findPix(code)
	if err != nil {
		return BRCode{}, err
	}
	additional, err := readTLV("62", code.find("62"))
	if err != nil {
		return BRCode{}, err
	}
	c := BRCode{
		PointOfInitiation: code.find("01"),
		Info:              pix.find("02"),
		CashFacilitator:   ISPB(pix.find("03")),
		URL:               pix.find("25"),
		MCC:               code.find("52"),
		MerchantName:      code.find("59"),
		City:              code.find("60"),
		PostalCode:        code.find("61"),
	}
	if txID := TxID(additional.find("05")); txID != NoTxID {
		c.TxID = txID
	}
	if key := pix.find("01"); key != "" {
		if c.Key, err = ParseKey(key); err != nil {
			return BRCode{}, badField("26-01", "is no Pix key")
		}
	}
	if amount := code.find("54"); amount != "" {
		if c.AmountCentavos, err = parseAmount(amount); err != nil {
			return BRCode{}, err
		}
		c.HasAmount = c.AmountCentavos > 0
	}
	if err := c.check(); err != nil {
		return BRCode{}, err
	}
	return c, nil
}

// IsDynamic reports whether the code refers to a payload instead of carrying a key.
func (c BRCode) IsDynamic() bool { return c.URL != "" }

// LogValue tells a code apart without naming the payee.
func (c BRCode) LogValue() slog.Value {
	return slog.GroupValue(slog.Bool("dynamic", c.IsDynamic()),
		slog.String("key", c.Key.Masked()), slog.String("txid", string(c.TxID)))
}

// readBRCode checks what frames every code: field 00 first, fields that exclude all but reais and
// Brazil, and last the checksum over all that goes before its four digits. It finds the checksum by
// walking there, since "6304" may also occur inside a value.
func readBRCode(s string) (tlvTemplate, error) {
	if len(s) > brCodeLengthMax {
		return nil, badField("", "must have at most 512 characters")
	}
	if !every(s, isPrintable) {
		return nil, badField("", "holds a character outside printable ASCII")
	}
	code, err := readTLV("", s)
	if err != nil {
		return nil, err
	}
	if len(code) == 0 || code[0].id != "00" || code[0].value != "01" {
		return nil, badField("00", "must come first and be 01")
	}
	last := code[len(code)-1]
	if last.id != brCodeChecksum || len(last.value) != brCodeChecksumLength {
		return nil, badField(brCodeChecksum, "must come last and have 4 characters")
	}
	if checksum(s[:len(s)-brCodeChecksumLength]) != strings.ToUpper(last.value) {
		return nil, badField(brCodeChecksum, "does not match the rest of the code")
	}
	if code.find("53") != brCodeCurrencyReal {
		return nil, badField("53", "must be 986, the real")
	}
	if code.find("58") != brCodeCountry {
		return nil, badField("58", "must be BR")
	}
	return code, nil
}

// findPix picks the template of Pix, which the GUI tells from those of other arrangements. It
// stands in field 26 as a rule, but may stand in any up to 51.
func findPix(code tlvTemplate) (tlvTemplate, error) {
	var pix tlvTemplate
	for _, f := range code {
		if f.id < brCodeTemplateFirst || f.id > brCodeTemplateLast {
			continue
		}
		account, err := readTLV(f.id, f.value)
		if err != nil {
			return nil, err
		}
		if !strings.EqualFold(account.find("00"), brCodeGUI) {
			continue
		}
		if pix != nil {
			return nil, badField(f.id, "is a second template of Pix")
		}
		pix = account
	}
	if pix == nil {
		return nil, badField(brCodeTemplateFirst, "must be a template of br.gov.bcb.pix")
	}
	return pix, nil
}

// parseAmount reads reais with a dot and up to two decimals, or none, as centavos.
func parseAmount(s string) (int64, error) {
	units, fraction, dotted := strings.Cut(s, ".")
	switch {
	case len(s) > brCodeAmountMax:
		return 0, badField("54", "must have at most 13 characters")
	case units == "" || !every(units, isDigit) || !every(fraction, isDigit):
		return 0, badField("54", "must be digits with at most one dot")
	case dotted && fraction == "" || len(fraction) > brCodeAmountFractions:
		return 0, badField("54", "must have one or two digits after the dot")
	}
	fraction += "00"[len(fraction):]
	centavos, err := strconv.ParseInt(units+fraction, 10, 64)
	if err != nil || centavos > brCodeAmountLimit {
		return 0, badField("54", "is too great")
	}
	return centavos, nil
}

func checksum(code string) string { return fmt.Sprintf("%04X", CRC16([]byte(code))) }
