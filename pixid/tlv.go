package pixid

const (
	tlvHeaderLength = 4  // two digits of id, two of length
	tlvValueMax     = 99 // what two digits of length can say
)

// tlvField is one data object of a BR Code: an id of two digits and a value, itself perhaps a
// template of further fields (EMV QRCPS merchant-presented mode).
type tlvField struct{ id, value string }

// tlvTemplate is a run of fields, in the order of the code, no id twice.
type tlvTemplate []tlvField

// readTLV walks s from field to field and must come out exactly at its end. In errors, parent goes
// before the ids.
func readTLV(parent, s string) (tlvTemplate, error) {
	var fields tlvTemplate
	var seen [100]bool
	for len(s) > 0 {
		if len(s) < tlvHeaderLength || !every(s[:tlvHeaderLength], isDigit) {
			return nil, badField(parent, "holds no digits where an id and a length must be")
		}
		id, length := s[:2], number(s[2:tlvHeaderLength])
		s = s[tlvHeaderLength:]
		if length > len(s) {
			return nil, badField(subfield(parent, id), "is longer than what is left")
		}
		if seen[number(id)] {
			return nil, badField(subfield(parent, id), "occurs twice")
		}
		seen[number(id)] = true
		fields = append(fields, tlvField{id: id, value: s[:length]})
		s = s[length:]
	}
	return fields, nil
}

// find is the value of the field id, empty when there is none: a field without value says nothing.
func (t tlvTemplate) find(id string) string {
	for _, f := range t {
		if f.id == id {
			return f.value
		}
	}
	return ""
}

// put appends a field, unless its value is empty.
func (t *tlvTemplate) put(id, value string) {
	if value != "" {
		*t = append(*t, tlvField{id: id, value: value})
	}
}

// String is the template as a BR Code carries it. It panics when a value is too long, which check
// rules out.
func (t tlvTemplate) String() string {
	length := 0
	for _, f := range t {
		length += tlvHeaderLength + len(f.value)
	}
	code := make([]byte, 0, length)
	for _, f := range t {
		if len(f.value) > tlvValueMax {
			panic("pixid: a field too long for a BR Code was never checked")
		}
		code = append(code, f.id...)
		code = append(code, byte('0'+len(f.value)/10), byte('0'+len(f.value)%10))
		code = append(code, f.value...)
	}
	return string(code)
}

func subfield(parent, id string) string {
	if parent == "" {
		return id
	}
	return parent + "-" + id
}
