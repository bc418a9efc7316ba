package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

// alertRequests are those of alerts, by what they do: they read, they write a body,
// or they write without one.
var alertRequests = struct{ reads, writes, bare []string }{
	[]string{
		"GET /api/alerts", "GET /api/alerts/rules", "GET /api/alerts/rules/1", "GET /api/alerts/channels",
		"GET /api/alerts/channels/1",
	},
	[]string{
		"POST /api/alerts/rules", "PUT /api/alerts/rules/1", "POST /api/alerts/channels", "PUT /api/alerts/channels/1",
		"POST /api/alerts/1/acknowledge",
	},
	[]string{"DELETE /api/alerts/rules/1", "DELETE /api/alerts/channels/1", "POST /api/alerts/channels/1/test"},
}

// id of what a request made.
func (w *walk) made(request string, body any) string {
	w.Helper()
	var out struct{ ID string }
	w.want(w.a.Client, "made", 201, "", request, body).JSON(w, &out)
	return out.ID
}

// alerts are rules, channels and what they say.
func (w *walk) alerts() {
	const rules, channels = "/api/alerts/rules", "/api/alerts/channels"
	rule, channel := map[string]any{"kind": "high_above"}, map[string]any{"kind": "webhook"}
	channelID := w.made("POST "+channels, channel)
	ruleID := w.made("POST "+rules, map[string]any{"kind": "high_above", "channels": []string{channelID}})
	w.want(w.a.Client, "rules", 200, ruleID, "GET "+rules, nil)
	w.want(w.a.Client, "a rule", 200, ruleID, "GET "+rules+"/"+ruleID, nil)
	w.want(w.a.Client, "a rule again", 200, `"active":true`, "PUT "+rules+"/"+ruleID, rule)
	w.want(w.a.Client, "channels", 200, channelID, "GET "+channels, nil)
	w.want(w.a.Client, "a channel", 200, channelID, "GET "+channels+"/"+channelID, nil)
	w.want(w.a.Client, "a channel again", 200, channelID, "PUT "+channels+"/"+channelID, channel)
	w.want(w.a.Client, "a test without a webhook", 200, `"delivered":false`, "POST "+channels+"/"+channelID+"/test", nil)
	var open struct{ Data []struct{ ID string } }
	w.want(w.a.Client, "open alerts", 200, "high_above", "GET /api/alerts?status=open", nil).JSON(w, &open)
	if len(open.Data) != 1 {
		w.Fatalf("open alerts: %+v", open)
	}
	w.want(w.a.Client, "seen", 200, "ciente", "POST /api/alerts/"+open.Data[0].ID+"/acknowledge", `{"note":"ciente"}`)
	w.want(w.a.Client, "half a status", 400, "status", "GET /api/alerts?status=half", nil)
	w.want(w.a.Client, "a long note", 400, "note", "POST /api/alerts/1/acknowledge", map[string]any{"note": chars(501)})
	for _, of := range []string{rules, channels} {
		good := rule
		if of == channels {
			good = channel
		}
		w.want(w.a.Client, "no kind", 400, "kind", "POST "+of, `{}`)
		w.want(w.a.Client, "no kind", 400, "kind", "PUT "+of+"/1", `{}`)
		w.want(w.a.Client, "nothing there", 404, "", "GET "+of+"/1", nil)
		w.want(w.a.Client, "nothing there", 404, "", "PUT "+of+"/1", good)
		w.want(w.a.Client, "nothing there", 404, "", "DELETE "+of+"/1", nil)
	}
	w.want(w.a.Client, "nothing there", 404, "", "POST /api/alerts/1/acknowledge", nil)
	w.want(w.a.Client, "nothing there", 404, "", "POST "+channels+"/1/test", nil)
	w.want(w.a.Client, "a rule less", 204, "", "DELETE "+rules+"/"+ruleID, nil)
	w.want(w.a.Client, "a channel less", 204, "", "DELETE "+channels+"/"+channelID, nil)
	full := w.p.NewAccount(w, "1.00", "")
	for of, most := range map[string]int{rules: 20, channels: 10} {
		for range most {
			w.want(full.Client, "one more", 201, "", "POST "+of, map[string]any{"kind": map[string]string{
				rules: "high_above", channels: "webhook",
			}[of]})
		}
	}
	w.want(full.Client, "rule 21", 409, "LIMIT_REACHED", "POST "+rules, rule)
	w.want(full.Client, "channel 11", 409, "LIMIT_REACHED", "POST "+channels, channel)
	for status := 0; status != http.StatusTooManyRequests; {
		answer, err := full.Do("POST", channels+"/1/test", nil)
		if err != nil || answer.Status != http.StatusTooManyRequests && answer.Status != http.StatusNotFound {
			w.Fatalf("tests of a channel: %d %v", answer.Status, err)
		}
		status = answer.Status
	}
}

// alerts are the examples of alerts.
func (s *script) alerts(p *saldotest.Process) {
	a := &shop{Account: p.NewAccount(s.t, "700.00", "")}
	told := make(chan []byte, 10)
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && !strings.Contains(string(body), `"Test"`) {
			told <- body
		}
	}))
	defer sink.Close()
	a.Must(s.t, http.StatusOK, "POST", "/api/webhooks", text(`{"url":%q,"eventType":"balance_alert"}`, sink.URL))
	channel := s.example(a, "createAlertChannel", 201, "POST /api/alerts/channels", `{"kind":"webhook","name":"Sistema"}`)
	s.call(a.Client, "testAlertChannel", http.StatusOK, "POST /api/alerts/channels/"+channel+"/test", "")
	s.call(a.Client, "getAlertChannel", http.StatusOK, "GET /api/alerts/channels/"+channel, "")
	s.call(a.Client, "listAlertChannels", http.StatusOK, "GET /api/alerts/channels", "")
	s.call(a.Client, "replaceAlertChannel", http.StatusOK, "PUT /api/alerts/channels/"+channel,
		`{"kind":"webhook","name":"ERP"}`)
	rule := s.example(a, "createAlertRule", 201, "POST /api/alerts/rules",
		text(`{"kind":"critical_below","threshold":500.00,"reminderMinutes":60,"channels":[%q]}`, channel))
	a.Pay(s.t, "PAY-2026-41", "250.00")
	s.receive("alert", told)
	s.call(a.Client, "getAlertRule", http.StatusOK, "GET /api/alerts/rules/"+rule, "")
	s.call(a.Client, "listAlertRules", http.StatusOK, "GET /api/alerts/rules", "")
	var list struct{ Data []struct{ ID string } }
	s.call(a.Client, "listAlerts", http.StatusOK, "GET /api/alerts?status=open", "").JSON(s.t, &list)
	if len(list.Data) != 1 {
		s.t.Fatalf("open alerts: %+v", list)
	}
	s.call(a.Client, "acknowledgeAlert", http.StatusOK, "POST /api/alerts/"+list.Data[0].ID+"/acknowledge",
		`{"note":"Aporte a caminho"}`)
	s.call(a.Client, "replaceAlertRule", http.StatusOK, "PUT /api/alerts/rules/"+rule,
		`{"kind":"blocked_above","threshold":50,"enabled":false}`)
	s.call(a.Client, "deleteAlertRule", http.StatusNoContent, "DELETE /api/alerts/rules/"+rule, "")
	s.call(a.Client, "deleteAlertChannel", http.StatusNoContent, "DELETE /api/alerts/channels/"+channel, "")
}

// example makes an example of what makes something, and returns its id.
func (s *script) example(a *shop, name string, status int, request, body string) string {
	s.t.Helper()
	var out struct{ ID string }
	s.call(a.Client, name, status, request, body).JSON(s.t, &out)
	return out.ID
}

// TestAnAlertOutlivesAKill raises an alert, kills the process, and wants it open and
// told, and resolved once net has risen.
func TestAnAlertOutlivesAKill(t *testing.T) { onEveryStore(t, testAnAlertOutlivesAKill) }

func testAnAlertOutlivesAKill(t *testing.T, at place) {
	books := at.new(t)
	p := saldotest.StartFast(t, books, "--rail", "http")
	a := p.NewAccount(t, "1000.00", "")
	a.Must(t, http.StatusCreated, "POST", "/api/alerts/rules", `{"kind":"critical_below"}`)
	sent := a.Pay(t, "PAY-1", "600.00") // net is 400.00 from here on
	open := func() (ids []string) {
		var list struct{ Data []struct{ ID string } }
		a.Must(t, http.StatusOK, "GET", "/api/alerts?status=open", nil).JSON(t, &list)
		for _, each := range list.Data {
			ids = append(ids, each.ID)
		}
		return ids
	}
	before := open()
	p.Kill()
	p = saldotest.StartFast(t, books, "--rail", "http")
	a.URL = p.URL
	if after := open(); len(before) != 1 || !slices.Equal(before, after) {
		t.Fatalf("open before the kill %v, after it %v", before, after)
	}
	p.Event(t, "applied", text(`{"id":"evt-1","type":"payment.rejected","transactionId":%q}`, sent.TransactionID))
	if after := open(); len(after) != 0 {
		t.Errorf("still open: %v", after)
	}
	a.Must(t, http.StatusOK, "POST", "/api/alerts/"+before[0]+"/acknowledge", nil)
}
