package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The load: every client pays, waits a little, and pays again, half of the time
// from one account that all share.
const (
	accounts       = 100 // of which the first is hot
	clientsPerNode = 8
	pause          = 60 * time.Millisecond
	tryMax         = 5 * time.Second
)

// payer is one node that takes payments.
type payer interface {
	// pay makes a payment of one centavo from an account. After any error it is
	// called again with the same id, on the same node.
	pay(ctx context.Context, account int, id string) error
}

// books are what the payments go to.
type books interface {
	payers() []payer
	// check fails the test unless the books hold every acknowledged payment once
	// and no payment that was not sent.
	check(t *testing.T, sent []payment)
}

// payment is what a client knows of one payment.
type payment struct {
	account int
	id      string
	acked   bool // otherwise it may be there or not
}

// load is the traffic of one test.
type load struct {
	nodes   []*traffic
	cancel  context.CancelFunc
	clients sync.WaitGroup
}

// traffic is what goes over one node.
type traffic struct {
	payer
	failures atomic.Int64

	mu   sync.Mutex
	sent []payment
	acks []time.Time
}

func startLoad(b books) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel}
	for n, p := range b.payers() {
		node := &traffic{payer: p}
		l.nodes = append(l.nodes, node)
		for c := range clientsPerNode {
			l.clients.Go(func() { node.client(ctx, fmt.Sprintf("n%d-c%d", n, c)) })
		}
	}
	return l
}

// client pays until ctx ends. A payment without an answer is sent again until
// there is one.
func (n *traffic) client(ctx context.Context, name string) {
	again := time.NewTicker(pause)
	defer again.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		p := payment{id: fmt.Sprintf("%s-%d", name, i)}
		if i%2 == 1 {
			p.account = 1 + rand.IntN(accounts-1)
		}
		for !p.acked && ctx.Err() == nil {
			p.acked = n.try(p)
			<-again.C
		}
		n.mu.Lock()
		n.sent = append(n.sent, p)
		n.mu.Unlock()
	}
}

// try runs to its own end even when the load is over, so that the books rest
// when they are checked.
func (n *traffic) try(p payment) bool {
	ctx, cancel := context.WithTimeout(context.Background(), tryMax)
	defer cancel()
	if err := n.pay(ctx, p.account, p.id); err != nil {
		n.failures.Add(1)
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acks = append(n.acks, time.Now())
	return true
}

// stop ends the load and returns all payments that were sent.
func (l *load) stop() []payment {
	l.cancel()
	l.clients.Wait()
	var all []payment
	for _, n := range l.nodes {
		all = append(all, n.sent...)
	}
	return all
}

// awaitAcks waits until every node has acknowledged a payment after a moment.
func (l *load) awaitAcks(t *testing.T, after time.Time) {
	t.Helper()
	for i, n := range l.nodes {
		await(t, fmt.Sprintf("payments on Saldo node %d", i), func() error {
			if last := n.last(); !last.After(after) {
				return fmt.Errorf("the last was acknowledged %s ago", time.Since(last))
			}
			return nil
		})
	}
}

func (n *traffic) last() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.acks) == 0 {
		return time.Time{}
	}
	return n.acks[len(n.acks)-1]
}

// without returns the longest time without an acknowledgement since a moment,
// on the node that had the longest.
func (l *load) without(since time.Time) time.Duration {
	var longest time.Duration
	for _, n := range l.nodes {
		n.mu.Lock()
		before := since
		for _, at := range n.acks {
			if at.After(since) {
				longest = max(longest, at.Sub(before))
				before = at
			}
		}
		n.mu.Unlock()
	}
	return longest
}

// failures counts the tries that were not acknowledged.
func (l *load) failures() (n int64) {
	for _, node := range l.nodes {
		n += node.failures.Load()
	}
	return n
}
