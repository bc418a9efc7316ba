package server_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// setNet brings an account's net to an amount, by an entry of its own.
type setNet struct {
	account ledger.AccountID
	net     money.Centavos
	at      time.Time
}

// Needs names the account.
func (c *setNet) Needs() pix.Needs { return pix.Needs{Accounts: []ledger.AccountID{c.account}} }

// Decide moves the money.
func (c *setNet) Decide(b *pix.Books) (struct{}, error) {
	now, _ := b.Accounts.Get(c.account)
	by := c.net - now.Available()
	return struct{}{}, b.Transfer(ledger.Fact{At: c.at}, ledger.Posting{Account: c.account, Amount: by},
		ledger.Posting{Account: ledger.SystemAccount(ledger.Settlement, b.Stripe), Amount: -by})
}

func (w *world) net(net money.Centavos) {
	w.t.Helper()
	if _, err := book.Do(w.t.Context(), w.Book, &setNet{merchant, net, w.clock.Now()}); err != nil {
		w.t.Fatal(err)
	}
}

// created is the id that a POST answers.
func created(t *testing.T, a answer) string {
	t.Helper()
	id, _ := a.body["id"].(string)
	if a.status != 201 || id == "" {
		t.Fatalf("not created: %d %v", a.status, a.body)
	}
	return id
}

// toldOfAlert is what a webhook tells.
type toldOfAlert struct {
	EventID, EventType, Type, At string
	Balance                      struct{ NetBalance json.Number }
	Alert                        struct {
		ID, Kind, Status string
		Threshold        json.Number
	}
}

// TestAThousandSwingsAreTold lets net swing 1 000 times around a threshold, on
// every store, with restarts in between. The webhook is told exactly what
// hysteresis and cooldown say, in order, and the history says the same. While the
// condition holds and the cooldown runs, the clock is not moved beyond its end: then
// nothing depends on how soon the watcher looks.
func TestAThousandSwingsAreTold(t *testing.T) {
	url := map[string]string{
		"pebble": "pebble:" + filepath.Join(t.TempDir(), "books"), "postgres": pgtest.Shared(t).NewDatabase(t),
	}
	for name, url := range url {
		t.Run(name, func(t *testing.T) { thousandSwings(t, url) })
	}
}

// durable are books that worlds come and go on.
type durable struct {
	t     *testing.T
	url   string
	clock *clock
	sink  *sink
}

// node starts a world whose stop closes its store.
func (d *durable) node() *world {
	d.t.Helper()
	store, err := server.OpenStore(d.url, server.StoreOptions{})
	if err != nil {
		d.t.Fatal(err)
	}
	w := newWorld(d.t, store, d.clock, d.sink, loopback())
	stop := w.stop
	w.stop = sync.OnceFunc(func() {
		stop()
		_ = store.Close()
	})
	d.t.Cleanup(w.stop)
	return w
}

func thousandSwings(t *testing.T, url string) {
	c := &clock{now: begin}
	d := &durable{t, url, c, newSink(t, c)}
	w := d.node().open()
	token := w.token(merchant)
	w.hook(merchant, pix.NoticeBalanceAlert, "/alert")
	channel := created(t, ask(t, w.Public, token, "POST", "/api/alerts/channels", object{"kind": "webhook"}))
	created(t, ask(t, w.Public, token, "POST", "/api/alerts/rules", object{
		"kind": "critical_below", "hysteresis": 25.00, "cooldownMinutes": 10, "channels": []string{channel},
	}))
	w, want := d.swing(w)
	if len(want) < 20 {
		t.Fatalf("only %d events", len(want))
	}
	got := d.told(len(want))
	// Two alerts may be told at the same time.
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	closed := 0
	for _, each := range want {
		if strings.HasPrefix(each, "resolved") {
			closed++
		}
	}
	list := ask(t, w.Public, w.token(merchant), "GET", "/api/alerts?status=closed", nil)
	if total := list.body["metadata"].(object)["total"]; total != float64(closed) {
		t.Errorf("the history has %v alerts, want %d: %v", total, closed, list.body["metadata"])
	}
	w.stop()
}

// swing lets net swing, with restarts, and returns what must be told.
func (d *durable) swing(w *world) (last *world, want []string) {
	const cooldown, margin, swings = 10 * time.Minute, 25_00, 1_000
	random := rand.New(rand.NewPCG(7, 7))
	var on, open bool
	raised := begin.Add(-cooldown)
	for range swings {
		wait := time.Duration(random.IntN(120)) * time.Second
		if ready := raised.Add(cooldown); !on || open || d.clock.Now().Add(wait).Before(ready) {
			d.clock.advance(wait)
		}
		now, net := d.clock.Now(), money.Centavos(450_00+random.IntN(100_00))
		w.net(net)
		on = net < 500_00 || on && net < 500_00+margin
		switch ready := !now.Before(raised.Add(cooldown)); {
		case on && !open && ready:
			open, raised = true, now
			want = append(want, fmt.Sprintf("raised %s %s", now.Format("15:04:05"), net))
		case !on && open:
			open = false
			want = append(want, fmt.Sprintf("resolved %s %s", now.Format("15:04:05"), net))
		}
		if random.IntN(100) == 0 {
			w.stop()
			w = d.node()
		}
	}
	return w, want
}

// told returns the next count events that the sink is told of. A stop may cut an
// answer off, and the event comes again.
func (d *durable) told(count int) (got []string) {
	d.t.Helper()
	seen := make(map[string]bool)
	for len(got) < count {
		var told toldOfAlert
		if err := json.Unmarshal(d.sink.nextOf("/alert").body, &told); err != nil {
			d.t.Fatal(err)
		}
		if seen[told.EventID] {
			continue
		}
		seen[told.EventID] = true
		at, err := time.Parse(time.RFC3339, told.At)
		if err != nil || told.EventType != "balance_alert" || told.Alert.Threshold != "500.00" {
			d.t.Fatalf("told %+v, %v", told, err)
		}
		got = append(got, fmt.Sprintf("%s %s %s", told.Type, at.Format("15:04:05"), told.Balance.NetBalance))
	}
	return got
}

// loopback lets webhooks reach the sink.
func loopback() server.Webhooks {
	return server.Webhooks{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}
