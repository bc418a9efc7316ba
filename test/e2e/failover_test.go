package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/pgtest"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// serviceBackMax bounds the wait for service after a promotion.
const serviceBackMax = time.Minute

// TestAfterTheLossOfThePrimaryNothingAcknowledgedIsLost kills the primary of a
// pair under load and promotes its synchronous standby. The process finds the
// new primary by itself; every acknowledged payment is there, once.
func TestAfterTheLossOfThePrimaryNothingAcknowledgedIsLost(t *testing.T) {
	pair := pgtest.StartPair(t)
	books := saldotest.Place{Dir: t.TempDir(), URL: pair.NewDatabase(t)}
	p := saldotest.StartFast(t, books, "--rail", "http")
	a := p.NewAccount(t, opening.String(), "")
	l := startPayers(a)
	l.await(t, 500)

	killed := time.Now()
	pair.KillPrimary()
	pair.Promote(t)
	promoted := time.Since(killed)
	l.awaitAfter(t, time.Now(), 500)
	acks := l.stop()
	t.Logf("%d payments acknowledged; standby promoted after %s, longest time without service %s",
		len(acks), promoted, l.longestGap(killed))

	checkAcks(t, p, a, acks)
	wantTrialBalance(t, p)
	if err := p.Stop(); err != nil {
		t.Fatalf("stop: %v\n%s", err, p.Stderr())
	}
	saldotest.Verify(t, books)
	checkBooks(t, books, a.ID)
}

// payers is load that goes on over failures.
type payers struct {
	stopping chan struct{}
	clients  sync.WaitGroup

	mu   sync.Mutex
	acks []ack
	at   []time.Time // of each ack
}

func startPayers(a *saldotest.Account) *payers {
	l := &payers{stopping: make(chan struct{})}
	for c := range connections {
		l.clients.Go(func() { l.pay(a, c) })
	}
	return l
}

// pay pays until stop. A payment without an answer is asked again, as merchants
// do: 409 tells that the first one was accepted.
func (l *payers) pay(a *saldotest.Account, c int) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for n := 0; ; n++ {
		k := ack{externalID: fmt.Sprintf("f%d-%d", c, n)}
		for !l.try(a, &k) {
			select {
			case <-l.stopping:
				return
			case <-again.C:
			}
		}
		select {
		case <-l.stopping:
			return
		default:
		}
	}
}

func (l *payers) try(a *saldotest.Account, k *ack) bool {
	answer, err := a.Do("POST", "/api/pix/cash-out", saldotest.Payment(k.externalID, "0.01"))
	if err != nil {
		return false
	}
	switch answer.Status {
	case http.StatusCreated:
		var tx saldotest.Transaction
		_ = json.Unmarshal(answer.Body, &tx)
		k.transactionID = tx.TransactionID
	case http.StatusConflict:
		var p problem
		_ = json.Unmarshal(answer.Body, &p)
		k.transactionID, _ = p.Details["transactionId"].(string)
	default:
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acks, l.at = append(l.acks, *k), append(l.at, time.Now())
	return true
}

// await waits for a number of acknowledgements from now on.
func (l *payers) await(t *testing.T, n int) { l.awaitAfter(t, time.Now(), n) }

func (l *payers) awaitAfter(t *testing.T, since time.Time, n int) {
	t.Helper()
	deadline := time.After(serviceBackMax)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for l.countAfter(since) < n {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d payments acknowledged since %s, want %d", l.countAfter(since), since, n)
		}
	}
}

func (l *payers) countAfter(since time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for i := len(l.at) - 1; i >= 0 && l.at[i].After(since); i-- {
		count++
	}
	return count
}

// longestGap returns the longest time without an acknowledgement from the last
// one before since on.
func (l *payers) longestGap(since time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var longest time.Duration
	for i := 1; i < len(l.at); i++ {
		if l.at[i].After(since) {
			longest = max(longest, l.at[i].Sub(l.at[i-1]))
		}
	}
	return longest
}

func (l *payers) stop() []ack {
	close(l.stopping)
	l.clients.Wait()
	return l.acks
}
