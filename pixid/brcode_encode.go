package pixid

import (
	"fmt"
	"strings"
)

// Encode writes the text of the QR code as the BR Code manual wants it. MerchantName and City are
// folded to ASCII and cut to 25 and 15 characters; an empty MCC is written as 0000 and an empty
// TxID as ***. PointOfInitiation is written as it is, even when empty; DynamicBRCode sets it. A
// dynamic code with an amount, a text or a txid is refused, since these belong in its payload.
func (c BRCode) Encode() (string, error) {
	c = c.folded()
	if err := c.check(); err != nil {
		return "", err
	}
	if err := c.checkDynamic(); err != nil {
		return "", err
	}
	amount := ""
	if c.HasAmount {
		amount = fmt.Sprintf("%d.%02d", c.AmountCentavos/100, c.AmountCentavos%100)
	}
	txID := c.TxID
	if txID == "" {
		txID = NoTxID
	}
	additional := tlvTemplate{{"05", string(txID)}}
	var code tlvTemplate
	code.put("00", "01")
	code.put("01", c.PointOfInitiation)
	code.put("26", c.pixTemplate().String())
	code.put("52", c.MCC)
	code.put("53", brCodeCurrencyReal)
	code.put("54", amount)
	code.put("58", brCodeCountry)
	code.put("59", c.MerchantName)
	code.put("60", c.City)
	code.put("61", c.PostalCode)
	code.put("62", additional.String())
	covered := code.String() + brCodeChecksum + "04"
	return covered + checksum(covered), nil
}

func (c BRCode) pixTemplate() tlvTemplate {
	var pix tlvTemplate
	pix.put("00", brCodeGUI)
	pix.put("01", c.Key.Value)
	pix.put("02", c.Info)
	pix.put("03", string(c.CashFacilitator))
	pix.put("25", c.URL)
	return pix
}

func (c BRCode) folded() BRCode {
	c.MerchantName = FoldASCII(c.MerchantName, brCodeNameMax)
	c.City = FoldASCII(c.City, brCodeCityMax)
	if c.MCC == "" {
		c.MCC = brCodeMCCNone
	}
	if c.TxID == NoTxID {
		c.TxID = ""
	}
	return c
}

// check holds for every code, read or to be written, so that a code once read can be written again,
// save for what checkDynamic adds.
func (c BRCode) check() error {
	switch {
	case c.PointOfInitiation != "" && c.PointOfInitiation != InitiationMany &&
		c.PointOfInitiation != InitiationOnce:
		return badField("01", "must be 11 or 12")
	case !isText(c.MerchantName, brCodeNameMax) || c.MerchantName == "":
		return badField("59", "must name the payee in 1 to 25 characters of ASCII")
	case !isText(c.City, brCodeCityMax) || c.City == "":
		return badField("60", "must name the city in 1 to 15 characters of ASCII")
	case !isText(c.PostalCode, brCodePostalMax):
		return badField("61", "must have at most 10 characters of ASCII")
	case len(c.MCC) != len(brCodeMCCNone) || !every(c.MCC, isDigit):
		return badField("52", "must have 4 digits")
	case c.HasAmount && (c.AmountCentavos <= 0 || c.AmountCentavos > brCodeAmountLimit):
		return badField("54", "must be at least 0.01 and at most 9999999999.99")
	case !c.HasAmount && c.AmountCentavos != 0:
		return badField("54", "is given but not said to be there")
	}
	if err := c.checkPix(); err != nil {
		return err
	}
	return c.checkTxID()
}

func (c BRCode) checkPix() error {
	hasKey := c.Key != Key{}
	if hasKey == c.IsDynamic() {
		return badField("26", "must hold either a key or a URL")
	}
	if hasKey {
		if key, err := ParseKey(c.Key.Value); err != nil || key != c.Key {
			return badField("26-01", "is no Pix key as DICT writes it")
		}
	}
	if !isText(c.Info, tlvValueMax) {
		return badField("26-02", "must be ASCII")
	}
	if c.CashFacilitator != "" {
		if _, err := ParseISPB(string(c.CashFacilitator)); err != nil {
			return badField("26-03", "must be an ISPB")
		}
	}
	if c.IsDynamic() && !isPayloadURL(c.URL) {
		return badField("26-25", "must be a host and a path of at most 77 characters")
	}
	if len(c.pixTemplate().String()) > tlvValueMax {
		return badField("26", "must have at most 99 characters with all it holds")
	}
	return nil
}

func (c BRCode) checkTxID() error {
	if c.TxID == "" {
		return nil
	}
	if c.IsDynamic() {
		if _, err := ParseReceivedTxID(string(c.TxID)); err != nil {
			return badField("62-05", "must have at most 35 letters or digits")
		}
		return nil
	}
	if _, err := ParseStaticTxID(string(c.TxID)); err != nil || c.TxID == NoTxID {
		return badField("62-05", "must have at most 25 letters or digits")
	}
	return nil
}

// checkDynamic is for writing only: codes of others break these rules and are read all the same.
func (c BRCode) checkDynamic() error {
	switch {
	case !c.IsDynamic():
		return nil
	case c.HasAmount:
		return badField("54", "must be left to the payload of a dynamic code")
	case c.Info != "":
		return badField("26-02", "must be left to the payload of a dynamic code")
	case c.TxID != "":
		return badField("62-05", "must be left to the payload of a dynamic code")
	}
	return nil
}

// InfoLengthMax is how many characters of Info a static code has room for beside its key.
func InfoLengthMax(key Key) int {
	return tlvValueMax - 2*tlvHeaderLength - len(brCodeGUI) - len(key.Value) - tlvHeaderLength
}

func isText(s string, lengthMax int) bool { return len(s) <= lengthMax && every(s, isPrintable) }

func isPayloadURL(url string) bool {
	return isText(url, brCodeURLMax) && strings.Index(url, "/") > 0 &&
		!strings.Contains(url, "://") && !strings.Contains(url, " ")
}
