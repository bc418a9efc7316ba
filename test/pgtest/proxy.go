package pgtest

import (
	"fmt"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy stands between clients and one PostgreSQL server, reads along, and cuts
// connections when told to. It speaks the protocol without TLS.
type Proxy struct {
	target   string
	listener net.Listener
	done     chan struct{} // closed when the proxy ends
	tasks    sync.WaitGroup

	mu       sync.Mutex
	ended    bool
	links    map[*link]bool
	accepted int
	refusing bool
	held     chan struct{} // while traffic is held: closed by Resume
	fault    *Fault
	lates    int // messages that are kept to be delivered late
}

// NewProxy starts a proxy before target, which is host:port. It ends with the
// test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: target, listener: listener, done: make(chan struct{}), links: make(map[*link]bool)}
	p.tasks.Go(p.accept)
	t.Cleanup(p.end)
	return p
}

// ProxyOf starts a proxy before s.
func ProxyOf(t testing.TB, s *Server) *Proxy {
	t.Helper()
	return NewProxy(t, s.host())
}

// Addr is where the proxy listens, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// URL returns a database's URL with its one host replaced by the proxy.
func (p *Proxy) URL(t testing.TB, direct string) string {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.Addr()
	return u.String()
}

// Cut closes all connections now.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.close()
	}
}

// Hold keeps everything that is sent from now on, either way, until Resume: a
// network that has gone silent. Connections stay open, and new ones wait.
func (p *Proxy) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = make(chan struct{})
	}
}

// Refuse closes new connections at once, until Resume. Old ones stay.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = true
}

// Resume ends Hold and Refuse: what was kept goes on its way.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = false
	if p.held != nil {
		close(p.held)
		p.held = nil
	}
}

// Connections counts the connections that are open now.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.links)
}

// gate waits while traffic is held.
func (p *Proxy) gate(l *link) {
	p.mu.Lock()
	held := p.held
	p.mu.Unlock()
	if held == nil {
		return
	}
	select {
	case <-held:
	case <-l.closed:
	case <-p.done:
	}
}

// countLate counts messages that begin (1) or end (-1) to be late.
func (p *Proxy) countLate(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lates += n
}

// late says whether a message is being kept or delivered late.
func (p *Proxy) late() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lates > 0
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // ended
		}
		l := &link{
			proxy: p, client: client, closed: make(chan struct{}),
			statements: make(map[string]string), portals: make(map[string]string),
		}
		if !p.admit(l) {
			_ = client.Close()
			continue
		}
		p.tasks.Go(func() {
			defer p.forget(l)
			l.run()
		})
	}
}

func (p *Proxy) admit(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refusing || p.ended {
		return false
	}
	p.accepted++
	l.number = p.accepted
	p.links[l] = true
	return true
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (p *Proxy) end() {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	close(p.done)
	_ = p.listener.Close()
	p.Cut()
	p.tasks.Wait()
}

// String names the proxy and its target.
func (p *Proxy) String() string { return fmt.Sprintf("%s before %s", p.Addr(), p.target) }
