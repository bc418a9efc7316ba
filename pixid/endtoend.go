package pixid

import "time"

const (
	ispbLength   = 8
	stampLength  = len("yyyyMMddHHmm")
	suffixLength = 11
	idLength     = 1 + ispbLength + stampLength + suffixLength

	stampStart  = 1 + ispbLength
	suffixStart = stampStart + stampLength

	lookupLengthMin = 20
	lookupLengthMax = 35
)

// ISPB names a participant of the payment system: eight digits or upper-case letters. API Pix 2.9.0
// allows letters because an ISPB is the root of a CNPJ, which IN RFB 2229/2024 lets hold them.
type ISPB string

// ParseISPB reads an ISPB. Case matters: lower-case letters are refused.
func ParseISPB(s string) (ISPB, error) {
	if len(s) != ispbLength || !every(s, isDigitOrUpper) {
		return "", invalid("ISPB", "must have 8 digits or upper-case letters")
	}
	return ISPB(s), nil
}

// EndToEndID names one Pix payment all over the country: E, the ISPB of whoever made the id, the
// minute in UTC as yyyyMMddHHmm, and 11 letters or digits unique within that minute; 32 characters
// in all (API Pix 2.9.0). It is kept byte for byte and compared with case.
type EndToEndID string

// ReturnID names one Pix return (devolução, rtrId). It is an EndToEndID with D in front (API Pix
// 2.9.0).
type ReturnID string

// ParseEndToEndID reads an end-to-end id of a payment.
func ParseEndToEndID(s string) (EndToEndID, error) {
	if err := checkID("end-to-end id", 'E', s); err != nil {
		return "", err
	}
	return EndToEndID(s), nil
}

// ParseReturnID reads the id of a return.
func ParseReturnID(s string) (ReturnID, error) {
	if err := checkID("return id", 'D', s); err != nil {
		return "", err
	}
	return ReturnID(s), nil
}

// NewEndToEndID puts an end-to-end id together from its parts. The seconds of at are lost.
func NewEndToEndID(ispb ISPB, at time.Time, suffix string) (EndToEndID, error) {
	if err := checkParts("end-to-end id", ispb, suffix); err != nil {
		return "", err
	}
	return ParseEndToEndID("E" + string(ispb) + stamp(at) + suffix)
}

// NewReturnID puts the id of a return together from its parts. The seconds of at are lost.
func NewReturnID(ispb ISPB, at time.Time, suffix string) (ReturnID, error) {
	if err := checkParts("return id", ispb, suffix); err != nil {
		return "", err
	}
	return ParseReturnID("D" + string(ispb) + stamp(at) + suffix)
}

// EndToEndIDFrom makes the end-to-end id whose suffix is n. For one participant and minute,
// different n give different ids, and greater n give ids that sort later. It panics unless ispb is
// valid and the year of at has four digits.
func EndToEndIDFrom(ispb ISPB, at time.Time, n uint64) EndToEndID {
	id := makeID('E', ispb, at, n)
	return EndToEndID(id[:])
}

// ReturnIDFrom makes the id of a return whose suffix is n. It promises what EndToEndIDFrom does.
func ReturnIDFrom(ispb ISPB, at time.Time, n uint64) ReturnID {
	id := makeID('D', ispb, at, n)
	return ReturnID(id[:])
}

// At is the minute in the id, in UTC. A scheduled payment carries the planned time.
func (id EndToEndID) At() time.Time { return stampAt(string(id)) }

// ISPB is the participant that made the id.
func (id EndToEndID) ISPB() ISPB { return ISPB(id[1:stampStart]) }

// At is the minute in the id, in UTC.
func (id ReturnID) At() time.Time { return stampAt(string(id)) }

// ISPB is the participant that made the id.
func (id ReturnID) ISPB() ISPB { return ISPB(id[1:stampStart]) }

// LookupEndToEndID reports whether s looks enough like an end-to-end id or a return id to be looked
// up as one: E or D and 19 to 34 letters or digits. Ids shorter than 32 are seen in the wild,
// though never valid.
func LookupEndToEndID(s string) bool {
	if len(s) < lookupLengthMin || len(s) > lookupLengthMax {
		return false
	}
	return (s[0] == 'E' || s[0] == 'D') && every(s, isAlphanumeric)
}

func checkID(what string, prefix byte, s string) error {
	switch {
	case len(s) != idLength:
		return invalid(what, "must have 32 characters")
	case s[0] != prefix:
		return invalid(what, "must start with "+string(prefix))
	case !every(s[1:stampStart], isDigitOrUpper):
		return invalid(what, "must hold an ISPB of 8 digits or upper-case letters")
	case !isStamp(s[stampStart:suffixStart]):
		return invalid(what, "must hold a time as yyyyMMddHHmm")
	case !every(s[suffixStart:], isAlphanumeric):
		return invalid(what, "must end in 11 letters or digits")
	}
	return nil
}

// checkParts keeps one part that is too short from borrowing of its neighbour.
func checkParts(what string, ispb ISPB, suffix string) error {
	if len(ispb) != ispbLength {
		return invalid(what, "must hold an ISPB of 8 digits or upper-case letters")
	}
	if len(suffix) != suffixLength {
		return invalid(what, "must end in 11 letters or digits")
	}
	return nil
}

func stamp(at time.Time) string { return at.UTC().Format("200601021504") }

// isStamp refuses what time.Date would silently carry over, as in 31 April.
func isStamp(s string) bool {
	if !every(s, isDigit) {
		return false
	}
	month, day := number(s[4:6]), number(s[6:8])
	at := time.Date(number(s[:4]), time.Month(month), day, 0, 0, 0, 0, time.UTC)
	hour, minute := number(s[8:10]), number(s[10:])
	return int(at.Month()) == month && at.Day() == day && hour < 24 && minute < 60
}

func stampAt(id string) time.Time {
	s := id[stampStart:suffixStart]
	return time.Date(number(s[:4]), time.Month(number(s[4:6])), number(s[6:8]),
		number(s[8:10]), number(s[10:]), 0, 0, time.UTC)
}

// number is the value of a few digits.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// base62 is in ASCII order, so that suffixes sort as their numbers do.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// makeID loses nothing of n: 62^11 exceeds 2^64.
func makeID(prefix byte, ispb ISPB, at time.Time, n uint64) [idLength]byte {
	at = at.UTC()
	year, month, day := at.Date()
	hour, minute, _ := at.Clock()
	if len(ispb) != ispbLength || year < 0 || year > 9999 {
		panic("pixid: end-to-end id made of an ISPB or a year that was never checked")
	}
	var id [idLength]byte
	id[0] = prefix
	copy(id[1:], ispb)
	putPair(id[stampStart:], year/100)
	putPair(id[stampStart+2:], year%100)
	putPair(id[stampStart+4:], int(month))
	putPair(id[stampStart+6:], day)
	putPair(id[stampStart+8:], hour)
	putPair(id[stampStart+10:], minute)
	for i := idLength - 1; i >= suffixStart; i-- {
		id[i] = base62[n%62]
		n /= 62
	}
	return id
}

func putPair(to []byte, n int) {
	to[0] = byte('0' + n/10)
	to[1] = byte('0' + n%10)
}
