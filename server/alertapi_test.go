package server_test

import (
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/store/memory"
)

// mailbox is a real mail server: STARTTLS, a user, and what it took.
type mailbox struct {
	addr    *net.TCPAddr
	config  *tls.Config // that trusts it
	letters chan letter

	mu     sync.Mutex
	refuse bool // guarded by mu
}

// letter is one message that was taken.
type letter struct {
	from string
	to   []string
	mail *mail.Message
	body string
}

const mailPassword = "a made-up password"

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	web := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate of 127.0.0.1
	t.Cleanup(web.Close)
	m := &mailbox{letters: make(chan letter, 100)}
	m.config = web.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	m.config.ServerName = "127.0.0.1"
	s := smtp.NewServer(m)
	s.Domain, s.TLSConfig = "mail.example", &tls.Config{Certificates: web.TLS.Certificates, Rand: rand.Reader}
	s.ErrorLog = quiet{}
	l := listen(t)
	m.addr = l.Addr().(*net.TCPAddr)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }

func (m *mailbox) down(is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = is
}

func (m *mailbox) smtp() server.SMTP {
	return server.SMTP{
		Host: "127.0.0.1", Port: m.addr.Port, Username: "saldo", Password: mailPassword,
		From: "Avista <alertas@avista.example>", Config: m.config,
	}
}

// next is the next letter.
func (m *mailbox) next(t *testing.T) letter {
	t.Helper()
	select {
	case l := <-m.letters:
		return l
	case <-time.After(patience):
		t.Fatal("no e-mail came")
		return letter{}
	}
}

// session is one client's.
type session struct {
	box    *mailbox
	letter letter
	known  bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if s.known = username == "saldo" && password == mailPassword; !s.known {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if !s.known {
		return smtp.ErrAuthRequired
	}
	if s.box.refuse {
		return &smtp.SMTPError{Code: 451, Message: "greylisted maria@exemplo.com"}
	}
	s.letter = letter{from: from}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.letter.to = append(s.letter.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(message.Body)
	if err != nil {
		return err
	}
	s.letter.mail, s.letter.body = message, string(body)
	s.box.letters <- s.letter
	return nil
}

func (s *session) Reset()        { s.letter = letter{} }
func (s *session) Logout() error { return nil }

// alertWorld has a merchant with 1 000 reais, a sink and a mailbox.
func alertWorld(t *testing.T, box *mailbox, hooks server.Webhooks) (*world, string) {
	t.Helper()
	c := &clock{now: begin}
	mailing = box.smtp()
	defer func() { mailing = server.SMTP{} }()
	hooks.Allowed = loopback().Allowed
	w := newWorld(t, memory.New(), c, newSink(t, c), hooks).open()
	w.net(1_000_00)
	return w, w.token(merchant)
}

// TestAnAlertIsMailed raises an alert on a webhook and two addresses, through a mail
// server that refuses at first: it is tried again, given up, and replayed by the
// operator.
func TestAnAlertIsMailed(t *testing.T) {
	box := newMailbox(t)
	w, token := alertWorld(t, box, server.Webhooks{Retries: []time.Duration{time.Second}})
	w.hook(merchant, pix.NoticeBalanceAlert, "/alert")
	post := func(path string, body object) answer { return ask(t, w.Public, token, "POST", path, body) }
	hook := created(t, post("/api/alerts/channels", object{"kind": "webhook"}))
	email := created(t, post("/api/alerts/channels", object{
		"kind": "email", "name": "Financeiro", "target": "maria@exemplo.com, jose@exemplo.com",
	}))
	if a := post("/api/alerts/channels/"+email+"/test", nil); a.status != 200 || a.body["delivered"] != true {
		t.Fatalf("test: %d %v", a.status, a.body)
	}
	first := box.next(t)
	if first.from != "alertas@avista.example" || len(first.to) != 2 || first.mail.Header.Get("Subject") == "" {
		t.Errorf("test: %+v", first)
	}
	if a := post("/api/alerts/channels/"+hook+"/test", nil); a.body["delivered"] != true {
		t.Errorf("test of the webhook: %v", a.body)
	}
	if call := w.sink.nextOf("/alert"); !strings.Contains(string(call.body), `"Test"`) {
		t.Errorf("test of the webhook: %s", call.body)
	}
	created(t, post("/api/alerts/rules", object{
		"kind": "critical_below", "name": "Caixa", "channels": []string{hook, email},
	}))
	w.net(1_499)
	letter := box.next(t)
	text := strings.ReplaceAll(letter.body, "=\r\n", "")
	for _, want := range []string{"R$ 14,99", "R$ 500,00", "Caixa", merchant.String()} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if call := w.sink.nextOf("/alert"); !strings.Contains(string(call.body), `"type":"raised"`) ||
		call.header.Get("Webhook-Signature") == "" {
		t.Errorf("webhook: %s", call.body)
	}

	box.down(true)
	w.net(600_00)
	eventually(t, "a dead letter", func() bool {
		w.clock.advance(time.Second)
		w.net(600_00 + money.Centavos(w.clock.Now().Second()) + 1)
		letters, err := w.Courier.DeadLetters(t.Context(), 0, 10)
		return err == nil && len(letters) == 1 && letters[0].Topic == pix.TopicAlertNotify &&
			letters[0].Error == "mail server refused: 451"
	})
	box.down(false)
	letters, err := w.Courier.DeadLetters(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Courier.Replay(t.Context(), letters[0].ID); err != nil {
		t.Fatal(err)
	}
	if l := box.next(t); !strings.Contains(l.mail.Header.Get("Subject"), "Resolvido") &&
		!strings.Contains(l.mail.Header.Get("Subject"), "=?") {
		t.Errorf("replayed: %v", l.mail.Header)
	}
	if call := w.sink.nextOf("/alert"); !strings.Contains(string(call.body), `"outcome":"resolved"`) {
		t.Errorf("webhook: %s", call.body)
	}
	w.wantAlertsCounted()
}

// wantAlertsCounted wants an alert that began and ended counted, without a word of
// whose it is: told by webhook both times, and by e-mail the second time at the
// third attempt, after it had been given up.
func (w *world) wantAlertsCounted() {
	w.t.Helper()
	var got string
	missing := func() (missing string) {
		got = w.metrics()
		for _, want := range []string{
			`saldo_alerts_total{event="raised",kind="critical_below"} 1`,
			`saldo_alerts_total{event="resolved",kind="critical_below"} 1`,
			`saldo_alerts_total{event="raised",kind="high_above"} 0`,
			`saldo_alert_messages_total{channel="webhook",result="delivered"} 2`,
			`saldo_alert_messages_total{channel="webhook",result="dead"} 0`,
			`saldo_alert_messages_total{channel="email",result="delivered"} 2`,
			`saldo_alert_messages_total{channel="email",result="failed"} 1`,
			`saldo_alert_messages_total{channel="email",result="dead"} 1`,
			`saldo_alert_messages_total{channel="slack",result="delivered"} 0`,
		} {
			if !strings.Contains(got, want+"\n") {
				missing = want
			}
		}
		return missing
	}
	eventually(w.t, "counters", func() bool { return missing() == "" })
	if strings.Contains(got, merchant.String()) {
		w.t.Errorf("metrics tell of an account:\n%s", got)
	}
}

// TestTheAlertsAPI goes through rules, channels, history and acknowledgement.
func TestTheAlertsAPI(t *testing.T) {
	w, token := alertWorld(t, newMailbox(t), server.Webhooks{})
	call := func(method, path string, body any) answer { return ask(t, w.Public, token, method, path, body) }
	rule := call("POST", "/api/alerts/rules", object{"kind": "warning_below"})
	id := created(t, rule)
	if rule.body["threshold"] != 2000.0 || rule.body["hysteresis"] != 100.0 || rule.body["unit"] != "reais" ||
		rule.body["cooldownMinutes"] != 15.0 || rule.body["active"] != true || rule.body["openAlertId"] == nil {
		t.Errorf("rule: %v", rule.body)
	}
	list := call("GET", "/api/alerts?status=open", nil)
	alert := list.body["data"].([]any)[0].(object)
	if alert["id"] != rule.body["openAlertId"] || alert["status"] != "open" || alert["outcome"] != nil {
		t.Errorf("open: %v", alert)
	}
	path := "/api/alerts/" + alert["id"].(string) + "/acknowledge"
	if a := call("POST", path, object{"note": "ciente"}); a.status != 200 || a.body["note"] != "ciente" {
		t.Errorf("acknowledged: %d %v", a.status, a.body)
	}
	if a := call("PUT", "/api/alerts/rules/"+id, object{"kind": "high_above", "threshold": 900.5}); a.status != 200 ||
		a.body["threshold"] != 900.5 || a.body["active"] != true {
		t.Errorf("replaced: %d %v", a.status, a.body)
	}
	if a := call("DELETE", "/api/alerts/rules/"+id, nil); a.status != 204 {
		t.Errorf("deleted: %d", a.status)
	}
	all := call("GET", "/api/alerts?pageSize=1&page=2", nil)
	if data := all.body["data"].([]any); len(data) != 1 || data[0].(object)["note"] != "ciente" ||
		data[0].(object)["outcome"] != "withdrawn" || all.body["metadata"].(object)["total"] != 2.0 {
		t.Errorf("history: %v", all.body)
	}
	channel := call("POST", "/api/alerts/channels", object{"kind": "email", "target": "a@exemplo.com"})
	id = created(t, channel)
	if a := call("PUT", "/api/alerts/channels/"+id, object{"kind": "email", "target": "b@exemplo.com"}); a.status != 200 ||
		a.body["target"] != "b@exemplo.com" {
		t.Errorf("channel: %d %v", a.status, a.body)
	}
	if a := call("GET", "/api/alerts/channels/"+id, nil); a.body["kind"] != "email" {
		t.Errorf("channel: %v", a.body)
	}
	for _, path := range []string{
		"/api/alerts/channels/" + id, "/api/alerts/rules/1", "/api/alerts/channels/x",
	} {
		if a := ask(t, w.Public, w.token(other), "GET", path, nil); a.status != 404 {
			t.Errorf("another account's %s: %d", path, a.status)
		}
	}
	if a := call("DELETE", "/api/alerts/channels/"+id, nil); a.status != 204 {
		t.Errorf("deleted: %d", a.status)
	}
	profile, err := w.Store.Profile(t.Context(), ledger.AccountID(merchant))
	if err != nil || profile.Settings.Alerts.Written == 0 {
		t.Errorf("settings: %+v, %v", profile.Settings.Alerts, err)
	}
}

func TestAlertsThatAreRefused(t *testing.T) {
	w, token := alertWorld(t, newMailbox(t), server.Webhooks{})
	for name, c := range map[string]struct {
		path  string
		body  object
		field string
	}{
		"no kind":           {"rules", object{}, "kind"},
		"unknown kind":      {"rules", object{"kind": "low"}, "kind"},
		"zero":              {"rules", object{"kind": "high_above", "threshold": 0}, "threshold"},
		"half a centavo":    {"rules", object{"kind": "high_above", "threshold": 0.005}, "threshold"},
		"percent":           {"rules", object{"kind": "blocked_above", "threshold": 100}, "threshold"},
		"four minutes":      {"rules", object{"kind": "no_receipt", "threshold": 4}, "threshold"},
		"margin of silence": {"rules", object{"kind": "no_receipt", "hysteresis": 4}, "hysteresis"},
		"wide margin":       {"rules", object{"kind": "high_above", "threshold": 1, "hysteresis": 1.01}, "hysteresis"},
		"cooldown":          {"rules", object{"kind": "high_above", "cooldownMinutes": 0}, "cooldownMinutes"},
		"reminder":          {"rules", object{"kind": "high_above", "reminderMinutes": 4}, "reminderMinutes"},
		"channel":           {"rules", object{"kind": "high_above", "channels": []string{"7"}}, "channels"},
		"no channel":        {"rules", object{"kind": "high_above", "channels": []string{"x"}}, "channels[0]"},
		"kind of channel":   {"channels", object{"kind": "pigeon"}, "kind"},
		"webhook's target":  {"channels", object{"kind": "webhook", "target": "https://loja.example"}, "target"},
		"no address":        {"channels", object{"kind": "email"}, "target"},
		"bad address":       {"channels", object{"kind": "email", "target": "Maria <maria@exemplo.com>"}, "target"},
		"header":            {"channels", object{"kind": "email", "target": "a@exemplo.com\r\nBcc: b@exemplo.com"}, "target"},
		"six addresses":     {"channels", object{"kind": "email", "target": "a@b.c,b@b.c,c@b.c,d@b.c,e@b.c,f@b.c"}, "target"},
	} {
		a := ask(t, w.Public, token, "POST", "/api/alerts/"+c.path, c.body)
		details, _ := a.body["details"].(object)
		if a.status != 400 || details["field"] != c.field {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	for range pix.AlertChannelsMax {
		created(t, ask(t, w.Public, token, "POST", "/api/alerts/channels", object{"kind": "webhook"}))
	}
	if a := ask(t, w.Public, token, "POST", "/api/alerts/channels", object{"kind": "webhook"}); a.status != 409 {
		t.Errorf("one channel too many: %d %v", a.status, a.body)
	}
	for _, path := range []string{"/api/alerts/1/acknowledge", "/api/alerts/channels/1/test"} {
		if a := ask(t, w.Public, token, "POST", path, nil); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}
