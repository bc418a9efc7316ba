package booktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

func accounts(f *fixture) {
	f.open(maria, 12_34, "loja@example.com", "+5511900000000")
	f.open(ana, 0)
	a, err := f.s.Account(f.ctx, maria)
	f.fatal(err)
	if a.ID != maria || a.Posted != 12_34 || a.Held != 0 || a.Entries != 1 || !a.LastAt.Equal(start) {
		f.t.Errorf("account %+v", a)
	}
	if a, err := f.s.Account(f.ctx, ana); err != nil || a != (ledger.Account{ID: ana}) {
		f.t.Errorf("account without entries %+v, %v", a, err)
	}
	p, err := f.s.Profile(f.ctx, maria)
	f.fatal(err)
	same(f.t, "profile", p, profile(maria, "loja@example.com", "+5511900000000"))
	f.seen(pix.Needs{Accounts: []ledger.AccountID{maria}}, func(b *pix.Books) { // it may be kept in memory from now on
		_, ok := b.Profiles.Get(maria)
		same(f.t, "profile is loaded", ok, true)
	})
	for _, settings := range oddSettings() {
		p.Settings = settings
		f.write(pix.Needs{Accounts: []ledger.AccountID{maria}}, func(b *pix.Books) { b.Profiles.Put(maria, p) })
		got, err := f.s.Profile(f.ctx, maria)
		f.fatal(err)
		same(f.t, "profile with settings", got, p)
		f.seen(pix.Needs{Accounts: []ledger.AccountID{maria}}, func(b *pix.Books) {
			got, _ := b.Profiles.Get(maria)
			same(f.t, "loaded profile with settings", got, p)
		})
	}
	if b, err := f.s.BalanceAt(f.ctx, ana, start); err != nil || b != (ledger.Balance{}) {
		f.t.Errorf("balance without entries %+v, %v", b, err)
	}
	if _, err := run(f, &pix.OpenAccount{Profile: profile(ana)}); err != pix.ErrAccountExists {
		f.t.Errorf("opened twice: %v", err)
	}
	missing[ledger.Account](f.t, "another account", ledger.ErrAccountNotFound)(f.s.Account(f.ctx, joao))
}

func oddSettings() []pix.Settings {
	return []pix.Settings{
		{NoBacen: true},
		{Webhooks: &pix.Webhooks{
			Username: "\x00 \n \" \\u0000 </script> é 😀", Since: start,
			Endpoints: []pix.Endpoint{
				{ID: 1<<64 - 1, URL: strings.Repeat("https://example.com/", 1024), CreatedAt: start},
			},
		}},
		{},
	}
}

func profilePages(f *fixture) {
	ids := []ledger.AccountID{5, 999, 4_000, 10_001, 10_002, 70_000, ana, ana + 1, ledger.AccountIDMax}
	for _, id := range []int{4, 0, 8, 2, 6, 1, 3, 5, 7} {
		f.open(ids[id], 0)
	}
	list := func(after ledger.AccountID, limit int) []ledger.AccountID {
		page, err := f.s.Profiles(f.ctx, after, limit)
		f.fatal(err)
		var got []ledger.AccountID
		for _, p := range page {
			got = append(got, p.ID)
		}
		return got
	}
	same(f.t, "all", list(0, 100), ids)
	same(f.t, "first four", list(0, 4), ids[:4])
	same(f.t, "after the fourth", list(ids[3], 4), ids[4:8])
	same(f.t, "after an id that is not there", list(10_003, 1), ids[5:6])
	same(f.t, "after the last", list(ledger.AccountIDMax, 10), ids[:0])
}

// keyTargets are keys that are easily taken for one another.
func keyTargets() map[pix.Key]pix.Target {
	long := string(slices.Repeat([]byte("ab"), 127)) // 254 of 255 that an externalId may have
	out := make(map[pix.Key]pix.Target)
	values := []string{
		"a", "A", "a ", "ab", "é", "e\u0301", "a/b", "a:b", "%", "'", `"`, `\`, long + "a", long + "b", "1", "01",
	}
	for _, space := range pix.Spaces()[1:] {
		for i, value := range values {
			for _, scope := range []ledger.AccountID{0, maria, joao} {
				n := uint64(space)*1000 + uint64(i)*10 + uint64(scope%10)
				out[pix.Key{Space: space, Account: scope, Value: value}] = pix.Target{Account: scope, ID: n}
			}
		}
	}
	return out
}

func keys(f *fixture) {
	all := keyTargets()
	f.open(maria, 0)
	f.open(joao, 0)
	f.write(pix.Needs{}, func(b *pix.Books) {
		for key, target := range all {
			b.Keys.Put(key, target)
		}
	})
	for key, want := range all {
		if got, err := f.s.Lookup(f.ctx, key); got != want || err != nil {
			f.t.Errorf("%+v leads to %+v, %v; want %+v", key, got, err, want)
		}
		key.Value += "z"
		missing[pix.Target](f.t, "key of another value", pix.ErrNotFound)(f.s.Lookup(f.ctx, key))
	}
	p := f.payment(maria, 1)
	f.write(pix.Needs{}, func(b *pix.Books) { b.Movements.Put(p.ID, bareMovement(p.ID)) })
	got, err := f.s.Lookup(f.ctx, pix.MovementKey(p.ID))
	if want := (pix.Target{Account: maria, ID: uint64(p.ID)}); err != nil || got != want {
		f.t.Errorf("a movement's number leads to %+v, %v", got, err)
	}
	missing[pix.Target](f.t, "another number", pix.ErrNotFound)(f.s.Lookup(f.ctx, pix.MovementKey(p.ID+1)))
}

// bareMovement has nothing that a movement may lack.
func bareMovement(id pix.MovementID) pix.Movement {
	return pix.Movement{
		ID: id, Account: maria, Kind: pix.Receipt, Status: pix.Pending, Amount: 1, CreatedAt: start, UpdatedAt: start,
	}
}

func movementFields(f *fixture) {
	f.open(maria, 0)
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Microsecond) }
	full := pix.Movement{
		ID: 1<<53 - 1, Account: maria, Kind: pix.Payment, Status: pix.Failed, Amount: money.Max, Fee: 1,
		ExternalID: "a\"b", Correlation: "7a0e9a55-1f7d-4f0b-9c21-0f3c1c0a3b67", EndToEndID: endToEndID(1),
		TxID: "cobranca7", PixKey: "loja@example.com", Description: "Caf\u00e9 <b>&\n", BRCode: "000201",
		Counterpart: pix.Counterpart{
			Name: "Jo\u00e3o Exemplo", Document: "11144477735", ISPB: "12345678", BankCode: "001",
			BankName: "Banco Exemplo", Branch: "0001", Number: "12345-6",
		},
		Notes: []pix.Note{{Name: "b", Value: "1"}, {Name: "a", Value: ""}},
		Rail:  pix.RailSandbox, Scenario: "delayed:5s", ExpiresAt: at(1), CreatedAt: at(2), UpdatedAt: at(3),
		ProcessedAt: at(4), ErrorCode: "TIMEOUT", ErrorMessage: "sem resposta",
		Parent: 1<<53 - 1, Returned: money.Max, Terms: oddTerms(),
	}
	bare, seen := bareMovement(1<<40), bareMovement(1<<41)
	seen.Processing, seen.EndToEndID = true, endToEndID(2)
	f.write(pix.Needs{}, func(b *pix.Books) {
		b.Movements.Put(full.ID, full)
		b.Movements.Put(bare.ID, bare)
		b.Movements.Put(seen.ID, seen)
	})
	for _, want := range []pix.Movement{full, bare, seen} {
		got, err := f.s.Movement(f.ctx, want.ID)
		f.fatal(err)
		same(f.t, "movement", got, want)
	}
	bare.Status, bare.ProcessedAt = pix.Confirmed, at(9)
	bare.Notes = []pix.Note{{Name: "x", Value: "y"}}
	replaced := pix.Needs{Keys: []pix.Key{pix.MovementKey(bare.ID)}}
	f.write(replaced, func(b *pix.Books) { b.Movements.Put(bare.ID, bare) })
	got, err := f.s.Movements(f.ctx, maria, 0, 10)
	f.fatal(err)
	same(f.t, "movements after one was replaced", got, []pix.Movement{full, seen, bare})
}

// oddTerms have texts that need care in JSON.
func oddTerms() *pix.Terms {
	return &pix.Terms{
		Case: "\x00 \n \" \\ \\u0000 </script> \u2028 é e\u0301 😀", Cases: []string{"", " ", "'%'"},
		OnItsWay: 1, Disputed: money.Max, Location: strings.Repeat("pix.example.com/", 4096),
	}
}

// movementMore changes what a store may keep apart from the rest of a movement,
// alone and together with what mostly changes.
func movementMore(f *fixture) {
	f.open(maria, 0)
	m := bareMovement(1 << 40)
	replace := func(what string) {
		f.t.Helper()
		f.write(pix.Needs{Keys: []pix.Key{pix.MovementKey(m.ID)}}, func(b *pix.Books) { b.Movements.Put(m.ID, m) })
		got, err := f.s.Movement(f.ctx, m.ID)
		f.fatal(err)
		same(f.t, what, got, m)
		f.seen(pix.Needs{Keys: []pix.Key{pix.MovementKey(m.ID)}}, func(b *pix.Books) {
			got, _ := b.Movements.Get(m.ID)
			same(f.t, what+", loaded", got, m)
		})
	}
	replace("bare")
	m.Returned = 5
	replace("partly returned")
	m.Returned, m.Status, m.ProcessedAt = 7, pix.Confirmed, start
	replace("returned and confirmed")
	m.Status, m.ErrorCode = pix.Failed, "X"
	replace("failed")
	m.Terms = oddTerms()
	replace("with terms")
	m.Terms, m.UpdatedAt = &pix.Terms{Case: "b"}, start.Add(time.Hour)
	replace("with other terms")
	m.Parent = 3
	replace("with a parent")
	m.Parent, m.Returned, m.Terms, m.Processing = 0, 0, nil, true
	replace("bare again")
}

func movementPages(f *fixture) {
	f.open(maria, 1000_00)
	f.open(joao, 1000_00)
	var want []pix.MovementID
	for range 12 {
		p := f.payment(maria, 1_00)
		must(f, p)
		must(f, f.payment(joao, 1_00))
		want = append(want, p.ID)
	}
	slices.Reverse(want)
	list := func(before pix.MovementID, limit int) []pix.MovementID {
		page, err := f.s.Movements(f.ctx, maria, before, limit)
		f.fatal(err)
		var got []pix.MovementID
		for _, m := range page {
			got = append(got, m.ID)
		}
		return got
	}
	same(f.t, "all", list(0, 100), want)
	same(f.t, "newest five", list(0, 5), want[:5])
	same(f.t, "the next five", list(want[4], 5), want[5:10])
	same(f.t, "the rest", list(want[9], 5), want[10:])
	same(f.t, "below a number that is another account's", list(want[4]+1, 2), want[4:6])
	same(f.t, "below the oldest", list(want[11], 5), want[:0])
}

func holds(f *fixture) {
	f.open(maria, 100_00)
	place, small := f.hold(maria, 30_00, false), f.hold(maria, 500_00, true)
	want := must(f, place)
	waiting := must(f, small)
	closed := must(f, &pix.ReleaseHold{ID: must(f, f.hold(maria, 10_00, true)).ID, At: f.now})
	want = must(f, &pix.CaptureHold{ID: want.ID, Amount: 5_00, To: ledger.Settlement, At: f.now})
	for _, h := range []ledger.Hold{want, waiting, closed} {
		got, err := f.s.Hold(f.ctx, maria, h.ID)
		f.fatal(err)
		same(f.t, "hold", got, h)
	}
	open, err := f.s.OpenHolds(f.ctx, maria, 0, 10)
	f.fatal(err)
	same(f.t, "open holds", open, []ledger.Hold{want, waiting})
	var all []ledger.Hold
	for h, err := range f.s.EachHold(f.ctx, maria) {
		f.fatal(err)
		all = append(all, h)
	}
	same(f.t, "all holds", all, []ledger.Hold{want, waiting, closed})
	f.open(joao, 0)
	missing[ledger.Hold](f.t, "another account's hold", pix.ErrNotFound)(f.s.Hold(f.ctx, joao, want.ID))
	missing[ledger.Hold](f.t, "another hold", pix.ErrNotFound)(f.s.Hold(f.ctx, maria, closed.ID+1))
}

func openHoldPages(f *fixture) {
	f.open(maria, 100_00)
	f.open(joao, 100_00)
	var want []ledger.HoldID
	for i := range 13 {
		h := must(f, f.hold(maria, 1_00, i%2 == 0))
		must(f, f.hold(joao, 1_00, false))
		if i%4 == 3 {
			must(f, &pix.ReleaseHold{ID: h.ID, At: f.now})
		} else {
			want = append(want, h.ID)
		}
	}
	list := func(after ledger.HoldID, limit int) []ledger.HoldID {
		page, err := f.s.OpenHolds(f.ctx, maria, after, limit)
		f.fatal(err)
		var got []ledger.HoldID
		for _, h := range page {
			got = append(got, h.ID)
		}
		return got
	}
	same(f.t, "all", list(0, 100), want)
	same(f.t, "first four", list(0, 4), want[:4])
	same(f.t, "the next four", list(want[3], 4), want[4:8])
	same(f.t, "after the last", list(want[len(want)-1], 4), want[:0])
}

func suspense(f *fixture) {
	var want []pix.SuspenseItem
	for i := range 9 {
		e := f.event(pix.ReceiptSettled, endToEndID(uint64(i)))
		e.Movement, e.TxID, e.PixKey, e.Amount = 7, "cobranca", "nobody@example.com", money.Centavos(i+1)
		e.Payer = pix.Counterpart{Name: "Ana Exemplo", ISPB: "87654321"}
		e.ErrorCode, e.ErrorMessage, e.Raw = "X", "y", fmt.Sprintf(`{"n":%d,"t":"é"}`, i)
		if got := must(f, e); got != pix.Suspended {
			f.t.Fatalf("event is %s", got)
		}
		want = append(want, pix.SuspenseItem{
			ID: uint64(e.NewID), Event: e.Event, Reason: "no charge and no account takes it",
			Amount: e.Amount, ReceivedAt: e.Now,
		})
	}
	for _, page := range []struct {
		after uint64
		limit int
		want  []pix.SuspenseItem
	}{{0, 100, want}, {0, 4, want[:4]}, {want[3].ID, 4, want[4:8]}, {want[8].ID, 4, nil}} {
		got, err := f.s.Suspense(f.ctx, page.after, page.limit)
		f.fatal(err)
		same(f.t, fmt.Sprintf("%d items after %d", page.limit, page.after), got, page.want)
	}
	sound(f.t, f.s)
}

// balancesAround asks for the balance around every line of an account.
func balancesAround(f *fixture, id ledger.AccountID) {
	f.t.Helper()
	var lines []ledger.Line
	for e, err := range f.s.EachEntry(f.ctx, id) {
		f.fatal(err)
		l, _ := e.Line(id)
		lines = append(lines, l)
	}
	for _, l := range lines {
		for _, shift := range []time.Duration{-time.Hour, -time.Microsecond, 0, time.Microsecond, time.Hour} {
			at := l.At.Add(shift)
			var want ledger.Balance
			for _, other := range lines {
				if !other.At.After(at) {
					want = other.After()
				}
			}
			for _, zone := range []*time.Location{time.UTC, time.FixedZone("", -3*3600)} {
				if got, err := f.s.BalanceAt(f.ctx, id, at.In(zone)); got != want || err != nil {
					f.t.Errorf("at line %d %+v: %+v, %v; want %+v", l.Number, shift, got, err, want)
				}
			}
		}
	}
}

func balanceAt(f *fixture) {
	f.open(maria, 100_00, "loja@example.com")
	for range 3 {
		must(f, f.payment(maria, 1_00))
		f.now = f.now.Add(time.Microsecond)
		must(f, f.hold(maria, 2_00, false))
		// Two lines of one instant: the later one counts.
		p, q := f.payment(maria, 3_00), f.payment(maria, 4_00)
		q.At = p.At
		must(f, p)
		must(f, q)
		f.credit("loja@example.com", 5_00)
	}
	balancesAround(f, maria)
	balancesAround(f, ledger.SystemAccount(ledger.Settlement, 0))
	for _, far := range []time.Time{{}, time.Unix(0, 0), start.AddDate(200, 0, 0)} {
		if _, err := f.s.BalanceAt(f.ctx, maria, far); err != nil {
			f.t.Errorf("at %s: %v", far, err)
		}
	}
}

func balanceAtClockBack(f *fixture) {
	f.open(maria, 100_00)
	for _, step := range []time.Duration{0, 5 * time.Second, -3 * time.Second, -time.Hour, time.Second, 2 * time.Hour} {
		f.now = f.now.Add(step)
		must(f, f.payment(maria, 1_00))
	}
	balancesAround(f, maria)
	sound(f.t, f.s)
}

func totals(f *fixture) {
	f.open(maria, 100_00, "loja@example.com")
	f.open(joao, 50_00)
	for stripe := range 3 {
		p := f.payment(maria, 10_00)
		must(f, p)
		settled := f.event(pix.PaymentSettled, p.EndToEndID)
		n := settled.Needs()
		n.Stripe = stripe
		f.fatal(f.s.Commit(f.ctx, n, func(b *pix.Books) error {
			_, err := settled.Decide(b)
			return err
		}))
	}
	must(f, f.hold(joao, 7_00, false))
	got, err := f.s.Totals(f.ctx)
	f.fatal(err)
	want := book.Totals{
		ledger.Customer:   {Accounts: 2, Posted: 150_00 - 31_20, Held: 7_00},
		ledger.Settlement: {Accounts: 3, Posted: -150_00 + 30_00},
		ledger.Fees:       {Accounts: 3, Posted: 1_20},
	}
	for role, total := range want {
		if got[role] != total {
			f.t.Errorf("%s: %+v, want %+v", role, got[role], total)
		}
	}
	if s := got[ledger.Suspense]; s.Posted != 0 || s.Held != 0 {
		f.t.Errorf("suspense %+v", s)
	}
	sound(f.t, f.s)
}

func lastID(f *fixture) {
	f.open(maria, 100_00)
	for _, step := range []struct{ given, want uint64 }{{1 << 30, 1 << 30}, {5, 1 << 30}, {1<<53 - 1, 1<<53 - 1}} {
		p := f.payment(maria, 1_00)
		f.fatal(f.s.Commit(f.ctx, p.Needs(), func(b *pix.Books) error {
			b.LastID = step.given
			_, err := p.Decide(b)
			return err
		}))
		if got, err := f.s.LastID(f.ctx); got != step.want || err != nil {
			f.t.Errorf("after %d it is %d, %v; want %d", step.given, got, err, step.want)
		}
	}
}
