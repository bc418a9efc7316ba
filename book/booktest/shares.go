package booktest

import (
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// shares has charges with splits paid while a hold waits, and pays the shares out
// with one payment: holds open in one entry and go over to another in the next.
func shares(f *fixture) {
	f.open(maria, 0, "maria@example.com")
	frequency := pix.SplitDaily
	must(f, &pix.ChangeAccount{ID: maria, SplitFrequency: &frequency})
	waiting := must(f, f.hold(maria, 1_000_00, true))
	var holds []ledger.Hold
	for _, seen := range []bool{false, true} {
		c := f.charge(maria, 100_00)
		c.Splits = []pix.Split{
			{Key: "ana@example.com", KeyType: pixid.KeyEmail, Name: "Ana", Document: "11144477735", Fixed: 10_00},
			{Key: "bia/x@example.com", KeyType: pixid.KeyEmail, Name: "Bia", Document: "11144477735", Percent: 12_34},
		}
		must(f, c)
		e := f.event(pix.ReceiptSettled, endToEndID(f.lastID+1))
		e.TxID, e.Amount = string(c.TxID), c.Amount
		if seen {
			first := f.event(pix.ReceiptProcessing, e.EndToEndID)
			first.TxID, first.Amount = e.TxID, e.Amount
			must(f, first)
		}
		must(f, e)
	}
	// Each charge left 99.00, of which 10.40 and 12.74 are shares with their fees.
	f.balance(maria, 198_00, 198_00)
	f.filled(waiting, 2*(99_00-10_40-12_74))
	open, err := f.s.OpenHolds(f.ctx, maria, 0, 10)
	f.fatal(err)
	for _, h := range open {
		if s, ok := pix.SplitOf(h); ok && s.Key == "ana@example.com" {
			holds = append(holds, h)
		}
	}
	n := f.next()
	pay := &pix.PayOutSplits{
		ID: pix.MovementID(n), Holds: holds, EndToEndID: endToEndID(n), Rail: pix.RailHTTP, At: f.now,
	}
	m := must(f, pay)
	if m.Amount != 20_00 || m.Fee != 40 {
		f.t.Errorf("payment of %s for %s", m.Amount, m.Fee)
	}
	f.balance(maria, 198_00, 198_00)
	f.filled(waiting, 2*(99_00-10_40-12_74)+40) // the fee that was saved
	if f.h.Durable {
		f.reopen()
	}
	again := must(f, pay)
	if again.ID != 0 {
		f.t.Errorf("shares were paid out again with %s", again.ID)
	}
	for _, h := range holds {
		h.Held, h.Released, h.ClosedAt = 0, h.Requested, pay.At
		kept, err := f.s.Hold(f.ctx, maria, h.ID)
		f.fatal(err)
		same(f.t, "hold of a share that is paid out", kept, h)
	}
	kept, err := f.s.Movement(f.ctx, m.ID)
	f.fatal(err)
	same(f.t, "payment of shares", kept, m)
	jobs, err := f.s.Jobs(f.ctx, pix.PayoutSplit, 0, 10)
	f.fatal(err)
	if len(jobs) != 2 {
		f.t.Errorf("jobs %+v, want those of the other recipient", jobs)
	}
	sound(f.t, f.s)
}

// filled asserts what a hold that waits has by now.
func (f *fixture) filled(h ledger.Hold, want money.Centavos) {
	f.t.Helper()
	kept, err := f.s.Hold(f.ctx, h.Account, h.ID)
	f.fatal(err)
	if kept.Held != want {
		f.t.Errorf("the hold that waits has %s, want %s", kept.Held, want)
	}
}
