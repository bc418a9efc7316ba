package pix_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

func TestFee(t *testing.T) {
	cases := []struct {
		name   string
		rule   pix.FeeRule
		amount money.Centavos
		want   money.Centavos
	}{
		{"nothing is free of charge", pix.FeeRule{}, 100_00, 0},
		{"fixed", pix.FeeRule{Fixed: 40}, 1, 40},
		{"one percent", pix.FeeRule{Rate: 10_000}, 100_00, 1_00},
		{"half a centavo is rounded up", pix.FeeRule{Rate: 10_000}, 50, 1},
		{"less than half is rounded down", pix.FeeRule{Rate: 10_000}, 49, 0},
		{"one millionth", pix.FeeRule{Rate: 1}, 5_000_00, 1},
		{"all of it", pix.FeeRule{Rate: pix.RateOne}, money.Max, money.Max},
		{"fixed and percentage", pix.FeeRule{Fixed: 40, Rate: 10_000}, 10_00, 50},
		{"the least counts the fixed part in", pix.FeeRule{Fixed: 40, Min: 45}, 10_00, 45},
		{"the least", pix.FeeRule{Rate: 10_000, Min: 25}, 1_00, 25},
		{"just above the least", pix.FeeRule{Rate: 10_000, Min: 25}, 25_50, 26},
		{"the most", pix.FeeRule{Rate: 10_000, Max: 3_00}, 300_01, 3_00},
		{"just below the most", pix.FeeRule{Rate: 10_000, Max: 3_00}, 299_49, 2_99},
		{"no most", pix.FeeRule{Rate: 10_000}, 1_000_000_00, 10_000_00},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, err := c.rule.On(c.amount); got != c.want || err != nil {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestFeeThatDoesNotFitIsAnError(t *testing.T) {
	for _, c := range []struct {
		rule   pix.FeeRule
		amount money.Centavos
	}{
		{pix.FeeRule{Rate: pix.RateOne, Fixed: 1}, math.MaxInt64},
		{pix.FeeRule{Rate: 1}, -1},
	} {
		if got, err := c.rule.On(c.amount); err == nil {
			t.Errorf("%+v on %d is %s", c.rule, c.amount, got)
		}
	}
}

func TestFeeIsRoundedOnceAndStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		centavos := func(name string) money.Centavos {
			return money.Centavos(rapid.Int64Range(0, 10_000).Draw(t, name))
		}
		rule := pix.FeeRule{Fixed: centavos("fixed"), Rate: rapid.Int64Range(0, pix.RateOne).Draw(t, "rate"), Min: centavos("min")}
		if rapid.Bool().Draw(t, "bounded") {
			rule.Max = rule.Min + centavos("room") + 1
		}
		amount := money.Centavos(rapid.Int64Range(0, int64(money.Max)).Draw(t, "amount"))
		// floor((2 × amount × rate + 1 000 000) ÷ 2 000 000), in numbers of any size.
		share := new(big.Int).Mul(big.NewInt(2*int64(amount)), big.NewInt(rule.Rate))
		share.Add(share, big.NewInt(pix.RateOne)).Div(share, big.NewInt(2*pix.RateOne))
		want := max(money.Centavos(share.Int64())+rule.Fixed, rule.Min)
		if rule.Max > 0 {
			want = min(want, rule.Max)
		}
		if got, err := rule.On(amount); got != want || err != nil || !rule.Valid() {
			t.Fatalf("%+v on %s is %s, %v; want %s", rule, amount, got, err, want)
		}
	})
}
