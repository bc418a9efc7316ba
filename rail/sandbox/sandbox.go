// Package sandbox is the simulated rail: it settles payments and returns and pays charges
// by itself, as the scenario of each asks (contract §8). It knows nothing of
// balances; what it does reaches the books as a rail's events do.
package sandbox

import (
	"context"
	"errors"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// Rail plays the outcomes of what was ordered from it.
type Rail struct {
	book  *book.Book
	store Store
	now   func() time.Time
}

// Store is what the rail reads.
type Store interface {
	Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error)
}

// New returns a sandbox rail.
func New(b *book.Book, store Store, now func() time.Time) *Rail { return &Rail{b, store, now} }

// The participant that payers of the sandbox bank with: a made-up one.
const (
	ispb     = pixid.ISPB("99999004")
	bankName = "Banco Ficticio"
)

// Handle plays the outcome of one order.
func (r *Rail) Handle(ctx context.Context, job pix.Job) error {
	m, err := r.store.Movement(ctx, pix.MovementID(job.ID))
	if err != nil {
		return err
	}
	expired := m.Kind == pix.Receipt && !m.ExpiresAt.IsZero() && r.now().After(m.ExpiresAt)
	if m.Status != pix.Pending || expired {
		_, err := book.Do(ctx, r.book, &pix.EndJob{JobKey: job.JobKey})
		return err
	}
	c := &pix.ApplyEvent{Event: r.outcome(m), NewID: pix.MovementID(r.book.NextID()), Now: r.now(), Strict: true}
	_, err = book.Do(ctx, r.book, c)       // applying it ends the job
	if errors.Is(err, pix.ErrStillUnfit) { // it was paid in another way meanwhile
		_, err = book.Do(ctx, r.book, &pix.EndJob{JobKey: job.JobKey})
	}
	return err
}

// outcome is the event that m's scenario asks for.
func (r *Rail) outcome(m pix.Movement) pix.Event {
	now := r.now()
	e := pix.Event{ID: "sandbox-" + m.ID.String(), At: now, Amount: m.Amount}
	var fails bool
	e.ErrorCode, e.ErrorMessage, fails = m.Scenario.Failure()
	switch {
	case m.Overdue(): // it was called off before its turn came
		e.Type, e.EndToEndID = pix.PaymentRejected, m.EndToEndID
		e.ErrorCode, e.ErrorMessage = "TIMEOUT", "não enviado dentro do prazo"
	case m.Kind == pix.Payment && fails:
		e.Type, e.EndToEndID = pix.PaymentRejected, m.EndToEndID
	case m.Kind == pix.Payment:
		e.Type, e.EndToEndID = pix.PaymentSettled, m.EndToEndID
	case m.Kind == pix.ReturnSent && fails:
		e.Type, e.ReturnID = pix.ReturnRejected, pixid.ReturnID(m.EndToEndID)
	case m.Kind == pix.ReturnSent:
		e.Type, e.ReturnID = pix.ReturnSettled, pixid.ReturnID(m.EndToEndID)
	default:
		e.Type, e.TxID, e.Payer = pix.ReceiptSettled, string(m.TxID), payer(m)
		e.EndToEndID = pixid.EndToEndIDFrom(ispb, now, uint64(m.ID))
		if fails {
			e.Type = pix.ReceiptFailed
		}
	}
	return e
}

// payer is whom a charge named, at a made-up bank.
func payer(m pix.Movement) pix.Counterpart {
	p := m.Counterpart
	p.ISPB, p.BankCode, p.BankName, p.Branch, p.Number = string(ispb), "999", bankName, "0001", "123456-7"
	return p
}
