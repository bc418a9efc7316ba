package webhook_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// slowStore is a store whose commits wait until they may go on.
type slowStore struct {
	book.Store
	on chan struct{}
}

func (s *slowStore) Commit(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	<-s.on
	return s.Store.Commit(ctx, n, decide)
}

// TestDeliveriesGiveWayToABusyBook delivers with others waiting for the book, and
// without.
func TestDeliveriesGiveWayToABusyBook(t *testing.T) {
	const deliveries = 40
	posted := make(chan time.Time, 2*deliveries)
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { posted <- time.Now() }))
	defer sink.Close()
	w := newWorld(t, webhook.SenderOptions{Policy: webhook.Policy{Loopback: true}})
	gate := &slowStore{w.store, make(chan struct{})}
	w.reopen(gate)
	var others sync.WaitGroup
	defer others.Wait()
	open := sync.OnceFunc(func() { close(gate.on) })
	defer open()
	m := movements()["cash_out"]
	sealed, err := newVault(t, vaultSecret).Seal("whsec_", "signing secret "+account.String()+" cash_out")
	if err != nil {
		t.Fatal(err)
	}
	p := w.profile()
	p.Settings.Webhooks = &pix.Webhooks{Endpoints: []pix.Endpoint{
		{ID: 1, Notice: pix.NoticeCashOut, URL: sink.URL, Secret: sealed},
	}}
	w.write(func(b *pix.Books) {
		b.Movements.Put(m.ID, m)
		b.Profiles.Put(account, p)
	})
	for range 50 { // they wait for the book
		others.Go(func() {
			_, _ = book.Do(context.Background(), w.book, &pix.EndJob{JobKey: pix.JobKey{Topic: "other", ID: 1}})
		})
	}
	for w.book.Waiting() < 50 {
		runtime.Gosched()
	}
	begin := time.Now()
	for i := range deliveries {
		job := pix.Job{JobKey: pix.JobKey{Topic: pix.TopicWebhook, ID: uint64(i + 1)}, Account: account}
		job.Subject, job.Note = uint64(m.ID), string(pix.NoticeCashOut)
		others.Go(func() { _ = w.courier.Handle(context.Background(), job) })
	}
	var last time.Time
	for range deliveries {
		last = <-posted
	}
	at := max(runtime.GOMAXPROCS(0)/2, 1)
	if took, least := last.Sub(begin), deliveries/time.Duration(at)*time.Millisecond; took < least {
		t.Errorf("%d deliveries began within %s although others waited, want no less than %s", deliveries, took, least)
	}
}
