package operator

import (
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
)

// TestHoldsAreSummedByAge opens a hold of each age, at its very edge: one that is an
// hour old is not under an hour old.
func TestHoldsAreSummedByAge(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	store := memory.New()
	const account ledger.AccountID = 10_001
	commit := func(n pix.Needs, decide func(*pix.Books) error) {
		t.Helper()
		if err := store.Commit(t.Context(), n, decide); err != nil {
			t.Fatal(err)
		}
	}
	open := &pix.OpenAccount{
		Profile:        pix.Profile{ID: account, Name: "Loja", CreatedAt: now.Add(-1_000 * time.Hour)},
		OpeningBalance: 1_000_00,
	}
	commit(open.Needs(), func(b *pix.Books) error {
		_, err := open.Decide(b)
		return err
	})
	const hour = time.Hour
	for i, age := range []time.Duration{
		500 * hour, 168*hour + 1_000, 168 * hour, 72*hour + 1_000, 72 * hour, 24 * hour, 24*hour - 1_000, hour, 0,
	} {
		c := &pix.PlaceHold{At: now.Add(-age), HoldRequest: ledger.HoldRequest{
			ID: ledger.HoldID(i + 1), Account: account, Reason: ledger.ReasonJudicial, Amount: money.Centavos(1) << i,
		}}
		commit(c.Needs(), func(b *pix.Books) error {
			_, err := c.Decide(b)
			return err
		})
	}
	s := New(Config{Reader: store, Now: func() time.Time { return now }})
	got, err := s.findHolds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		age   string
		holds int
		held  money.Centavos
	}{
		{"under 1h", 1, 1 << 8},
		{"under 24h", 2, 1<<7 + 1<<6},
		{"under 72h", 1, 1 << 5},
		{"under 7d", 2, 1<<4 + 1<<3},
		{"over 7d", 3, 1<<2 + 1<<1 + 1},
	}
	for i, w := range want {
		for _, ages := range [][]ageResponse{got.Ages, got.By[0].Ages} {
			if a := ages[i]; a.Age != w.age || a.Holds != w.holds || a.Held != w.held {
				t.Errorf("%+v, want %+v", a, w)
			}
		}
	}
	if got.Total.Holds != 9 || got.Total.Held != 511 || *got.Total.Oldest != "2026-10-30T16:00:00.000Z" {
		t.Errorf("total %+v", got.Total)
	}
}
