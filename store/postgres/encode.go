package postgres

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/saldo-pix/saldo/book"
)

// epochMicros is where PostgreSQL's own counting of time starts, in
// microseconds since 1970.
const epochMicros = 946_684_800_000_000

// rows encodes an array of rows of one of our row types, as a statement takes it.
// What PostgreSQL could not keep is remembered and told by err.
type rows struct {
	b     []byte
	count int
	row   int // where the row being written starts
	cols  int
	err   error
}

// headerSize is that of the array around the rows, see array.
const headerSize = 20

// begin starts a row.
func (r *rows) begin() {
	if r.b == nil {
		r.b = make([]byte, headerSize, 4096)
	}
	r.count++
	r.row, r.cols = len(r.b), 0
	r.b = append(r.b, 0, 0, 0, 0, 0, 0, 0, 0) // size and number of columns
}

// end ends a row.
func (r *rows) end() {
	binary.BigEndian.PutUint32(r.b[r.row:], uint32(len(r.b)-r.row-4))
	binary.BigEndian.PutUint32(r.b[r.row+4:], uint32(r.cols))
}

// array returns the encoded array. element is the identifier of the row type.
func (r *rows) array(element uint32) []byte {
	if r.count == 0 {
		return noArray(element)
	}
	binary.BigEndian.PutUint32(r.b[0:], 1) // dimensions
	binary.BigEndian.PutUint32(r.b[4:], 0) // no row is NULL
	binary.BigEndian.PutUint32(r.b[8:], element)
	binary.BigEndian.PutUint32(r.b[12:], uint32(r.count))
	binary.BigEndian.PutUint32(r.b[16:], 1) // lower bound
	return r.b
}

// noArray encodes an array without elements.
func noArray(element uint32) []byte {
	return binary.BigEndian.AppendUint32(make([]byte, 8, 12), element)
}

// column starts a column of a type and size; size -1 is NULL.
func (r *rows) column(oid uint32, size int) {
	r.cols++
	r.b = binary.BigEndian.AppendUint32(r.b, oid)
	r.b = binary.BigEndian.AppendUint32(r.b, uint32(size))
}

func (r *rows) null(oid uint32) { r.column(oid, -1) }

func (r *rows) int(v int64) {
	r.column(pgtype.Int8OID, 8)
	r.b = binary.BigEndian.AppendUint64(r.b, uint64(v))
}

// uint writes a number that must fit into bigint.
func (r *rows) uint(v uint64) {
	if v > math.MaxInt64 {
		r.refuse("number %d is too large", v)
	}
	r.int(int64(v))
}

func (r *rows) int32(v int) {
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.refuse("number %d is too large", v)
	}
	r.column(pgtype.Int4OID, 4)
	r.b = binary.BigEndian.AppendUint32(r.b, uint32(v))
}

func (r *rows) small(v uint8) {
	r.column(pgtype.Int2OID, 2)
	r.b = append(r.b, 0, v)
}

func (r *rows) bool(v bool) {
	r.column(pgtype.BoolOID, 1)
	if v {
		r.b = append(r.b, 1)
	} else {
		r.b = append(r.b, 0)
	}
}

// text writes a text, which may hold anything but NUL bytes and must be UTF-8.
func (r *rows) text(s string) {
	r.checkText(s)
	r.column(pgtype.TextOID, len(s))
	r.b = append(r.b, s...)
}

// json writes a text that is JSON, and NULL if it is empty.
func (r *rows) json(s string) {
	if s == "" {
		r.null(pgtype.JSONOID)
		return
	}
	r.checkText(s)
	r.column(pgtype.JSONOID, len(s))
	r.b = append(r.b, s...)
}

func (r *rows) bytes(v []byte) {
	r.column(pgtype.ByteaOID, len(v))
	r.b = append(r.b, v...)
}

func (r *rows) time(t time.Time) {
	r.column(pgtype.TimestamptzOID, 8)
	r.b = appendMicros(r.b, t)
}

// optionalTime writes NULL for the zero time.
func (r *rows) optionalTime(t time.Time) {
	if t.IsZero() {
		r.null(pgtype.TimestamptzOID)
		return
	}
	r.time(t)
}

func appendMicros(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()-epochMicros))
}

// list starts an array of n elements inside of a row; each takes size bytes and
// four for its own size.
func (r *rows) list(array, element uint32, n, size int) {
	r.column(array, 20+n*(4+size))
	r.b = binary.BigEndian.AppendUint32(r.b, 1)
	r.b = binary.BigEndian.AppendUint32(r.b, 0)
	r.b = binary.BigEndian.AppendUint32(r.b, element)
	r.b = binary.BigEndian.AppendUint32(r.b, uint32(n))
	r.b = binary.BigEndian.AppendUint32(r.b, 1)
}

// listInt writes an element of a list of bigint.
func (r *rows) listInt(v uint64) {
	if v > math.MaxInt64 {
		r.refuse("number %d is too large", v)
	}
	r.b = binary.BigEndian.AppendUint32(r.b, 8)
	r.b = binary.BigEndian.AppendUint64(r.b, v)
}

func (r *rows) listSigned(v int64) {
	r.b = binary.BigEndian.AppendUint32(r.b, 8)
	r.b = binary.BigEndian.AppendUint64(r.b, uint64(v))
}

func (r *rows) listTime(t time.Time) {
	r.b = binary.BigEndian.AppendUint32(r.b, 8)
	r.b = appendMicros(r.b, t)
}

// texts writes a list of texts.
func (r *rows) texts(list []string) {
	size := 0
	for _, s := range list {
		r.checkText(s)
		size += len(s)
	}
	if len(list) == 0 {
		r.column(pgtype.TextArrayOID, 12)
		r.b = append(r.b, 0, 0, 0, 0, 0, 0, 0, 0)
		r.b = binary.BigEndian.AppendUint32(r.b, pgtype.TextOID)
		return
	}
	at := len(r.b) + 4
	r.list(pgtype.TextArrayOID, pgtype.TextOID, len(list), 0)
	binary.BigEndian.PutUint32(r.b[at:], uint32(20+4*len(list)+size))
	for _, s := range list {
		r.b = binary.BigEndian.AppendUint32(r.b, uint32(len(s)))
		r.b = append(r.b, s...)
	}
}

func (r *rows) checkText(s string) {
	if !storable(s) {
		r.refuse("text with a NUL byte or not UTF-8")
	}
}

// storable tells whether PostgreSQL can keep s as text.
func storable(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

func (r *rows) refuse(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{book.ErrUnfit}, args...)...)
	}
}

// ids encodes an array of bigint.
func ids[K ~uint64](list []K) []byte {
	if len(list) == 0 {
		return noArray(pgtype.Int8OID)
	}
	b := make([]byte, headerSize, headerSize+12*len(list))
	r := rows{b: b, count: len(list)}
	for _, id := range list {
		r.b = binary.BigEndian.AppendUint32(r.b, 8)
		r.b = binary.BigEndian.AppendUint64(r.b, uint64(id))
	}
	return r.array(pgtype.Int8OID)
}

// number encodes one bigint.
func number(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) }

// small encodes one smallint.
func small(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(int16(v))) }
