package pgtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// link is one connection of a client and the one to the server behind it.
type link struct {
	proxy          *Proxy
	number         int
	client, server net.Conn
	closing        sync.Once
	closed         chan struct{}

	// Of the goroutine that reads from the client.
	messages   int
	statements map[string]string // SQL by the name of the prepared statement
	portals    map[string]string // SQL by the name of the portal

	mu       sync.Mutex
	asked    int // how many ReadyForQuery are due for what was passed on
	answered int // how many have come
	withheld *Fault
	until    int // the ReadyForQuery that ends the withholding
}

func (l *link) close() {
	l.closing.Do(func() {
		close(l.closed)
		_ = l.client.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.server != nil {
			_ = l.server.Close()
		}
	})
}

// run passes messages until either side ends.
func (l *link) run() {
	defer l.close()
	l.proxy.gate(l)
	server, err := net.Dial("tcp", l.proxy.target)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.server = server
	l.mu.Unlock()
	select {
	case <-l.closed: // cut before there was a server to close
		_ = server.Close()
		return
	default:
	}
	from := bufio.NewReader(l.client)
	if err := l.introduce(from); err != nil {
		return
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		defer l.close()
		l.passAnswers()
	})
	defer answers.Wait()
	defer l.close()
	for l.passMessage(from) == nil {
	}
}

// Codes of the packets that come before a client introduces itself.
const (
	codeSSL    = 80877103
	codeGSSENC = 80877104
	codeCancel = 80877102
)

// introduce passes the client's first packet on, having declined encryption.
func (l *link) introduce(from io.Reader) error {
	for {
		packet, err := readFrame(from, make([]byte, 0, 512))
		if err != nil {
			return err
		}
		if len(packet) >= 8 {
			code := binary.BigEndian.Uint32(packet[4:])
			if code == codeCancel && l.proxy.late() {
				return errCut
			}
			if code == codeSSL || code == codeGSSENC {
				if _, err := l.client.Write([]byte{'N'}); err != nil {
					return err
				}
				continue
			}
		}
		l.asked = 1
		return l.send(packet)
	}
}

// messageMax bounds what is held in memory of one message.
const messageMax = 1 << 28

var errMessageTooLong = errors.New("message is too long")

// readFrame appends one length and what it counts to buf.
func readFrame(from io.Reader, buf []byte) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < 4 || n > messageMax {
		return nil, errMessageTooLong
	}
	buf = append(buf, length[:]...)
	start := len(buf)
	buf = append(buf, make([]byte, n-4)...)
	_, err := io.ReadFull(from, buf[start:])
	return buf, err
}

// readMessage reads one message: its type, its length and its body.
func readMessage(from *bufio.Reader) ([]byte, error) {
	kind, err := from.ReadByte()
	if err != nil {
		return nil, err
	}
	return readFrame(from, []byte{kind})
}

// passMessage passes one message of the client on, or does what a fault says.
func (l *link) passMessage(from *bufio.Reader) error {
	raw, err := readMessage(from)
	if err != nil {
		return err
	}
	l.proxy.gate(l)
	m := l.understand(raw)
	fault := l.proxy.take(m)
	if fault == nil {
		l.expect(m.Type)
		return l.send(raw)
	}
	switch fault.stage {
	case Before:
		l.cut(fault)
		return errCut
	case Passed:
		err := l.send(raw)
		l.cut(fault)
		return errors.Join(errCut, err)
	case Answered:
		l.withhold(fault, m.Type)
		return l.send(raw)
	default:
		return l.sendLate(fault, m.Type, raw)
	}
}

var errCut = errors.New("cut")

// cut closes both sides for a fault.
func (l *link) cut(f *Fault) {
	l.close()
	f.fire()
}

// expect counts the answers that are due. It comes before the message is sent.
func (l *link) expect(kind byte) {
	if ends(kind) {
		l.mu.Lock()
		l.asked++
		l.mu.Unlock()
	}
}

// ends says whether the server answers a type of message with ReadyForQuery.
func ends(kind byte) bool { return kind == 'Q' || kind == 'S' || kind == 'F' }

// withhold keeps all answers from the client until the message about to be sent
// is worked off.
func (l *link) withhold(f *Fault, kind byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.withheld, l.until = f, l.asked+1 // its own answer, or that of the next Sync
	if ends(kind) {
		l.asked++
	}
}

// sendLate cuts the client off and sends the message when told to, with a Sync
// where the client's own may never have come.
func (l *link) sendLate(f *Fault, kind byte, raw []byte) error {
	defer close(f.delivered)
	defer l.close()
	l.proxy.countLate(1)
	defer l.proxy.countLate(-1)
	l.withhold(f, kind)
	_ = l.client.Close()
	f.fire()
	select {
	case <-f.deliver:
	case <-l.closed:
		return errCut
	}
	if !ends(kind) {
		raw = append(raw, 'S', 0, 0, 0, 4)
	}
	if err := l.send(raw); err != nil {
		return err
	}
	<-l.closed // by passAnswers, at the answer
	return errCut
}

// send writes to the server what a fault that counts bytes lets through.
func (l *link) send(raw []byte) error {
	n, fault := l.proxy.count(len(raw), true)
	_, err := l.server.Write(raw[:n])
	if fault != nil {
		l.cut(fault)
		return errCut
	}
	return err
}

// passAnswers passes the server's messages back.
func (l *link) passAnswers() {
	from := bufio.NewReader(l.server)
	for {
		raw, err := readMessage(from)
		if err != nil {
			return
		}
		l.proxy.gate(l)
		fault, due := l.answer(raw[0])
		if due {
			l.cut(fault)
			return
		}
		if fault != nil {
			continue
		}
		n, fault := l.proxy.count(len(raw), false)
		_, err = l.client.Write(raw[:n])
		if fault != nil {
			l.cut(fault)
			return
		}
		if err != nil {
			return
		}
	}
}

// answer counts a message of the server. It returns the fault that withholds it,
// and whether that is due now.
func (l *link) answer(kind byte) (f *Fault, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kind == 'Z' {
		l.answered++
	}
	return l.withheld, l.withheld != nil && l.answered >= l.until
}

// understand tells what a message is about, and remembers what it names.
func (l *link) understand(raw []byte) Message {
	l.messages++
	m := Message{Connection: l.number, Number: l.messages, Type: raw[0]}
	body := raw[5:]
	switch m.Type {
	case 'Q':
		m.SQL, _ = text(body)
	case 'P':
		name, rest := text(body)
		m.SQL, _ = text(rest)
		l.statements[name] = m.SQL
	case 'B':
		portal, rest := text(body)
		name, _ := text(rest)
		m.SQL = l.statements[name]
		l.portals[portal] = m.SQL
	case 'E':
		portal, _ := text(body)
		m.SQL = l.portals[portal]
	}
	return m
}

// text cuts a text that ends in a zero byte off the front.
func text(body []byte) (string, []byte) {
	end := bytes.IndexByte(body, 0)
	if end < 0 {
		return "", nil
	}
	return string(body[:end]), body[end+1:]
}
