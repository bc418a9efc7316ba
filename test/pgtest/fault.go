package pgtest

import (
	"strings"
	"sync"
)

// Stage says when, around a client's message, a connection is cut.
type Stage int

// The stages. After Before the message has certainly had no effect, after
// Answered it certainly has had its effect, and after Passed and Late the client
// cannot know.
const (
	// Before cuts instead of passing the message on.
	Before Stage = iota
	// Passed passes the message on and cuts at once, without waiting for the
	// answer: the server works it off while the client already looks around.
	Passed
	// Answered cuts when the answer is here, without passing any of it back.
	Answered
	// Late cuts the client off and keeps its connection to the server open; the
	// message is passed on when Fault.Deliver is called. Until then no request to
	// cancel passes: a client that is cut off sends one, and it could meet the
	// message in the middle of its work.
	Late
)

// Stages lists all of them.
var Stages = []Stage{Before, Passed, Answered, Late}

// String names the stage.
func (s Stage) String() string { return [...]string{"before", "passed", "answered", "late"}[s] }

// Message is one message of a client, after it has introduced itself.
type Message struct {
	Connection int    // counted from 1 in a proxy
	Number     int    // counted from 1 on its connection
	Type       byte   // as in PostgreSQL's protocol: Q, P, B, E, S, d, ...
	SQL        string // of Q, P, B and E: the text that it sends, prepares, binds or executes
}

// Runs says whether the message makes the server execute SQL.
func (m Message) Runs() bool { return m.Type == 'Q' || m.Type == 'E' }

// IsCommit picks the messages that commit by name. A pipeline without BEGIN
// commits at its Sync instead, which is a message of type S.
func IsCommit(m Message) bool {
	return m.Runs() && strings.HasPrefix(strings.ToLower(strings.TrimSpace(m.SQL)), "commit")
}

// Fault is one cut to come. It happens at most once.
type Fault struct {
	proxy   *Proxy
	stage   Stage
	pick    func(Message) bool // nil when bytes are counted
	client  int64              // bytes from clients that may still pass; counted unless pick is set
	server  int64              // bytes from servers that may still pass
	counted bool

	once      sync.Once
	fired     chan struct{}
	deliver   chan struct{}
	delivered chan struct{}
	release   sync.Once
}

// CutAt arms a cut at the next message that pick picks, on any connection. It
// replaces the fault that was armed before. pick must be quick, and must not
// call the proxy.
func (p *Proxy) CutAt(stage Stage, pick func(Message) bool) *Fault {
	return p.arm(&Fault{stage: stage, pick: pick})
}

// CutAfterBytes arms a cut of the connection on which the client's bytes from
// now on, counted over all connections, reach n; the bytes up to there are
// passed on, even of half a message.
func (p *Proxy) CutAfterBytes(n int) *Fault {
	return p.arm(&Fault{counted: true, client: int64(n), server: -1})
}

// CutAfterAnswerBytes is CutAfterBytes for what servers send.
func (p *Proxy) CutAfterAnswerBytes(n int) *Fault {
	return p.arm(&Fault{counted: true, client: -1, server: int64(n)})
}

func (p *Proxy) arm(f *Fault) *Fault {
	f.proxy = p
	f.fired, f.deliver, f.delivered = make(chan struct{}), make(chan struct{}), make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	return f
}

// Disarm calls the fault off. It returns false if it is too late.
func (f *Fault) Disarm() bool {
	f.proxy.mu.Lock()
	defer f.proxy.mu.Unlock()
	if f.proxy.fault != f {
		return false
	}
	f.proxy.fault = nil
	return true
}

// Fired is closed when the client has been cut off.
func (f *Fault) Fired() <-chan struct{} { return f.fired }

// Deliver passes a late message on and returns when the server has worked it
// off, or its connection has ended. Call it after Fired.
func (f *Fault) Deliver() {
	f.release.Do(func() { close(f.deliver) })
	<-f.delivered
}

func (f *Fault) fire() { f.once.Do(func() { close(f.fired) }) }

// take disarms and returns the fault if it picks the message.
func (p *Proxy) take(m Message) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.fault; f != nil && !f.counted && f.pick(m) {
		p.fault = nil
		return f
	}
	return nil
}

// count subtracts bytes about to pass from what an armed fault lets through. It
// returns how many may pass, and the fault if it is due with them.
func (p *Proxy) count(n int, fromClient bool) (int, *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.fault
	if f == nil || !f.counted {
		return n, nil
	}
	left := &f.server
	if fromClient {
		left = &f.client
	}
	if *left < 0 || int64(n) < *left {
		if *left >= 0 {
			*left -= int64(n)
		}
		return n, nil
	}
	p.fault = nil
	return int(*left), f
}
