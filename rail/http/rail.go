// Package httprail carries orders to the institution's adapter over HTTP and asks
// what became of those that it is not told of. It knows nothing of balances: what
// it learns reaches the books as a rail's events do.
package httprail

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Rail sends orders to one adapter. It is safe for concurrent use.
type Rail struct{ opts Options }

// Options are what a rail takes. All but the times are required.
type Options struct {
	Book   *book.Book
	Reader Reader
	// URL is where the adapter takes orders: they are POSTed to URL/orders, and
	// asked after with GET URL/orders/{id}.
	URL    string
	Client *http.Client
	// Sign returns the headers that prove a request to be ours, for a message of
	// an id that is sent at a time.
	Sign func(id string, at time.Time, body []byte) http.Header
	Now  func() time.Time
	Log  *slog.Logger

	AskAfter time.Duration // how long an outcome is waited for before it is asked for; 0 is a minute
	AskMax   time.Duration // the longest wait between two questions; 0 is ten minutes
}

// Reader is what the rail reads.
type Reader interface {
	Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error)
	Profile(ctx context.Context, id ledger.AccountID) (pix.Profile, error)
}

// New returns a rail.
func New(o Options) *Rail {
	if o.AskAfter == 0 {
		o.AskAfter = time.Minute
	}
	if o.AskMax == 0 {
		o.AskMax = 10 * time.Minute
	}
	return &Rail{o}
}

// What the note of a job says of its order.
const (
	unsent = ""      // the adapter does not have it
	tried  = "tried" // the adapter may have it
	taken  = "taken" // the adapter said that it has it
)

// Handle sends an order, or asks after one that the adapter has. An error makes
// the outbox try again later: the order is sent with the same end-to-end id until
// the adapter takes it (design §5).
func (r *Rail) Handle(ctx context.Context, job pix.Job) error {
	m, err := r.opts.Reader.Movement(ctx, pix.MovementID(job.ID))
	if err != nil {
		return err
	}
	switch {
	case m.Status != pix.Pending || !outgoing(m.Kind):
		_, err := book.Do(ctx, r.opts.Book, &pix.EndJob{JobKey: job.JobKey})
		return err
	case job.Note == taken:
		return r.ask(ctx, job, m)
	case job.Note == unsent && late(m, r.opts.Now()):
		return r.apply(ctx, m, answer{State: stateRejected, ErrorCode: "TIMEOUT",
			ErrorMessage: "não enviado dentro do prazo"})
	}
	return r.send(ctx, job, m)
}

func outgoing(k pix.Kind) bool { return k == pix.Payment || k == pix.ReturnSent }

// late tells whether the order should have left by now.
func late(m pix.Movement, now time.Time) bool { return !m.ExpiresAt.IsZero() && now.After(m.ExpiresAt) }

// send gives the adapter an order. Where an order can be called off, the job is
// marked as tried before it could have arrived, so that it is not afterwards.
func (r *Rail) send(ctx context.Context, job pix.Job, m pix.Movement) error {
	profile, err := r.opts.Reader.Profile(ctx, m.Account)
	if err != nil {
		return err
	}
	first := job.Note == unsent // no try before this one can have arrived
	if first && !m.ExpiresAt.IsZero() {
		if err := r.note(ctx, job, tried, r.opts.Now().Add(r.opts.AskAfter)); err != nil {
			return err
		}
		job.Note = tried
	}
	var original pix.Movement
	if m.Kind == pix.ReturnSent {
		if original, err = r.opts.Reader.Movement(ctx, m.Parent); err != nil {
			return err
		}
	}
	reached, err := r.post(ctx, newOrder(m, original, profile))
	if err == nil {
		return r.note(ctx, job, taken, r.opts.Now().Add(r.opts.AskAfter))
	}
	if !reached && first && job.Note == tried {
		if undone := r.note(ctx, job, unsent, r.opts.Now()); undone != nil {
			return undone
		}
	}
	return err
}

// ask asks what became of an order that the adapter took.
func (r *Rail) ask(ctx context.Context, job pix.Job, m pix.Movement) error {
	a, err := r.get(ctx, m)
	if err != nil {
		return err
	}
	switch a.State {
	case stateSettled, stateRejected:
		return r.apply(ctx, m, a)
	case stateUnknown:
		r.opts.Log.WarnContext(ctx, "rail adapter has lost an order, which is sent again", "order", m.ID)
		return r.note(ctx, job, tried, r.opts.Now())
	}
	return r.note(ctx, job, taken, r.opts.Now().Add(r.again(job)))
}

// again is how long to wait before the next try, doubled with each.
func (r *Rail) again(job pix.Job) time.Duration {
	return min(r.opts.AskAfter<<min(job.Attempts, 10), r.opts.AskMax)
}

func (r *Rail) note(ctx context.Context, job pix.Job, note string, due time.Time) error {
	_, err := book.Do(ctx, r.opts.Book, &pix.NoteJob{JobKey: job.JobKey, Note: note, Due: due})
	if err == pix.ErrNotFound {
		return nil // an event has ended it meanwhile
	}
	return err
}

// apply does what the adapter answered, as if it had told it in an event.
func (r *Rail) apply(ctx context.Context, m pix.Movement, a answer) error {
	e := pix.Event{
		ID: "order-" + m.ID.String() + "-" + a.State, Movement: m.ID, At: a.At,
		ErrorCode: a.ErrorCode, ErrorMessage: a.ErrorMessage,
	}
	if e.At.IsZero() {
		e.At = r.opts.Now()
	}
	settled := a.State == stateSettled
	switch {
	case m.Kind == pix.Payment && settled:
		e.Type = pix.PaymentSettled
	case m.Kind == pix.Payment:
		e.Type = pix.PaymentRejected
	case settled:
		e.Type = pix.ReturnSettled
	default:
		e.Type = pix.ReturnRejected
	}
	command := &pix.ApplyEvent{Event: e, NewID: pix.MovementID(r.opts.Book.NextID()), Now: r.opts.Now()}
	_, err := book.Do(ctx, r.opts.Book, command)
	return err
}
