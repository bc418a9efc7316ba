package pixid

import "encoding/hex"

const (
	txIDLengthMax        = 35
	txIDDynamicLengthMin = 26
	txIDStaticLengthMax  = 25
)

// TxID ties a Pix to the charge (cobrança) or static code it pays: letters and digits, compared
// with case. Only together with the payee does it name a charge.
type TxID string

// NoTxID stands in a BR Code that has no txid to give (BR Code manual).
const NoTxID TxID = "***"

// ParseTxID reads the txid of a charge: 26 to 35 letters or digits (API Pix 2.9.0).
func ParseTxID(s string) (TxID, error) {
	if len(s) < txIDDynamicLengthMin || len(s) > txIDLengthMax || !every(s, isAlphanumeric) {
		return "", invalid("txid", "must have 26 to 35 letters or digits")
	}
	return TxID(s), nil
}

// ParseStaticTxID reads the txid of a static code: 1 to 25 letters or digits, or NoTxID (BR Code
// manual).
func ParseStaticTxID(s string) (TxID, error) {
	if s == string(NoTxID) {
		return NoTxID, nil
	}
	if s == "" || len(s) > txIDStaticLengthMax || !every(s, isAlphanumeric) {
		return "", invalid("static txid", "must have 1 to 25 letters or digits, or be ***")
	}
	return TxID(s), nil
}

// ParseReceivedTxID reads the txid of a Pix that arrived, be it for a charge or a static code:
// 1 to 35 letters or digits (API Pix 2.9.0).
func ParseReceivedTxID(s string) (TxID, error) {
	if s == "" || len(s) > txIDLengthMax || !every(s, isAlphanumeric) {
		return "", invalid("txid", "must have 1 to 35 letters or digits")
	}
	return TxID(s), nil
}

// TxIDFrom writes a UUID as the txid of a charge, in 32 hex digits. It is longer than any static
// txid, so that the two never meet.
func TxIDFrom(uuid [16]byte) TxID {
	var txID [32]byte
	hex.Encode(txID[:], uuid[:])
	return TxID(txID[:])
}
