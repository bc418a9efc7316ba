package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/pgtest"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// suspenseItem is one item of GET /suspense.
type suspenseItem struct {
	ID, EventID, Reason string
	Amount              json.Number
	Resolution          *struct {
		Action, At               string
		AccountID, TransactionID *string
		By, Note                 *string
	}
}

// suspense lists items of a status.
func suspense(t *testing.T, house *saldotest.Client, status string) []suspenseItem {
	t.Helper()
	var page struct {
		Data []suspenseItem
		Next *string
	}
	house.Must(t, http.StatusOK, "GET", "/suspense?status="+status, nil).JSON(t, &page)
	if page.Next != nil {
		t.Errorf("there is another page after %+v", page)
	}
	return page.Data
}

// houseSums is GET /house.
type houseSums struct {
	Customers struct {
		Accounts            int
		Gross, Blocked, Net json.Number
	}
	Settlement, Fees, Suspense, Difference json.Number
	OpenOrders                             []struct {
		Rail   string
		Count  int
		Amount json.Number
	}
	SuspenseItems, DeadLetters struct{ Count int }
	OpenHolds, MEDHolds        struct {
		Holds     int
		Held      json.Number
		Shortfall json.Number
	}
}

func sums(t *testing.T, house *saldotest.Client) (sums houseSums) {
	t.Helper()
	house.Must(t, http.StatusOK, "GET", "/house", nil).JSON(t, &sums)
	return sums
}

// suspended is a process with these items in suspense, in order: two receipts of 10.00
// and 20.00, a payment that is unknown, and 5.00 that came back of another.
type suspended struct {
	*saldotest.Process
	t     *testing.T
	house *saldotest.Client
	a     *saldotest.Account
	items []suspenseItem
}

// suspendedE2E is the end-to-end id of a receipt.
func suspendedE2E(n int) string { return fmt.Sprintf("E99999004202611201200%011d", n) }

func suspendedReceipt(n int, key, amount string) string {
	return fmt.Sprintf(`{"id":"s%d","type":"receipt.settled","endToEndId":%q,"pixKey":%q,"amount":%s}`,
		n, suspendedE2E(n), key, amount)
}

func newSuspended(t *testing.T, at place) *suspended {
	t.Helper()
	p := house(t, at)
	s := &suspended{Process: p, t: t, house: p.OperatorClient(), a: p.NewAccount(t, "0", "")}
	p.Event(t, "suspended", suspendedReceipt(1, "cedo@exemplo.com.br", "10.00"))
	p.Event(t, "suspended", suspendedReceipt(2, "ninguem@exemplo.com.br", "20.00"))
	p.Event(t, "suspended", `{"id":"s3","type":"payment.settled","transactionId":"1"}`)
	p.Event(t, "suspended", `{"id":"s4","type":"payment.returned","endToEndId":"E99999003202611201200a0000000001",`+
		`"returnId":"D99999004202611201200a0000000001","amount":5.00}`)
	s.items = suspense(t, s.house, "open")
	if len(s.items) != 4 || len(suspense(t, s.house, "resolved")) != 0 {
		t.Fatalf("in suspense: %+v", s.items)
	}
	return s
}

// resolve resolves the nth item, and returns how it is then.
func (s *suspended) resolve(n int, want int, body string) (item suspenseItem) {
	s.t.Helper()
	answer := s.house.Must(s.t, want, "POST", "/suspense/"+s.items[n-1].ID+"/resolve", body)
	if want == http.StatusOK {
		answer.JSON(s.t, &item)
	}
	return item
}

// credit is what credits the account.
func (s *suspended) credit() string {
	return fmt.Sprintf(`{"action":"credit","accountId":%q,"by":"Rita Exemplo","note":"por telefone"}`, s.a.ID)
}

func TestSuspenseIsAppliedOnceItFits(t *testing.T) { onEveryStore(t, testSuspenseIsAppliedOnceItFits) }

func testSuspenseIsAppliedOnceItFits(t *testing.T, at place) {
	s := newSuspended(t, at)
	s.resolve(1, http.StatusConflict, `{"action":"apply"}`)
	late := s.NewAccount(t, "0", `,"pixKeys":["cedo@exemplo.com.br"]`)
	var item suspenseItem
	for range 2 {
		item = s.resolve(1, http.StatusOK, `{"action":"apply"}`)
	}
	wantBalance(t, late, "10.00/0.00/10.00")
	r := item.Resolution
	if r == nil || r.Action != "apply" || r.AccountID == nil || *r.AccountID != late.ID || r.TransactionID == nil {
		t.Fatalf("resolved as %+v", item)
	}
	if m := late.Look(t, *r.TransactionID); m.EndToEndID != suspendedE2E(1) || m.Status != "CONFIRMED" {
		t.Errorf("the receipt is %+v", m)
	}
	s.resolve(1, http.StatusConflict, s.credit())
	s.resolve(4, http.StatusConflict, `{"action":"apply"}`)
	wantTrialBalance(t, s.Process)
}

// TestSuspenseIsCreditedAsAReceipt also wants the receipt to be found and disputed by
// its end-to-end id.
func TestSuspenseIsCreditedAsAReceipt(t *testing.T) {
	onEveryStore(t, testSuspenseIsCreditedAsAReceipt)
}

func testSuspenseIsCreditedAsAReceipt(t *testing.T, at place) {
	s := newSuspended(t, at)
	item := s.resolve(2, http.StatusOK, s.credit())
	wantBalance(t, s.a, "20.00/0.00/20.00")
	var found struct {
		Data []struct{ TransactionID json.Number }
	}
	s.a.Must(t, http.StatusOK, "GET", "/api/transactions?endToEndId="+suspendedE2E(2), nil).JSON(t, &found)
	r := item.Resolution
	if len(found.Data) != 1 || found.Data[0].TransactionID.String() != *r.TransactionID {
		t.Errorf("found by its end-to-end id: %+v", found)
	}
	if *r.By != "Rita Exemplo" || *r.Note != "por telefone" || r.At == "" {
		t.Errorf("resolved as %+v", r)
	}
	s.Event(t, "repeated", suspendedReceipt(2, "ninguem@exemplo.com.br", "20.00"))
	s.Event(t, "applied", fmt.Sprintf(
		`{"id":"m1","type":"med.opened","caseId":"c1","amount":4.00,"endToEndId":%q}`, suspendedE2E(2)))
	wantBalance(t, s.a, "20.00/4.00/16.00")
	got := sums(t, s.house)
	if got.MEDHolds.Holds != 1 || got.MEDHolds.Held != "4.00" || got.Suspense != "15.00" || got.SuspenseItems.Count != 3 {
		t.Errorf("the house has %+v", got)
	}
	wantTrialBalance(t, s.Process)
}

func TestTheOperatorSolvesSuspense(t *testing.T) { onEveryStore(t, testTheOperatorSolvesSuspense) }

func testTheOperatorSolvesSuspense(t *testing.T, at place) {
	s := newSuspended(t, at)
	for _, wrong := range []string{
		`{}`, `{"action":"burn"}`, `{"action":"credit"}`, `{"action":"returned"}`, `{"action":"apply","accountId":"1"}`,
		`{"action":"dismiss","note":" "}`,
	} {
		s.resolve(1, http.StatusBadRequest, wrong)
	}
	s.house.Must(t, http.StatusNotFound, "POST", "/suspense/1/resolve", `{"action":"apply"}`)
	s.resolve(1, http.StatusOK, s.credit())
	s.resolve(2, http.StatusConflict, `{"action":"dismiss","note":"x"}`)
	s.resolve(2, http.StatusConflict, fmt.Sprintf(`{"action":"debit","accountId":%q}`, s.a.ID))
	s.resolve(2, http.StatusOK, `{"action":"returned","note":"devolvido pelo portal"}`)
	s.resolve(3, http.StatusConflict, `{"action":"house","note":"x"}`)
	s.resolve(3, http.StatusOK, `{"action":"dismiss","note":"de teste"}`)
	s.resolve(4, http.StatusOK, `{"action":"house","note":"sem dono"}`)
	if left := suspense(t, s.house, "open"); len(left) != 0 || len(suspense(t, s.house, "resolved")) != 4 {
		t.Errorf("open: %+v", left)
	}
	wantTrialBalance(t, s.Process)
	got := sums(t, s.house)
	if got.Suspense != "0.00" || got.Fees != "5.00" || got.Difference != "0.00" || got.Settlement != "-48749.90" ||
		got.Customers.Accounts != 2 || got.Customers.Gross != "48744.90" || got.SuspenseItems.Count != 0 ||
		got.OpenHolds.Held != got.Customers.Blocked {
		t.Errorf("the house has %+v", got)
	}
}

// TestSuspenseIsResolvedOnce has many resolve the same item at the same time, for two
// accounts.
func TestSuspenseIsResolvedOnce(t *testing.T) { onEveryStore(t, testSuspenseIsResolvedOnce) }

func testSuspenseIsResolvedOnce(t *testing.T, at place) {
	p := house(t, at)
	house := p.OperatorClient()
	accounts := []*saldotest.Account{p.NewAccount(t, "0", ""), p.NewAccount(t, "0", "")}
	p.Event(t, "suspended", `{"id":"s1","type":"receipt.settled","pixKey":"ninguem@exemplo.com.br","amount":10.00,`+
		`"endToEndId":"E9999900420261120120000000000001"}`)
	path := "/suspense/" + suspense(t, house, "open")[0].ID + "/resolve"
	var callers sync.WaitGroup
	statuses := make([]int, 20)
	for i := range statuses {
		callers.Go(func() {
			answer, err := house.Do("POST", path, fmt.Sprintf(`{"action":"credit","accountId":%q}`, accounts[i%2].ID))
			if err != nil {
				t.Error(err)
				return
			}
			statuses[i] = answer.Status
		})
	}
	callers.Wait()
	first := 0 // whose caller came first
	if statuses[1] == http.StatusOK {
		first = 1
	}
	for i, status := range statuses {
		if want := map[bool]int{true: http.StatusOK, false: http.StatusConflict}[i%2 == first]; status != want {
			t.Errorf("caller %d is answered %d, want %d", i, status, want)
		}
	}
	wantBalance(t, accounts[first], "10.00/0.00/10.00")
	wantBalance(t, accounts[1-first], "0.00/0.00/0.00")
	wantTrialBalance(t, p)
}

func TestTheHouseAtAGlance(t *testing.T) { onEveryStore(t, testTheHouseAtAGlance) }

func testTheHouseAtAGlance(t *testing.T, at place) {
	p := house(t, at)
	house := p.OperatorClient()
	a := p.NewAccount(t, "100.00", "")
	a.Pay(t, "p1", "10.00")
	a.Pay(t, "p2", "15.00")
	house.Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds",
		`{"amount":90.00,"reason":"judicial","sweep":true}`)
	var holds struct {
		Total struct{ Held, Shortfall json.Number }
		Ages  []struct {
			Age   string
			Holds int
		}
		Reasons []struct {
			Reason          string
			Holds           int
			Held, Shortfall json.Number
			OldestAt        *string
			Ages            []struct {
				Age   string
				Holds int
			}
		}
	}
	house.Must(t, http.StatusOK, "GET", "/holds/summary", nil).JSON(t, &holds)
	if len(holds.Reasons) != 2 || holds.Ages[0].Age != "under 1h" || holds.Ages[0].Holds != 3 || holds.Ages[4].Holds != 0 {
		t.Fatalf("holds %+v", holds)
	}
	if r := holds.Reasons[0]; r.Reason != "payment" || r.Holds != 2 || r.Held != "25.00" || r.OldestAt == nil ||
		r.Ages[0].Holds != 2 {
		t.Errorf("payments: %+v", r)
	}
	if r := holds.Reasons[1]; r.Reason != "judicial" || r.Holds != 1 || r.Held != "75.00" || r.Shortfall != "15.00" {
		t.Errorf("judicial: %+v", r)
	}
	got := sums(t, house)
	if got.Customers.Net != "48734.90" || got.OpenHolds.Held != "100.00" || got.OpenHolds.Shortfall != "15.00" {
		t.Errorf("the house has %+v", got)
	}
	if o := got.OpenOrders[0]; o.Rail != "rail.http" || o.Count != 2 || o.Amount != "25.00" {
		t.Errorf("orders %+v", o)
	}
	var nodes struct {
		Nodes []struct {
			Self, Alive, Ready                   bool
			Version, Since, SeenAt, LastCommitAt string
		}
		Backlog []struct {
			Topic      string
			Count, Due int
		}
	}
	house.Must(t, http.StatusOK, "GET", "/nodes", nil).JSON(t, &nodes)
	if len(nodes.Nodes) != 1 || len(nodes.Backlog) < 3 {
		t.Fatalf("nodes %+v", nodes)
	}
	if n := nodes.Nodes[0]; !n.Self || !n.Alive || !n.Ready || n.Version == "" || n.LastCommitAt < n.Since {
		t.Errorf("this node: %+v", n)
	}
	if b := nodes.Backlog[0]; b.Topic != "rail.http" || b.Count != 2 || b.Due > 2 {
		t.Errorf("backlog %+v", b)
	}
}

// TestNodesKnowOfEachOther starts two nodes on one database, and ends one the hard
// way and one in order.
func TestNodesKnowOfEachOther(t *testing.T) {
	database := pgtest.Shared(t).NewDatabase(t)
	if _, err := saldotest.Run(t, "migrate", "--store", database); err != nil {
		t.Fatal(err)
	}
	first := saldotest.StartServe(t, database)
	await := func(what string, lives ...bool) {
		t.Helper()
		var seen string
		for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(50 * time.Millisecond) {
			var all struct {
				Nodes []struct {
					Node                                 int
					Self, Alive, Ready                   bool
					Version, Since, SeenAt, LastCommitAt string
				}
			}
			first.OperatorClient().Must(t, http.StatusOK, "GET", "/nodes", nil).JSON(t, &all)
			var alive []bool
			self := 0
			for _, n := range all.Nodes {
				alive = append(alive, n.Alive)
				if n.Self {
					self++
				}
			}
			if slices.Equal(alive, lives) && self == 1 {
				return
			}
			seen = fmt.Sprintf("%+v", all)
		}
		t.Fatalf("%s: %s", what, seen)
	}
	await("one", true)
	second, third := saldotest.StartServe(t, database), saldotest.StartServe(t, database)
	await("three", true, true, true)
	if err := third.Stop(); err != nil {
		t.Fatal(err)
	}
	await("one has stopped", true, true)
	second.Kill()
	await("one was killed", true, false)
}
