package postgres

import (
	"encoding/binary"
	"errors"
	"time"
)

// errDecode means that the server sent what a column can't be.
var errDecode = errors.New("column of an unexpected shape")

// columns reads the columns of a row in order, in PostgreSQL's binary form. What
// it returns does not refer to the row. Once bad, it returns zeros.
type columns struct {
	left [][]byte
	bad  bool
}

func (c *columns) next() []byte {
	if len(c.left) == 0 {
		c.bad = true
		return nil
	}
	v := c.left[0]
	c.left = c.left[1:]
	return v
}

// fixed returns the next column, which must have a size.
func (c *columns) fixed(size int) []byte {
	v := c.next()
	if len(v) != size {
		c.bad = true
		return make([]byte, size)
	}
	return v
}

// skip passes over columns.
func (c *columns) skip(n int) {
	for range n {
		c.next()
	}
}

// null tells whether the next column is NULL, without passing over it.
func (c *columns) null() bool { return len(c.left) > 0 && c.left[0] == nil }

func (c *columns) int() int64   { return int64(binary.BigEndian.Uint64(c.fixed(8))) }
func (c *columns) uint() uint64 { return uint64(c.int()) }
func (c *columns) int32() int   { return int(int32(binary.BigEndian.Uint32(c.fixed(4)))) }
func (c *columns) small() uint8 { return c.fixed(2)[1] }
func (c *columns) bool() bool   { return c.fixed(1)[0] != 0 }
func (c *columns) text() string { return string(c.next()) }

func (c *columns) time() time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(c.fixed(8))) + epochMicros).UTC()
}

// optionalTime returns the zero time for NULL.
func (c *columns) optionalTime() time.Time {
	if c.null() {
		c.next()
		return time.Time{}
	}
	return c.time()
}

// list calls do with each element of an array, nothing for NULL.
func (c *columns) list(do func(element []byte)) {
	v := c.next()
	if len(v) < headerSize { // NULL or no elements
		return
	}
	n := int(binary.BigEndian.Uint32(v[12:]))
	v = v[headerSize:]
	for range n {
		if len(v) < 4 || len(v)-4 < int(binary.BigEndian.Uint32(v)) {
			c.bad = true
			return
		}
		end := 4 + int(binary.BigEndian.Uint32(v))
		do(v[4:end])
		v = v[end:]
	}
}

// uints returns an array of bigint.
func (c *columns) uints() []uint64 {
	var out []uint64
	c.list(func(v []byte) {
		if len(v) != 8 {
			c.bad = true
			return
		}
		out = append(out, binary.BigEndian.Uint64(v))
	})
	return out
}

// texts returns an array of text.
func (c *columns) texts() []string {
	var out []string
	c.list(func(v []byte) { out = append(out, string(v)) })
	return out
}

// err tells whether every column was as expected.
func (c *columns) err() error {
	if c.bad {
		return errDecode
	}
	return nil
}

// readRow reads a whole row with read.
func readRow[V any](row [][]byte, read func(*columns) V) (V, error) {
	c := columns{left: row}
	v := read(&c)
	if len(c.left) != 0 {
		c.bad = true
	}
	return v, c.err()
}
