package reconcile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Bounds of what is read of a file.
const (
	recordMax = 1 << 20 // bytes of one line or element
	textMax   = 255     // characters that are kept of a text
	idMax     = 64      // and of an identifier
)

// errRecordTooLong means that a line or element does not end.
var errRecordTooLong = errors.New("is longer than 1 MiB")

// meter counts what is read, and ends a record that is too long. Readers above it
// read ahead, so the bound is not exact.
type meter struct {
	r      io.Reader
	ctx    context.Context
	rows   int   // line feeds that were read
	since  int64 // bytes since the last record began
	failed error // of reading, other than the end
}

func (m *meter) Read(p []byte) (int, error) {
	if m.since > recordMax {
		return 0, errRecordTooLong
	}
	if m.failed = m.ctx.Err(); m.failed != nil {
		return 0, m.failed
	}
	n, err := m.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		m.failed = err
	}
	m.rows += bytes.Count(p[:n], []byte{'\n'})
	m.since += int64(n)
	return n, err
}

// begin tells that a record begins.
func (m *meter) begin() { m.since = 0 }

// clean is a text as it is kept: valid, on one line, and not too long. Bytes that are
// not UTF-8 are read as Windows-1252, which is what banks in Brazil write otherwise.
func clean(text string, most int) string {
	text = strings.TrimSpace(utf8Text(text))
	plain := true
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		return text[:min(len(text), most)]
	}
	runes := 0
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch runes++; {
		case runes > most:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, text))
}

func utf8Text(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(text)
	if err != nil {
		return strings.ToValidUTF8(text, "?")
	}
	return decoded
}
