package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// problem is the part of an error that tests look at.
type problem struct {
	StatusCode                      int
	Error, Code, ErrorCode, Message string
	UserMessage, ErrorID, Path      string
	Timestamp, Method               string
	Details                         map[string]any
}

// refused sends a request that must be refused, and checks that the error has
// the whole superset of contract §1.4.
func refused(t *testing.T, c *saldotest.Client, status int, method, path string, body any, headers ...string) problem {
	t.Helper()
	answer := c.Must(t, status, method, path, body, headers...)
	var raw map[string]any
	answer.JSON(t, &raw)
	for _, field := range []string{
		"statusCode", "error", "code", "errorCode", "message", "userMessage", "details", "errorId", "timestamp",
		"path", "method",
	} {
		if _, ok := raw[field]; !ok {
			t.Errorf("error of %s %s lacks %s: %s", method, path, field, answer.Body)
		}
	}
	var p problem
	answer.JSON(t, &p)
	if p.StatusCode != status || p.Code != p.ErrorCode || p.Error != http.StatusText(status) || p.Method != method {
		t.Errorf("error of %s %s does not agree with itself: %s", method, path, answer.Body)
	}
	return p
}

func TestCashOutChecksEveryField(t *testing.T) { onEveryStore(t, testCashOutChecksEveryField) }

func testCashOutChecksEveryField(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", "")
	good := map[string]any{
		"value": json.Number("1.00"), "externalId": "x", "description": "d",
		"details": map[string]any{
			"key": "maria@exemplo.com.br", "keyType": "EMAIL", "name": "Maria Exemplo", "document": "11144477735",
		},
	}
	for _, c := range []struct {
		rule, path string
		value      any
		names      string // what the message must name; empty if accepted
	}{
		{"0.00 is refused", "value", json.Number("0.00"), "value"},
		{"0.01 is accepted", "value", json.Number("0.01"), ""},
		{"three decimals are refused", "value", json.Number("1.234"), "value"},
		{"an exact exponent is accepted", "value", json.Number("1e1"), ""},
		{"a string is refused", "value", "5", "value"},
		{"a negative is refused", "value", json.Number("-1"), "value"},
		{"twenty digits are refused", "value", json.Number("12345678901234567890"), "value"},
		{"a missing value is refused", "value", nil, "value"},
		{"a missing externalId is refused", "externalId", nil, "externalId"},
		{"an empty externalId is refused", "externalId", "", "externalId"},
		{"an externalId of 255 is accepted", "externalId", strings.Repeat("é", 255), ""},
		{"an externalId of 256 is refused", "externalId", strings.Repeat("e", 256), "externalId"},
		{"a numeric externalId is refused", "externalId", 7, "externalId"},
		{"a description of 140 is accepted", "description", strings.Repeat("d", 140), ""},
		{"a description of 141 is refused", "description", strings.Repeat("d", 141), "description"},
		{"no description is accepted", "description", nil, ""},
		{"a control character is refused", "description", "a\x00b", "description"},
		{"an unknown type of key is refused", "details.keyType", "CPF", "details.keyType"},
		{"a key of another type is refused", "details.key", "not an e-mail", "details.key"},
		{"no key is refused", "details.key", nil, "details.key"},
		{"an e-mail of 78 is refused", "details.key", strings.Repeat("m", 66) + "@exemplo.com", "details.key"},
		{"no name is refused", "details.name", nil, "details.name"},
		{"a name of 100 is accepted", "details.name", strings.Repeat("n", 100), ""},
		{"a name of 101 is refused", "details.name", strings.Repeat("n", 101), "details.name"},
		{"no document is refused", "details.document", nil, "details.document"},
		{"a document of 12 digits is refused", "details.document", "123456789012", "details.document"},
		{"an alphanumeric CNPJ is accepted", "details.document", "12.ABC.345/01DE-35", ""},
		{"details that are no object are refused", "details", "x", "details"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			body := with(t, good, c.path, c.value)
			if c.path != "externalId" {
				body = with(t, body, "externalId", c.rule)
			}
			if c.names == "" {
				a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", body)
				return
			}
			p := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out", body)
			if !strings.Contains(p.Message, c.names) {
				t.Errorf("message %q does not name %s", p.Message, c.names)
			}
			if c.path == "value" && !strings.Contains(p.Message, "valor inválido") {
				t.Errorf("message %q lacks what clients search for", p.Message)
			}
		})
	}
}

// with returns a deep copy of body with the value at a dotted path replaced, or
// removed when it is nil.
func with(t *testing.T, body map[string]any, path string, value any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if err := decoder.Decode(&out); err != nil {
		t.Fatal(err)
	}
	at := out
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		at = at[name].(map[string]any)
	}
	if value == nil {
		delete(at, names[len(names)-1])
	} else {
		at[names[len(names)-1]] = value
	}
	return out
}

func TestCashOutTakesEverySpellingOfAKey(t *testing.T) {
	onEveryStore(t, testCashOutTakesEverySpellingOfAKey)
}

func testCashOutTakesEverySpellingOfAKey(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", "")
	spellings := []struct{ kind, key, stored string }{
		{"PHONE", "11987654321", "+5511987654321"},
		{"PHONE", "5511987654321", "+5511987654321"},
		{"PHONE", "+5511987654321", "+5511987654321"},
		{"PHONE", "(11) 98765-4321", "+5511987654321"},
		{"PHONE", "1133334444", "+551133334444"},
		{"PHONE", "55987654321", "+5555987654321"}, // 55 is an area, too
		{"EMAIL", "Maria@Exemplo.com.br", "maria@exemplo.com.br"},
		{"DOCUMENT", "11144477735", "11144477735"},
		{"DOCUMENT", "111.444.777-35", "11144477735"},
		{"DOCUMENT", "11222333000181", "11222333000181"},
		{"DOCUMENT", "12.abc.345/01de-35", "12ABC34501DE35"},
		{"RANDOM", "123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-42d3-a456-426614174000"},
		{"RANDOM", "123e4567e89b42d3a456426614174000", "123e4567-e89b-42d3-a456-426614174000"},
		{"RANDOM", "123E4567-E89B-42D3-A456-426614174000", "123e4567-e89b-42d3-a456-426614174000"},
	}
	for i, c := range spellings {
		body := fmt.Sprintf(`{"value":1.00,"externalId":"key-%d","details":{"key":%q,"keyType":%q,"name":"Maria",`+
			`"document":"11144477735"}}`, i, c.key, c.kind)
		a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", body)
	}
	for i, c := range [][2]string{
		{"DOCUMENT", "11144477734"}, {"DOCUMENT", "11111111111"}, {"DOCUMENT", "11222333000180"},
		{"DOCUMENT", "12ABC34501DE36"}, {"PHONE", "987654321"}, {"PHONE", "0987654321"}, {"PHONE", "5498765432112"},
		{"RANDOM", "123e4567-e89b-42d3-a456-42661417400"}, {"RANDOM", "123e4567-e89b-42d3a456-426614174000"},
		{"RANDOM", "123g4567-e89b-42d3-a456-426614174000"}, {"EMAIL", "11144477735"},
	} {
		body := fmt.Sprintf(`{"value":1.00,"externalId":"bad-%d","details":{"key":%q,"keyType":%q,"name":"Maria",`+
			`"document":"11144477735"}}`, i, c[1], c[0])
		if got := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out", body); !strings.Contains(
			got.Message, "details.key") {
			t.Errorf("%s %s: %q", c[0], c[1], got.Message)
		}
	}
	var orders struct {
		Data []struct{ PixKey, EndToEndID string }
	}
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/rail/orders?status=open", nil).JSON(t, &orders)
	if len(orders.Data) != len(spellings) {
		t.Fatalf("%d orders for %d payments", len(orders.Data), len(spellings))
	}
	for i, c := range spellings {
		if got := orders.Data[i]; got.PixKey != c.stored || len(got.EndToEndID) != 32 {
			t.Errorf("%s %s became %+v, want %s", c.kind, c.key, got, c.stored)
		}
	}
}

func TestAPaymentIsRefusedWithoutFunds(t *testing.T) {
	onEveryStore(t, testAPaymentIsRefusedWithoutFunds)
}

func testAPaymentIsRefusedWithoutFunds(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "10.00", `,"fees":{"cashOut":{"fixed":0.40}}`)
	got := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out", saldotest.Payment("x", "9.61"))
	if got.Code != "INSUFFICIENT_BALANCE" || !strings.Contains(got.Message, "saldo insuficiente") ||
		got.Details["netBalance"] != 10.0 || got.Details["required"] != 10.01 {
		t.Errorf("refusal %+v", got)
	}
	wantBalance(t, a, "10.00/0.00/10.00")
	a.Pay(t, "x", "9.60") // what was refused took no externalId
	wantBalance(t, a, "10.00/10.00/0.00")
}

func TestAnExternalIDIsTakenOncePerAccountAndOperation(t *testing.T) {
	onEveryStore(t, testAnExternalIDIsTakenOncePerAccountAndOperation)
}

func testAnExternalIDIsTakenOncePerAccountAndOperation(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "100.00", ""), p.NewAccount(t, "100.00", "")
	first := a.Pay(t, "same", "1.00")
	got := refused(t, a.Client, http.StatusConflict, "POST", "/api/pix/cash-out", saldotest.Payment("same", "1.00"))
	if got.Code != "DUPLICATE_EXTERNAL_ID" || got.Details["transactionId"] != first.TransactionID {
		t.Errorf("conflict %+v", got)
	}
	b.Pay(t, "same", "1.00")
	charge(t, a, "same", "1.00")
	refused(t, a.Client, http.StatusConflict, "POST", "/api/pix/cash-in", saldotest.Charge("same", "2.00"))
	wantBalance(t, a, "100.00/1.00/99.00")
}

func TestATransactionIsFoundByItsOwnerOnly(t *testing.T) {
	onEveryStore(t, testATransactionIsFoundByItsOwnerOnly)
}

func testATransactionIsFoundByItsOwnerOnly(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "100.00", ""), p.NewAccount(t, "100.00", "")
	tx := a.Pay(t, "pay/1 é", "12.34")
	got := a.Look(t, tx.TransactionID)
	if got.ID != tx.TransactionID || got.ExternalID != "pay/1 é" || got.Type != "WITHDRAW" || got.Status != "PENDING" ||
		got.OriginalAmount != "12.34" || got.FeeAmount != "0.00" || got.FinalAmount != "12.34" {
		t.Errorf("transaction %+v", got)
	}
	if byExternal := a.Look(t, "pay%2F1%20%C3%A9"); byExternal.ID != tx.TransactionID {
		t.Errorf("by externalId: %+v", byExternal)
	}
	for _, id := range []string{tx.TransactionID, "pay%2F1%20%C3%A9", "0", "99999999999999999999", "none"} {
		refused(t, b.Client, http.StatusNotFound, "GET", "/api/pix/transaction/"+id, nil)
	}
}

func TestTheSandboxPlaysEveryScenario(t *testing.T) {
	onEveryStore(t, testTheSandboxPlaysEveryScenario)
}

func testTheSandboxPlaysEveryScenario(t *testing.T, at place) {
	p := saldotest.Start(t, at.new(t))
	a := p.NewAccount(t, "1000.00", `,"sandbox":true`)
	for scenario, want := range map[string]string{
		"": "CONFIRMED", "success": "CONFIRMED", "error:insufficient-funds": "ERROR", "error:invalid-pix-key": "ERROR",
		"error:document-mismatch": "ERROR", "error:account-blocked": "ERROR", "error:duplicate-id": "ERROR",
		"delayed:1s": "CONFIRMED",
	} {
		headers := []string{"X-Sandbox-Scenario", scenario}
		id := "out-" + scenario
		a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", saldotest.Payment(id, "1.00"), headers...)
		a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge("in-"+scenario, "10.00"), headers...)
		waitStatus(t, a, id, want)
		waitStatus(t, a, "in-"+scenario, want)
	}
	wantBalance(t, a, "1027.00/0.00/1027.00") // three receipts of 10.00, three payments of 1.00
	refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out", saldotest.Payment("u", "1.00"),
		"X-Sandbox-Scenario", "error:unheard-of")
	wantTrialBalance(t, p)
}

func TestAScenarioIsRefusedWithoutASandbox(t *testing.T) {
	onEveryStore(t, testAScenarioIsRefusedWithoutASandbox)
}

func testAScenarioIsRefusedWithoutASandbox(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", "")
	refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out", saldotest.Payment("x", "1.00"),
		"X-Sandbox-Scenario", "success")
	sandboxed := p.NewAccount(t, "1000.00", `,"sandbox":true`)
	sandboxed.Must(t, http.StatusCreated, "POST", "/api/pix/cash-out", saldotest.Payment("x", "1.00"),
		"X-Sandbox-Scenario", "success")
	waitStatus(t, sandboxed, "x", "CONFIRMED")
}

// waitStatus polls a transaction, as clients do, until it is final.
func waitStatus(t *testing.T, a *saldotest.Account, id, want string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		tx := a.Look(t, id)
		if tx.Status == want {
			return
		}
		if tx.Status != "PENDING" {
			t.Fatalf("transaction %s is %s, want %s", id, tx.Status, want)
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("transaction %s is still %s", id, tx.Status)
		}
	}
}
