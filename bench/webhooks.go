package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/server"
)

// webhooks measures how fast the outbox tells a sink on this machine, and what
// that costs those who pay meanwhile: half of the accounts are told of each of
// their payments.
func (s *session) webhooks(ctx context.Context) error {
	return s.withHouse(ctx, "webhooks", func(h *house) error {
		sink, err := startSink()
		if err != nil {
			return err
		}
		t := newTelling(h, sink)
		err = t.set(ctx)
		if err == nil {
			err = s.payAndTell(ctx, t)
		}
		if err == nil {
			err = s.tellBacklog(ctx, t)
		}
		return errors.Join(err, sink.stop())
	})
}

// telling is a house with accounts that are told and others that are not.
type telling struct {
	*house
	sink        *sink
	quiet, told []payer
	unheard     *till // where those who are not told pay
	heard       *till
}

func newTelling(h *house, sink *sink) *telling {
	t := &telling{house: h, sink: sink, unheard: newTill(h.public, h.operator), heard: newTill(h.public, h.operator)}
	for i, p := range h.payers {
		if i%2 == 0 {
			t.quiet = append(t.quiet, p)
		} else {
			t.told = append(t.told, p)
		}
	}
	return t
}

// set sets the webhooks of the accounts that are to be told.
func (t *telling) set(ctx context.Context) error {
	if len(t.told) == 0 {
		return errors.New("needs two payers or more")
	}
	for _, p := range t.told {
		if _, _, err := t.Courier.Set(ctx, p.account, pix.NoticeCashOut, t.sink.url, nil, false); err != nil {
			return err
		}
	}
	return nil
}

// drained waits until everybody has been told everything.
func (t *telling) drained(ctx context.Context) error {
	for {
		jobs, err := t.Store.Jobs(ctx, pix.TopicWebhook, 0, 1)
		if err != nil || len(jobs) == 0 {
			return err
		}
		pause(ctx, 5*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// payAndTell compares payments of which nobody is told with payments of which
// everybody is.
func (s *session) payAndTell(ctx context.Context, t *telling) error {
	share := func(all []payer) func(int) []payer {
		return func(i int) []payer {
			own := (&house{payers: all}).share(i, s.Connections)
			if len(own) == 0 {
				own = all[i%len(all) : i%len(all)+1]
			}
			return own
		}
	}
	var rates []float64
	rested := func(connect func(int) (worker, error)) func(int) (worker, error) {
		return func(i int) (worker, error) {
			if i > 0 {
				return connect(i)
			}
			if err := t.drained(ctx); err != nil { // what the one before left is not this one's burden
				return nil, err
			}
			w, err := connect(i)
			timed := &timedWorker{worker: w, sink: t.sink, from: t.sink.count.Load(), begin: time.Now(), rates: &rates}
			return timed, err
		}
	}
	paid, err := s.compare(ctx, Webhooks,
		candidate{"payments, nobody told", true, rested(s.paying(ctx, t.unheard, share(t.quiet)))},
		candidate{"payments, each told", true, rested(s.paying(ctx, t.heard, share(t.told)))})
	if err != nil {
		return err
	}
	s.report.ratio("webhooks: payments told / not told", paid[1], paid[0], atLeast(0.85))
	var telling []float64
	for i := 1; i < len(rates); i += 2 {
		telling = append(telling, rates[i])
	}
	s.report.figure("webhooks: told meanwhile", median(telling), "/s", nil)
	if err := t.drained(ctx); err != nil {
		return err
	}
	if got, want := t.sink.count.Load(), t.heard.count.Load(); got < want {
		return fmt.Errorf("the sink was told of %d payments, want %d", got, want)
	}
	return t.check(ctx, t.unheard.count.Load()+t.heard.count.Load())
}

// timedWorker notes how often the sink was told a second while it worked.
type timedWorker struct {
	worker
	sink  *sink
	from  int64
	begin time.Time
	rates *[]float64
}

func (w *timedWorker) close() error {
	*w.rates = append(*w.rates, float64(w.sink.count.Load()-w.from)/time.Since(w.begin).Seconds())
	return w.worker.close()
}

// leaveNotices leaves notices of payments that were told before.
type leaveNotices struct{ jobs []pix.Job }

// Needs names nothing: the jobs are new.
func (c *leaveNotices) Needs() pix.Needs { return pix.Needs{} }

// Decide leaves the jobs.
func (c *leaveNotices) Decide(b *pix.Books) (struct{}, error) {
	for _, job := range c.jobs {
		job.JobKey = pix.JobKey{Topic: pix.TopicWebhook, ID: b.NextNumber()}
		b.Jobs.Put(job.JobKey, job)
	}
	return struct{}{}, nil
}

// tellBacklog measures how fast the outbox alone tells what has piled up.
func (s *session) tellBacklog(ctx context.Context, t *telling) error {
	jobs, err := t.backlog(ctx, s.Events)
	if err != nil {
		return err
	}
	var rates []float64
	for round := range s.Rounds {
		due := time.Now().Add(time.Second + time.Duration(len(jobs))*50*time.Microsecond)
		for i := range jobs {
			jobs[i].Due = due.Truncate(time.Microsecond)
		}
		before := t.sink.count.Load()
		err := inPortions(ctx, len(jobs), 500, func(first, end int) error {
			_, err := book.Do(ctx, t.Book, &leaveNotices{jobs[first:end]})
			return err
		})
		if err != nil {
			return err
		}
		pause(ctx, time.Until(due))
		begin := time.Now()
		if err := t.drained(ctx); err != nil {
			return err
		}
		took := time.Since(begin)
		if told := t.sink.count.Load() - before; told < int64(len(jobs)) {
			return fmt.Errorf("the sink was told %d times, want %d", told, len(jobs))
		}
		rates = append(rates, float64(len(jobs))/took.Seconds())
		s.progress("%s, round %d, backlog: %.0f/s", Webhooks, round+1, rates[round])
	}
	s.report.figure("webhooks: told of a backlog", median(rates), "/s", nil)
	return nil
}

// backlog makes count notices of what the told accounts have paid.
func (t *telling) backlog(ctx context.Context, count int) ([]pix.Job, error) {
	var jobs []pix.Job
	for len(jobs) < count {
		found := len(jobs)
		for _, p := range t.told {
			movements, err := t.Store.Movements(ctx, p.account, 0, (count+len(t.told)-1)/len(t.told))
			if err != nil {
				return nil, err
			}
			for _, m := range movements {
				jobs = append(jobs, newNotice(p.account, m.ID))
			}
		}
		if len(jobs) == found {
			return nil, errors.New("nobody has paid anything")
		}
	}
	return jobs[:count], nil
}

func newNotice(account ledger.AccountID, id pix.MovementID) pix.Job {
	return pix.Job{Account: account, Subject: uint64(id), Note: string(pix.NoticeCashOut)}
}

// sink takes everything that it is told.
type sink struct {
	url    string
	count  atomic.Int64
	server *http.Server
	served chan error
}

func startSink() (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	k := &sink{url: "http://" + listener.Addr().String() + "/pix", served: make(chan error, 1)}
	k.server = server.NewHTTP(k, slog.New(slog.DiscardHandler))
	go func() { k.served <- k.server.Serve(listener) }()
	return k, nil
}

func (k *sink) stop() error {
	err := k.server.Close()
	if served := <-k.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// ServeHTTP reads the body and says thanks.
func (k *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	k.count.Add(1)
	w.WriteHeader(http.StatusNoContent)
}
