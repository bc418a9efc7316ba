package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/webhook"
)

// answer is what an API answered.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func ask(t *testing.T, h http.Handler, token, method, path string, body any) answer {
	t.Helper()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, path, &content)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header()}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, w.Body)
		}
	}
	return a
}

// token signs an account in.
func (w *world) token(account ledger.AccountID) string {
	w.t.Helper()
	issued, err := w.Auth.CreateCredential(w.t.Context(), account, auth.CreateOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := w.Auth.Issue(w.t.Context(), auth.Grant{
		ClientID: issued.ClientID, Secret: issued.Secret, Issuer: "azul", Lifetime: time.Hour,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token.Access
}

type object = map[string]any

func headers(n int) []object {
	list := []object{}
	for i := range n {
		list = append(list, object{"key": fmt.Sprintf("X-%d", i), "value": "v"})
	}
	return list
}

func TestWebhooksAreSetAndListed(t *testing.T) {
	w := start(t, server.Webhooks{})
	token := w.token(merchant)
	set := func(body object) answer { return ask(t, w.Public, token, "POST", "/api/webhooks", body) }
	if a := ask(t, w.Public, token, "GET", "/api/webhooks", nil); a.status != 200 || a.body["total"] != 0.0 ||
		a.body["accountId"] != float64(merchant) || len(a.body["webhooks"].([]any)) != 0 {
		t.Errorf("nothing set: %d %v", a.status, a.body)
	}
	first := set(object{"url": "https://loja.example/a", "eventType": "cash_in", "headers": headers(5)})
	if secret, _ := first.body["signingSecret"].(string); first.status != 200 || first.body["success"] != true ||
		first.body["message"] == "" || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("set: %d %v", first.status, first.body)
	}
	again := set(object{"url": "https://loja.example/b", "eventType": "cash_in"})
	if _, shown := again.body["signingSecret"]; again.status != 200 || shown {
		t.Errorf("set again: %d %v", again.status, again.body)
	}
	for _, n := range pix.Notices() {
		if a := set(object{"url": "https://loja.example/" + string(n), "eventType": n}); a.status != 200 {
			t.Errorf("%s: %d %v", n, a.status, a.body)
		}
	}
	set(object{"url": "https://loja.example/c", "eventType": "cash_out", "headers": []object{{"key": "X-Loja", "value": "7"}}})
	list := ask(t, w.Public, token, "GET", "/api/webhooks", nil)
	hooks := list.body["webhooks"].([]any)
	if list.body["total"] != 8.0 || len(hooks) != 8 {
		t.Fatalf("listed: %v", list.body)
	}
	if in := hooks[0].(object); in["type"] != "cash_in" || in["url"] != "https://loja.example/cash_in" || in["isActive"] != true ||
		len(in["headers"].(object)) != 0 || in["createdAt"] != "2026-11-20T12:00:00.000Z" || in["id"] == "" {
		t.Errorf("cash_in: %v", in)
	}
	if out := hooks[1].(object); out["headers"].(object)["X-Loja"] != "7" {
		t.Errorf("cash_out: %v", out)
	}
	if text := fmt.Sprint(list.body); strings.Contains(text, "whsec_") {
		t.Error("the list shows a secret")
	}
	if a := ask(t, w.Public, w.token(other), "GET", "/api/webhooks", nil); a.body["total"] != 0.0 {
		t.Errorf("another account's: %v", a.body)
	}
}

func TestWebhooksThatAreRefused(t *testing.T) {
	w := start(t, server.Webhooks{})
	token := w.token(merchant)
	const fine = "https://loja.example/pix"
	for name, c := range map[string]struct {
		body  object
		field string
	}{
		"six headers":      {object{"url": fine, "eventType": "cash_in", "headers": headers(6)}, "headers"},
		"forbidden header": {object{"url": fine, "eventType": "cash_in", "headers": []object{{"key": "User-Agent", "value": "x"}}}, "headers[0]"},
		"header twice": {object{"url": fine, "eventType": "cash_in", "headers": []object{
			{"key": "X-A", "value": "x"}, {"key": "x-a", "value": "x"},
		}}, "headers[1]"},
		"header without value": {object{"url": fine, "eventType": "cash_in", "headers": []object{{"key": "X-A"}}}, "headers[0]"},
		"header that breaks":   {object{"url": fine, "eventType": "cash_in", "headers": []object{{"key": "X-A", "value": "a\r\nHost: b"}}}, "headers[0]"},
		"no url":               {object{"eventType": "cash_in"}, "url"},
		"http":                 {object{"url": "http://loja.example/pix", "eventType": "cash_in"}, "url"},
		"private":              {object{"url": "https://10.0.0.1/pix", "eventType": "cash_in"}, "url"},
		"metadata":             {object{"url": "https://169.254.169.254/pix", "eventType": "cash_in"}, "url"},
		"no event":             {object{"url": fine}, "eventType"},
		"unknown event":        {object{"url": fine, "eventType": "CASH_IN"}, "eventType"},
	} {
		a := ask(t, w.Public, token, "POST", "/api/webhooks", c.body)
		details, _ := a.body["details"].(object)
		if a.status != 400 || details["field"] != c.field {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	if a := ask(t, w.Public, "", "POST", "/api/webhooks", object{}); a.status != 401 {
		t.Errorf("without a token: %d", a.status)
	}
	if a := ask(t, w.Public, token, "GET", "/api/webhooks", nil); a.body["total"] != 0.0 {
		t.Errorf("what was refused is set: %v", a.body)
	}
}

// TestResend is contract §7.6, status by status.
func TestResend(t *testing.T) {
	w := start(t, server.Webhooks{Limit: limit})
	token := w.token(merchant)
	id := w.pay(merchant)
	m, err := w.Store.Movement(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	foreign := w.pay(other)
	resend := func(name string, body any) answer {
		t.Helper()
		return ask(t, w.Public, token, "POST", "/api/resend-webhook/"+name, body)
	}
	if a := resend(id.String(), nil); a.status != 400 || a.body["code"] != "WEBHOOK_NOT_CONFIGURED" {
		t.Errorf("nowhere to send it: %d %v", a.status, a.body)
	}
	w.hook(merchant, pix.NoticeCashOut, "/pix", webhook.Header{Name: "X-Secret", Value: "7"})
	if err := w.Courier.SetCredentials(t.Context(), merchant, "loja", "senha"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{id.String(), m.ExternalID, string(m.EndToEndID)} {
		a := resend(name, nil)
		c := w.sink.next()
		if a.status != 200 || a.body["statusCode"] != 200.0 || a.body["sentAt"] != "2026-11-20T12:00:00.000Z" ||
			a.body["webhookLogId"] == "" || c.number() != id.String() || c.header.Get("X-Secret") != "7" {
			t.Errorf("%s: %d %v, the sink got %v", name, a.status, a.body, c.header)
		}
	}
	once := resend(id.String(), object{"url": w.sink.server.URL + "/once"})
	if c := w.sink.next(); once.status != 200 || c.path != "/once" || c.header.Get("X-Secret") != "" ||
		c.header.Get("Authorization") != "" || c.header.Get("Webhook-Signature") == "" {
		t.Errorf("to a URL of this once: %d, the sink got %v", once.status, c.header)
	}
	for name, body := range map[string]object{
		"http": {"url": "http://loja.example"}, "private": {"url": "https://10.0.0.1/"}, "no text": {"url": 7},
	} {
		if a := resend(id.String(), body); a.status != 400 {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	for _, name := range []string{foreign.String(), "999", "nothing", "E99999003202611201200aaaaaaaaaaa"} {
		if a := resend(name, nil); a.status != 404 {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	if a := ask(t, w.Public, "", "POST", "/api/resend-webhook/"+id.String(), nil); a.status != 401 {
		t.Errorf("without a token: %d", a.status)
	}
	w.sink.on("/pix", answering(503))
	if a := resend(id.String(), nil); a.status != 502 || a.body["webhookLogId"] == nil || a.body["sentAt"] == nil ||
		a.body["details"].(object)["targetStatusCode"] != 503.0 {
		t.Errorf("refused: %d %v", a.status, a.body)
	}
	w.sink.on("/pix", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if a := resend(id.String(), nil); a.status != 502 || a.body["details"].(object)["targetStatusCode"] != nil {
		t.Errorf("cut off: %d %v", a.status, a.body)
	}
	w.sink.on("/pix", hang)
	if a := resend(id.String(), nil); a.status != 504 || a.body["webhookLogId"] == nil {
		t.Errorf("hangs: %d %v", a.status, a.body)
	}
	if list := w.deliveries(id, 7); len(list) != 7 || !list[0].Resent || list[6].Result != webhook.Failed {
		t.Errorf("logged: %+v", list)
	}
}

func TestResendsAreLimitedByAccountAndMinute(t *testing.T) {
	w := start(t, server.Webhooks{})
	token, theirs := w.token(merchant), w.token(other)
	w.hook(merchant, pix.NoticeCashOut, "/pix")
	id := w.pay(merchant)
	w.sink.next()
	w.deliveries(id, 1)
	resend := func(token string) answer {
		return ask(t, w.Public, token, "POST", "/api/resend-webhook/"+id.String(), nil)
	}
	for i := range 60 {
		if a := resend(token); a.status != 200 {
			t.Fatalf("resend %d: %d %v", i+1, a.status, a.body)
		}
	}
	if a := resend(token); a.status != 429 || a.header.Get("Retry-After") != "1" {
		t.Errorf("the 61st: %d, Retry-After %s", a.status, a.header.Get("Retry-After"))
	}
	if a := resend(theirs); a.status != 404 {
		t.Errorf("another account: %d", a.status)
	}
	w.clock.advance(time.Second)
	if a := resend(token); a.status != 200 {
		t.Errorf("a second later: %d", a.status)
	}
	if a := resend(token); a.status != 429 {
		t.Errorf("and once more: %d", a.status)
	}
	if list, err := w.Courier.Deliveries(t.Context(), uint64(id)); err != nil || len(list) != webhook.DeliveriesMax {
		t.Errorf("%d deliveries are kept, %v", len(list), err)
	}
}

// TestTheOperatorSeesAndReplaysDeadLetters uses the operator's API.
func TestTheOperatorSeesAndReplaysDeadLetters(t *testing.T) {
	w := start(t, server.Webhooks{Retries: []time.Duration{}})
	w.hook(merchant, pix.NoticeCashOut, "/pix")
	w.hook(other, pix.NoticeCashOut, "/pix")
	w.sink.on("/pix", answering(500))
	house := func(method, path string, body any) answer {
		return ask(t, w.Operator, operatorToken, method, path, body)
	}
	var mine []pix.MovementID
	for range 3 {
		mine = append(mine, w.pay(merchant))
		w.deliveries(mine[len(mine)-1], 1)
	}
	theirs := w.pay(other)
	w.deliveries(theirs, 1)
	all := house("GET", "/dead-letters", nil)
	letters, _ := all.body["data"].([]any)
	if all.status != 200 || len(letters) != 4 || letters[0].(object)["number"] != theirs.String() ||
		letters[0].(object)["status"] != 500.0 || letters[0].(object)["attempts"] != 1.0 {
		t.Fatalf("dead letters: %d %v", all.status, all.body)
	}
	page := house("GET", "/dead-letters?limit=1", nil)
	second := house("GET", "/dead-letters?limit=1&after="+page.body["next"].(string), nil)
	if got := second.body["data"].([]any)[0].(object)["number"]; got != mine[2].String() {
		t.Errorf("the second page has %v", got)
	}
	if a := house("GET", "/dead-letters?account="+merchant.String(), nil); len(a.body["data"].([]any)) != 3 {
		t.Errorf("of one account: %v", a.body)
	}
	if a := house("DELETE", "/dead-letters/"+letters[0].(object)["id"].(string), nil); a.status != 204 {
		t.Errorf("discard: %d %v", a.status, a.body)
	}
	w.sink.on("/pix", answering(200))
	if a := house("POST", "/accounts/"+merchant.String()+"/dead-letters/replay", nil); a.status != 202 || a.body["replayed"] != 3.0 {
		t.Errorf("replay: %d %v", a.status, a.body)
	}
	for _, id := range mine {
		if list := w.deliveries(id, 2); list[1].Result != webhook.Delivered {
			t.Errorf("%s: %+v", id, list[1])
		}
	}
	shown := house("GET", "/deliveries/"+mine[0].String(), nil)
	if list := shown.body["data"].([]any); len(list) != 2 || list[0].(object)["result"] != "delivered" ||
		list[1].(object)["result"] != "dead" {
		t.Errorf("deliveries: %v", shown.body)
	}
	if a := house("GET", "/dead-letters", nil); len(a.body["data"].([]any)) != 0 {
		t.Errorf("left: %v", a.body)
	}
	for _, path := range []string{"/dead-letters/7/replay", "/dead-letters/x/replay"} {
		if a := house("POST", path, nil); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// metrics are what GET /metrics answers.
func (w *world) metrics() string {
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Authorization", "Bearer "+operatorToken)
	answer := httptest.NewRecorder()
	w.Operator.ServeHTTP(answer, r)
	return answer.Body.String()
}

func TestWebhooksAreCounted(t *testing.T) {
	w := start(t, server.Webhooks{})
	w.hook(merchant, pix.NoticeCashOut, "/pix")
	w.sink.on("/pix", answering(200, 500))
	w.deliveries(w.pay(merchant), 1)
	eventually(t, "an empty outbox", func() bool { return len(w.waiting()) == 0 })
	if got := w.metrics(); !strings.Contains(got, "saldo_webhook_oldest_waiting_seconds 0\n") {
		t.Errorf("nothing waits: %s", got)
	}
	w.deliveries(w.pay(merchant), 1)
	w.clock.advance(90 * time.Second)
	got := w.metrics()
	for _, want := range []string{
		`saldo_webhook_deliveries_total{result="delivered"} 1`, `saldo_webhook_deliveries_total{result="failed"} 1`,
		`saldo_webhook_deliveries_total{result="dropped"} 0`, "saldo_webhook_dead_letters_total 0",
		"saldo_webhook_oldest_waiting_seconds 90",
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

func TestTheOperatorSetsWebhooks(t *testing.T) {
	w := start(t, server.Webhooks{})
	base := "/accounts/" + merchant.String() + "/webhooks"
	house := func(method, path string, body any) answer {
		return ask(t, w.Operator, operatorToken, method, path, body)
	}
	url := w.sink.server.URL + "/pix"
	a := house("PUT", base+"/cash_out", object{"url": url, "headers": object{"X-A": "secret"}})
	if a.status != 200 || a.body["signingSecret"] == nil || strings.Contains(fmt.Sprint(a.body["headers"]), "secret") {
		t.Errorf("set: %d %v", a.status, a.body)
	}
	if a := house("POST", base+"/cash_out/secret", nil); a.status != 200 || a.body["signingSecret"] == nil ||
		a.body["oldSecretValidUntil"] != "2026-11-21T12:00:00.000Z" {
		t.Errorf("rotate: %d %v", a.status, a.body)
	}
	a = house("PATCH", base, object{"version": 2, "username": "loja", "password": "senha"})
	if a.status != 200 || a.body["version"] != 2.0 || a.body["username"] != "loja" ||
		strings.Contains(fmt.Sprint(a.body), "senha") {
		t.Errorf("settings: %d %v", a.status, a.body)
	}
	tested := house("POST", base+"/cash_out/test", nil)
	if c := w.sink.next(); tested.body["delivered"] != true || c.header.Get("X-A") != "secret" ||
		!strings.Contains(string(c.body), `"event":"Test"`) || !strings.HasPrefix(c.header.Get("Authorization"), "Basic ") {
		t.Errorf("test: %v, the sink got %v %s", tested.body, c.header, c.body)
	}
	// An Authorization of the endpoint's own wins over Basic (contract §13 row 25).
	house("PUT", base+"/cash_out", object{"url": url, "headers": object{"authorization": "Bearer abc"}})
	house("POST", base+"/cash_out/test", nil)
	if got := w.sink.next().header["Authorization"]; len(got) != 1 || got[0] != "Bearer abc" {
		t.Errorf("Authorization %v", got)
	}
	house("PUT", base+"/cash_out", object{"url": url, "active": false})
	if a := ask(t, w.Public, w.token(merchant), "GET", "/api/webhooks", nil); a.body["webhooks"].([]any)[0].(object)["isActive"] != false {
		t.Errorf("inactive: %v", a.body)
	}
	w.pay(merchant)
	if jobs := w.waiting(); len(jobs) != 0 {
		t.Errorf("an inactive webhook is told: %v", jobs)
	}
	for name, c := range map[string]struct {
		method, path string
		body         object
		status       int
	}{
		"unknown account": {"PUT", "/accounts/7777777777/webhooks/cash_in", object{"url": url}, 404},
		"unknown event":   {"PUT", base + "/CASH", object{"url": url}, 404},
		"no webhook":      {"POST", base + "/cash_in/test", nil, 404},
		"no secret":       {"POST", base + "/cash_in/secret", nil, 404},
		"bad url":         {"PUT", base + "/cash_in", object{"url": "http://loja.example"}, 400},
		"bad version":     {"PATCH", base, object{"version": 3}, 400},
		"no password":     {"PATCH", base, object{"username": "loja"}, 400},
		"colon":           {"PATCH", base, object{"username": "lo:ja", "password": "x"}, 400},
		"not there":       {"DELETE", base + "/cash_in", nil, 404},
		"deleted":         {"DELETE", base + "/cash_out", nil, 204},
	} {
		if a := house(c.method, c.path, c.body); a.status != c.status {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	if a := ask(t, w.Operator, "", "GET", base, nil); a.status != 401 {
		t.Errorf("without a token: %d", a.status)
	}
}
