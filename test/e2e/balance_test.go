// Package e2e proves the real binary through HTTP, as merchants and the operator
// use it.
package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"regexp"
	"sync"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/test/pgtest"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// place is a kind of place where books can be.
type place struct {
	name string
	new  func(*testing.T) saldotest.Place // an empty one
}

// places are the kinds of place that every test runs on.
var places = []place{
	{"pebble", func(t *testing.T) saldotest.Place { return saldotest.Place{Dir: t.TempDir()} }},
	{"postgres", func(t *testing.T) saldotest.Place {
		return saldotest.Place{Dir: t.TempDir(), URL: pgtest.Shared(t).NewDatabase(t)}
	}},
}

// onEveryStore runs a test on every kind of place.
func onEveryStore(t *testing.T, test func(*testing.T, place)) {
	t.Helper()
	for _, at := range places {
		t.Run(at.name, func(t *testing.T) { test(t, at) })
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	saldotest.RemoveBinaries()
	os.Exit(code)
}

// house returns a process whose rail is driven by events.
func house(t *testing.T, at place) *saldotest.Process {
	t.Helper()
	return saldotest.Start(t, at.new(t), "--rail", "http")
}

// wantBalance checks gross/blocked/net.
func wantBalance(t *testing.T, a *saldotest.Account, want string) {
	t.Helper()
	if got := a.Balance(t); got != want {
		t.Fatalf("balance %s, want %s", got, want)
	}
}

var balanceShape = regexp.MustCompile(
	`^\{"grossBalance":48734\.90,"blockedBalance":0\.00,"netBalance":48734\.90,` +
		`"consultedAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}$`)

func TestTheDemoMerchantsBalanceHasTheContractsShape(t *testing.T) {
	onEveryStore(t, testTheDemoMerchantsBalanceHasTheContractsShape)
}

func testTheDemoMerchantsBalanceHasTheContractsShape(t *testing.T, at place) {
	p := house(t, at)
	answer := p.Merchant().Must(t, http.StatusOK, "GET", "/api/balance", nil)
	if !balanceShape.Match(answer.Body) {
		t.Errorf("balance %s", answer.Body)
	}
	if got := answer.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("Cache-Control: %s", got)
	}
	if got := answer.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type: %s", got)
	}
	var bacen struct {
		Data []struct {
			EventDate     string
			BalanceAmount struct{ Available, Blocked, Overdraft json.Number }
		}
	}
	p.Merchant().Must(t, http.StatusOK, "GET", "/accounts/balances", nil).JSON(t, &bacen)
	if len(bacen.Data) != 1 || bacen.Data[0].BalanceAmount.Available != "48734.90" ||
		bacen.Data[0].BalanceAmount.Blocked != "0.00" || bacen.Data[0].BalanceAmount.Overdraft != "0" {
		t.Errorf("Bacen balance %+v", bacen)
	}
}

// TestTheStoryOfABalance is the run of figures that the product promises.
func TestTheStoryOfABalance(t *testing.T) { onEveryStore(t, testTheStoryOfABalance) }

func testTheStoryOfABalance(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", "")
	wantBalance(t, a, "1000.00/0.00/1000.00")

	tx := a.Pay(t, "pay-1", "250.00")
	wantBalance(t, a, "1000.00/250.00/750.00")
	p.Event(t, "applied", fmt.Sprintf(`{"id":"e1","type":"payment.settled","transactionId":%q}`, tx.TransactionID))
	wantBalance(t, a, "750.00/0.00/750.00")

	tx = a.Pay(t, "pay-2", "100.00")
	wantBalance(t, a, "750.00/100.00/650.00")
	p.Event(t, "applied", fmt.Sprintf(`{"id":"e2","type":"payment.rejected","endToEndId":%q,"errorCode":"AC03"}`,
		a.Look(t, "pay-2").EndToEndID))
	wantBalance(t, a, "750.00/0.00/750.00")
	if got := a.Look(t, tx.TransactionID); got.Status != "ERROR" {
		t.Errorf("rejected payment shows %s", got.Status)
	}

	txid := charge(t, a, "sale-1", "80.00")
	wantBalance(t, a, "750.00/0.00/750.00")
	receipt := `"endToEndId":"E9999900420261120120000000000001","txId":"` + txid + `","amount":80.00`
	p.Event(t, "applied", `{"id":"e3","type":"receipt.processing",`+receipt+`}`)
	wantBalance(t, a, "830.00/80.00/750.00")
	p.Event(t, "applied", `{"id":"e4","type":"receipt.settled",`+receipt+`}`)
	wantBalance(t, a, "830.00/0.00/830.00")
	p.Event(t, "repeated", `{"id":"e4","type":"receipt.settled",`+receipt+`}`)
	wantBalance(t, a, "830.00/0.00/830.00")

	oneOfTwo(t, a)
	wantTrialBalance(t, p)
}

// oneOfTwo sends two payments of 600.00 at the same instant from net 830.00.
func oneOfTwo(t *testing.T, a *saldotest.Account) {
	t.Helper()
	var statuses [2]int
	var both sync.WaitGroup
	for i := range statuses {
		both.Go(func() {
			answer, err := a.Do("POST", "/api/pix/cash-out", saldotest.Payment(fmt.Sprintf("twin-%d", i), "600.00"))
			if err != nil {
				t.Error(err)
			}
			statuses[i] = answer.Status
		})
	}
	both.Wait()
	if statuses[0]+statuses[1] != http.StatusCreated+http.StatusBadRequest {
		t.Fatalf("statuses %v: exactly one must be accepted", statuses)
	}
	wantBalance(t, a, "830.00/600.00/230.00")
}

// TestTheWorkedRunWithFees is contract §12.
func TestTheWorkedRunWithFees(t *testing.T) { onEveryStore(t, testTheWorkedRunWithFees) }

func testTheWorkedRunWithFees(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", `,"fees":{"cashIn":{"fixed":0.40},"cashOut":{"fixed":0.40},"refundIn":{"fixed":0.40}}`)
	txid := charge(t, a, "sale-1", "100.00")
	wantBalance(t, a, "0.00/0.00/0.00")
	p.Event(t, "applied", `{"id":"r1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000002",`+
		`"txId":"`+txid+`","amount":100.00,"payer":{"name":"Jose Exemplo","document":"11144477735"}}`)
	wantBalance(t, a, "99.60/0.00/99.60")
	if got := a.Look(t, "sale-1"); got.Status != "CONFIRMED" || got.FinalAmount != "99.60" || got.FeeAmount != "0.40" {
		t.Errorf("receipt %+v", got)
	}

	first := a.Pay(t, "pay-1", "50.00")
	wantBalance(t, a, "99.60/50.40/49.20")
	p.Event(t, "applied", `{"id":"s1","type":"payment.settled","transactionId":`+first.TransactionID+`}`)
	wantBalance(t, a, "49.20/0.00/49.20")
	second := a.Pay(t, "pay-2", "20.00")
	wantBalance(t, a, "49.20/20.40/28.80")
	p.Event(t, "applied", `{"id":"s2","type":"payment.rejected","transactionId":"`+second.TransactionID+`"}`)
	wantBalance(t, a, "49.20/0.00/49.20")
	wantTrialBalance(t, p)
}

// charge creates a charge and returns its txid, read from its BR Code.
func charge(t *testing.T, a *saldotest.Account, externalID, value string) string {
	t.Helper()
	var tx saldotest.Transaction
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge(externalID, value)).JSON(t, &tx)
	return txidOf(t, tx.PixCode)
}

// txidOf reads the txid from a charge's BR Code.
func txidOf(t testing.TB, pixCode string) string {
	t.Helper()
	code, err := pixid.ParseBRCode(pixCode)
	if err != nil {
		t.Fatalf("BR Code %s: %v", pixCode, err)
	}
	return path.Base(code.URL)
}

func wantTrialBalance(t *testing.T, p *saldotest.Process) {
	t.Helper()
	var trial struct {
		Difference json.Number
		Balanced   bool
	}
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/trial-balance", nil).JSON(t, &trial)
	if !trial.Balanced || trial.Difference != "0.00" {
		t.Fatalf("trial balance %+v", trial)
	}
}
