package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"
)

// line is a connection for commits, in use. It speaks the protocol itself: many
// statements go out at once and their answers come back together, and nothing
// ever asks the server to cancel what it is doing, because a COMMIT that is
// cancelled while it waits for a standby has happened and is not safe.
type line struct {
	conn  *pgxpool.Conn
	pg    *pgconn.PgConn
	wire  *pgproto3.Frontend
	types *rowTypes
	sent  []answer
	// warned is set once the server warned of something.
	warned bool
}

// answer is what becomes of one statement.
type answer struct {
	row  func(columns [][]byte) error // takes each row; nil if there are none
	want int                          // rows that an UPDATE must touch; 0 if it is none
	tag  string
}

// newLine returns the line over an acquired connection.
func newLine(conn *pgxpool.Conn) *line {
	pg := conn.Conn().PgConn()
	types, _ := pg.CustomData()[rowTypesKey].(*rowTypes)
	return &line{conn: conn, pg: pg, wire: pg.Frontend(), types: types}
}

// binaryFormat is that of all parameters and columns.
var binaryFormat = []int16{1}

// send puts a statement on the way. Its rows are given to row, which must not
// keep them.
func (l *line) send(s *statement, row func([][]byte) error, parameters ...[]byte) {
	l.wire.SendBind(&pgproto3.Bind{
		PreparedStatement: s.name, ParameterFormatCodes: binaryFormat, Parameters: parameters,
		ResultFormatCodes: binaryFormat,
	})
	l.wire.SendExecute(&pgproto3.Execute{})
	l.sent = append(l.sent, answer{row: row})
}

// exchange sends what is on the way and takes all answers. failed is the error of
// the first statement that could not be done; those after it were not done
// either. broken means that the line is of no use and that nobody knows how far
// the server came. ctx must have a deadline.
func (l *line) exchange(ctx context.Context) (failed, broken error) {
	deadline, _ := ctx.Deadline()
	if err := l.pg.Conn().SetDeadline(deadline); err != nil {
		return nil, fmt.Errorf("set deadline: %w", err)
	}
	l.wire.SendSync(&pgproto3.Sync{})
	if err := l.wire.Flush(); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	done := 0
	for {
		message, err := l.wire.Receive()
		if err != nil {
			return failed, fmt.Errorf("receive: %w", err)
		}
		switch m := message.(type) {
		case *pgproto3.DataRow:
			if a := &l.sent[done]; a.row != nil && failed == nil {
				failed = a.row(m.Values)
			}
		case *pgproto3.CommandComplete:
			l.sent[done].tag = string(m.CommandTag)
			done++
		case *pgproto3.ErrorResponse:
			if failed == nil {
				failed = pgconn.ErrorResponseToPgError(m)
			}
		case *pgproto3.NoticeResponse:
			l.warned = l.warned || m.SeverityUnlocalized == "WARNING"
		case *pgproto3.ReadyForQuery:
			return failed, nil
		}
	}
}

// clear forgets what was sent.
func (l *line) clear() { l.sent = l.sent[:0] }

// update puts an UPDATE on the way that must touch as many rows.
func (l *line) update(s *statement, rows int, parameter []byte) {
	l.send(s, nil, parameter)
	l.sent[len(l.sent)-1].want = rows
}

// vanished tells whether an UPDATE of the last exchange missed rows.
func (l *line) vanished() bool {
	for i := range l.sent {
		if a := &l.sent[i]; a.want > 0 && a.tag != "UPDATE "+strconv.Itoa(a.want) {
			return true
		}
	}
	return false
}

// lastTag returns how the last statement of an exchange was acknowledged.
func (l *line) lastTag() string { return l.sent[len(l.sent)-1].tag }

// give returns the line to its pool.
func (l *line) give() {
	_ = l.pg.Conn().SetDeadline(time.Time{})
	l.conn.Release()
}

// drop closes the line at once, without a word to the server.
func (l *line) drop() {
	_ = l.pg.Conn().Close()
	_ = l.pg.Close(context.Background())
	l.conn.Release()
}

// end takes back what was done on the line and returns it.
func (l *line) end(ctx context.Context) {
	l.clear()
	l.send(&rollback, nil)
	if failed, broken := l.exchange(ctx); failed != nil || broken != nil {
		l.drop()
		return
	}
	l.give()
}

// rowTypes are the identifiers of our row types, which every database has of its
// own.
type rowTypes struct {
	account, profile, hold, holdStep, key, keyName, movement, movementStep uint32
	line, job, jobName, suspense, record, recordName                       uint32
}

const rowTypesKey = "saldo row types"

// prepare makes a new connection ready for commits.
func prepare(ctx context.Context, pg *pgconn.PgConn) error {
	var t rowTypes
	names := []struct {
		name string
		id   *uint32
	}{
		{"account_row", &t.account}, {"profile_row_2", &t.profile}, {"hold_row", &t.hold}, {"key_row", &t.key},
		{"key_name", &t.keyName}, {"movement_row_2", &t.movement}, {"line_row", &t.line}, {"job_row_2", &t.job},
		{"job_name", &t.jobName}, {"suspense_row", &t.suspense}, {"hold_step", &t.holdStep},
		{"movement_step", &t.movementStep}, {"record_row", &t.record}, {"record_name", &t.recordName},
	}
	var list strings.Builder
	for i, n := range names {
		if i > 0 {
			list.WriteString(", ")
		}
		fmt.Fprintf(&list, "'%s'::regtype::oid", n.name)
	}
	result := pg.ExecParams(ctx, "SELECT "+list.String(), nil, nil, nil, binaryFormat).Read()
	if result.Err != nil {
		return fmt.Errorf("find row types: %w", result.Err)
	}
	for i, n := range names {
		*n.id = binary.BigEndian.Uint32(result.Rows[0][i])
	}
	pg.CustomData()[rowTypesKey] = &t
	return prepareAll(ctx, pg)
}

// prepareAll prepares all statements in one round trip.
func prepareAll(ctx context.Context, pg *pgconn.PgConn) error {
	p := pg.StartPipeline(ctx)
	for _, s := range prepared {
		p.SendPrepare(s.name, s.sql, nil)
	}
	if err := p.Sync(); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	for _, s := range prepared {
		if _, err := p.GetResults(); err != nil {
			return errors.Join(fmt.Errorf("prepare %s: %w", s.name, err), p.Close())
		}
	}
	return p.Close()
}
