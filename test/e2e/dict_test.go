package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// dictAnswer is the answer of POST /dict/pix.
type dictAnswer struct {
	EndToEndID, EventDate, Type string
	ID                          json.Number
	Payment                     struct {
		Amount   json.Number
		Currency string
	}
}

const idempotency = "x-idempotency-key"

func TestATransferChecksEveryField(t *testing.T) { onEveryStore(t, testATransferChecksEveryField) }

func testATransferChecksEveryField(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"pixKeys":["loja@exemplo.com.br"]`)
	good := map[string]any{
		"pixKey": "maria@exemplo.com.br", "payment": map[string]any{"amount": json.Number("1.00"), "currency": "BRL"},
	}
	banks := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("%08d", i))
		}
		return list
	}
	for _, c := range []struct {
		rule, path string
		value      any
		status     int
		names      string // what the message must name
	}{
		{"an amount as a string is refused", "payment.amount", "1.00", 400, "payment.amount"},
		{"three decimals are refused", "payment.amount", json.Number("1.001"), 400, "payment.amount"},
		{"0.00 is refused", "payment.amount", json.Number("0.00"), 400, "payment.amount"},
		{"0.01 is accepted", "payment.amount", json.Number("0.01"), 200, ""},
		{"more than there is is refused", "payment.amount", json.Number("100.01"), 422, "saldo insuficiente"},
		{"another currency is refused", "payment.currency", "USD", 400, "payment.currency"},
		{"no currency is accepted", "payment.currency", nil, 200, ""},
		{"no key is refused", "pixKey", nil, 400, "pixKey"},
		{"no Pix key is refused", "pixKey", "maria", 400, "pixKey"},
		{"a CPF is accepted", "pixKey", "11144477735", 200, ""},
		{"a wrong CPF is refused", "pixKey", "11144477734", 400, "pixKey"},
		{"an alphanumeric CNPJ is accepted", "pixKey", "12ABC34501DE35", 200, ""},
		{"a phone is accepted", "pixKey", "+5511987654321", 200, ""},
		{"a UUID is accepted", "pixKey", "123e4567-e89b-42d3-a456-426614174000", 200, ""},
		{"high priority without document is refused", "priority", "HIGH", 400, "creditorDocument"},
		{"normal priority is accepted", "priority", "NORM", 200, ""},
		{"another priority is refused", "priority", "LOW", 400, "priority"},
		{"a document of 12 is refused", "creditorDocument", "123456789012", 400, "creditorDocument"},
		{"an expiration of 0 is refused", "expiration", 0, 400, "expiration"},
		{"an expiration of 1 is accepted", "expiration", 1, 200, ""},
		{"an expiration of 10800 is accepted", "expiration", 10800, 200, ""},
		{"an expiration of 10801 is refused", "expiration", 10801, 400, "expiration"},
		{"a bank of 7 characters is refused", "ispbDeny", []string{"1234567"}, 400, "ispbDeny[0]"},
		{"a hundred banks are accepted", "ispbDeny", banks(100), 200, ""},
		{"a hundred and one banks are refused", "ispbDeny", banks(101), 400, "ispbDeny"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			body := with(t, good, c.path, c.value)
			if c.status == http.StatusOK {
				a.Must(t, c.status, "POST", "/dict/pix", body, idempotency, uuid.NewString())
				return
			}
			got := refused(t, a.Client, c.status, "POST", "/dict/pix", body, idempotency, uuid.NewString())
			if !strings.Contains(got.Message, c.names) {
				t.Errorf("message %q does not name %s", got.Message, c.names)
			}
		})
	}
	urgent := with(t, with(t, good, "priority", "HIGH"), "creditorDocument", "111.444.777-35")
	a.Must(t, http.StatusOK, "POST", "/dict/pix", urgent, idempotency, uuid.NewString())
	for _, key := range []string{
		"", "x", "123e4567-e89b-12d3-a456-426614174000", "{123e4567-e89b-42d3-a456-426614174000}",
		"123e4567e89b42d3a456426614174000", "123e4567-e89b-42d3-c456-426614174000",
	} {
		refused(t, a.Client, http.StatusBadRequest, "POST", "/dict/pix", good, idempotency, key)
	}
	// The house knows which bank its own merchants have.
	own := with(t, with(t, good, "pixKey", "loja@exemplo.com.br"), "ispbDeny", []string{"99999003"})
	got := refused(t, a.Client, http.StatusUnprocessableEntity, "POST", "/dict/pix", own, idempotency, uuid.NewString())
	if got.Code != "BANK_DENIED" {
		t.Errorf("refusal %+v", got)
	}
	a.Must(t, http.StatusOK, "POST", "/dict/pix", with(t, own, "ispbDeny", []string{"12345678"}),
		idempotency, uuid.NewString())
}

func TestATransferIsMadeOncePerIdempotencyKey(t *testing.T) {
	onEveryStore(t, testATransferIsMadeOncePerIdempotencyKey)
}

func testATransferIsMadeOncePerIdempotencyKey(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "100.00", ""), p.NewAccount(t, "100.00", "")
	key := uuid.NewString()
	body := `{"pixKey":"maria@exemplo.com.br","payment":{"amount":40.00},"priority":"NORM","ispbDeny":["12345678"]}`
	same := `{ "priority":"NORM", "payment":{"amount":40.00}, "ispbDeny":["12345678"],"pixKey":"maria@exemplo.com.br" }`
	first := a.Must(t, http.StatusOK, "POST", "/dict/pix", body, idempotency, key)
	var made dictAnswer
	first.JSON(t, &made)
	if made.Type != "PENDING" || made.Payment.Amount != "40.00" || made.Payment.Currency != "BRL" ||
		len(made.EndToEndID) != 32 || made.EventDate == "" {
		t.Errorf("answer %s", first.Body)
	}
	wantBalance(t, a, "100.00/40.00/60.00")
	p.Event(t, "applied", `{"id":"s1","type":"payment.settled","transactionId":"`+made.ID.String()+`"}`)
	for _, repeated := range []string{body, same} {
		again := a.Must(t, http.StatusOK, "POST", "/dict/pix", repeated, idempotency, strings.ToUpper(key))
		if string(again.Body) != string(first.Body) {
			t.Errorf("repeated as %s, first %s", again.Body, first.Body)
		}
	}
	wantBalance(t, a, "60.00/0.00/60.00")
	other := strings.Replace(body, "40.00", "40.01", 1)
	if got := refused(t, a.Client, http.StatusUnprocessableEntity, "POST", "/dict/pix", other, idempotency, key); got.Code !=
		"IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("another body %+v", got)
	}
	b.Must(t, http.StatusOK, "POST", "/dict/pix", other, idempotency, key) // another account's key is another key
	wantBalance(t, b, "100.00/40.01/59.99")
	// What was refused took no key.
	key = uuid.NewString()
	refused(t, a.Client, http.StatusUnprocessableEntity, "POST", "/dict/pix", strings.Replace(body, "40.00", "60.01", 1),
		idempotency, key)
	a.Must(t, http.StatusOK, "POST", "/dict/pix", body, idempotency, key)
	var together sync.WaitGroup
	key = uuid.NewString()
	small := strings.Replace(body, "40.00", "1.00", 1)
	for range 16 {
		together.Go(func() {
			answer, err := a.Do("POST", "/dict/pix", small, idempotency, key)
			if err != nil || answer.Status != http.StatusOK && answer.Status != http.StatusConflict {
				t.Errorf("%d %s %v", answer.Status, answer.Body, err)
			}
		})
	}
	together.Wait()
	wantBalance(t, a, "60.00/41.00/19.00")
	wantTrialBalance(t, p)
}

func TestARepetitionWhileTheFirstIsRunningIsAConflict(t *testing.T) {
	p := house(t, places[0])
	a := p.NewAccount(t, "100.00", "")
	key, body := uuid.NewString(), `{"pixKey":"maria@exemplo.com.br","payment":{"amount":40.00}}`
	reader, writer := io.Pipe()
	r, err := http.NewRequest(http.MethodPost, a.URL+"/dict/pix", reader)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Authorization": {"Bearer " + a.Token}, "Content-Type": {"application/json"}, "X-Idempotency-Key": {key},
	}
	answered := make(chan int, 1)
	go func() {
		response, err := a.HTTP.Do(r)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		response.Body.Close()
		answered <- response.StatusCode
	}()
	half := bufio.NewWriter(writer)
	_, _ = half.WriteString(body[:20])
	_ = half.Flush()
	eventually(t, func() string { // the first is on its way in when its key is taken
		answer, err := a.Do("POST", "/dict/pix", `{}`, idempotency, key)
		if err != nil || answer.Status != http.StatusConflict {
			return fmt.Sprint(answer.Status, err)
		}
		return ""
	})
	_, _ = io.WriteString(writer, body[20:])
	_ = writer.Close()
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the first was answered %d", status)
	}
	wantBalance(t, a, "100.00/40.00/60.00")
}

func TestATransferThatWaitsTooLongIsCalledOff(t *testing.T) {
	onEveryStore(t, testATransferThatWaitsTooLongIsCalledOff)
}

func testATransferThatWaitsTooLongIsCalledOff(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"sandbox":true`)
	send := func(amount, scenario string) string {
		var made dictAnswer
		a.Must(t, http.StatusOK, "POST", "/dict/pix",
			`{"pixKey":"maria@exemplo.com.br","payment":{"amount":`+amount+`},"expiration":2}`,
			idempotency, uuid.NewString(), "X-Sandbox-Scenario", scenario).JSON(t, &made)
		return made.ID.String()
	}
	begin := time.Now()
	late, good := send("10.00", "delayed:60s"), send("20.00", "success")
	waitStatus(t, a, late, "ERROR")
	if took := time.Since(begin); took < time.Second {
		t.Errorf("called off after %s, before its time", took)
	}
	waitStatus(t, a, good, "CONFIRMED")
	wantBalance(t, a, "80.00/0.00/80.00")
}

func TestTheBacenFamilyCanBeSwitchedOff(t *testing.T) {
	onEveryStore(t, testTheBacenFamilyCanBeSwitchedOff)
}

func testTheBacenFamilyCanBeSwitchedOff(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"bacen":{"enabled":false}`)
	calls := [][3]string{
		{"GET", "/accounts/balances", ""},
		{"PUT", "/cob/cobranca000000000000000000000001", `{"calendario":{},"valor":{"original":"5.00"}}`},
		{"GET", "/cob/cobranca000000000000000000000001", ""},
		{"POST", "/dict/pix", `{"pixKey":"maria@exemplo.com.br","payment":{"amount":1.00}}`},
		{"PUT", "/pix/E9999900420261120120000000000001/devolucao/d1", `{"valor":"1.00"}`},
	}
	for _, c := range calls {
		got := refused(t, a.Client, http.StatusForbidden, c[0], c[1], c[2], idempotency, uuid.NewString())
		if got.Code != "BACEN_NOT_ACTIVE" {
			t.Errorf("%s %s: %+v", c[0], c[1], got)
		}
	}
	a.Balance(t)
	p.OperatorClient().Must(t, http.StatusOK, "PATCH", "/accounts/"+a.ID, `{"bacen":{"enabled":true}}`)
	for _, c := range calls {
		answer, err := a.Do(c[0], c[1], c[2], idempotency, uuid.NewString())
		if err != nil || answer.Status == http.StatusForbidden {
			t.Errorf("%s %s: %d, %v", c[0], c[1], answer.Status, err)
		}
	}
}
