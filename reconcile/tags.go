package reconcile

import (
	"bufio"
	"errors"
	"html"
	"io"
	"strings"
)

// tag is an element's beginning or end, and the text up to the next one.
type tag struct {
	name string // in capitals
	end  bool
	text string
	row  int // on which it stands
}

// tags reads the elements of OFX one after another: those of 1.x, which is SGML and
// leaves values unclosed, and those of 2.x, which is XML.
type tags struct {
	in  *bufio.Reader
	row int
}

// Bounds of tags, in bytes. What is longer is cut off.
const (
	tagMax     = 100
	tagTextMax = 4 << 10
)

var errTag = errors.New("a tag does not end")

// prolog reads what stands before the first tag.
func (t *tags) prolog() (string, error) {
	text, err := t.until('<', tagTextMax)
	if err == nil {
		err = t.in.UnreadByte()
	}
	return text, err
}

// next returns the next tag, or io.EOF. Comments and declarations are passed over.
func (t *tags) next() (tag, error) {
	for {
		if _, err := t.until('<', 0); err != nil {
			return tag{}, err
		}
		row := t.row
		name, err := t.until('>', tagMax)
		if err != nil {
			return tag{}, errTag
		}
		if strings.HasPrefix(name, "!--") {
			if err := t.comment(name); err != nil {
				return tag{}, err
			}
			continue
		}
		if name == "" || name[0] == '?' || name[0] == '!' {
			continue
		}
		text, err := t.until('<', tagTextMax)
		if err == nil {
			err = t.in.UnreadByte()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return tag{}, err
		}
		n := tag{text: html.UnescapeString(strings.TrimSpace(text)), row: row}
		name, n.end = strings.CutPrefix(name, "/")
		name, _, _ = strings.Cut(strings.TrimSuffix(name, "/"), " ")
		n.name = strings.ToUpper(name)
		return n, nil
	}
}

// comment reads to the end of a comment that began with name.
func (t *tags) comment(name string) error {
	for !strings.HasSuffix(name, "--") || len(name) < len("!----") {
		more, err := t.until('>', tagTextMax)
		if err != nil {
			return errTag
		}
		name = "!--" + more
	}
	return nil
}

// until reads up to and with an end, and returns at most most bytes of what is
// before it.
func (t *tags) until(end byte, most int) (string, error) {
	var kept strings.Builder
	for {
		part, err := t.in.ReadSlice(end)
		t.row += strings.Count(string(part), "\n")
		found := err == nil
		if found {
			part = part[:len(part)-1]
		}
		kept.Write(part[:min(len(part), max(most-kept.Len(), 0))])
		if found || !errors.Is(err, bufio.ErrBufferFull) {
			return kept.String(), err
		}
	}
}
