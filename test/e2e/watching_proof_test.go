package e2e

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/test/pgtest"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// TestAThousandInstantsAreWhatTheJournalSays makes a random history through HTTP,
// replays the journal of the stopped process, and asks it for the balance at random
// instants, half of them at an entry or a microsecond beside one.
func TestAThousandInstantsAreWhatTheJournalSays(t *testing.T) {
	onEveryStore(t, testAThousandInstantsAreWhatTheJournalSays)
}

func testAThousandInstantsAreWhatTheJournalSays(t *testing.T, at place) {
	const accounts, instants = 4, 1_000
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	books := at.new(t)
	p := saldotest.StartFast(t, books, "--rail", "http")
	var all []*saldotest.Account
	for i := range accounts {
		a := p.NewAccount(t, "500.00", fmt.Sprintf(`,"fees":{"cashOut":{"fixed":0.40}},"pixKeys":["loja%d@exemplo.com.br"]`, i))
		randomHistory(t, p, a, fmt.Sprintf("loja%d@exemplo.com.br", i), rng)
		all = append(all, a)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	pasts := make([][]moment, accounts)
	for i, a := range all {
		pasts[i] = replay(t, books, a.ID)
	}
	p = saldotest.StartFast(t, books, "--rail", "http")
	for n := range instants {
		a, past := all[n%accounts], pasts[n%accounts]
		a.URL = p.URL
		when := past[rng.IntN(len(past))].at
		if n%2 == 0 {
			when = when.Add(time.Duration(rng.IntN(3)-1) * time.Microsecond)
		} else {
			span := past[len(past)-1].at.Sub(past[0].at)
			when = past[0].at.Add(time.Duration(rng.Int64N(int64(span)*11/10)) - span/20)
		}
		var b saldotest.Balance
		a.Must(t, http.StatusOK, "GET", "/api/balance?at="+url.QueryEscape(when.Format(time.RFC3339Nano)), nil).JSON(t, &b)
		if want := asOf(past, when); b.String() != want {
			t.Errorf("account %d had %s at %s; a replay says %s", n%accounts, b, when, want)
		}
	}
}

// randomHistory pays, settles, rejects and receives, some of it at the same time.
func randomHistory(t *testing.T, p *saldotest.Process, a *saldotest.Account, key string, rng *rand.Rand) {
	t.Helper()
	var open []string
	for i := range 40 {
		switch n := rng.IntN(3); {
		case n == 0:
			receive(t, p, key, fmt.Sprintf("%d.%02d", 1+rng.IntN(50), rng.IntN(100)), time.Now())
		case n == 1 && len(open) > 0:
			what := []string{"payment.settled", "payment.rejected"}[rng.IntN(2)]
			p.Event(t, "applied", text(`{"id":"%s-%d","type":%q,"transactionId":%q}`, a.ID, i, what, open[0]))
			open = open[1:]
		default:
			open = append(open, a.Pay(t, fmt.Sprint("pay-", i), fmt.Sprintf("%d.%02d", 1+rng.IntN(9), rng.IntN(100))).TransactionID)
		}
	}
	var together sync.WaitGroup
	for i := range 8 {
		together.Go(func() { _, _ = a.Do("POST", "/api/pix/cash-out", saldotest.Payment(fmt.Sprint("last-", i), "0.10")) })
	}
	together.Wait()
}

// moment is a balance since an instant.
type moment struct {
	at time.Time
	ledger.Balance
}

// replay adds up what the journal of a stopped process says of an account.
func replay(t *testing.T, books saldotest.Place, id string) (past []moment) {
	t.Helper()
	where := books.URL
	if where == "" {
		where = "pebble:" + books.Dir
	}
	store, err := server.OpenStore(where, server.StoreOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	account, err := ledger.ParseAccountID(id)
	if err != nil {
		t.Fatal(err)
	}
	var now ledger.Balance
	for e, err := range store.EachEntry(t.Context(), account) {
		if err != nil {
			t.Fatal(err)
		}
		line, _ := e.Line(account)
		now.Posted, now.Held = now.Posted+line.Posted, now.Held+line.Held
		past = append(past, moment{line.At, now})
	}
	if len(past) < 20 {
		t.Fatalf("account %s has only %d entries", id, len(past))
	}
	return past
}

// asOf is the balance that a past leads to at an instant, as "gross/blocked/net".
func asOf(past []moment, at time.Time) string {
	var b ledger.Balance
	for _, m := range past {
		if !m.at.After(at) {
			b = m.Balance
		}
	}
	return fmt.Sprintf("%s/%s/%s", b.Posted, b.Held, b.Available())
}

// TestManyStreamsEndOnTheRightBalance watches ten accounts 20 times each while all of
// them pay.
func TestManyStreamsEndOnTheRightBalance(t *testing.T) {
	onEveryStore(t, testManyStreamsEndOnTheRightBalance)
}

func testManyStreamsEndOnTheRightBalance(t *testing.T, at place) {
	p := house(t, at)
	wantManyStreamsRight(t, p, p)
}

// TestManyStreamsOfAnotherNodeEndOnTheRightBalance watches at one node while all is
// paid at another.
func TestManyStreamsOfAnotherNodeEndOnTheRightBalance(t *testing.T) {
	first, second := twoNodes(t)
	wantManyStreamsRight(t, first, second)
}

func wantManyStreamsRight(t *testing.T, paidAt, watchedAt *saldotest.Process) {
	const accounts, streams, lanes, payments = 10, 20, 3, 10
	var paying sync.WaitGroup
	var open []*saldotest.Stream
	for range accounts {
		a := paidAt.NewAccount(t, "100.00", "")
		there := &saldotest.Client{URL: watchedAt.URL, HTTP: a.HTTP, Token: a.Token}
		for range streams {
			open = append(open, there.Stream(t, "/api/balance/stream"))
		}
		for lane := range lanes {
			paying.Go(func() {
				for i := range payments {
					answer, err := a.Do("POST", "/api/pix/cash-out", saldotest.Payment(fmt.Sprint(lane, "-", i), "1.00"))
					if err != nil || answer.Status != http.StatusCreated {
						t.Errorf("payment: %d %s, %v", answer.Status, answer.Body, err)
					}
				}
			})
		}
	}
	paying.Wait()
	for _, s := range open {
		s.Await(t, "100.00/30.00/70.00")
	}
}

// twoNodes are nodes over one database, which tell webhooks to this machine.
func twoNodes(t *testing.T) (first, second *saldotest.Process) {
	t.Helper()
	database := pgtest.Shared(t).NewDatabase(t)
	if _, err := saldotest.Run(t, "migrate", "--store", database); err != nil {
		t.Fatal(err)
	}
	start := func() *saldotest.Process {
		return saldotest.StartServe(t, database, "--webhook-networks", "127.0.0.0/8")
	}
	return start(), start()
}

// TestTheNodeThatCommitsJudgesAndOneTells has accounts fall below a threshold by
// payments at either of two nodes. The node that is paid at judges, both show the
// alert at once, and one of them tells of it, once.
func TestTheNodeThatCommitsJudgesAndOneTells(t *testing.T) {
	const accounts = 12
	told := make(chan []byte, 10*accounts)
	sink := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			told <- body
		}
	}))
	defer sink.Close()
	trust(t, sink.Certificate())
	first, second := twoNodes(t)
	nodes := []*saldotest.Process{first, second}
	events := make(map[string]string) // account by event
	for i := range accounts {
		a := first.NewAccount(t, "1000.00", "")
		a.Must(t, http.StatusOK, "POST", "/api/webhooks", text(`{"url":%q,"eventType":"balance_alert"}`, sink.URL))
		var channel struct{ ID string }
		a.Must(t, http.StatusCreated, "POST", "/api/alerts/channels", `{"kind":"webhook"}`).JSON(t, &channel)
		there := *a
		there.Client = &saldotest.Client{URL: nodes[i%2].URL, HTTP: a.HTTP, Token: a.Token}
		there.Must(t, http.StatusCreated, "POST", "/api/alerts/rules", text(`{"kind":"critical_below","channels":[%q]}`, channel.ID))
		there.Pay(t, "pay-1", "600.00")
		for _, node := range nodes {
			here := &saldotest.Client{URL: node.URL, HTTP: a.HTTP, Token: a.Token}
			var list struct{ Data []struct{ Kind string } }
			here.Must(t, http.StatusOK, "GET", "/api/alerts?status=open", nil).JSON(t, &list)
			if len(list.Data) != 1 || list.Data[0].Kind != "critical_below" {
				t.Errorf("open alerts after a payment at node %d: %+v", i%2, list)
			}
		}
	}
	for range accounts {
		var event struct{ EventID, AccountID, Type string }
		if err := json.Unmarshal(next(t, told), &event); err != nil || event.Type != "raised" || events[event.EventID] != "" {
			t.Fatalf("told %+v, %v", event, err)
		}
		events[event.EventID] = event.AccountID
	}
	for id := range events {
		wantToldOnce(t, first, id)
	}
	for i, node := range nodes {
		metrics := string(node.OperatorClient().Must(t, http.StatusOK, "GET", "/metrics", nil).Body)
		if want := text(`saldo_alerts_total{event="raised",kind="critical_below"} %d`+"\n", accounts/2); !strings.Contains(metrics, want) {
			t.Errorf("node %d did not judge half of them: no %s", i, want)
		}
	}
	select {
	case body := <-told:
		t.Errorf("told again: %s", body)
	default:
	}
}

// next is the next that a sink was told.
func next(t *testing.T, told <-chan []byte) []byte {
	t.Helper()
	select {
	case body := <-told:
		saldotest.CheckWebhook(t, body)
		return body
	case <-time.After(30 * time.Second):
		t.Fatal("nothing is told")
		return nil
	}
}

// wantToldOnce waits until an event is written down as told, and wants one attempt.
func wantToldOnce(t *testing.T, p *saldotest.Process, event string) {
	t.Helper()
	var log struct{ Data []struct{ Result string } }
	for deadline := time.Now().Add(30 * time.Second); len(log.Data) == 0; time.Sleep(5 * time.Millisecond) {
		p.OperatorClient().Must(t, http.StatusOK, "GET", "/deliveries/"+event, nil).JSON(t, &log)
		if time.Now().After(deadline) {
			t.Fatalf("event %s is not written down as told", event)
		}
	}
	if len(log.Data) != 1 || log.Data[0].Result != "delivered" {
		t.Errorf("attempts to tell of event %s: %+v", event, log.Data)
	}
}

// trust has processes that are started from now on trust a certificate.
func trust(t *testing.T, certificate *x509.Certificate) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "roots.pem")
	body := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: slices.Clone(certificate.Raw)})
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
}
