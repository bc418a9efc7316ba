package book_test

import (
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/memory"
)

func TestVerifyHoldsSharesAgainstTheirCharges(t *testing.T) {
	s := memory.New()
	const shop, sale pix.MovementID = 20_001, 301
	numbers := uint64(400)
	commit := func(c interface {
		Needs() pix.Needs
		Decide(*pix.Books) error
	}) {
		t.Helper()
		err := s.Commit(t.Context(), c.Needs(), func(b *pix.Books) error {
			b.NextNumber = func() uint64 { numbers++; return numbers }
			return c.Decide(b)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	txid := "cobranca000000000000000000000001"
	commit(plain[pix.Profile]{&pix.OpenAccount{Profile: pix.Profile{
		ID: ledger.AccountID(shop), Name: "Loja", City: "Recife", CreatedAt: noon,
	}}})
	commit(plain[pix.Movement]{&pix.CreateCharge{
		ID: sale, Account: ledger.AccountID(shop), ExternalID: "x", Amount: 100_00, TxID: "cobranca000000000000000000000001",
		Location: "pix.example.com/v2/1", ExpiresAt: noon.Add(time.Hour), Rail: pix.RailHTTP, At: noon,
		Splits: []pix.Split{{Key: "ana@example.com", Fixed: 10_00}, {Key: "bia@example.com", Percent: 50_00}},
	}})
	commit(plain[pix.Outcome]{&pix.ApplyEvent{Event: pix.Event{
		ID: "e", Type: pix.ReceiptSettled, EndToEndID: "E9999900420261120120000000000001", TxID: txid, Amount: 100_00, At: noon,
	}, NewID: 302, Now: noon}})
	const first ledger.HoldID = 401
	share := func(change func(*ledger.Hold)) func(*ledger.Hold) { return onHold(pix.MovementID(first), change) }
	for _, c := range []struct {
		want string // part of a finding; empty if there is none
		s    spoiled
	}{
		{"", spoiled{}},
		{"is pending, and hold 401 is for a share of it", spoiled{movement: onMovement(sale, unsettle)}},
		{"tells no share", spoiled{hold: share(func(h *ledger.Hold) { h.Case = "split/1" })}},
		{"has no share 3", spoiled{hold: share(func(h *ledger.Hold) { h.Case = "split/3//ana@example.com" })}},
		{"another's than hold 401", spoiled{hold: share(func(h *ledger.Hold) { h.Case = "split/2//ana@example.com" })}},
		{"is missing", spoiled{hold: share(func(h *ledger.Hold) { h.About = 999 })}},
		{"not what hold 401 asks for", spoiled{movement: onMovement(sale, func(m *pix.Movement) {
			terms := *m.Terms
			terms.Splits = []pix.Split{{Key: "ana@example.com", Amount: 9_00}, terms.Splits[1]}
			m.Terms = &terms
		})}},
		{"share of another's", spoiled{movement: onMovement(sale, func(m *pix.Movement) { m.Kind = pix.Payment })}},
		{"went over in part", spoiled{hold: share(func(h *ledger.Hold) { h.Held, h.Released = 1, 9_99 })}},
	} {
		c.s.Store = s
		report, err := book.Verify(t.Context(), c.s, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, finding := range report.Findings {
			all = append(all, finding.Error())
		}
		if found := strings.Join(all, "\n"); c.want == "" && found != "" || !strings.Contains(found, c.want) {
			t.Errorf("found %q, want %q", found, c.want)
		}
	}
}

// plain is a command of which the result does not matter.
type plain[T any] struct{ book.Command[T] }

func (c plain[T]) Decide(b *pix.Books) error {
	_, err := c.Command.Decide(b)
	return err
}
