package server

import (
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/payout"
	"github.com/saldo-pix/saldo/pix"
	httprail "github.com/saldo-pix/saldo/rail/http"
	"github.com/saldo-pix/saldo/rail/sandbox"
	"github.com/saldo-pix/saldo/webhook"
)

// Adapter is where the orders of the rail "http" are sent. Without a URL they
// wait for the adapter to fetch them from the operator's API.
type Adapter struct {
	URL    string
	Secret auth.Secret // signs the orders
	Client *http.Client
}

// plugWorkers makes the workers of the outbox, one for each topic.
func (s *Server) plugWorkers() {
	s.play = sandbox.New(s.Book, s.Store, s.Now)
	s.work(pix.RailSandbox, s.play.Handle, outbox.Options{})
	shares := payout.New(payout.Options{Book: s.Book, Reader: s.Store, Rail: s.Rail, ISPB: s.ISPB, Now: s.Now})
	s.work(pix.PayoutSplit, shares.Handle, outbox.Options{})
	if s.Adapter.URL != "" {
		rail := httprail.New(httprail.Options{
			Book: s.Book, Reader: s.Store, URL: s.Adapter.URL, Client: s.Adapter.Client, Sign: s.signOrder,
			Now: s.Now, Log: s.Log,
		})
		s.work(pix.RailHTTP, rail.Handle, outbox.Options{})
	}
}

// work adds a worker for a topic.
func (s *Server) work(topic pix.Topic, handle outbox.Handle, o outbox.Options) {
	o.Now, o.Log = s.Now, s.Log
	s.workers = append(s.workers, outbox.NewWorker(s.Store, s.Book, topic, handle, o))
}

// signOrder signs an order to the adapter as Standard Webhooks 1.0.0 has it.
func (s *Server) signOrder(id string, at time.Time, body []byte) http.Header {
	return webhook.Sign(id, at, body, []byte(s.Adapter.Secret))
}
