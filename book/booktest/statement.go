package booktest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// numberOf is a number that is given out at an instant.
func numberOf(at time.Time, sequence uint64) pix.MovementID {
	second := at.Unix() - time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	return pix.MovementID(uint64(second)<<22 | sequence)
}

func within(rng *rand.Rand, over time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(over)))
}

var pixKeys = []string{"", "fornecedor@example.com", "+5511900000000", "é'\"%"}

// randomMovement makes a movement of some account, with a number that is as far
// from its time as numbers may be.
func randomMovement(rng *rand.Rand, n uint64, over time.Duration) pix.Movement {
	at := start.Add(within(rng, over)).Truncate(time.Microsecond)
	drawn := at
	switch rng.IntN(10) {
	case 0:
		drawn = at.Add(-time.Hour + time.Second)
	case 1:
		drawn = at.Add(24*time.Hour - time.Second)
	}
	m := pix.Movement{
		ID: numberOf(drawn, n), Account: []ledger.AccountID{maria, joao}[rng.IntN(2)],
		Kind: pix.Kind(1 + rng.IntN(5)), Status: pix.Status(1 + rng.IntN(3)), Amount: money.Centavos(1 + n),
		PixKey: pixKeys[rng.IntN(len(pixKeys))], CreatedAt: at, UpdatedAt: at,
	}
	switch {
	case m.Kind == pix.ReturnSent:
		m.ExternalID = []string{"", "D1", "D12", "order-7"}[rng.IntN(4)] // among those of one original
	case rng.IntN(2) == 0:
		m.ExternalID = fmt.Sprintf("order-%d", n/2) // that of a payment and of a charge, or of two accounts
	}
	if rng.IntN(3) != 0 {
		m.EndToEndID = endToEndID(n / 2)
	}
	return m
}

// keysOf are the keys that a movement takes.
func keysOf(m *pix.Movement) []pix.Key {
	external, endToEnd := pix.SpaceCharge, pix.SpaceEndToEndIn
	switch m.Kind {
	case pix.Payment, pix.Transfer:
		external, endToEnd = pix.SpacePayment, pix.SpaceEndToEndOut
	case pix.ReturnSent:
		endToEnd = pix.SpaceReturnID
	case pix.ReturnReceived:
		endToEnd = pix.SpaceReturnIn
	}
	var keys []pix.Key
	if m.ExternalID != "" && !book.SharesNames(m.Kind) {
		keys = append(keys, pix.Key{Space: external, Account: m.Account, Value: m.ExternalID})
	}
	if m.EndToEndID != "" {
		keys = append(keys, pix.Key{Space: endToEnd, Value: string(m.EndToEndID)})
	}
	return keys
}

// randomMovements writes movements with their keys, and returns them newest first.
// One whose key is taken goes without it.
func (f *fixture) randomMovements(rng *rand.Rand, count int, over time.Duration) []pix.Movement {
	f.t.Helper()
	taken := make(map[pix.Key]bool)
	var all []pix.Movement
	f.write(pix.Needs{}, func(b *pix.Books) {
		for n := range uint64(count) {
			m := randomMovement(rng, n, over)
			keys := keysOf(&m)
			if slices.ContainsFunc(keys, func(k pix.Key) bool { return taken[k] }) {
				m.ExternalID, m.EndToEndID, keys = "", "", nil
			}
			b.Movements.Put(m.ID, m)
			for _, key := range keys {
				taken[key] = true
				b.Keys.Put(key, pix.Target{Account: m.Account, ID: uint64(m.ID)})
			}
			all = append(all, m)
		}
	})
	slices.SortFunc(all, func(a, b pix.Movement) int {
		if a.ID > b.ID {
			return -1
		}
		return 1
	})
	return all
}

// randomQuery asks for some of what randomMovements made.
func randomQuery(rng *rand.Rand, all []pix.Movement, over time.Duration) book.StatementQuery {
	some := all[rng.IntN(len(all))]
	q := book.StatementQuery{Account: some.Account, Limit: rng.IntN(30), Offset: rng.IntN(3) * rng.IntN(30)}
	if rng.IntN(2) == 0 {
		q.From = start.Add(within(rng, over))
	}
	if rng.IntN(2) == 0 {
		q.Until = start.Add(within(rng, over))
	}
	if rng.IntN(5) == 0 {
		q.From, q.Until = some.CreatedAt, some.CreatedAt.Add(time.Duration(rng.IntN(2))*time.Microsecond)
	}
	if rng.IntN(4) == 0 {
		q.Kind = some.Kind
	}
	if rng.IntN(4) == 0 {
		q.Status = some.Status
	}
	if rng.IntN(4) == 0 {
		q.PixKey = some.PixKey
	}
	if rng.IntN(4) == 0 {
		q.ExternalID = some.ExternalID
	}
	if rng.IntN(4) == 0 {
		q.EndToEndID = string(some.EndToEndID)
	}
	if rng.IntN(3) == 0 {
		q.CountMax = 1 + rng.IntN(40)
	}
	return q
}

// wantStatement asserts what a statement is, all movements given newest first.
func (f *fixture) wantStatement(q book.StatementQuery, all []pix.Movement) {
	f.t.Helper()
	var want []pix.Movement
	for i := range all {
		if q.Wants(&all[i]) {
			want = append(want, all[i])
		}
	}
	if q.CountMax > 0 {
		want = want[:min(q.CountMax, len(want))]
	}
	got, total, err := f.s.Statement(f.ctx, q)
	f.fatal(err)
	from := min(q.Offset, len(want))
	same(f.t, fmt.Sprintf("statement %+v", q), got, want[from:min(from+q.Limit, len(want))])
	if total != len(want) {
		f.t.Errorf("statement %+v counts %d, want %d", q, total, len(want))
	}
}

func statements(f *fixture) {
	f.open(maria, 0)
	f.open(joao, 0)
	const over = 20 * 24 * time.Hour
	seed := seeds(1)[0]
	rng := rand.New(rand.NewPCG(seed, 3))
	defer func() {
		if f.t.Failed() {
			f.t.Logf("repeat with -seed=%d", seed)
		}
	}()
	all := f.randomMovements(rng, 300, over)
	for range 300 {
		f.wantStatement(randomQuery(rng, all, over), all)
	}
	for _, q := range []book.StatementQuery{
		{Account: maria}, {Account: maria, Limit: 1000}, {Account: maria, Limit: 10, CountMax: 5},
		{Account: maria, Limit: 10, Offset: 5, CountMax: 5}, {Account: joao, Limit: 3, Offset: 100_000},
		{Account: ana, Limit: 10}, {Account: maria, Limit: 1000, From: start.Add(time.Nanosecond)},
		{Account: maria, Limit: 1000, Until: all[9].CreatedAt.Add(time.Nanosecond)},
		{Account: maria, Limit: 1000, From: start.Add(over), Until: start},
		{Account: maria, Limit: 1000, From: time.Unix(0, 0)},
		{Account: maria, Limit: 1000, Until: start.AddDate(200, 0, 0)},
		{Account: maria, Limit: 10, PixKey: "a\x00"}, {Account: maria, Limit: 10, ExternalID: "\xff"},
		{Account: maria, Limit: 10, EndToEndID: "\x00"}, {Account: maria, Limit: 10, ExternalID: "order-"},
	} {
		f.wantStatement(q, all)
	}
}

// statementOfChanged wants statements to show movements as they are now.
func statementOfChanged(f *fixture) {
	f.now = start.AddDate(0, 0, -1)
	f.lastID = uint64(numberOf(f.now, 0))
	f.open(maria, 1000_00, "loja@example.com")
	p, c := f.payment(maria, 10_00), f.charge(maria, 5_00)
	must(f, p)
	must(f, c)
	expect := func(q book.StatementQuery, want ...pix.MovementID) {
		f.t.Helper()
		q.Account, q.Limit = maria, 10
		page, total, err := f.s.Statement(f.ctx, q)
		f.fatal(err)
		var got []pix.MovementID
		for _, m := range page {
			got = append(got, m.ID)
		}
		same(f.t, fmt.Sprintf("statement %+v", q), got, want)
		if total != len(want) {
			f.t.Errorf("statement %+v counts %d", q, total)
		}
	}
	today := book.StatementQuery{From: f.now.Add(-time.Hour), Until: f.now.Add(time.Hour)}
	expect(today, c.ID, p.ID)
	expect(book.StatementQuery{Status: pix.Confirmed})
	must(f, f.event(pix.PaymentSettled, p.EndToEndID))
	expect(book.StatementQuery{Status: pix.Confirmed}, p.ID)
	expect(book.StatementQuery{Status: pix.Pending}, c.ID)
	// A charge gets its end-to-end id when it is paid.
	paid := f.event(pix.ReceiptSettled, endToEndID(77))
	paid.TxID, paid.Amount = string(c.TxID), c.Amount
	must(f, paid)
	expect(book.StatementQuery{EndToEndID: string(endToEndID(77))}, c.ID)
	expect(book.StatementQuery{EndToEndID: string(p.EndToEndID)}, p.ID)
	expect(book.StatementQuery{ExternalID: c.ExternalID}, c.ID)
	expect(book.StatementQuery{ExternalID: c.ExternalID, EndToEndID: string(endToEndID(77))}, c.ID)
	expect(book.StatementQuery{ExternalID: c.ExternalID, EndToEndID: string(p.EndToEndID)})
	expect(book.StatementQuery{PixKey: "fornecedor@example.com"}, p.ID)
	f.credit("loja@example.com", 3_00)
	expect(book.StatementQuery{Kind: pix.Receipt, PixKey: "loja@example.com", From: f.now}, pix.MovementID(f.lastID))
	expect(today, pix.MovementID(f.lastID), c.ID, p.ID)
}
