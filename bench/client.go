package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// conn is an HTTP/1.1 connection that is kept alive, with one request at a
// time. It does the least that a client can, so that it costs all candidates
// the same.
type conn struct {
	net.Conn
	reader *bufio.Reader
	body   []byte
}

// dial connects for at most lifetime, after which every call fails.
func dial(ctx context.Context, address string, lifetime time.Duration) (*conn, error) {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(lifetime)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &conn{Conn: c, reader: bufio.NewReaderSize(c, 4<<10)}, nil
}

// ask sends a request and returns the answer's body, which is good until the
// next call. Any other status than wanted is an error.
func (c *conn) ask(request []byte, wanted int) ([]byte, error) {
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	status, body, err := readAnswer(c.reader, c.body[:0])
	c.body = body
	if err != nil {
		return nil, err
	}
	if status != wanted {
		return nil, fmt.Errorf("status %d, want %d: %.300s", status, wanted, body)
	}
	return body, nil
}

var (
	errAnswer = errors.New("not an HTTP/1.1 answer")
	errLength = errors.New("answer has no Content-Length")
	errClosed = errors.New("server ends the connection")
)

// readAnswer reads one answer and appends its body to body.
func readAnswer(r *bufio.Reader, body []byte) (status int, _ []byte, err error) {
	line, err := readLine(r)
	if err != nil {
		return 0, body, err
	}
	const version = "HTTP/1.1 "
	if len(line) < len(version)+3 || string(line[:len(version)]) != version {
		return 0, body, errAnswer
	}
	if status, err = strconv.Atoi(string(line[len(version) : len(version)+3])); err != nil {
		return 0, body, errAnswer
	}
	length, err := readHeader(r)
	if err != nil {
		return status, body, err
	}
	begin := len(body)
	body = append(body, make([]byte, length)...)
	_, err = io.ReadFull(r, body[begin:])
	return status, body, err
}

// bodyMax is the longest body that is read, in bytes.
const bodyMax = 1 << 20

// readHeader reads up to the empty line and returns the length of the body.
func readHeader(r *bufio.Reader) (length int, err error) {
	length = -1
	for {
		line, err := readLine(r)
		if err != nil {
			return 0, err
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return 0, errAnswer
		}
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "Content-Length"):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > bodyMax {
				return 0, errAnswer
			}
		case is(name, "Connection") && is(value, "close"):
			return 0, errClosed
		}
	}
	if length < 0 {
		return 0, errLength
	}
	return length, nil
}

func is(got []byte, name string) bool {
	return len(got) == len(name) && bytes.EqualFold(got, []byte(name))
}

// readLine reads a line without its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == io.EOF && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// head is a request up to its body. body appends the rest.
type head []byte

func newHead(method, path, host, token string) head {
	return head(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + token + "\r\n")
}

// bare is the request without a body.
func (h head) bare() []byte { return append(bytes.Clone(h), "\r\n"...) }

// appendWith appends the request with a JSON body to b.
func (h head) appendWith(b, body []byte) []byte {
	b = append(b, h...)
	b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}
