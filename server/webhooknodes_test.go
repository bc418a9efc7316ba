package server_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// TestSeveralNodesTellEachEventOnce runs two nodes on one PostgreSQL store, one of
// whose accounts has an endpoint that hangs. What one node leaves, either may tell.
func TestSeveralNodesTellEachEventOnce(t *testing.T) {
	c := &clock{now: begin}
	s := newSink(t, c)
	hooks := server.Webhooks{
		Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Parallel: 6, PerAccount: 2, Limit: time.Minute,
	}
	url := pgtest.Shared(t).NewDatabase(t)
	node := func() *world {
		store, err := server.OpenStore(url, server.StoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() }) // after the node has stopped
		return newWorld(t, store, c, s, hooks)
	}
	first, second := node(), node()
	first.open()
	first.hook(merchant, pix.NoticeCashOut, "/hang")
	first.hook(other, pix.NoticeCashOut, "/quick")
	first.hook(other, pix.NoticeRefundOut, "/quick")
	s.on("/hang", hang)
	for range 30 {
		first.pay(merchant)
	}
	const events = 20
	told := make(map[string]int)
	for range events {
		for _, w := range []*world{first, second} {
			id := w.pay(other)
			told[id.String()] = 0
			w.event(pix.Event{
				ID: "back-" + id.String(), Type: pix.PaymentReturned, Movement: id, Amount: 1_00, At: begin,
				ReturnID: pixid.ReturnIDFrom("99999004", begin, uint64(id)),
			})
		}
	}
	for range 2 * 2 * events {
		call := s.nextOf("/quick")
		told[call.number()]++
		if parent := call.parent(); parent != "" && told[parent] != 1 {
			t.Errorf("the return of %s was told when that had been %d times", parent, told[parent])
		}
	}
	if len(told) != 2*2*events {
		t.Errorf("told of %d transactions, want %d", len(told), 2*2*events)
	}
	for number, times := range told {
		if times != 1 {
			t.Errorf("%s was told %d times", number, times)
		}
	}
	eventually(t, "nothing but the hanging account's", func() bool { return len(first.waiting()) == 30 })
	for _, job := range first.waiting() {
		if job.Account != ledger.AccountID(merchant) {
			t.Errorf("waiting: %+v", job)
		}
	}
	s.server.CloseClientConnections() // so that the stop need not wait
}
