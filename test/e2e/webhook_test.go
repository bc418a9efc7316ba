package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// TestKilledAtAnyInstantEverybodyIsTold kills the process with kill -9 while it
// tells of payments to a sink that answers some of the time and else hangs. Every
// payment of which the outcome was acknowledged is told in the end.
func TestKilledAtAnyInstantEverybodyIsTold(t *testing.T) {
	onEveryStore(t, testKilledAtAnyInstantEverybodyIsTold)
}

// told is a sink that remembers what it has taken.
type told struct {
	mu      sync.Mutex
	hanging bool           // guarded by mu
	times   map[string]int // by transaction; guarded by mu
}

func (s *told) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		TransactionID string `json:"transactionId"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	hangs := s.hanging && rand.IntN(3) == 0
	if !hangs {
		s.times[body.TransactionID]++
	}
	s.mu.Unlock()
	if hangs {
		<-r.Context().Done() // until the process is killed
	}
}

func (s *told) hang(hanging bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hanging = hanging
}

// untold lists the payments that are settled and were not told.
func (s *told) untold(all []ack) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, a := range all {
		if a.settled && s.times[a.transactionID] == 0 {
			list = append(list, a.transactionID)
		}
	}
	return list
}

func testKilledAtAnyInstantEverybodyIsTold(t *testing.T, at place) {
	rounds := 8
	if at.name == "postgres" {
		rounds = 2 // what the killed one was at is free again after half a minute
	}
	sink := &told{times: make(map[string]int)}
	server := httptest.NewServer(sink)
	defer server.Close()
	defer server.CloseClientConnections()
	books := at.new(t)
	p := saldotest.StartFast(t, books, "--rail", "http")
	a := p.NewAccount(t, opening.String(), "")
	a.Must(t, http.StatusOK, "POST", "/api/webhooks", map[string]string{"url": server.URL, "eventType": "cash_out"})
	var all []ack
	for round := range rounds {
		sink.hang(true)
		all = append(all, loadAndKill(p, a, round, time.Duration(100+rand.IntN(200))*time.Millisecond)...)
		sink.hang(false)
		p = saldotest.StartFast(t, books, "--rail", "http")
		a.URL = p.URL
	}
	deadline := time.Now().Add(2 * time.Minute)
	for len(sink.untold(all)) > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	settled := 0
	for _, one := range all {
		if one.settled {
			settled++
		}
	}
	if left := sink.untold(all); len(left) > 0 || settled < rounds {
		t.Errorf("%d of %d settled payments were never told, among them %v", len(left), settled, left[:min(len(left), 3)])
	}
	if err := p.Stop(); err != nil {
		t.Fatalf("stop: %v\n%s", err, p.Stderr())
	}
	saldotest.Verify(t, books)
}
