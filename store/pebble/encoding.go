package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrCorrupt means that a record can't be read. The error says which.
var ErrCorrupt = errors.New("record is corrupt")

// ErrTooLong means that a text is longer than a record may hold. It comes with
// book.ErrUnfit.
var ErrTooLong = errors.New("text is too long")

const (
	// recordVersion is the first byte of every record but those that end with a
	// text which few of their kind have: that of these is recordMore.
	recordVersion = 1
	recordMore    = 2
	// textMax is the length of the longest text in a record, in bytes.
	textMax = 16 << 20
	// epoch is where most times are counted from, so that they are short:
	// the start of 2026 in microseconds.
	epoch = 1_767_225_600_000_000
)

func appendUint(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }
func appendInt(b []byte, v int64) []byte   { return binary.AppendVarint(b, v) }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendMore ends a record, which starts at a place in b, with a text that few of
// its kind have.
func appendMore(b []byte, start int, text string) []byte {
	if text == "" {
		return b
	}
	b[start] = recordMore
	return appendText(b, text)
}

// appendTime appends t as its distance from microseconds since 1970, and one
// zero byte for the zero time.
func appendTime(b []byte, t time.Time, from int64) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, zigzag(micros(t)-from)+1)
}

func zigzag(v int64) uint64   { return uint64(v)<<1 ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// decoder reads a record from front to back. Once something is wrong, bad is
// set and all that is read is zero.
type decoder struct {
	key  []byte
	data []byte
	at   int
	text string // copy of data, from the first text on
	ends bool   // the record ends with a text for more
	bad  bool
}

// decode reads a record with a function for its kind.
func decode[V any](key, data []byte, read func(*decoder) V) (V, error) {
	d := decoder{key: key, data: data}
	switch d.byte() {
	case recordVersion:
	case recordMore:
		d.ends = true
	default:
		d.bad = true
	}
	v := read(&d)
	if d.bad || d.ends || d.at != len(d.data) {
		var zero V
		return zero, corrupt(key)
	}
	return v, nil
}

func corrupt(key []byte) error { return fmt.Errorf("%w: key %q", ErrCorrupt, key) }

func (d *decoder) fail() { d.bad, d.at = true, len(d.data) }

func (d *decoder) byte() byte {
	if d.at >= len(d.data) {
		d.fail()
		return 0
	}
	d.at++
	return d.data[d.at-1]
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.data[d.at:])
	if n <= 0 {
		d.fail()
		return 0
	}
	d.at += n
	return v
}

func (d *decoder) int() int64 { return unzigzag(d.uint()) }

func (d *decoder) bytes(n int) []byte {
	if n > len(d.data)-d.at {
		d.fail()
		return nil
	}
	d.at += n
	return d.data[d.at-n : d.at]
}

// string reads a text. All texts of a record share one copy of it.
func (d *decoder) string() string {
	n := d.uint()
	if n == 0 || n > textMax || n > uint64(len(d.data)-d.at) {
		if n != 0 {
			d.fail()
		}
		return ""
	}
	if d.text == "" {
		d.text = string(d.data)
	}
	d.at += int(n)
	return d.text[d.at-int(n) : d.at]
}

// more reads the text that appendMore ended the record with, empty if it did not.
func (d *decoder) more() string {
	if !d.ends {
		return ""
	}
	d.ends = false
	text := d.string()
	if text == "" {
		d.fail()
	}
	return text
}

// time reads a time that was appended with the same from.
func (d *decoder) time(from int64) time.Time {
	v := d.uint()
	if v == 0 {
		return time.Time{}
	}
	return instant(unzigzag(v-1) + from)
}

// count reads how many items of at least size bytes follow.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64((len(d.data)-d.at)/size) {
		d.fail()
		return 0
	}
	return int(n)
}
