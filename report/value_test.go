package report_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/report"
)

func TestTheShareThatIsBlocked(t *testing.T) {
	for _, test := range []struct {
		blocked, gross report.Amount
		want           string
	}{
		{0, 0, "0.00"}, {5, 0, "0.00"}, {5, -5, "0.00"}, {0, 100, "0.00"}, {100, 100, "100.00"}, {101, 100, "100.00"},
		{1, 3, "33.33"}, {2, 3, "66.66"}, {1, 20_001, "0.00"}, {1<<63 - 2, 1<<63 - 1, "99.99"},
	} {
		raw, err := json.Marshal(report.Share(test.blocked, test.gross))
		if err != nil || string(raw) != test.want {
			t.Errorf("%s of %s: %s %%, %v; want %s", test.blocked, test.gross, raw, err, test.want)
		}
		var back report.BasisPoints
		if err := json.Unmarshal(raw, &back); err != nil || back.String() != test.want {
			t.Errorf("%s read as %s, %v", raw, back, err)
		}
	}
}

func TestTheShareIsThatOfLongArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gross := rapid.Int64Range(1, 1<<63-1).Draw(t, "gross")
		blocked := rapid.Int64Range(0, gross).Draw(t, "blocked")
		want := new(big.Int).Mul(big.NewInt(blocked), big.NewInt(10_000))
		want.Div(want, big.NewInt(gross))
		if got := report.Share(report.Amount(blocked), report.Amount(gross)); int64(got) != want.Int64() {
			t.Fatalf("%d of %d is %d, not %s", blocked, gross, got, want)
		}
	})
}
