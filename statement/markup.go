package statement

import (
	"bytes"
	"encoding/xml"
	"strings"

	"github.com/saldo-pix/saldo/money"
)

// markup writes XML into a buffer.
type markup struct{ *bytes.Buffer }

// open begins elements, each within the one before.
func (m markup) open(names ...string) {
	for _, name := range names {
		m.WriteByte('<')
		m.WriteString(name)
		m.WriteByte('>')
	}
}

// close ends elements, in the order of names.
func (m markup) close(names ...string) {
	for _, name := range names {
		m.WriteString("</")
		m.WriteString(name)
		m.WriteByte('>')
	}
}

// text writes an element with a text of at most most characters in it, or nothing
// if the text is empty: neither OFX nor ISO 20022 allows an empty element. What XML
// can't say is replaced.
func (m markup) text(name, text string, most int) {
	text = strings.TrimSpace(printable(text))
	if runes := []rune(text); len(runes) > most {
		text = strings.TrimSpace(string(runes[:most]))
	}
	if text == "" {
		return
	}
	m.open(name)
	_ = xml.EscapeText(m.Buffer, []byte(text)) // a buffer takes all
	m.close(name)
}

// whole is text, but leaves out one that is too long: a part of a reference refers
// to nothing.
func (m markup) whole(name, text string, most int) {
	if len([]rune(text)) <= most {
		m.text(name, text, most)
	}
}

// reais writes an element with an amount.
func (m markup) reais(name string, c money.Centavos) {
	m.open(name)
	m.WriteString(c.String())
	m.close(name)
}
