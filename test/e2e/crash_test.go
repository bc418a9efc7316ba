package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// Load of the crash test. Kills can be raised by SALDO_TEST_KILLS.
const (
	killsDefault = 50
	connections  = 64
	startMax     = time.Second

	opening money.Centavos = 100_000_000_00
)

// ack is what a client keeps of the operations that were answered.
type ack struct {
	externalID, transactionID string
	settled                   bool
}

// TestKilledAtAnyInstantNothingAcknowledgedIsLost kills the process with kill -9
// under load from 64 connections, again and again on the same folder. Every
// payment that was answered 201 is there afterwards, with its hold or its
// outcome, none twice.
func TestKilledAtAnyInstantNothingAcknowledgedIsLost(t *testing.T) {
	onEveryStore(t, testKilledAtAnyInstantNothingAcknowledgedIsLost)
}

func testKilledAtAnyInstantNothingAcknowledgedIsLost(t *testing.T, at place) {
	kills := killsDefault
	if n, err := strconv.Atoi(os.Getenv("SALDO_TEST_KILLS")); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	books := at.new(t)
	p := saldotest.StartFast(t, books, "--rail", "http")
	a := p.NewAccount(t, opening.String(), "")

	var all []ack
	var slowest time.Duration
	for round := range kills {
		load := time.Duration(20+chance.IntN(180)) * time.Millisecond
		all = append(all, loadAndKill(p, a, round, load)...)
		p = saldotest.StartFast(t, books, "--rail", "http")
		slowest = max(slowest, p.Started)
		a.URL = p.URL
		checkAcks(t, p, a, all[max(0, len(all)-recheck):])
	}
	checkAcks(t, p, a, all)
	wantTrialBalance(t, p)
	if err := p.Stop(); err != nil {
		t.Fatalf("stop: %v\n%s", err, p.Stderr())
	}
	saldotest.Verify(t, books)
	checkBooks(t, books, a.ID)
	t.Logf("%d kills, %d payments acknowledged, slowest start %s", kills, len(all), slowest)
	if slowest > startMax {
		t.Errorf("starting again took %s, at most %s is promised", slowest, startMax)
	}
	if len(all) < kills {
		t.Errorf("only %d payments in %d rounds: the load proves nothing", len(all), kills)
	}
}

// checkBooks reads the folder of the stopped process: no externalId is there
// twice, and the balance is what the payments make it.
func checkBooks(t *testing.T, at saldotest.Place, account string) {
	t.Helper()
	url := at.URL
	if url == "" {
		url = "pebble:" + at.Dir
	}
	store, err := server.OpenStore(url, server.StoreOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	id, err := ledger.ParseAccountID(account)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	want := ledger.Balance{Posted: opening}
	for m, err := range store.EachMovement(t.Context()) {
		switch {
		case err != nil:
			t.Fatal(err)
		case seen[m.ExternalID]:
			t.Errorf("payment %s is there twice", m.ExternalID)
		case m.Status == pix.Pending:
			want.Held += m.Total()
		case m.Status == pix.Confirmed:
			want.Posted -= m.Total()
		}
		seen[m.ExternalID] = true
	}
	got, err := store.Account(t.Context(), id)
	if err != nil || got.Balance != want {
		t.Errorf("balance %+v, the payments make it %+v (%v)", got.Balance, want, err)
	}
}

// recheck is how many of the newest payments are looked up after each kill; all
// are at the end.
const recheck = 300

// loadAndKill pays and settles from many connections, kills the process after a
// while, and returns what was acknowledged.
func loadAndKill(p *saldotest.Process, a *saldotest.Account, round int, load time.Duration) []ack {
	var mu sync.Mutex
	var acks []ack
	house := p.OperatorClient()
	var clients sync.WaitGroup
	for c := range connections {
		clients.Go(func() {
			for n := 0; ; n++ {
				k := ack{externalID: fmt.Sprintf("k%d-%d-%d", round, c, n)}
				answer, err := a.Do("POST", "/api/pix/cash-out", saldotest.Payment(k.externalID, "0.01"))
				if err != nil || answer.Status != http.StatusCreated {
					return // killed
				}
				var tx saldotest.Transaction
				_ = json.Unmarshal(answer.Body, &tx)
				k.transactionID = tx.TransactionID
				if n%2 == 0 {
					event := fmt.Sprintf(`{"id":"s-%s","type":"payment.settled","transactionId":%s}`, k.externalID, tx.TransactionID)
					answer, err := house.Do("POST", "/rail/events", event)
					k.settled = err == nil && answer.Status == http.StatusOK
				}
				mu.Lock()
				acks = append(acks, k)
				mu.Unlock()
			}
		})
	}
	timer := time.NewTimer(load)
	<-timer.C
	p.Kill()
	clients.Wait()
	return acks
}

// checkAcks looks every acknowledged payment up by its externalId.
func checkAcks(t *testing.T, p *saldotest.Process, a *saldotest.Account, acks []ack) {
	t.Helper()
	work := make(chan ack)
	var lookers sync.WaitGroup
	for range 8 {
		lookers.Go(func() {
			for k := range work {
				checkAck(t, a, k)
			}
		})
	}
	for _, k := range acks {
		work <- k
	}
	close(work)
	lookers.Wait()
	if t.Failed() {
		t.Fatalf("acknowledged payments are lost\n%s", p.Stderr())
	}
}

func checkAck(t *testing.T, a *saldotest.Account, k ack) {
	answer, err := a.Do("GET", "/api/pix/transaction/"+k.externalID, nil)
	if err != nil || answer.Status != http.StatusOK {
		t.Errorf("payment %s: %d %v", k.externalID, answer.Status, err)
		return
	}
	var tx saldotest.Transaction
	if err := json.Unmarshal(answer.Body, &tx); err != nil {
		t.Error(err)
	}
	switch {
	case tx.ID != k.transactionID:
		t.Errorf("payment %s is %s, was answered as %s", k.externalID, tx.ID, k.transactionID)
	case k.settled && tx.Status != "CONFIRMED":
		t.Errorf("payment %s was settled and is %s", k.externalID, tx.Status)
	case tx.Status != "PENDING" && tx.Status != "CONFIRMED":
		t.Errorf("payment %s is %s", k.externalID, tx.Status)
	}
}
