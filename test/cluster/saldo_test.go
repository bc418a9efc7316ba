package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/test/saldotest"
)

const saldoNodes = 2

// balanceRead is how often each node is asked for the balance of the hot account.
const balanceRead = 50 * time.Millisecond

// saldoBooks are Saldo nodes on one store.
type saldoBooks struct {
	nodes   []*saldoNode
	opened  []*saldotest.Account // by account, on the first node
	url     string
	readers sync.WaitGroup
	end     context.CancelFunc
	hot     atomic.Int64 // payments of the hot account that were acknowledged
	reads   atomic.Int64 // balances that were answered
}

type saldoNode struct {
	t       *testing.T
	books   *saldoBooks
	process *saldotest.Process
	as      []*saldotest.Client // by account

	mu      sync.Mutex
	unknown map[string]bool // payments of which a try may have been done
}

// newSaldoBooks starts Saldo nodes on a store and opens the accounts.
func newSaldoBooks(t *testing.T, store string, nodes int) *saldoBooks {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b := &saldoBooks{url: store, end: cancel}
	for range nodes {
		p := saldotest.StartServe(t, store)
		b.nodes = append(b.nodes, &saldoNode{t: t, books: b, process: p, unknown: make(map[string]bool)})
	}
	for range accounts {
		b.opened = append(b.opened, b.nodes[0].process.NewAccount(t, "1000000.00", ""))
	}
	for _, n := range b.nodes {
		for _, a := range b.opened {
			n.as = append(n.as, &saldotest.Client{URL: n.process.URL, Token: a.Token, HTTP: &http.Client{
				Timeout: tryMax, Transport: &http.Transport{MaxIdleConnsPerHost: clientsPerNode},
			}})
		}
		b.readers.Go(func() { n.readBalances(ctx) })
	}
	t.Cleanup(b.stopReaders)
	return b
}

func (b *saldoBooks) stopReaders() {
	b.end()
	b.readers.Wait()
}

func (b *saldoBooks) payers() []payer {
	var all []payer
	for _, n := range b.nodes {
		all = append(all, n)
	}
	return all
}

// pay sends one payment. A 409 acknowledges a payment that went through earlier,
// which may only be one whose try was not answered, or with UNKNOWN_OUTCOME: any
// other 503 promises that nothing was done.
func (n *saldoNode) pay(_ context.Context, account int, id string) error {
	answer, err := n.as[account].Do("POST", "/api/pix/cash-out", saldotest.Payment(id, "0.01"))
	switch {
	case err != nil:
		n.know(id, false)
		return err
	case answer.Status == http.StatusConflict && !n.isUnknown(id):
		n.t.Errorf("payment %s: 409, and all tries before were answered as not done", id)
	case answer.Status == http.StatusCreated, answer.Status == http.StatusConflict:
	case answer.Status == http.StatusServiceUnavailable:
		if strings.Contains(string(answer.Body), `"UNKNOWN_OUTCOME"`) {
			n.know(id, false)
		}
		return errNotDone
	default:
		n.t.Errorf("payment %s: %d %s", id, answer.Status, answer.Body)
		return errNotDone
	}
	n.know(id, true)
	if account == 0 {
		n.books.hot.Add(1)
	}
	return nil
}

var errNotDone = errors.New("not acknowledged")

// know remembers whether the outcome of a payment is known.
func (n *saldoNode) know(id string, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if known {
		delete(n.unknown, id)
	} else {
		n.unknown[id] = true
	}
}

func (n *saldoNode) isUnknown(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.unknown[id]
}

// readBalances asks for the balance of the hot account again and again. What was
// acknowledged before the question is in the answer, whichever node took it.
func (n *saldoNode) readBalances(ctx context.Context) {
	again := time.NewTicker(balanceRead)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		paid := money.Centavos(n.books.hot.Load())
		answer, err := n.as[0].Do("GET", "/api/balance", nil)
		if err != nil || answer.Status == http.StatusServiceUnavailable {
			continue
		}
		var b saldotest.Balance
		if err := json.Unmarshal(answer.Body, &b); err != nil || answer.Status != http.StatusOK {
			n.t.Errorf("balance: %d %s (%v)", answer.Status, answer.Body, err)
			continue
		}
		n.books.reads.Add(1)
		if blocked, err := money.ParseDecimal(b.Blocked.String()); err != nil || blocked < paid {
			n.t.Errorf("balance says %s are blocked, of payments alone it is %s (%v)", b.Blocked, paid, err)
		}
	}
}

// check looks every payment up, and holds each account's balance against them.
func (b *saldoBooks) check(t *testing.T, sent []payment) {
	b.stopReaders()
	held := make([]atomic.Int64, accounts)
	work := make(chan payment)
	var lookers sync.WaitGroup
	for i := range 8 {
		n := b.nodes[i%len(b.nodes)]
		lookers.Go(func() {
			for p := range work {
				held[p.account].Add(n.look(t, p))
			}
		})
	}
	for _, p := range sent {
		work <- p
	}
	close(work)
	lookers.Wait()
	for _, n := range b.nodes {
		for i := range b.opened {
			var got saldotest.Balance
			n.as[i].Must(t, http.StatusOK, "GET", "/api/balance", nil).JSON(t, &got)
			if want := money.Centavos(held[i].Load()).String(); got.Blocked.String() != want {
				t.Errorf("account %d: %s are blocked, its payments make it %s", i, got.Blocked, want)
			}
		}
	}
	t.Logf("%d balances were answered under load", b.reads.Load())
	for _, n := range b.nodes {
		if err := n.process.Stop(); err != nil {
			t.Errorf("stop: %v\n%s", err, n.process.Stderr())
		}
	}
	if out, err := saldotest.Run(t, "verify", "--store", b.url); err != nil || !strings.HasSuffix(out, "ok\n") {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// look returns what a payment holds of its account, in centavos.
func (n *saldoNode) look(t *testing.T, p payment) int64 {
	answer, err := n.as[p.account].Do("GET", "/api/pix/transaction/"+p.id, nil)
	if err != nil {
		t.Errorf("payment %s: %v", p.id, err)
		return 0
	}
	switch {
	case answer.Status == http.StatusOK:
	case answer.Status == http.StatusNotFound && !p.acked:
		return 0
	default:
		t.Errorf("payment %s (acknowledged: %v): %d %s", p.id, p.acked, answer.Status, answer.Body)
		return 0
	}
	var tx saldotest.Transaction
	if err := json.Unmarshal(answer.Body, &tx); err != nil || tx.ExternalID != p.id || tx.Status != "PENDING" {
		t.Errorf("payment %s is %+v (%v)", p.id, tx, err)
	}
	return 1
}
