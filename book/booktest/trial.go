package booktest

import (
	"errors"
	"math/rand/v2"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// trials tries payments of any amount before they are placed: a trial says what
// becomes of the payment that follows, and leaves nothing.
func trials(f *fixture) {
	f.open(maria, 1000_00)
	seed := seeds(1)[0]
	rng := rand.New(rand.NewPCG(seed, 13))
	var ids []string
	for range 100 {
		p := f.payment(maria, 1+money.Centavos(rng.IntN(60_00)))
		if len(ids) > 0 && rng.IntN(5) == 0 {
			p.ExternalID = ids[rng.IntN(len(ids))]
		}
		before, err := f.s.Account(f.ctx, maria)
		f.fatal(err)
		if rng.IntN(2) == 0 {
			expected := before.Available() + money.Centavos(rng.IntN(2))
			p.ExpectedNet = &expected
		}
		trial := must(f, &pix.TryPayment{PlacePayment: *p})
		after, err := f.s.Account(f.ctx, maria)
		f.fatal(err)
		missing[pix.Movement](f.t, "a payment that was tried", pix.ErrNotFound)(f.s.Movement(f.ctx, p.ID))
		if after != before || trial.Net != before.Available() || trial.Fee != 40 {
			f.t.Fatalf("seed %d: a trial %+v made %+v of %+v", seed, trial, after, before)
		}
		_, err = run(f, p)
		after, _ = f.s.Account(f.ctx, maria)
		if net := after.Available(); net != trial.NetAfter || !sameRefusal(err, trial.Refused) {
			f.t.Fatalf("seed %d: a trial said %+v; the payment came to %v and left %s", seed, trial, err, net)
		}
		if err == nil {
			ids = append(ids, p.ExternalID)
		}
	}
	trialsInBatches(f)
	sound(f.t, f.s)
}

func sameRefusal(got, want error) bool {
	if got == nil || want == nil {
		return got == want
	}
	return got.Error() == want.Error()
}

// trialsInBatches tries payments between others that are decided in the same commit.
func trialsInBatches(f *fixture) {
	f.open(joao, 10_00)
	first, tried, second := f.payment(joao, 5_00), f.payment(joao, 4_60), f.payment(joao, 4_20)
	n := first.Needs()
	n.Add(tried.Needs())
	n.Add(second.Needs())
	var trial pix.Trial
	f.write(n, func(b *pix.Books) {
		var errs [3]error
		_, errs[0] = first.Decide(b)
		trial, errs[1] = (&pix.TryPayment{PlacePayment: *tried}).Decide(b)
		_, errs[2] = second.Decide(b)
		f.fatal(errors.Join(errs[:]...))
	})
	if trial.Net != 4_60 || trial.NetAfter != 4_60 || !errors.Is(trial.Refused, ledger.ErrInsufficientFunds) {
		f.t.Errorf("a trial between payments: %+v", trial)
	}
	f.balance(joao, 10_00, 10_00)
	// What no moment can change is an error.
	for _, p := range []*pix.PlacePayment{f.payment(joao, 0), f.payment(ana, 1_00)} {
		if _, err := run(f, &pix.TryPayment{PlacePayment: *p}); err == nil {
			f.t.Errorf("tried %+v", p)
		}
	}
}
