package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// someSplits are n shares of 0.01.
func someSplits(n int) []any {
	var all []any
	for range n {
		all = append(all, aSplit("FIXED", "0.01"))
	}
	return all
}

func aSplit(kind, value string) map[string]any {
	return map[string]any{
		"pixKey": "socia@exemplo.com.br", "pixKeyType": "EMAIL", "name": "Ana Exemplo", "document": "11144477735",
		"type": kind, "value": json.Number(value),
	}
}

func TestSplitsAreCheckedFieldByField(t *testing.T) {
	onEveryStore(t, testSplitsAreCheckedFieldByField)
}

func testSplitsAreCheckedFieldByField(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", `,"fees":{"cashIn":{"fixed":1.00},"cashOut":{"fixed":0.40}}`)
	for i, c := range []struct {
		rule, field string
		value       any
		names       string // what the message must name; empty if accepted
	}{
		{"a percentage is accepted", "type", "PERCENTAGE", ""},
		{"another type is refused", "type", "SHARE", "splits[0].type"},
		{"DOCUMENT is no type of key here", "pixKeyType", "DOCUMENT", "splits[0].pixKeyType"},
		{"a key of another type is refused", "pixKeyType", "CPF", "splits[0].pixKey"},
		{"no key is refused", "pixKey", nil, "splits[0].pixKey"},
		{"a key of 256 is refused", "pixKey", strings.Repeat("k", 256), "splits[0].pixKey"},
		{"no name is refused", "name", nil, "splits[0].name"},
		{"a name of 255 is accepted", "name", strings.Repeat("n", 255), ""},
		{"a name of 256 is refused", "name", strings.Repeat("n", 256), "splits[0].name"},
		{"a document of 12 is refused", "document", "123456789012", "splits[0].document"},
		{"0.00 is refused", "value", json.Number("0.00"), "splits[0].value"},
		{"0.01 is accepted", "value", json.Number("0.01"), ""},
		{"1.234 is refused", "value", json.Number("1.234"), "splits[0].value"},
		{"an immediate one is accepted", "immediate", true, ""},
		{"immediate by text is refused", "immediate", "yes", "immediate"},
		{"all but the fees is accepted", "value", json.Number("98.60"), ""},
		{"a centavo of the fees is refused", "value", json.Number("98.61"), "splits"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			body := map[string]any{
				"transaction": map[string]any{"value": 100, "description": "d", "externalId": fmt.Sprint("s", i)},
				"payer":       map[string]any{"fullName": "Jose Exemplo", "document": "11144477735"},
				"splits":      []any{with(t, aSplit("FIXED", "10"), c.field, c.value)},
			}
			if c.names == "" {
				a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", body)
				return
			}
			got := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-in", body)
			if !strings.Contains(got.Message, c.names) {
				t.Errorf("message %q does not name %s", got.Message, c.names)
			}
		})
	}
	body := map[string]any{
		"transaction": map[string]any{"value": 100, "description": "d", "externalId": "too much"},
		"payer":       map[string]any{"fullName": "Jose Exemplo", "document": "11144477735"},
		"splits":      []any{aSplit("PERCENTAGE", "100.01")},
	}
	refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/cash-in", body)
}

func TestSharesArePaidOutWithPaymentsOfTheirOwn(t *testing.T) {
	onEveryStore(t, testSharesArePaidOutWithPaymentsOfTheirOwn)
}

func testSharesArePaidOutWithPaymentsOfTheirOwn(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", `,"fees":{"cashIn":{"fixed":1.00},"cashOut":{"fixed":0.40}},"splitFrequency":"WEEKLY"`)
	now := func(split map[string]any) map[string]any { return with(t, split, "immediate", true) }
	body := map[string]any{
		"transaction": map[string]any{"value": 100, "description": "d", "externalId": "sale"},
		"payer":       map[string]any{"fullName": "Jose Exemplo", "document": "11144477735"},
		"splits":      []any{now(aSplit("PERCENTAGE", "12.5")), now(aSplit("FIXED", "20")), aSplit("FIXED", "5")},
	}
	var tx saldotest.Transaction
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", body).JSON(t, &tx)
	wantBalance(t, a, "0.00/0.00/0.00")
	p.Event(t, "applied", `{"id":"r1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000001",`+
		`"txId":"`+txidOf(t, tx.PixCode)+`","amount":100.00}`)
	wantBalance(t, a, "99.00/38.70/60.30")
	first, second := "SPLIT-"+tx.TransactionID+"-1", "SPLIT-"+tx.TransactionID+"-2"
	for _, id := range []string{first, second} {
		eventually(t, func() string {
			answer, err := a.Do("GET", "/api/pix/transaction/"+id, nil)
			if err != nil || answer.Status != http.StatusOK {
				return fmt.Sprintf("%s: %d %v", id, answer.Status, err)
			}
			return ""
		})
	}
	wantBalance(t, a, "99.00/38.70/60.30")
	if got := a.Look(t, first); got.Type != "WITHDRAW" || got.OriginalAmount != "12.50" || got.FeeAmount != "0.40" {
		t.Errorf("payout %+v", got)
	}
	p.Event(t, "applied", `{"id":"s1","type":"payment.settled","transactionId":"`+a.Look(t, first).ID+`"}`)
	p.Event(t, "applied", `{"id":"s2","type":"payment.rejected","transactionId":"`+a.Look(t, second).ID+
		`","errorCode":"INVALID_KEY"}`)
	wantBalance(t, a, "86.10/5.40/80.70") // the third waits for Monday
	a.Must(t, http.StatusNotFound, "GET", "/api/pix/transaction/SPLIT-"+tx.TransactionID+"-3", nil)
	var holds struct {
		Data []struct{ Reason, Case string }
	}
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/accounts/"+a.ID+"/holds", nil).JSON(t, &holds)
	if len(holds.Data) != 1 || holds.Data[0].Reason != "split" ||
		!regexp.MustCompile(`^split/3/\d{4}-\d\d-\d\dT03:00:00Z/socia@exemplo.com.br$`).MatchString(holds.Data[0].Case) {
		t.Errorf("holds %+v", holds)
	}
	wantTrialBalance(t, p)
}

func TestAnAccountIsChangedFieldByField(t *testing.T) {
	onEveryStore(t, testAnAccountIsChangedFieldByField)
}

func testAnAccountIsChangedFieldByField(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "100.00", `,"pixKeys":["loja@exemplo.com.br"],"fees":{"cashOut":{"fixed":0.40}}`)
	other := p.NewAccount(t, "0", `,"pixKeys":["outra@exemplo.com.br"]`)
	o := p.OperatorClient()
	change := func(body string) map[string]any {
		var shown map[string]any
		o.Must(t, http.StatusOK, "PATCH", "/accounts/"+a.ID, body).JSON(t, &shown)
		return shown
	}
	before := change(`{}`)
	if before["provider"] != nil || before["splitFrequency"] != "IMMEDIATE" || fmt.Sprint(before["bacen"]) != "map[enabled:true]" {
		t.Errorf("account %v", before)
	}
	after := change(`{"fees":{"cashIn":{"percentage":1}},"splitFrequency":"DAILY","addPixKeys":["+5581987654321"],
		"provider":{"name":"GolPix","minSeconds":86400,"granularity":"day"}}`)
	if fmt.Sprint(after["provider"]) != "map[granularity:day maxSeconds:604800 minSeconds:86400 name:GolPix]" ||
		after["splitFrequency"] != "DAILY" || fmt.Sprint(after["pixKeys"]) != "[loja@exemplo.com.br +5581987654321]" {
		t.Errorf("account %v", after)
	}
	a.Pay(t, "p1", "10.00")
	wantBalance(t, a, "100.00/10.40/89.60") // the price of payments stayed
	for body, want := range map[string]int{
		`{"splitFrequency":"MONTHLY"}`:                                       400,
		`{"provider":{"name":"X","minSeconds":29}}`:                          400,
		`{"provider":{"name":"X","maxSeconds":604801}}`:                      400,
		`{"provider":{"name":"X","minSeconds":300,"maxSeconds":299}}`:        400,
		`{"provider":{"name":"X","maxSeconds":100000,"granularity":"day"}}`:  400,
		`{"provider":{"minSeconds":300}}`:                                    400,
		`{"provider":7}`:                                                     400,
		`{"bacen":{}}`:                                                       400,
		`{"dashboard":{}}`:                                                   400,
		`{"fees":{"cashIn":{"percentage":101}}}`:                             400,
		`{"addPixKeys":["no key"]}`:                                          400,
		`{"addPixKeys":["outra@exemplo.com.br"]}`:                            409,
		`{"addPixKeys":["loja@exemplo.com.br"]}`:                             200,
		`{"provider":null}`:                                                  200,
		`{"provider":{"name":"Woovi","minSeconds":300,"maxSeconds":604800}}`: 200,
	} {
		o.Must(t, want, "PATCH", "/accounts/"+a.ID, body)
	}
	o.Must(t, http.StatusNotFound, "PATCH", "/accounts/1234567890", `{}`)
	change(`{"provider":{"name":"GolPix","minSeconds":86400,"granularity":"day"}}`)
	wantProviderBounds(t, a)
	other.Balance(t)
}

// wantProviderBounds creates charges of an account whose provider takes whole
// days and no less than one.
func wantProviderBounds(t *testing.T, a *saldotest.Account) {
	t.Helper()
	for i, c := range []struct{ asked, lives int }{{86399, 0}, {86400, 86400}, {86401, 172800}, {604800, 604800}} {
		var created cob
		path, body := fmt.Sprintf("/cob/cobranca%024d", i), fmt.Sprintf(
			`{"calendario":{"expiracao":%d},"valor":{"original":"5.00"}}`, c.asked)
		if c.lives > 0 {
			a.Must(t, http.StatusCreated, "PUT", path, body).JSON(t, &created)
			if created.Calendario.Expiracao != c.lives {
				t.Errorf("asked for %d s, lives for %d", c.asked, created.Calendario.Expiracao)
			}
			continue
		}
		var p problem
		a.Must(t, http.StatusBadRequest, "PUT", path, body).JSON(t, &p)
		if p.Code != "PIX_PROVIDER_EXPIRATION_BELOW_MINIMUM" || p.ErrorCode != "PROVIDER_EXPIRATION_BELOW_MINIMUM" ||
			fmt.Sprint(p.Details) != "map[granularity:day provider:GolPix providerMinSeconds:86400 userExpirationTime:86399]" {
			t.Errorf("refusal %+v", p)
		}
	}
	charge := strings.Replace(saldotest.Charge("short", "5.00"), `"description"`, `"expirationTime":86399,"description"`, 1)
	a.Must(t, http.StatusBadRequest, "POST", "/api/pix/cash-in", charge)
	a.Must(t, http.StatusCreated, "POST", "/api/pix/cash-in", saldotest.Charge("day", "5.00"))
}
