package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// patience bounds the wait for what happens by itself.
const patience = 30 * time.Second

// eventually waits until is returns nothing, and fails with what it last said.
func eventually(t *testing.T, is func() string) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		why := is()
		if why == "" {
			return
		}
		select {
		case <-deadline.C:
			t.Fatal(why)
		case <-tick.C:
		}
	}
}

// becomes waits until a transaction has a status.
func becomes(t *testing.T, c *saldotest.Client, id, status string) {
	t.Helper()
	eventually(t, func() string {
		var tx saldotest.Transaction
		c.Must(t, http.StatusOK, "GET", "/api/pix/transaction/"+id, nil).JSON(t, &tx)
		if tx.Status == status {
			return ""
		}
		return fmt.Sprintf("transaction %s is %s, not %s", id, tx.Status, status)
	})
}

// pay places a payment to a key and returns its id.
func pay(t *testing.T, c *saldotest.Client, externalID, value, key string) string {
	t.Helper()
	body := saldotest.Payment(externalID, value)
	if key != "" {
		body = strings.Replace(body, "maria@exemplo.com.br", key, 1)
	}
	var tx saldotest.Transaction
	c.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", body).JSON(t, &tx)
	return tx.TransactionID
}

// freeAddr is a port of this machine that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestTheExampleAdapterSettlesOrders runs the example of the documentation, which
// is killed and started again while orders wait.
func TestTheExampleAdapterSettlesOrders(t *testing.T) {
	onEveryStore(t, testTheExampleAdapterSettlesOrders)
}

func testTheExampleAdapterSettlesOrders(t *testing.T, at place) {
	binary := filepath.Join(t.TempDir(), "adapter")
	build := exec.Command("go", "build", "-o", binary, "github.com/saldo-pix/saldo/examples/adapter")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	addr := freeAddr(t)
	p := saldotest.Start(t, at.new(t), "--rail", "http", "--rail-url", "http://"+addr)
	a := p.NewAccount(t, "1000.00", "")
	lost := pay(t, a.Client, "before", "10.00", "") // nobody takes orders yet

	file := filepath.Join(t.TempDir(), "orders.jsonl")
	start := func(delay string) *exec.Cmd {
		c := exec.Command(binary, "-addr", addr, "-saldo", p.OperatorURL, "-file", file, "-delay", delay)
		c.Env = []string{"SALDO_RAIL_SECRET=" + p.OperatorToken, "SALDO_OPERATOR_TOKEN=" + p.OperatorToken}
		var log bytes.Buffer
		c.Stdout, c.Stderr = &log, &log
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = c.Process.Kill()
			_ = c.Wait()
			if t.Failed() {
				t.Logf("adapter: %s", log.String())
			}
		})
		return c
	}
	first := start("1h")
	kept := pay(t, a.Client, "kept", "20.00", "")
	eventually(t, func() string {
		raw, err := http.Get("http://" + addr + "/orders/" + kept)
		if err != nil {
			return err.Error()
		}
		defer raw.Body.Close()
		if raw.StatusCode != http.StatusUnauthorized { // it listens, and tells nothing unsigned
			return raw.Status
		}
		return ""
	})
	_ = first.Process.Kill()
	_ = first.Wait()
	wantBalance(t, a, "1000.00/30.00/970.00")

	start("1ms")
	refusedPay := pay(t, a.Client, "refused", "30.00", "rejeitar@exemplo.com.br")
	becomes(t, a.Client, lost, "CONFIRMED")
	becomes(t, a.Client, refusedPay, "ERROR")
	becomes(t, a.Client, pay(t, a.Client, "after", "40.00", ""), "CONFIRMED")
	wantTrialBalance(t, p)
}

// moodyAdapter takes orders as a test tells it to.
type moodyAdapter struct {
	mu     sync.Mutex
	orders []map[string]any // as received, in order
	status []int            // what the next orders are answered; then 202
	states map[string]string
}

func (m *moodyAdapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Method == http.MethodGet {
		state, ok := m.states[filepath.Base(r.URL.Path)]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"state":"`+state+`"}`)
		return
	}
	var o map[string]any
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.orders = append(m.orders, o)
	status := http.StatusAccepted
	if len(m.status) > 0 {
		status, m.status = m.status[0], m.status[1:]
	}
	w.WriteHeader(status)
}

func (m *moodyAdapter) received() []map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]map[string]any(nil), m.orders...)
}

// TestAnOrderIsRepeatedWithTheSameIDUntilItIsTaken proves that nothing but a 2xx
// takes an order, and that every try carries the same ids.
func TestAnOrderIsRepeatedWithTheSameIDUntilItIsTaken(t *testing.T) {
	adapter := &moodyAdapter{status: []int{500, 404, 302}}
	sink := httptest.NewServer(adapter)
	defer sink.Close()
	p := saldotest.Start(t, saldotest.Place{Dir: t.TempDir()}, "--rail", "http", "--rail-url", sink.URL)
	a := p.NewAccount(t, "100.00", "")
	id := pay(t, a.Client, "x", "25.90", "")
	eventually(t, func() string {
		if n := len(adapter.received()); n < 4 {
			return fmt.Sprintf("%d tries", n)
		}
		return ""
	})
	for i, o := range adapter.received() {
		if o["orderId"] != id || o["endToEndId"] != adapter.orders[0]["endToEndId"] || o["type"] != "payment" {
			t.Errorf("try %d: %v", i, o)
		}
	}
	wantBalance(t, a, "100.00/25.90/74.10") // no answer of the adapter's is an outcome
}
