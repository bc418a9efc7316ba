package booktest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// replayed is an account's past as its entries tell it: their changes, added up.
func replayed(t *testing.T, s Store, id ledger.AccountID) []book.Past {
	t.Helper()
	var past []book.Past
	var now ledger.Balance
	for e, err := range s.EachEntry(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		l, _ := e.Line(id)
		now.Posted += l.Posted
		now.Held += l.Held
		past = append(past, book.Past{Number: l.Number, At: l.At, Balance: now})
	}
	return past
}

// asOf is the balance that a past leads to at an instant.
func asOf(past []book.Past, at time.Time) (b ledger.Balance) {
	for _, p := range past {
		if !p.At.After(at) {
			b = p.Balance
		}
	}
	return b
}

func pastOf(t *testing.T, s Store, id ledger.AccountID, from, until time.Time) []book.Past {
	t.Helper()
	var past []book.Past
	for p, err := range s.Past(t.Context(), id, from, until) {
		if err != nil {
			t.Fatal(err)
		}
		past = append(past, p)
	}
	return past
}

// wantPast holds the past of an account against a replay of its entries: its balance
// at random instants, and random stretches.
func wantPast(t *testing.T, s Store, id ledger.AccountID, instants int, rng *rand.Rand) {
	t.Helper()
	past := replayed(t, s, id)
	if len(past) == 0 {
		return
	}
	instant := func() time.Time {
		if rng.IntN(2) == 0 { // beside a line, or at it
			near := past[rng.IntN(len(past))].At
			return near.Add(time.Duration(rng.IntN(5)-2) * time.Microsecond / 2)
		}
		first, last := past[0].At, past[len(past)-1].At
		return first.Add(time.Duration(rng.Int64N(int64(last.Sub(first))+3)) - 1)
	}
	for range instants {
		at := instant()
		got, err := s.BalanceAt(t.Context(), id, at)
		if want := asOf(past, at); err != nil || got != want {
			t.Fatalf("account %s had %+v at %s, %v; a replay says %+v", id, got, at, err, want)
		}
	}
	for range 1 + instants/20 {
		from, until := instant(), instant()
		want := slices.DeleteFunc(slices.Clone(past), func(p book.Past) bool {
			return p.At.Before(from) || !p.At.Before(until)
		})
		same(t, "past from "+from.String()+" until "+until.String(), pastOf(t, s, id, from, until), want)
	}
}

// past is a history of payments and receipts in batches, on all stripes.
func past(f *fixture) {
	seed := seeds(1)[0]
	rng := rand.New(rand.NewPCG(seed, 11))
	defer func() {
		if f.t.Failed() {
			f.t.Logf("repeat with -seed=%d", seed)
		}
	}()
	p := &player{f: f, g: NewGenerator(seed), batchMax: 8}
	p.start()
	defer func() { p.stop() }()
	for _, s := range p.g.Open() {
		p.do(s)
	}
	for range 100 {
		steps := make([]*Step, 1+rng.IntN(8))
		for i := range steps {
			steps[i] = p.g.Next()
		}
		p.do(steps...)
	}
	for _, id := range append(slices.Clone(p.g.ids), ledger.SystemAccount(ledger.Settlement, 0)) {
		wantPast(f.t, f.s, id, 1000, rng)
	}
}

// pastPages has more lines in one instant and in one stretch than stores read at once.
func pastPages(f *fixture) {
	f.open(maria, 1_000_000_00)
	for range 9 {
		f.write(pix.Needs{Accounts: []ledger.AccountID{maria}}, func(b *pix.Books) {
			for range 500 {
				p := f.payment(maria, 1)
				p.At = f.now.Truncate(time.Second)
				if _, err := p.Decide(b); err != nil {
					f.t.Fatal(err)
				}
			}
		})
	}
	wantPast(f.t, f.s, maria, 20, rand.New(rand.NewPCG(1, 1)))
	all := pastOf(f.t, f.s, maria, time.Time{}, start.AddDate(200, 0, 0))
	if len(all) != 4501 {
		f.t.Errorf("%d lines", len(all))
	}
	for range f.s.Past(f.ctx, maria, time.Time{}, start.AddDate(1, 0, 0)) {
		break // who has seen enough may stop
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	seen := 0
	for _, err := range f.s.Past(ctx, maria, time.Time{}, start.AddDate(1, 0, 0)) {
		if cancel(); err != nil && !errors.Is(err, context.Canceled) {
			f.t.Errorf("after a cancellation: %v", err)
		}
		seen++
	}
	if seen > len(all) {
		f.t.Errorf("%d of %d lines came", seen, len(all))
	}
	if got := pastOf(f.t, f.s, joao, time.Time{}, start.AddDate(1, 0, 0)); len(got) > 0 {
		f.t.Errorf("the past of nobody: %+v", got)
	}
}

// wantBlocked wants the totals of all open holds to be what the account has held,
// and pages to be those of OpenHolds.
func wantBlocked(f *fixture, id ledger.AccountID) {
	f.t.Helper()
	open, err := f.s.OpenHolds(f.ctx, id, 0, 1_000_000)
	f.fatal(err)
	account, err := f.s.Account(f.ctx, id)
	f.fatal(err)
	sums := book.Sum(slices.Values(open))
	for _, limit := range []int{-1, 0, 1, 2, 1000} {
		for _, after := range []ledger.HoldID{0, 1, 1 << 60} {
			if len(open) > 1 && after == 1 {
				after = open[1].ID
			}
			b, err := f.s.Blocked(f.ctx, id, after, limit)
			f.fatal(err)
			page, err := f.s.OpenHolds(f.ctx, id, after, max(limit, 0))
			f.fatal(err)
			same(f.t, "open holds", b.Holds, page)
			same(f.t, "sums", b.Reasons, sums)
			same(f.t, "account", b.Account, account)
			wantSum(f.t, b)
		}
	}
}

func wantSum(t *testing.T, b book.Blocked) {
	t.Helper()
	var held money.Centavos
	for _, of := range b.Reasons {
		held += of.Held
	}
	if held != b.Account.Held {
		t.Errorf("%s is held, and %+v", b.Account.Held, b.Reasons)
	}
}

func blocked(f *fixture) {
	missing[book.Blocked](f.t, "blocked", ledger.ErrAccountNotFound)(f.s.Blocked(f.ctx, maria, 0, 10))
	f.open(maria, 100_00, "loja@example.com")
	f.open(joao, 50_00)
	wantBlocked(f, maria)
	p := f.payment(maria, 10_00)
	must(f, p)
	must(f, f.payment(maria, 5_00))
	must(f, f.hold(maria, 2_00, false))
	must(f, f.hold(maria, 500_00, true)) // short of most
	must(f, f.hold(joao, 3_00, false))
	wantBlocked(f, maria)
	wantBlocked(f, joao)
	b, err := f.s.Blocked(f.ctx, maria, 0, 1)
	f.fatal(err)
	same(f.t, "sums", b.Reasons, []book.BlockedFor{
		{Reason: ledger.ReasonPayment, Holds: 2, Held: 15_80},
		{Reason: ledger.ReasonMED, Holds: 2, Held: 84_20, Shortfall: 417_80},
	})
	must(f, f.event(pix.PaymentSettled, p.EndToEndID))
	wantBlocked(f, maria)
	if f.h.Durable {
		f.reopen()
	}
	wantBlocked(f, maria)
}

// blockedDuringCommits wants account and sums of one moment while commits run.
func blockedDuringCommits(f *fixture) {
	f.open(maria, 1_000_000_00)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			p := f.payment(maria, 1_00)
			if _, err := run(f, p); err != nil {
				f.t.Error(err)
				return
			}
			if _, err := run(f, f.event(pix.PaymentSettled, p.EndToEndID)); err != nil {
				f.t.Error(err)
				return
			}
		}
	}()
	for {
		b, err := f.s.Blocked(f.ctx, maria, 0, 3)
		f.fatal(err)
		wantSum(f.t, b)
		select {
		case <-done:
			wantBlocked(f, maria)
			return
		default:
		}
	}
}
