package sandbox

import (
	"context"
	"strconv"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// What merchants ask the sandbox to play, beside the scenarios. It comes to the books as
// a rail's events do, but for what fits nothing: that is refused with
// pix.ErrStillUnfit.

// Pay pays a charge, at once. amount is in centavos; 0 is what the charge asks for.
func (r *Rail) Pay(ctx context.Context, charge pix.Movement, amount money.Centavos) error {
	now := r.now()
	id := r.book.NextID()
	if amount == 0 {
		amount = charge.Amount
	}
	return r.play(ctx, id, pix.Event{
		Type: pix.ReceiptSettled, TxID: string(charge.TxID), Amount: amount, Payer: payer(charge), At: now,
		EndToEndID: pixid.EndToEndIDFrom(ispb, now, id),
	})
}

// OpenCase opens a MED case about a receipt and returns its id. amount is in centavos; 0
// is all of the receipt.
func (r *Rail) OpenCase(
	ctx context.Context, receipt pix.Movement, amount money.Centavos, cause, description string,
) (string, error) {
	id := r.book.NextID()
	caseID := "sandbox-med-" + strconv.FormatUint(id, 10)
	return caseID, r.play(ctx, id, pix.Event{
		Type: pix.MEDOpened, EndToEndID: receipt.EndToEndID, Amount: amount, At: r.now(),
		MED: &pix.MEDEvent{
			CaseID: caseID, Account: receipt.Account, Reason: "REFUND_REQUEST", Cause: cause, Description: description,
			Requesting: pix.Bank{ISPB: string(ispb), Name: bankName},
		},
	})
}

// DecideCase accepts a MED case, so that what is held goes back to the payer, or rejects
// it.
func (r *Rail) DecideCase(ctx context.Context, c pix.MEDCase, accepted bool) error {
	id, now := r.book.NextID(), r.now()
	e := pix.Event{
		Type: pix.MEDRejected, EndToEndID: c.EndToEndID, At: now, MED: &pix.MEDEvent{CaseID: c.ID, Account: c.Account},
	}
	if accepted {
		e.Type, e.ReturnID = pix.MEDAccepted, pixid.ReturnIDFrom(ispb, now, id)
	}
	return r.play(ctx, id, e)
}

func (r *Rail) play(ctx context.Context, id uint64, e pix.Event) error {
	e.ID = "sandbox-play-" + strconv.FormatUint(id, 10)
	_, err := book.Do(ctx, r.book, &pix.ApplyEvent{Event: e, NewID: pix.MovementID(id), Now: r.now(), Strict: true})
	return err
}
