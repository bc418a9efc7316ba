package server_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/webhook"
)

// limit is how long attempts may take where some are to take too long.
const limit = time.Second

var begin = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func start(t *testing.T, hooks server.Webhooks) *world {
	t.Helper()
	c := &clock{now: begin}
	hooks.Allowed = append(hooks.Allowed, netip.MustParsePrefix("127.0.0.0/8"))
	return newWorld(t, memory.New(), c, newSink(t, c), hooks).open()
}

// TestASinkThatFailsTwiceIsToldInTheEnd keeps the waits of contract §7.4, and sends
// what §7.2 and Standard Webhooks say, the same at every attempt.
func TestASinkThatFailsTwiceIsToldInTheEnd(t *testing.T) {
	w := start(t, server.Webhooks{})
	secret := w.hook(merchant, pix.NoticeCashOut, "/pix?key=1", webhook.Header{Name: "X-Loja", Value: "7"})
	if err := w.Courier.SetCredentials(t.Context(), merchant, "loja", "senha"); err != nil {
		t.Fatal(err)
	}
	w.sink.on("/pix", answering(500, 500, 204))
	id := w.pay(merchant)
	var calls []call
	attempt := func() {
		calls = append(calls, w.sink.next())
		w.deliveries(id, len(calls))
	}
	attempt()
	for range 2 {
		w.clock.advance(5*time.Minute - time.Millisecond)
		w.nudge() // nothing is tried before its time
		w.clock.advance(time.Millisecond)
		w.wake()
		first, second := w.sink.next(), w.sink.next() // the nudge and the attempt
		if first.path != "/pix" {
			first, second = second, first
		}
		if first.path != "/pix" || second.path != "/nudge" {
			t.Fatalf("calls of %s and %s", first.path, second.path)
		}
		calls = append(calls, first)
		w.deliveries(id, len(calls))
	}
	for i, c := range calls {
		at := begin.Add(time.Duration(i) * 5 * time.Minute)
		want := map[string]string{
			"Webhook-Id": "cash_out-" + id.String(), "Webhook-Timestamp": fmt.Sprint(at.Unix()), "X-Loja": "7",
			"Content-Type": "application/json", "User-Agent": "Saldo-Webhooks/1",
			"Authorization":     "Basic " + base64.StdEncoding.EncodeToString([]byte("loja:senha")),
			"Webhook-Signature": signature(t, secret, "cash_out-"+id.String(), at, c.body),
		}
		for name, value := range want {
			if got := c.header.Get(name); got != value {
				t.Errorf("attempt %d: %s is %q, want %q", i+1, name, got, value)
			}
		}
		if !c.at.Equal(at) || string(c.body) != string(calls[0].body) || c.number() != id.String() {
			t.Errorf("attempt %d at %s: %s", i+1, c.at, c.body)
		}
	}
	list := w.deliveries(id, 3)
	for i, want := range []webhook.Result{webhook.Failed, webhook.Failed, webhook.Delivered} {
		if d := list[i]; d.Result != want || d.Attempt != i+1 || strings.Contains(d.URL, "key=1") {
			t.Errorf("delivery %d: %+v, want %s", i+1, d.Delivery, want)
		}
	}
	eventually(t, "an empty outbox", func() bool { return len(w.waiting()) == 0 })
}

// signature computes what webhook-signature must be, from the specification.
func signature(t *testing.T, secret, id string, at time.Time, body []byte) string {
	t.Helper()
	text, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		t.Fatalf("secret %s is none: %v", secret, err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// TestWhatNobodyTakesIsGivenUpListedAndReplayed tries every way to fail.
func TestWhatNobodyTakesIsGivenUpListedAndReplayed(t *testing.T) {
	for name, c := range map[string]struct {
		handler func(http.ResponseWriter, *http.Request)
		why     string
	}{
		"refuses": {answering(404), "answered 404"},
		"hangs":   {hang, "no answer in time"},
		"closes the connection": {
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "connection closed without an answer",
		},
		"answers too late": {func(w http.ResponseWriter, r *http.Request) {
			hang(w, r) // until the limit has passed
			w.WriteHeader(http.StatusOK)
		}, "no answer in time"},
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "answered 307: redirects are not followed"},
		"breaks off in the header": {func(w http.ResponseWriter, _ *http.Request) {
			conn, buffer, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = buffer.WriteString("HTTP/1.1 200 OK\r\nContent-")
			_ = buffer.Flush()
			_ = conn.Close()
		}, "connection failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, server.Webhooks{Limit: limit})
			w.hook(merchant, pix.NoticeCashOut, "/pix")
			w.sink.on("/pix", c.handler)
			id := w.pay(merchant)
			for i, wait := range []time.Duration{0, 5 * time.Minute, 5 * time.Minute, 15 * time.Minute} {
				w.clock.advance(wait)
				if i > 0 {
					w.wake()
				}
				d := w.deliveries(id, i+1)[i]
				if d.Error != c.why || d.Attempt != i+1 {
					t.Errorf("attempt %d: %+v, want %s", i+1, d.Delivery, c.why)
				}
			}
			letters, err := w.Courier.DeadLetters(t.Context(), 0, 10)
			if err != nil || len(letters) != 1 || letters[0].Number != uint64(id) || letters[0].Account != merchant ||
				letters[0].Attempts != 4 || letters[0].Error != c.why || letters[0].Event != pix.NoticeCashOut {
				t.Fatalf("dead letters %+v, %v", letters, err)
			}
			if list := w.deliveries(id, 4); list[3].Result != webhook.Dead {
				t.Errorf("the last attempt is %+v", list[3].Delivery)
			}
			w.sink.on("/pix", answering(200))
			if err := w.Courier.Replay(t.Context(), letters[0].ID); err != nil {
				t.Fatal(err)
			}
			if list := w.deliveries(id, 5); list[4].Result != webhook.Delivered || list[4].Attempt != 1 {
				t.Errorf("replayed: %+v", list[4].Delivery)
			}
			if err := w.Courier.Replay(t.Context(), letters[0].ID); err != pix.ErrNotFound {
				t.Errorf("replayed twice: %v", err)
			}
			for len(w.sink.calls) > 0 {
				if call := <-w.sink.calls; call.path == "/elsewhere" {
					t.Error("a redirect was followed")
				}
			}
		})
	}
}

// TestAnEndpointThatHangsDelaysNobodyElse lets one account's deliveries hang for as
// long as the test runs.
func TestAnEndpointThatHangsDelaysNobodyElse(t *testing.T) {
	w := start(t, server.Webhooks{Parallel: 6, PerAccount: 3, Limit: time.Minute})
	w.hook(merchant, pix.NoticeCashOut, "/hang")
	w.hook(other, pix.NoticeCashOut, "/quick")
	w.sink.on("/hang", hang)
	const events = 40
	for range events {
		w.pay(merchant)
	}
	for range 3 {
		if c := w.sink.next(); c.path != "/hang" {
			t.Fatalf("%s was called", c.path)
		}
	}
	want := make(map[string]bool)
	for range events {
		want[w.pay(other).String()] = true
	}
	for len(want) > 0 {
		c := w.sink.next()
		if c.path != "/quick" || !want[c.number()] {
			t.Fatalf("%s was called about %s", c.path, c.number())
		}
		delete(want, c.number())
	}
	eventually(t, "nothing but the hanging account's", func() bool { return len(w.waiting()) == events })
	w.sink.server.CloseClientConnections() // so that the stop need not wait
}

// TestAReturnIsToldAfterWhatItGivesBack keeps the order of one transaction, and no
// other order.
func TestAReturnIsToldAfterWhatItGivesBack(t *testing.T) {
	w := start(t, server.Webhooks{})
	w.hook(merchant, pix.NoticeCashOut, "/out")
	w.hook(merchant, pix.NoticeRefundOut, "/back")
	w.sink.on("/out", answering(500, 200))
	id := w.pay(merchant)
	w.sink.next()
	w.deliveries(id, 1)
	now := w.clock.Now()
	w.event(pix.Event{
		ID: "returned", Type: pix.PaymentReturned, Movement: id, Amount: 1_00, At: now,
		ReturnID: pixid.ReturnIDFrom("99999004", now, 1),
	})
	w.nudge() // the return waits, although its endpoint is fine
	w.clock.advance(5 * time.Minute)
	w.wake()
	var paths []string
	for range 3 {
		if c := w.sink.next(); c.path != "/nudge" {
			paths = append(paths, c.path)
		}
	}
	if strings.Join(paths, " ") != "/out /back" {
		t.Errorf("called: %v", paths)
	}
}

// TestNoticesSurviveARestart stops the server between two attempts.
func TestNoticesSurviveARestart(t *testing.T) {
	c := &clock{now: begin}
	s := newSink(t, c)
	hooks := server.Webhooks{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	url := "pebble:" + filepath.Join(t.TempDir(), "books")
	open := func() server.Store {
		store, err := server.OpenStore(url, server.StoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	store := open()
	w := newWorld(t, store, c, s, hooks).open()
	secret := w.hook(merchant, pix.NoticeCashOut, "/pix", webhook.Header{Name: "Authorization", Value: "Bearer abc"})
	s.on("/pix", answering(500, 200))
	id := w.pay(merchant)
	s.next()
	w.deliveries(id, 1)
	w.stop()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = open()
	defer store.Close()
	w = newWorld(t, store, c, s, hooks)
	defer w.stop()
	if jobs := w.waiting(); len(jobs) != 1 || jobs[0].Attempts != 1 || !jobs[0].Due.Equal(begin.Add(5*time.Minute)) {
		t.Fatalf("kept: %+v", jobs)
	}
	c.advance(5 * time.Minute)
	w.wake()
	w.deliveries(id, 2)
	for range 2 {
		if got := s.next(); got.path == "/pix" {
			want := signature(t, secret, "cash_out-"+id.String(), c.Now(), got.body)
			if got.header.Get("Webhook-Signature") != want || got.header.Get("Authorization") != "Bearer abc" {
				t.Errorf("after the restart: %v", got.header)
			}
		}
	}
}

// TestTwoSecretsSignForADay rotates a secret.
func TestTwoSecretsSignForADay(t *testing.T) {
	w := start(t, server.Webhooks{})
	first := w.hook(merchant, pix.NoticeCashOut, "/pix")
	if again := w.hook(merchant, pix.NoticeCashOut, "/pix"); again != "" {
		t.Error("a webhook that is replaced shows its secret again")
	}
	_, second, err := w.Courier.Rotate(t.Context(), merchant, pix.NoticeCashOut)
	if err != nil {
		t.Fatal(err)
	}
	told := func(secrets ...string) {
		t.Helper()
		number := w.pay(merchant)
		c, id := w.sink.next(), "cash_out-"+number.String()
		w.deliveries(number, 1)
		var want []string
		for _, secret := range secrets {
			want = append(want, signature(t, secret, id, c.at, c.body))
		}
		if got := c.header.Get("Webhook-Signature"); got != strings.Join(want, " ") {
			t.Errorf("signatures %s, want %s", got, want)
		}
	}
	told(second, first)
	w.clock.advance(24*time.Hour - time.Second)
	told(second, first)
	w.clock.advance(time.Second)
	told(second)
}

// TestNobodyIsToldWhatNobodyWants leaves no job without an endpoint, and drops what
// waits for one that is gone.
func TestNobodyIsToldWhatNobodyWants(t *testing.T) {
	w := start(t, server.Webhooks{})
	w.pay(merchant)
	if jobs := w.waiting(); len(jobs) != 0 {
		t.Errorf("jobs without a webhook: %+v", jobs)
	}
	w.hook(merchant, pix.NoticeCashOut, "/pix")
	w.sink.on("/pix", answering(500))
	id := w.pay(merchant)
	w.sink.next()
	w.deliveries(id, 1)
	_, err := book.Do(t.Context(), w.Book, &pix.DeleteWebhook{Account: merchant, Notice: pix.NoticeCashOut})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(5 * time.Minute)
	w.nudge()
	if list := w.deliveries(id, 2); list[1].Result != webhook.Dropped {
		t.Errorf("delivery %+v", list[1].Delivery)
	}
	eventually(t, "an empty outbox", func() bool { return len(w.waiting()) == 0 })
}

// TestASinkWithoutAProperCertificateIsToldNothing trusts nobody.
func TestASinkWithoutAProperCertificateIsToldNothing(t *testing.T) {
	w := start(t, server.Webhooks{Roots: x509.NewCertPool()})
	w.hook(merchant, pix.NoticeCashOut, "/pix")
	id := w.pay(merchant)
	if d := w.deliveries(id, 1)[0]; d.Result != webhook.Failed || d.Error != "certificate is not valid for the host" {
		t.Errorf("delivery %+v", d.Delivery)
	}
	if len(w.sink.calls) != 0 {
		t.Error("the sink was told something")
	}
}

// TestHostsAreCheckedOnceTheyAreFound has names that lead where webhooks must not
// go: what counts is the address that is called.
func TestHostsAreCheckedOnceTheyAreFound(t *testing.T) {
	c := &clock{now: begin}
	s := newSink(t, c)
	_, port, err := net.SplitHostPort(s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{
		"example.com.": "127.0.0.1", "private.example.": "10.0.0.1", "metadata.example.": "169.254.169.254",
		"mapped.example.": "::ffff:127.0.0.1", "nat64.example.": "64:ff9b::7f00:1", "six.example.": "::1",
	}
	strict := newWorld(t, memory.New(), c, nil, server.Webhooks{Roots: s.roots, Resolver: resolver(t, names)}).open()
	for name := range names {
		url := "https://" + strings.TrimSuffix(name, ".") + ":" + port + "/pix"
		if _, _, err := strict.Courier.Set(t.Context(), merchant, pix.NoticeCashOut, url, nil, false); err != nil {
			t.Fatal(err)
		}
		if d := strict.deliveries(strict.pay(merchant), 1)[0]; d.Error != webhook.ErrAddress.Error() {
			t.Errorf("%s: %+v", name, d.Delivery)
		}
	}
	if len(s.calls) != 0 {
		t.Error("the sink was called")
	}
	// The same name is fine where the operator allows its address.
	lenient := newWorld(t, memory.New(), c, nil, server.Webhooks{
		Roots: s.roots, Resolver: resolver(t, names), Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
	}).open()
	url := "https://example.com:" + port + "/pix"
	if _, _, err := lenient.Courier.Set(t.Context(), merchant, pix.NoticeCashOut, url, nil, false); err != nil {
		t.Fatal(err)
	}
	if d := lenient.deliveries(lenient.pay(merchant), 1)[0]; d.Result != webhook.Delivered {
		t.Errorf("allowed: %+v", d.Delivery)
	}
}
