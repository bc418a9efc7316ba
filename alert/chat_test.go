package alert_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/alert"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// Tokens that look as the services' own do; all of them are made up.
const (
	hookToken     = "T00000000-B00000000-XXXXXXXXXXXXXXXXXXXXXXXX"
	telegramToken = "123456789:AAExemploExemploExemploExemploExemp"
)

var chatTargets = map[string]struct{ target, path, body string }{
	"slack": {
		"slack://hook:" + hookToken + "@webhook", "hooks.slack.com/services/T00000000/B00000000/",
		`"text":"Saldo crítico"`,
	},
	"discord": {
		"discord://segredo_exemplo@123456789012345678",
		"discord.com/api/webhooks/123456789012345678/segredo_exemplo", `"content":"Saldo crítico\n`,
	},
	"telegram": {
		"telegram://" + telegramToken + "@telegram?chats=@exemplo",
		"api.telegram.org/bot" + telegramToken + "/sendMessage", `"chat_id":"@exemplo"`,
	},
	"googlechat": {
		"googlechat://chat.googleapis.com/v1/spaces/EXEMPLO/messages?key=chave&token=segredo",
		"chat.googleapis.com/v1/spaces/EXEMPLO/messages?key=chave&token=segredo", `"text":"Saldo crítico\n`,
	},
}

// sink is a real server in the place of every chat service: what is posted to
// https://host/path comes to /host/path.
type sink struct {
	calls  chan string // path and body
	status int
	post   alert.Post
}

func newSink(t *testing.T) *sink {
	s := &sink{calls: make(chan string, 10), status: http.StatusOK}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(s.status)
		s.calls <- r.URL.String()[1:] + " " + string(body)
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	sender := webhook.NewSender(webhook.SenderOptions{
		Policy: webhook.Policy{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Roots: roots,
	}, func() time.Time { return start })
	s.post = func(ctx context.Context, m webhook.Message) webhook.Attempt {
		m.URL = server.URL + "/" + strings.TrimPrefix(m.URL, "https://")
		return sender.Send(ctx, m)
	}
	return s
}

// TestChatsAreTold raises an alert on every chat service.
func TestChatsAreTold(t *testing.T) {
	s := newSink(t)
	w := newWorld(t, alert.Chats(s.post))
	w.net(1_000_00)
	var channels []uint64
	for kind, c := range chatTargets {
		set, err := w.desk.Set(t.Context(), account, pix.AlertChannel{Kind: kind}, c.target)
		if err != nil {
			t.Fatal(err)
		}
		if set.Shown != kind+"://…" || strings.Contains(set.Target, "hook") {
			t.Errorf("%s shows %q and keeps %q", kind, set.Shown, set.Target)
		}
		channels = append(channels, set.ID)
	}
	w.rule(pix.AlertRule{Kind: pix.AlertCriticalBelow, Threshold: 500_00, Channels: channels})
	w.net(money.Centavos(1_234_56 - 1_000_00))
	if count := w.work(pix.TopicAlertNotify, w.desk.Handle); count != len(chatTargets) {
		t.Fatalf("%d messages", count)
	}
	got := make(map[string]bool)
	for range chatTargets {
		call := <-s.calls
		for kind, c := range chatTargets {
			if strings.HasPrefix(call, c.path) && strings.Contains(call, c.body) && strings.Contains(call, "R$ 234,56") {
				got[kind] = true
			}
		}
	}
	if len(got) != len(chatTargets) {
		t.Errorf("only %v were told as they should be", got)
	}
}

// TestAChatThatRefusesIsTriedAgainAndGivenUp wants no message lost that a service
// did not take, and nothing secret in what is kept of it.
func TestAChatThatRefusesIsTriedAgainAndGivenUp(t *testing.T) {
	s := newSink(t)
	s.status = http.StatusForbidden
	w := newWorld(t, alert.Chats(s.post))
	set, err := w.desk.Set(t.Context(), account, pix.AlertChannel{Kind: "telegram"}, chatTargets["telegram"].target)
	if err != nil {
		t.Fatal(err)
	}
	w.rule(pix.AlertRule{Kind: pix.AlertCriticalBelow, Threshold: 500_00, Channels: []uint64{set.ID}})
	for range len(webhook.RetriesDefault) + 1 {
		if count := w.work(pix.TopicAlertNotify, w.desk.Handle); count != 1 {
			t.Fatalf("%d attempts", count)
		}
		<-s.calls
		w.now = w.now.Add(webhook.RetriesDefault[2])
	}
	if count := w.work(pix.TopicAlertNotify, w.desk.Handle); count != 0 {
		t.Errorf("%d attempts more", count)
	}
	letters, err := w.store.Records(t.Context(), pix.RecordDeadLetter, 0, 0, 9)
	if err != nil || len(letters) != 1 {
		t.Fatalf("%d dead letters, %v", len(letters), err)
	}
	if body := string(letters[0].Body); !strings.Contains(body, "answered 403") || strings.Contains(body, "Exemplo") {
		t.Errorf("dead letter %s", body)
	}
}

// TestTargetsOfChats wants what is not a service's refused, and nothing of it
// repeated.
func TestTargetsOfChats(t *testing.T) {
	chats := alert.Chats(nil)
	for kind, targets := range map[string][]string{
		"slack": {
			"", "slack://", "slack://x", "slack://xoxb:" + hookToken + "@C00000000", chatTargets["discord"].target,
			"slack://hook:short@webhook", "https://hooks.slack.com/services/T/B/X", "::",
		},
		"discord": {
			"", "discord://", "discord://token@host.example", "discord://to%2Fken@123456789012345678", "discord://@1",
			"discord://a@1?thread_id=x", "discord://a@1/raw/x", chatTargets["slack"].target,
		},
		"telegram": {
			"", "telegram://", "telegram://telegram?chats=@x", "telegram://" + telegramToken + "@telegram",
			"telegram://" + telegramToken + "@telegram?chats=@a,@b", "telegram://dummy@dummy.com",
			"telegram://12:a%2Fb@telegram?chats=@x",
		},
		"googlechat": {
			"", "googlechat://169.254.169.254/x?key=k&token=t", "googlechat://chat.googleapis.com.evil.example/?key=k&token=t",
			"googlechat://chat.googleapis.com/v1", "googlechat://chat.googleapis.com:1/x?key=k&token=t",
		},
	} {
		for _, target := range targets {
			shown, err := chats[kind].Check(target)
			if err == nil || shown != "" || len(target) > len("telegram://") && strings.Contains(err.Error(), target) {
				t.Errorf("%s %q: %q, %v", kind, target, shown, err)
			}
		}
	}
}
