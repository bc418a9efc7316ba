package statement

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/saldo-pix/saldo/ledger"
)

// Format is a form that a statement can be written in.
type Format string

// The formats. CSV, OFX and CAMT053 have the lines that change the balance; JSON
// and JSONL those that only block and unblock as well.
const (
	JSON    Format = "json"
	JSONL   Format = "jsonl"   // one JSON object a line
	CSV     Format = "csv"     // as spreadsheets in Brazil read it
	OFX     Format = "ofx"     // OFX 2.2, which is XML
	CAMT053 Format = "camt053" // ISO 20022 camt.053.001.08
)

// form is how a format is served and written.
type form struct {
	contentType string
	extension   string
	encode      func(h *Head) encoder
}

var forms = map[Format]form{
	JSON:    {"application/json", "json", func(h *Head) encoder { return &jsonEncoder{head: h} }},
	JSONL:   {"application/jsonl", "jsonl", func(h *Head) encoder { return &jsonlEncoder{head: h} }},
	CSV:     {"text/csv; charset=utf-8", "csv", func(h *Head) encoder { return &csvEncoder{head: h} }},
	OFX:     {"application/x-ofx", "ofx", func(h *Head) encoder { return &ofxEncoder{head: h} }},
	CAMT053: {"application/xml", "xml", func(h *Head) encoder { return &camtEncoder{head: h} }},
}

// Formats lists the names of all formats.
func Formats() []string {
	return []string{string(JSON), string(JSONL), string(CSV), string(OFX), string(CAMT053)}
}

// ContentType returns the media type.
func (f Format) ContentType() string { return forms[f].contentType }

// FileName returns what a file of the statement is called.
func (f Format) FileName(h *Head) string {
	return fmt.Sprintf("extrato-%s-%s-%s.%s", h.Account, h.Period.From, h.Period.To, forms[f].extension)
}

// encoder writes the parts of a statement into a buffer, which is emptied between
// them.
type encoder interface {
	begin(b *bytes.Buffer) error
	line(b *bytes.Buffer, l *Line) error
	end(b *bytes.Buffer) error
}

// Write writes a statement in a format, line by line as they come. It returns
// ErrBroken if the lines do not lead from the opening to the closing balance; what
// was written until an error is not a statement.
func Write(w io.Writer, f Format, h *Head, lines iter.Seq2[Line, error]) error {
	form, ok := forms[f]
	if !ok {
		return fmt.Errorf("no format %q: it is one of %s", f, strings.Join(Formats(), ", "))
	}
	encoder := form.encode(h)
	var b bytes.Buffer
	flush := func(err error) error {
		if err == nil {
			_, err = b.WriteTo(w)
		}
		return err
	}
	if err := flush(encoder.begin(&b)); err != nil {
		return err
	}
	check := check{balance: h.Opening}
	for l, err := range lines {
		if err != nil {
			return err
		}
		if err := check.next(&l); err != nil {
			return err
		}
		if err := flush(encoder.line(&b, &l)); err != nil {
			return err
		}
	}
	if check.balance != h.Closing || check.lines != h.Entries {
		return fmt.Errorf("%w: %d lines lead to %s, not %d to %s",
			ErrBroken, check.lines, check.balance.Posted, h.Entries, h.Closing.Posted)
	}
	return flush(encoder.end(&b))
}

// check follows the balance from line to line.
type check struct {
	balance ledger.Balance
	number  uint64
	lines   uint64
}

func (c *check) next(l *Line) error {
	posted, err := c.balance.Posted.Add(l.Amount)
	if err != nil {
		return err
	}
	held, err := c.balance.Held.Add(l.Blocked)
	if err != nil {
		return err
	}
	c.balance = ledger.Balance{Posted: posted, Held: held}
	if c.balance != l.After || c.number != 0 && l.Number != c.number+1 {
		return fmt.Errorf("%w: entry %d", ErrBroken, l.Number)
	}
	c.number = l.Number
	c.lines++
	return nil
}
