package pix_test

import (
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

func drawFee(t *rapid.T, name string) pix.FeeRule {
	return pix.FeeRule{
		Fixed: money.Centavos(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 60)).Draw(t, name)),
		Rate:  rapid.SampledFrom([]int64{0, 0, 1, 9_999, 15_000, 50_000}).Draw(t, name+" rate"),
	}
}

func drawSplits(t *rapid.T, value money.Centavos) []pix.Split {
	splits := make([]pix.Split, rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1, pix.SplitsMax)).Draw(t, "splits"))
	share := int64(len(splits))
	for i := range splits {
		splits[i] = pix.Split{
			Key:       rapid.SampledFrom([]string{"ana@example.com", "bia@example.com"}).Draw(t, "to"),
			Immediate: rapid.Bool().Draw(t, "immediate"),
		}
		if rapid.Bool().Draw(t, "percentage") {
			equal := rapid.Just(10_000 / share) // all of it, in equal parts
			splits[i].Percent = rapid.OneOf(equal, rapid.Int64Range(1, 12_000/share)).Draw(t, "percent")
		} else {
			splits[i].Fixed = money.Centavos(rapid.Int64Range(1, max(int64(value)/share, 1)).Draw(t, "fixed"))
		}
	}
	return splits
}

// exactTotal is what shares and fees come to in exact arithmetic, in centavos,
// with the fees that shares rounded half up cost.
func exactTotal(
	value money.Centavos, splits []pix.Split, receipt, payment pix.FeeRule,
) (total *big.Rat, least *big.Rat) {
	fee, _ := receipt.On(value)
	total, least = new(big.Rat).SetInt64(int64(min(fee, value))), big.NewRat(1<<60, 1)
	for _, s := range splits {
		exact := big.NewRat(int64(s.Fixed), 1)
		if s.Percent > 0 {
			exact = big.NewRat(int64(value)*s.Percent, 10_000)
		}
		share, _ := payment.On(halfUp(exact))
		total.Add(total, exact).Add(total, big.NewRat(int64(share), 1))
		if exact.Cmp(least) < 0 {
			least = exact
		}
	}
	return total, least
}

func halfUp(exact *big.Rat) money.Centavos {
	twice := new(big.Rat).Add(new(big.Rat).Add(exact, exact), big.NewRat(1, 1))
	whole := new(big.Int).Quo(twice.Num(), twice.Denom())
	return money.Centavos(whole.Int64() / 2)
}

// TestSharesNeverExceedTheValue creates charges of random splits, pays them, pays
// the shares out, and compares with exact arithmetic and with what must be left.
func TestSharesNeverExceedTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		value := money.Centavos(rapid.OneOf(rapid.Int64Range(1, 30), rapid.Int64Range(1, 100_00)).Draw(t, "value"))
		receipt, payment := drawFee(t, "receipt"), drawFee(t, "payment")
		splits := drawSplits(t, value)
		const loja ledger.AccountID = 10_001
		w.accounts["loja"] = loja
		w.commit(asCommand(&pix.OpenAccount{Profile: pix.Profile{
			ID: loja, Name: "loja", City: "Recife", Fees: pix.Fees{Receipt: receipt, Payment: payment}, CreatedAt: w.now,
			Settings: pix.Settings{SplitFrequency: rapid.SampledFrom([]pix.SplitFrequency{
				"", pix.SplitImmediate, pix.SplitHourly, pix.SplitDaily, pix.SplitWeekly,
			}).Draw(t, "frequency")},
		}}))
		create := &pix.CreateCharge{
			ID: pix.MovementID(w.next()), Account: loja, ExternalID: "c", Amount: value, TxID: pixid.TxID(txID("c")),
			Location: "pix.example.com/v2/c", ExpiresAt: w.now.Add(time.Hour), Rail: pix.RailHTTP, At: w.now, Splits: splits,
		}
		var refused error
		w.commit(command{create.Needs(), func(b *pix.Books) (string, error) {
			_, refused = create.Decide(b)
			return "", refused
		}})
		total, least := exactTotal(value, splits, receipt, payment)
		fits := total.Cmp(new(big.Rat).SetInt64(int64(value))) <= 0
		if refused != nil {
			if !errors.Is(refused, pix.ErrSplits) || fits && least.Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("refused with %v, though shares and fees are %s of %s", refused, total.FloatString(4), value)
			}
			return
		}
		if !fits {
			t.Fatalf("accepted, though shares and fees are %s of %s", total.FloatString(4), value)
		}
		wantShares(t, w, create.ID)
		payAndPayOut(t, w, loja, value)
	})
}

// wantShares checks the shares of a charge one by one and in sum.
func wantShares(t *rapid.T, w *world, id pix.MovementID) {
	m, err := w.store.Movement(w.ctx, id)
	w.fatal(err)
	sum := m.Fee
	for _, s := range m.Terms.Splits {
		sum += s.Amount + s.Fee
		want := s.Fixed
		if s.Percent > 0 {
			want = halfUp(big.NewRat(int64(m.Amount)*s.Percent, 10_000))
		}
		if s.Amount < 1 || s.Amount != want && (s.Percent == 0 || s.Amount != want-1) {
			t.Fatalf("share %+v of %s, want %s", s, m.Amount, want)
		}
	}
	if sum > m.Amount {
		t.Fatalf("shares and fees sum to %s of %s", sum, m.Amount)
	}
}

// payAndPayOut pays charge c, with money waited for or not, and then its shares.
func payAndPayOut(t *rapid.T, w *world, loja ledger.AccountID, value money.Centavos) {
	if rapid.Bool().Draw(t, "med") {
		w.commit(asCommand(&pix.PlaceHold{HoldRequest: ledger.HoldRequest{
			ID: ledger.HoldID(w.next()), Account: loja, Reason: ledger.ReasonMED, Amount: 1_000_00, Sweep: true,
		}, At: w.now}))
	}
	paid := w.event(pix.ReceiptSettled, nil)
	paid.TxID, paid.Amount, paid.EndToEndID = txID("c"), value, endToEndID("r")
	if rapid.Bool().Draw(t, "seen first") {
		seen := w.event(pix.ReceiptProcessing, nil)
		seen.TxID, seen.Amount, seen.EndToEndID = paid.TxID, value, paid.EndToEndID
		w.commit(asCommand(seen))
	}
	if got := w.commit(asCommand(paid)); got[0] != "applied" {
		t.Fatalf("the charge is %s", got)
	}
	w.check()
	w.now = w.now.Add(8 * 24 * time.Hour)
	var spent money.Centavos
	for n := 0; ; n++ {
		name := fmt.Sprintf("s%d", n)
		if got := w.commit(w.payOut(name, "loja")); got[0] != "ok" {
			if got[0] != "nothing is due" {
				t.Fatalf("a payout is refused: %s", got)
			}
			break
		}
		m, err := w.store.Movement(w.ctx, pix.MovementID(w.number(name)))
		w.fatal(err)
		verb := rapid.SampledFrom([]string{"settle", "reject"}).Draw(t, "outcome")
		if verb == "settle" {
			spent += m.Total()
		}
		w.commit(w.outcome(verb, name, nil))
		w.check()
	}
	a, err := w.store.Account(w.ctx, loja)
	w.fatal(err)
	target, err := w.store.Lookup(w.ctx, pix.Key{Space: pix.SpaceTxID, Value: txID("c")})
	w.fatal(err)
	c, err := w.store.Movement(w.ctx, pix.MovementID(target.ID))
	w.fatal(err)
	if want := c.Total() - spent; a.Posted != want || a.Held > 1_000_00 {
		t.Fatalf("account %+v, want %s posted", a, want)
	}
}
