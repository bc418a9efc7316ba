package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// hooks is a merchant's receiver of webhooks.
type hooks struct {
	mu   sync.Mutex
	seen []map[string]any // bodies, in the order in which they came
}

func (h *hooks) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var body map[string]any
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		panic(http.ErrAbortHandler)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, body)
}

func (h *hooks) bodies() []map[string]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]map[string]any(nil), h.seen...)
}

// hookEvents are all events that a webhook can be configured for.
var hookEvents = []string{
	"cash_in", "cash_out", "refund_in", "refund_out", "med_created", "med_accepted", "med_rejected",
}

// The fields that a webhook has, and no others: of a movement, of what is given back besides, and of a MED case
// (contract §7.3, §5.3).
var (
	movementFields = []string{
		"event", "status", "transactionType", "movementType", "transactionId", "externalId", "endToEndId", "pixKey",
		"feeAmount", "originalAmount", "finalAmount", "processingDate", "errorCode", "errorMessage", "counterpart",
		"metadata",
	}
	reversalFields = append(slices.Clone(movementFields), "parentTransaction")
	caseFields     = []string{
		"event", "medId", "idSolicitacaoDevolucao", "endToEndId", "status", "reason", "cause", "description",
		"analysisResult", "analysisDetails", "originalTransaction", "blockStatus", "blockedAmount", "defenseStatus",
		"requestingBank", "contestedBank", "statusHistory", "createdAt", "updatedAt",
	}
)

// fee is what every operation of the day costs.
const fee = money.Centavos(40)

// day is a merchant's whole day, with a model of what must come of it.
type day struct {
	t    *testing.T
	p    *saldotest.Process
	a    *saldotest.Account
	rng  *rand.Rand
	hook *hooks

	net, blocked money.Centavos
	credits      map[string]money.Centavos // by transaction: what came in, without fees
	txids        map[string]string
	wanted       map[string]map[string]any // webhooks by event and transaction: some of their fields
	kinds        map[string]int            // final lines of the statement, by operation and status
	events       int
}

// TestAMerchantsWholeDay is 200 charges of which 150 are paid, 60 payouts of which 5 are rejected, 7 partial returns,
// and two MED cases: one accepted with a shortfall that later credits fill, one rejected.
func TestAMerchantsWholeDay(t *testing.T) { onEveryStore(t, testAMerchantsWholeDay) }

func testAMerchantsWholeDay(t *testing.T, at place) {
	where := at.new(t)
	d := &day{
		t: t, p: saldotest.Start(t, where, "--rail", "http"), hook: new(hooks), rng: rand.New(rand.NewPCG(20261120, 1)),
		credits: map[string]money.Centavos{}, txids: map[string]string{}, wanted: map[string]map[string]any{},
		kinds: map[string]int{},
	}
	sink := httptest.NewServer(d.hook)
	defer sink.Close()
	d.a = d.p.NewAccount(t, "0.00",
		`,"fees":{"cashIn":{"fixed":0.40},"cashOut":{"fixed":0.40},"refundIn":{"fixed":0.40}}`)
	for _, event := range hookEvents {
		d.a.Must(t, http.StatusOK, "POST", "/api/webhooks", map[string]any{"url": sink.URL, "eventType": event})
	}

	charges := d.charge(200)
	d.wantBalance("nothing is paid")
	d.receive(charges[:100])
	payouts := d.payOut(60)
	d.wantBalance("60 payouts are on their way")
	d.settle(payouts)
	d.refund(charges[:7])
	d.wantBalance("7 returns are done")
	d.reject(d.openMED("MED-REJEITADO", charges[20], false))
	accepted := d.openMED("MED-ACEITO", charges[30], true)
	d.receive(charges[100:150])
	d.accept(accepted)
	d.wantBalance("the day is over")

	d.checkStatement()
	d.checkHooks()
	wantTrialBalance(t, d.p)
	if err := d.p.Stop(); err != nil {
		t.Fatalf("stop: %v\n%s", err, d.p.Stderr())
	}
	saldotest.Verify(t, where)
}

// side runs n things, some at the same time.
func side(n int, do func(i int)) {
	var running sync.WaitGroup
	for w := range 8 {
		running.Go(func() {
			for i := w; i < n; i += 8 {
				do(i)
			}
		})
	}
	running.Wait()
}

func (d *day) wantBalance(when string) {
	d.t.Helper()
	want := fmt.Sprintf("%s/%s/%s", d.net+d.blocked, d.blocked, d.net)
	if got := d.a.Balance(d.t); got != want {
		d.t.Fatalf("%s: balance %s, want %s", when, got, want)
	}
}

// event tells the rail's events in an order of chance, each twice, with the second of each pair changing nothing.
func (d *day) event(events []string) {
	d.t.Helper()
	twice := append(append([]string(nil), events...), events...)
	d.rng.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
	body := "["
	for i, e := range twice {
		if i > 0 {
			body += ","
		}
		body += e
	}
	var results []struct{ ID, Result string }
	d.p.OperatorClient().Must(d.t, http.StatusOK, "POST", "/rail/events", body+"]").JSON(d.t, &results)
	applied := map[string]int{}
	for _, r := range results {
		if r.Result == "applied" {
			applied[r.ID]++
		} else if r.Result != "repeated" {
			d.t.Errorf("event %s: %s", r.ID, r.Result)
		}
	}
	for id, times := range applied {
		if times != 1 {
			d.t.Errorf("event %s was applied %d times", id, times)
		}
	}
	if len(applied) != len(events) {
		d.t.Errorf("%d of %d events were applied", len(applied), len(events))
	}
}

// id returns a new id for an event, and its beginning.
func (d *day) begin(kind string) string {
	d.events++
	return fmt.Sprintf(`{"id":"e%d","type":%q,"at":"2026-11-20T12:00:00Z"`, d.events, kind)
}

func (d *day) expect(event, status, transaction string, amount, costs, final money.Centavos) map[string]any {
	movement := "DEBIT"
	if event == "CashIn" {
		movement = "CREDIT"
	}
	want := map[string]any{
		"event": event, "status": status, "transactionId": transaction, "movementType": movement,
		"transactionType": "PIX", "originalAmount": amount, "feeAmount": costs, "finalAmount": final,
		"errorCode": nil, "errorMessage": nil,
	}
	d.wanted[event+" "+transaction] = want
	return want
}

// charge creates n charges and returns their ids.
func (d *day) charge(n int) []string {
	ids := make([]string, n)
	var mu sync.Mutex
	side(n, func(i int) {
		amount := money.Centavos(1000 + 37*i)
		var tx saldotest.Transaction
		d.a.Must(d.t, http.StatusCreated, "POST", "/api/pix/cash-in",
			saldotest.Charge(fmt.Sprintf("sale-%d", i), amount.String())).JSON(d.t, &tx)
		mu.Lock()
		defer mu.Unlock()
		ids[i], d.credits[tx.TransactionID] = tx.TransactionID, amount
		d.txids[tx.TransactionID] = txidOf(d.t, tx.PixCode)
		d.kinds["Pix in Pendente"]++
	})
	return ids
}

func receivedID(id string) string { return fmt.Sprintf("E99999004202611201200%011s", id[len(id)-9:]) }

// receive has charges paid.
func (d *day) receive(ids []string) {
	var events []string
	for _, id := range ids {
		amount := d.credits[id]
		events = append(events, d.begin("receipt.settled")+fmt.Sprintf(
			`,"endToEndId":%q,"txId":%q,"amount":%s,"payer":{"name":"Jose Exemplo","document":"11144477735"}}`,
			receivedID(id), d.txids[id], amount))
		d.net += amount - fee
		d.kinds["Pix in Pendente"]--
		d.kinds["Pix in Confirmado"]++
		d.expect("CashIn", "CONFIRMED", id, amount, fee, amount-fee)["endToEndId"] = receivedID(id)
	}
	d.event(events)
}

type payout struct {
	id     string
	amount money.Centavos
}

// payOut sends n payments.
func (d *day) payOut(n int) []payout {
	all := make([]payout, n)
	side(n, func(i int) {
		amount := money.Centavos(500 + 11*i)
		all[i] = payout{d.a.Pay(d.t, fmt.Sprintf("pay-%d", i), amount.String()).TransactionID, amount}
	})
	for _, p := range all {
		d.net -= p.amount + fee
		d.blocked += p.amount + fee
	}
	return all
}

// settle tells the outcome of payouts; every twelfth is rejected.
func (d *day) settle(all []payout) {
	var events []string
	for i, p := range all {
		d.blocked -= p.amount + fee
		if i%12 == 7 {
			events = append(events, d.begin("payment.rejected")+
				fmt.Sprintf(`,"transactionId":%q,"errorCode":"AC06","errorMessage":"conta bloqueada"}`, p.id))
			d.net += p.amount + fee
			d.kinds["Pix out Error"]++
			want := d.expect("CashOut", "ERROR", p.id, p.amount, fee, p.amount+fee)
			want["endToEndId"], want["errorCode"], want["errorMessage"] = nil, "AC06", "conta bloqueada"
			continue
		}
		events = append(events, d.begin("payment.settled")+fmt.Sprintf(`,"transactionId":%q}`, p.id))
		d.kinds["Pix out Confirmado"]++
		d.expect("CashOut", "CONFIRMED", p.id, p.amount, fee, p.amount+fee)
	}
	d.event(events)
}

// refund gives a part of each receipt back.
func (d *day) refund(receipts []string) {
	var events []string
	var onTheirWay money.Centavos
	for i, receipt := range receipts {
		amount := money.Centavos(100 + i)
		var tx saldotest.Transaction
		d.a.Must(d.t, http.StatusCreated, "POST", "/api/pix/refund-in/"+receipt,
			fmt.Sprintf(`{"refundValue":%s,"reason":"Item em falta","externalId":"back-%d"}`, amount, i)).JSON(d.t, &tx)
		d.net -= amount + fee
		d.blocked += amount + fee
		d.wantBalance("a return is on its way")
		events = append(events, d.begin("return.settled")+fmt.Sprintf(`,"transactionId":%q}`, tx.TransactionID))
		onTheirWay += amount + fee
		d.kinds["Refund in Confirmado"]++
		d.expect("CashInReversal", "CONFIRMED", tx.TransactionID, amount, fee, amount+fee)["externalId"] =
			fmt.Sprintf("back-%d", i)
	}
	d.event(events)
	d.blocked -= onTheirWay
}

// med is an open case.
type med struct {
	id, receipt string
	amount      money.Centavos
}

// openMED opens a case on a receipt. With drain, nearly all money was paid out before.
func (d *day) openMED(id, receipt string, drain bool) med {
	m := med{id, receipt, d.credits[receipt]}
	if drain {
		rest := d.net - fee - 300
		p := payout{d.a.Pay(d.t, "drain", rest.String()).TransactionID, rest}
		d.net -= rest + fee
		d.blocked += rest + fee
		d.settle([]payout{p})
	}
	d.event([]string{d.begin("med.opened") + fmt.Sprintf(
		`,"caseId":%q,"endToEndId":%q,"amount":%s,"reason":"REFUND_REQUEST","cause":"SOCIAL_ENGINEERING",`+
			`"description":"golpe","requestingBank":{"ispb":"99999004","name":"Banco Ficticio"}}`,
		id, receivedID(receipt), m.amount)})
	held := min(m.amount, d.net)
	d.net -= held
	d.blocked += held
	d.wantBalance("case " + id + " is open")
	if drain && held == m.amount {
		d.t.Fatal("the case has no shortfall")
	}
	d.expectCase("MedCreated", "RECEIVED", m, nil, nil)
	return m
}

func (d *day) expectCase(event, status string, m med, result, block any) map[string]any {
	want := map[string]any{
		"event": event, "idSolicitacaoDevolucao": m.id, "status": status, "endToEndId": receivedID(m.receipt),
		"analysisResult": result, "blockStatus": block, "blockedAmount": nil, "reason": "REFUND_REQUEST",
		"cause": "SOCIAL_ENGINEERING", "description": "golpe",
	}
	d.wanted[event+" "+m.id] = want
	return want
}

func (d *day) reject(m med) {
	d.event([]string{d.begin("med.rejected") + fmt.Sprintf(`,"caseId":%q,"analysisDetails":"sem indicio"}`, m.id)})
	d.blocked -= m.amount
	d.net += m.amount
	d.wantBalance("the case is rejected")
	d.expectCase("MedRejected", "ANALYZED", m, "REJECTED", "UNBLOCKED")
}

// accept ends a case whose shortfall later credits have filled.
func (d *day) accept(m med) {
	d.net -= m.amount - d.blocked
	d.blocked = m.amount
	d.wantBalance("later credits have filled the shortfall")
	d.event([]string{d.begin("med.accepted") + fmt.Sprintf(`,"caseId":%q,"analysisDetails":"fraude"}`, m.id)})
	d.blocked = 0
	d.kinds["Refund in Confirmado"]++
	d.expectCase("MedAccepted", "ANALYZED", m, "APPROVED", "APPROVED")["blockedAmount"] = m.amount
	// The money went back by a return that the case made, which is a line of the statement with a webhook of its own.
	var newest struct {
		Data []struct{ TransactionID string }
	}
	d.a.Must(d.t, http.StatusOK, "GET", "/api/transactions?type=REFUND_IN&size=1", nil).JSON(d.t, &newest)
	d.expect("CashInReversal", "CONFIRMED", newest.Data[0].TransactionID, m.amount, 0, m.amount)
}

// checkStatement reads all pages and compares them with what was done.
func (d *day) checkStatement() {
	d.t.Helper()
	type line struct {
		TransactionID, OperationType, Status, MovementType string
		FinalAmount                                        money.Centavos
	}
	var page struct {
		Data     []line
		Metadata struct {
			Total, TotalPages int
			HasNext           bool
		}
	}
	kinds, seen, sum := map[string]int{}, map[string]bool{}, money.Centavos(0)
	page.Metadata.HasNext = true
	for number := 1; page.Metadata.HasNext; number++ {
		page.Data = nil
		d.a.Must(d.t, http.StatusOK, "GET", fmt.Sprintf("/api/transactions?page=%d&size=100", number), nil).JSON(d.t, &page)
		for _, l := range page.Data {
			if seen[l.TransactionID] {
				d.t.Errorf("%s is on two pages", l.TransactionID)
			}
			seen[l.TransactionID] = true
			kinds[l.OperationType+" "+l.Status]++
			switch {
			case l.Status != "Confirmado":
			case l.MovementType == "CREDIT":
				sum += l.FinalAmount
			default:
				sum -= l.FinalAmount
			}
		}
	}
	if fmt.Sprint(kinds) != fmt.Sprint(d.kinds) {
		d.t.Errorf("statement has %v, want %v", kinds, d.kinds)
	}
	if page.Metadata.Total != len(seen) || sum != d.net+d.blocked {
		d.t.Errorf("statement of %d lines, total %d, sums to %s, gross is %s",
			len(seen), page.Metadata.Total, sum, d.net+d.blocked)
	}
}

// checkHooks waits for the webhooks and compares each with what was done.
func (d *day) checkHooks() {
	d.t.Helper()
	eventually(d.t, func() string {
		if n := len(d.hook.bodies()); n < len(d.wanted) {
			return fmt.Sprintf("%d of %d webhooks have come", n, len(d.wanted))
		}
		return ""
	})
	for _, body := range d.hook.bodies() {
		raw, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		saldotest.CheckWebhook(d.t, raw)
		name, fields := fmt.Sprint(body["event"], " ", body["transactionId"]), movementFields
		if id, ok := body["idSolicitacaoDevolucao"]; ok {
			name, fields = fmt.Sprint(body["event"], " ", id), caseFields
		} else if body["event"] == "CashInReversal" {
			fields = reversalFields
		}
		if got := slices.Sorted(maps.Keys(body)); !slices.Equal(got, slices.Sorted(slices.Values(fields))) {
			d.t.Errorf("webhook %s has fields %v", name, got)
		}
		want, ok := d.wanted[name]
		if !ok {
			d.t.Errorf("webhook %s came twice, or should not have come: %v", name, body)
			continue
		}
		delete(d.wanted, name)
		for field, value := range want {
			if !sameValue(body[field], value) {
				d.t.Errorf("webhook %s: %s is %v, want %v", name, field, body[field], value)
			}
		}
	}
	for name := range d.wanted {
		d.t.Errorf("webhook %s never came", name)
	}
}

// sameValue compares what JSON said with what was meant; amounts as amounts.
func sameValue(got, want any) bool {
	amount, isAmount := want.(money.Centavos)
	if !isAmount {
		return got == want
	}
	number, ok := got.(json.Number)
	if !ok {
		return false
	}
	read, err := money.ParseJSON([]byte(number))
	return err == nil && read == amount
}
