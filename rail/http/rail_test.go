package httprail_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	httprail "github.com/saldo-pix/saldo/rail/http"
	"github.com/saldo-pix/saldo/store/memory"
)

const account ledger.AccountID = 1_000_000_001

// world is a book with one account of 100.00 and an adapter that answers as told.
type world struct {
	t     *testing.T
	ctx   context.Context
	store *memory.Store
	book  *book.Book
	now   time.Time
	url   string

	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request)
	orders []map[string]any
	asked  []string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: memory.New(), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	var stop func()
	w.ctx, stop = context.WithCancel(context.Background())
	w.book = book.New(w.store, book.NewIDs(func() time.Time { return w.now }, 0, 0), book.Options{})
	var running sync.WaitGroup
	running.Go(func() { _ = w.book.Run(w.ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	open := &pix.OpenAccount{OpeningBalance: 100_00, Profile: pix.Profile{
		ID: account, Name: "Loja Exemplo", City: "RECIFE", CreatedAt: w.now,
	}}
	if _, err := book.Do(w.ctx, w.book, open); err != nil {
		t.Fatal(err)
	}
	adapter := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(adapter.Close)
	w.url = adapter.URL
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Method == http.MethodPost {
		var o map[string]any
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			w.t.Error(err)
		}
		w.orders = append(w.orders, o)
	} else {
		w.asked = append(w.asked, r.URL.Path)
	}
	if r.Header.Get("X-Signed") != "yes" {
		w.t.Error("not signed")
	}
	w.answer(rw, r)
}

func says(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
	}
}

// pay places a payment of 30.00, to be called off after life if that is not zero.
func (w *world) pay(life time.Duration) pix.Movement {
	w.t.Helper()
	id := w.book.NextID()
	c := &pix.PlacePayment{
		ID: pix.MovementID(id), Account: account, ExternalID: "x", Amount: 30_00, Rail: pix.RailHTTP,
		EndToEndID: pixid.EndToEndIDFrom("99999003", w.now, id), At: w.now,
	}
	if life != 0 {
		c.ExpiresAt = w.now.Add(life)
	}
	m, err := book.Do(w.ctx, w.book, c)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// handle works on the one job there is, after wait, and returns it as it is then.
func (w *world) handle(wait time.Duration, wantErr bool) (left pix.Job) {
	w.t.Helper()
	w.now = w.now.Add(wait)
	rail := httprail.New(httprail.Options{
		Book: w.book, Reader: w.store, URL: w.url, Client: http.DefaultClient,
		Sign: func(string, time.Time, []byte) http.Header { return http.Header{"X-Signed": {"yes"}} },
		Now:  func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler),
	})
	jobs, _ := w.store.Jobs(w.ctx, pix.RailHTTP, 0, 2)
	if len(jobs) != 1 {
		w.t.Fatalf("%d jobs", len(jobs))
	}
	if err := rail.Handle(w.ctx, jobs[0]); (err != nil) != wantErr {
		w.t.Fatal(err)
	}
	jobs, _ = w.store.Jobs(w.ctx, pix.RailHTTP, 0, 2)
	if len(jobs) == 0 {
		return pix.Job{}
	}
	return jobs[0]
}

func (w *world) wantStatus(m pix.Movement, want pix.Status, net string) {
	w.t.Helper()
	m, err := w.store.Movement(w.ctx, m.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	a, _ := w.store.Account(w.ctx, account)
	if m.Status != want || a.Available().String() != net {
		w.t.Errorf("%s with %s available, want %s with %s", m.Status, a.Available(), want, net)
	}
}

func TestAnOrderTellsWhoIsPaidAndByWhom(t *testing.T) {
	w := newWorld(t)
	m := w.pay(0)
	w.answer = says(202, "")
	w.handle(0, false)
	o := w.orders[0]
	payer, _ := o["payer"].(map[string]any)
	if o["orderId"] != m.ID.String() || o["endToEndId"] != string(m.EndToEndID) || o["type"] != "payment" ||
		payer["name"] != "Loja Exemplo" || payer["accountId"] != account.String() || o["amount"] != 30.0 {
		t.Errorf("order %v", o)
	}
	w.wantStatus(m, pix.Pending, "70.00")
}

func TestAnOutcomeThatIsNotToldIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		answer string
		status int
		want   pix.Status
		net    string
		wrong  bool
	}{
		{`{"state":"settled","at":"2026-11-20T12:00:30Z"}`, 200, pix.Confirmed, "70.00", false},
		{`{"state":"rejected","errorCode":"AC06","errorMessage":"conta bloqueada"}`, 200, pix.Failed, "100.00", false},
		{`{"state":"open"}`, 200, pix.Pending, "70.00", false},
		{`{"state":"perhaps"}`, 200, pix.Pending, "70.00", true},
		{`no JSON`, 200, pix.Pending, "70.00", true},
		{``, 500, pix.Pending, "70.00", true},
	} {
		w := newWorld(t)
		m := w.pay(0)
		w.answer = says(202, "")
		taken := w.handle(0, false)
		if !taken.Due.Equal(w.now.Add(time.Minute)) {
			t.Errorf("asked for at %s, taken at %s", taken.Due, w.now)
		}
		w.answer = says(c.status, c.answer)
		w.handle(time.Minute, c.wrong)
		w.wantStatus(m, c.want, c.net)
		if len(w.orders) != 1 || len(w.asked) != 1 || w.asked[0] != "/orders/"+m.ID.String() {
			t.Errorf("%s: %d orders, asked %v", c.answer, len(w.orders), w.asked)
		}
	}
}

func TestAnOrderThatTheAdapterLostIsSentAgain(t *testing.T) {
	w := newWorld(t)
	w.pay(0)
	w.answer = says(201, "")
	w.handle(0, false)
	w.answer = says(404, "")
	again := w.handle(time.Minute, false)
	if !again.Due.Equal(w.now) {
		t.Errorf("sent again at %s, not now", again.Due)
	}
	w.answer = says(201, "")
	w.handle(0, false)
	if len(w.orders) != 2 || w.orders[0]["endToEndId"] != w.orders[1]["endToEndId"] {
		t.Errorf("orders %v", w.orders)
	}
}

func TestWhatNeverLeftIsCalledOffWhenItsTimeIsOver(t *testing.T) {
	w := newWorld(t)
	m := w.pay(10 * time.Minute)
	here := w.url
	w.url = "http://127.0.0.1:1" // nobody listens
	w.handle(0, true)
	w.url = here
	w.handle(11*time.Minute, false)
	w.wantStatus(m, pix.Failed, "100.00")
	if len(w.orders) != 0 {
		t.Errorf("orders %v", w.orders)
	}
}

func TestWhatTheAdapterMayHaveIsNeverCalledOff(t *testing.T) {
	w := newWorld(t)
	m := w.pay(10 * time.Minute)
	w.answer = says(500, "") // it may have kept the order all the same
	w.handle(0, true)
	w.handle(11*time.Minute, true)
	w.wantStatus(m, pix.Pending, "70.00")
	if len(w.orders) != 2 {
		t.Errorf("%d tries", len(w.orders))
	}
}

// TestATryThatDoesNotArriveTakesNoEarlierOneBack has the adapter take a try without
// saying so, and then be out of reach until the order's time is over.
func TestATryThatDoesNotArriveTakesNoEarlierOneBack(t *testing.T) {
	w := newWorld(t)
	m := w.pay(10 * time.Minute)
	w.answer = says(500, "") // it may have kept the order all the same
	w.handle(0, true)
	here := w.url
	w.url = "http://127.0.0.1:1" // nobody listens
	w.handle(time.Minute, true)
	w.url = here
	w.handle(11*time.Minute, true)
	w.wantStatus(m, pix.Pending, "70.00")
}

func TestAnEventThatComesFirstEndsTheOrder(t *testing.T) {
	w := newWorld(t)
	m := w.pay(0)
	w.answer = func(rw http.ResponseWriter, _ *http.Request) {
		settle := &pix.ApplyEvent{
			Event: pix.Event{ID: "e1", Type: pix.PaymentSettled, Movement: m.ID, At: w.now},
			NewID: pix.MovementID(w.book.NextID()), Now: w.now,
		}
		if _, err := book.Do(w.ctx, w.book, settle); err != nil {
			t.Error(err)
		}
		rw.WriteHeader(200)
	}
	w.handle(0, false)
	w.wantStatus(m, pix.Confirmed, "70.00")
	if left, _ := w.store.Jobs(w.ctx, pix.RailHTTP, 0, 1); len(left) != 0 {
		t.Errorf("jobs left: %v", left)
	}
}
