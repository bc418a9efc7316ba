package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Options are what a courier works with. All but Retries are required.
type Options struct {
	Book   *book.Book
	Reader book.Reader
	Sender *Sender
	Vault  *Vault
	// Retries are the waits between attempts, from the beginning of one to the
	// beginning of the next; nil is RetriesDefault.
	Retries []time.Duration
	Now     func() time.Time
	Rand    io.Reader // secure, and safe for concurrent use
	Log     *slog.Logger
}

// RetriesDefault are the waits of contract §7.4.
var RetriesDefault = []time.Duration{5 * time.Minute, 5 * time.Minute, 15 * time.Minute}

// Courier delivers notices.
type Courier struct {
	book    *book.Book
	reader  book.Reader
	sender  *Sender
	vault   *Vault
	retries []time.Duration
	now     func() time.Time
	rand    io.Reader
	log     *slog.Logger
	stats   Stats
	// line has room for those who may begin while the book is busy.
	line chan struct{}
	// writing counts the courier's own commands that wait for the book.
	writing atomic.Int64
}

// Webhooks come after money: while more than calm commands of others wait for the
// book, no more deliveries begin than one for every breath and two processors.
const (
	calm   = 4
	breath = 2 * time.Millisecond
)

// Stats counts what a courier did.
type Stats struct {
	Delivered, Failed atomic.Uint64 // attempts, those of resends included
	Dead              atomic.Uint64 // notices given up after their last attempt
	Dropped           atomic.Uint64 // notices that nobody wants any more
	// Alerts counts what became of those among the attempts that told of alerts.
	Alerts struct{ Delivered, Failed, Dead atomic.Uint64 }
}

// New returns a courier.
func New(o Options) *Courier {
	if o.Retries == nil {
		o.Retries = RetriesDefault
	}
	return &Courier{
		book: o.Book, reader: o.Reader, sender: o.Sender, vault: o.Vault, retries: o.Retries, now: o.Now,
		rand: o.Rand, log: o.Log, line: make(chan struct{}, max(runtime.GOMAXPROCS(0)/2, 1)),
	}
}

// Stats returns the courier's counters.
func (c *Courier) Stats() *Stats { return &c.stats }

// Policy says where webhooks may go.
func (c *Courier) Policy() Policy { return c.sender.policy }

// Lease is how long a job must be kept from other nodes, so that no two deliver
// it at the same time.
func (c *Courier) Lease() time.Duration { return 2*c.sender.limit + 10*time.Second }

// Slow is how long an attempt takes whose endpoint is in trouble.
func (c *Courier) Slow() time.Duration { return c.sender.limit / 2 }

// grace is how long an attempt may go on while the process stops.
const grace = 2 * time.Second

// Handle delivers one notice: a job of pix.TopicWebhook. It ends the job or puts
// it off, and returns an error only if nothing was tried.
func (c *Courier) Handle(ctx context.Context, job pix.Job) error {
	n, number := job.Notice()
	endpoint, m, err := c.prepare(ctx, job)
	switch {
	case errors.Is(err, ErrSealed):
		return c.conclude(ctx, job, endpoint, Attempt{At: c.now(), Err: err})
	case errors.Is(err, pix.ErrNoWebhook):
		return c.drop(ctx, job, "no active endpoint")
	case errors.Is(err, pix.ErrNotFound):
		c.log.ErrorContext(ctx, "webhook about what is not there", "account", job.Account, "event", n, "number", number)
		return c.drop(ctx, job, "nothing to tell of")
	case err != nil:
		return err
	}
	a, err := c.send(ctx, m)
	if err != nil {
		return err
	}
	return c.conclude(ctx, job, endpoint, a)
}

// prepare makes the message of a job.
func (c *Courier) prepare(ctx context.Context, job pix.Job) (e pix.Endpoint, m Message, err error) {
	if err := c.giveWay(ctx); err != nil {
		return e, m, err
	}
	n, number := job.Notice()
	profile, err := c.reader.Profile(ctx, job.Account)
	if err != nil {
		return e, m, err
	}
	e, ok := profile.Settings.Webhooks.Endpoint(n)
	if !ok || e.Paused {
		return e, m, pix.ErrNoWebhook
	}
	m, err = c.message(ctx, profile, e, number)
	return e, m, err
}

// giveWay waits while others are busier than a delivery should disturb.
func (c *Courier) giveWay(ctx context.Context) error {
	if int64(c.book.Waiting())-c.writing.Load() <= calm {
		return nil
	}
	select {
	case c.line <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.line }()
	timer := time.NewTimer(breath)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drop ends a job of which nothing is to be sent.
func (c *Courier) drop(ctx context.Context, job pix.Job, why string) error {
	c.stats.Dropped.Add(1)
	n, _ := job.Notice()
	return c.write(ctx, job, Delivery{Event: n, At: c.now(), Result: Dropped, Error: why}, nil)
}

// send posts m. An error means that the process is stopping, and that nobody
// knows what became of it.
func (c *Courier) send(ctx context.Context, m Message) (Attempt, error) {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
	a := c.sender.Send(sending, m)
	if sending.Err() != nil && !a.Delivered() {
		return a, ctx.Err()
	}
	return a, nil
}

// count counts an attempt to tell of a notice.
func (s *Stats) count(n pix.Notice, result Result) {
	alert := n == pix.NoticeBalanceAlert
	switch result {
	case Delivered:
		s.Delivered.Add(1)
		if alert {
			s.Alerts.Delivered.Add(1)
		}
	case Failed:
		s.Failed.Add(1)
		if alert {
			s.Alerts.Failed.Add(1)
		}
	case Dead:
		s.Failed.Add(1)
		s.Dead.Add(1)
		if alert {
			s.Alerts.Dead.Add(1)
		}
	}
}

// conclude writes down what became of an attempt.
func (c *Courier) conclude(ctx context.Context, job pix.Job, e pix.Endpoint, a Attempt) error {
	n, number := job.Notice()
	d := newDelivery(n, e.URL, a)
	d.Attempt = job.Attempts + 1
	switch {
	case a.Delivered():
		d.Result = Delivered
		c.stats.count(n, d.Result)
		return c.write(ctx, job, d, nil)
	case job.Attempts < len(c.retries):
		again := a.At.Add(c.retries[job.Attempts]).UTC().Truncate(time.Microsecond)
		d.Result, d.Next = Failed, &again
		c.stats.count(n, d.Result)
		return c.write(ctx, job, d, nil)
	}
	d.Result = Dead
	c.stats.count(n, d.Result)
	c.log.WarnContext(ctx, "webhook given up", "account", job.Account, "event", n, "number", number,
		"attempts", d.Attempt, "error", d.Error)
	return c.write(ctx, job, d, &DeadLetter{
		Account: job.Account, Event: n, Subject: job.Subject, Number: number, Note: job.Note, URL: d.URL,
		Attempts: d.Attempt, Status: a.Status, Error: d.Error, LastAt: d.At,
	})
}

// write ends a job, or puts it off if there is another attempt, and keeps what
// became of it in the same commit.
func (c *Courier) write(ctx context.Context, job pix.Job, d Delivery, letter *DeadLetter) error {
	_, number := job.Notice()
	ctx = context.WithoutCancel(ctx) // what was done must be written down
	end := &pix.EndNotice{JobKey: job.JobKey, Keep: []pix.Record{d.record(c.book.NextID(), number)}}
	if d.Next != nil {
		end.Again = *d.Next
	}
	if letter != nil {
		end.Keep = append(end.Keep, letter.record(job.ID, c.book.NextID()))
	}
	if d.Result != Delivered || d.Attempt > 1 { // one that succeeds at once adds one record to none
		var err error
		if end.Forget, err = c.superfluous(ctx, number); err != nil {
			return err
		}
	}
	c.writing.Add(1)
	defer c.writing.Add(-1)
	_, err := book.Do(ctx, c.book, end)
	return err
}

// message makes what is posted to an endpoint about a movement or case.
func (c *Courier) message(ctx context.Context, p pix.Profile, e pix.Endpoint, number uint64) (Message, error) {
	body, err := c.Payload(ctx, p, e.Notice, number)
	if err != nil {
		return Message{}, err
	}
	m := Message{URL: e.URL, Body: body, ID: messageID(e.Notice, number), Header: make(http.Header)}
	if m.Keys, err = c.keys(p.ID, e); err != nil {
		return Message{}, err
	}
	return m, c.address(&m, p, e)
}

// messageID is the same whenever and however often something is told.
func messageID(n pix.Notice, number uint64) string {
	return string(n) + "-" + strconv.FormatUint(number, 10)
}

// address adds what an endpoint wants to be sent besides: Basic credentials and
// its own headers, of which Authorization wins (contract §13 row 25).
func (c *Courier) address(m *Message, p pix.Profile, e pix.Endpoint) error {
	if w := p.Settings.Webhooks; w.Username != "" {
		password, err := c.vault.Open(w.Password, passwordOf(p.ID))
		if err != nil {
			return err
		}
		basic := http.Request{Header: m.Header}
		basic.SetBasicAuth(w.Username, password)
	}
	headers, err := c.Headers(p.ID, e)
	if err != nil {
		return err
	}
	for _, h := range headers {
		m.Header.Set(h.Name, h.Value)
	}
	return nil
}

// keys are what signs messages to an endpoint: the newest first, and for a day the
// one that it replaced.
func (c *Courier) keys(account ledger.AccountID, e pix.Endpoint) ([][]byte, error) {
	sealed := []string{e.Secret}
	if e.OldSecret != "" && c.now().Before(e.OldUntil) {
		sealed = append(sealed, e.OldSecret)
	}
	keys := make([][]byte, len(sealed))
	for i, text := range sealed {
		secret, err := c.vault.Open(text, secretOf(account, e.Notice))
		if err != nil {
			return nil, err
		}
		if keys[i], err = keyOf(secret); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
