package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// hooked is a sink on this machine.
type hooked struct {
	*httptest.Server
	told chan *http.Request
	body chan string // of each of them, in order
}

func newHooked(t *testing.T) *hooked {
	h := &hooked{told: make(chan *http.Request, 100), body: make(chan string, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h.told <- r
		h.body <- string(body)
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// next is the next request and its body.
func (h *hooked) next(t *testing.T) (*http.Request, string) {
	t.Helper()
	select {
	case r := <-h.told:
		return r, <-h.body
	case <-time.After(20 * time.Second):
		t.Fatal("the sink is not told")
		return nil, ""
	}
}

func TestWebhooksAreSetTestedAndTold(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e, sink := operatorOf(w), newHooked(t)
	set := mustCall(t, e, "webhook", "set", w.AccountID, "cash_out", sink.URL+"/pix", "--header", "X-Loja: 7")
	if !strings.Contains(set, "whsec_") || !strings.Contains(set, "X-Loja") {
		t.Errorf("set:\n%s", set)
	}
	if again := mustCall(t, e, "webhook", "set", w.AccountID, "cash_out", sink.URL+"/pix"); strings.Contains(again, "whsec_") {
		t.Errorf("set again:\n%s", again)
	}
	if rotated := mustCall(t, e, "webhook", "rotate", w.AccountID, "cash_out"); !strings.Contains(rotated, "whsec_") ||
		!strings.Contains(rotated, "old secret signs until") {
		t.Errorf("rotated:\n%s", rotated)
	}
	if tested := mustCall(t, e, "webhook", "test", w.AccountID, "cash_out"); !strings.Contains(tested, "answered 200") {
		t.Errorf("tested:\n%s", tested)
	}
	if r, body := sink.next(t); r.URL.Path != "/pix" || !strings.Contains(body, `"event":"Test"`) {
		t.Errorf("test: %s %s", r.URL, body)
	}
	settings := mustCall(t, e, "webhook", "settings", w.AccountID, "--version=2")
	if !strings.Contains(settings, "V2 for what was created since") {
		t.Errorf("settings:\n%s", settings)
	}
	request, err := http.NewRequest("POST", w.URL+"/api/pix/cash-out", strings.NewReader(`{"value":1,"externalId":"a",`+
		`"details":{"key":"maria@exemplo.com","keyType":"EMAIL","name":"Maria","document":"12345678909"}}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.Token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatalf("pay: %v, %v", answer, err)
	}
	var paid struct {
		TransactionID string `json:"transactionId"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&paid); err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	r, body := sink.next(t)
	if !strings.Contains(body, `"type":"TRANSFER"`) || len(strings.Fields(r.Header.Get("Webhook-Signature"))) != 2 ||
		r.Header.Get("Webhook-Id") != "cash_out-"+paid.TransactionID {
		t.Errorf("told %s with %v", body, r.Header)
	}
	if listed := mustCall(t, e, "webhook", "list", w.AccountID); !strings.Contains(listed, sink.URL+"/pix") {
		t.Errorf("listed:\n%s", listed)
	}
	mustCall(t, e, "webhook", "set", w.AccountID, "cash_in", sink.URL+"/broken")
	if _, _, err := call(t, e, "webhook", "test", w.AccountID, "cash_in"); err == nil ||
		!strings.Contains(err.Error(), "answered 500") {
		t.Errorf("a test that fails: %v", err)
	}
	if letters := mustCall(t, e, "webhook", "dead-letters", "--json"); strings.TrimSpace(letters) != "[]" {
		t.Errorf("dead letters: %s", letters)
	}
	if replayed := mustCall(t, e, "webhook", "replay", "--account", w.AccountID); replayed != "replayed 0\n" {
		t.Errorf("replayed: %s", replayed)
	}
	if deleted := mustCall(t, e, "webhook", "delete", w.AccountID, "cash_in"); deleted != "deleted cash_in\n" {
		t.Errorf("deleted: %s", deleted)
	}
}

func TestWebhookCommandsThatAreRefused(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	for want, args := range map[string][]string{
		"must be an HTTPS URL":        {"webhook", "set", w.AccountID, "cash_in", "http://loja.example/pix"},
		"no webhook for this event":   {"webhook", "test", w.AccountID, "cash_in"},
		"write NAME:VALUE":            {"webhook", "set", w.AccountID, "cash_in", "https://loja.example", "--header=X-A"},
		"say what to set":             {"webhook", "settings", w.AccountID},
		"exclude each other":          {"webhook", "settings", w.AccountID, "--username=a", "--no-credentials"},
		"password is required":        {"webhook", "settings", w.AccountID, "--username=a"},
		"name a dead letter or":       {"webhook", "replay"},
		"not found":                   {"webhook", "replay", "7"},
		"must be 1 or 2":              {"webhook", "settings", w.AccountID, "--version=3"},
		"key user-agent is not allow": {"webhook", "set", w.AccountID, "cash_in", "https://loja.example", "--header=User-Agent:x"},
	} {
		if _, _, err := call(t, e, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("saldo %s: %v, want %q", strings.Join(args, " "), err, want)
		}
	}
}

func TestWhatIsSaidOfWebhooksIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config)
		want   string // empty is fine
	}{
		"defaults":           {func(*config) {}, ""},
		"own key":            {func(c *config) { c.SecretsKey = otherSecret }, ""},
		"key of tokens":      {func(c *config) { c.SecretsKey = c.TokenSecret }, "secrets_key is the same as token_secret"},
		"short key":          {func(c *config) { c.SecretsKey = "short" }, "secrets_key is too short"},
		"short older key":    {func(c *config) { c.SecretsKeysOlder = append(c.SecretsKeysOlder, "short") }, "secrets_keys_older is too"},
		"retries":            {func(c *config) { c.WebhookRetries = []string{"1s", "24h"} }, ""},
		"no time":            {func(c *config) { c.WebhookRetries = []string{"5"} }, `webhook_retries "5"`},
		"too soon":           {func(c *config) { c.WebhookRetries = []string{"999ms"} }, `webhook_retries "999ms"`},
		"too late":           {func(c *config) { c.WebhookRetries = []string{"24h1s"} }, `webhook_retries "24h1s"`},
		"too many":           {func(c *config) { c.WebhookRetries = make([]string, 21) }, "webhook_retries has 21 waits"},
		"networks":           {func(c *config) { c.WebhookNetworks = []string{"10.0.0.0/8", "fd00::1"} }, ""},
		"no network":         {func(c *config) { c.WebhookNetworks = []string{"loja.example"} }, `webhook_networks "loja.example"`},
		"all networks":       {func(c *config) { c.WebhookNetworks = []string{"0.0.0.0/0"} }, "opens every network"},
		"parallel":           {func(c *config) { c.WebhookParallel = 4096 }, ""},
		"too many at a time": {func(c *config) { c.WebhookParallel = 4097 }, "webhook_parallel 4097"},
		"fewer than none":    {func(c *config) { c.WebhookParallel = -1 }, "webhook_parallel -1"},
	} {
		settings := good()
		c.change(&settings)
		_, err := settings.build()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
