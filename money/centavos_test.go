package money_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/money"
)

func TestParseJSON(t *testing.T) {
	cases := []struct {
		name string
		in   string
		want money.Centavos
		err  error
	}{
		{"whole reais", "5", 500, nil},
		{"one decimal", "5.1", 510, nil},
		{"two decimals", "48734.90", 4873490, nil},
		{"the least amount", "0.01", 1, nil},
		{"zero", "0", 0, nil},
		{"minus zero is zero", "-0", 0, nil},
		{"zero with an exponent", "0e999999999999", 0, nil},
		{"an exponent is exact", "1e2", 10000, nil},
		{"a capital exponent with sign", "1E+2", 10000, nil},
		{"a negative exponent within the centavo", "125e-2", 125, nil},
		{"trailing zeros carry no precision", "1.9900000000000000000000", 199, nil},
		{"three decimals", "1.999", 0, money.ErrPrecision},
		{"under a centavo", "0.001", 0, money.ErrPrecision},
		{"under a centavo by exponent", "1e-3", 0, money.ErrPrecision},
		{"an absurdly small exponent", "1e-99999999999999999999", 0, money.ErrPrecision},
		{"negative", "-1", 0, money.ErrNegative},
		{"the largest amount", "9999999999.99", money.Max, nil},
		{"one centavo above the largest", "10000000000.00", 0, money.ErrTooLarge},
		{"twenty digits", "12345678901234567890", 0, money.ErrTooLarge},
		{"an absurdly large exponent", "1e99999999999999999999", 0, money.ErrTooLarge},
		{"a string", `"5"`, 0, money.ErrNotNumber},
		{"null", "null", 0, money.ErrNotNumber},
		{"nothing", "", 0, money.ErrNotNumber},
		{"a leading zero", "01", 0, money.ErrNotNumber},
		{"a plus", "+1", 0, money.ErrNotNumber},
		{"a bare dot", "1.", 0, money.ErrNotNumber},
		{"no digit before the dot", ".5", 0, money.ErrNotNumber},
		{"a comma", "1,50", 0, money.ErrNotNumber},
		{"hexadecimal", "0x10", 0, money.ErrNotNumber},
		{"not a number", "NaN", 0, money.ErrNotNumber},
		{"an empty exponent", "1e", 0, money.ErrNotNumber},
		{"trailing text", "1 ", 0, money.ErrNotNumber},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := money.ParseJSON([]byte(c.in))
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("ParseJSON(%s) = %d, %v; want %d, %v", c.in, got, err, c.want, c.err)
			}
		})
	}
}

func TestParseDecimalTakesPlainDigitsOnly(t *testing.T) {
	for in, want := range map[string]error{
		"55.10": nil, "0.01": nil, "1e2": money.ErrNotNumber, "-1.00": money.ErrNotNumber, "": money.ErrNotNumber,
		"1.234": money.ErrPrecision, "1.2.3": money.ErrNotNumber,
	} {
		if _, err := money.ParseDecimal(in); !errors.Is(err, want) {
			t.Errorf("ParseDecimal(%q): %v, want %v", in, err, want)
		}
	}
}

func TestParseScaledKeepsEveryDecimal(t *testing.T) {
	for in, want := range map[string]int64{"1.5": 15000, "0.0650": 650, "100": 1_000_000, "1e-4": 1} {
		if got, err := money.ParseScaled([]byte(in), 4); err != nil || got != want {
			t.Errorf("ParseScaled(%s) = %d, %v; want %d", in, got, err, want)
		}
	}
	if _, err := money.ParseScaled([]byte("0.00001"), 4); !errors.Is(err, money.ErrPrecision) {
		t.Errorf("five decimals: %v", err)
	}
}

func TestPrintsBothDecimals(t *testing.T) {
	for c, want := range map[money.Centavos]string{
		0: "0.00", 1: "0.01", -5: "-0.05", 10: "0.10", 4873490: "48734.90", -100: "-1.00",
		math.MaxInt64: "92233720368547758.07", math.MinInt64: "-92233720368547758.08",
	} {
		if got := c.String(); got != want {
			t.Errorf("%d prints %s, want %s", int64(c), got, want)
		}
	}
	out, err := json.Marshal(map[string]money.Centavos{"net": 4873490})
	if err != nil || string(out) != `{"net":48734.90}` {
		t.Errorf("marshalled %s, %v", out, err)
	}
}

func TestWhatIsPrintedReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := money.Centavos(rapid.Int64Range(0, int64(money.Max)).Draw(t, "c"))
		got, err := money.ParseJSON([]byte(c.String()))
		if err != nil || got != c {
			t.Fatalf("%s reads back as %d, %v", c, got, err)
		}
	})
}

func TestArithmeticAgreesWithBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := money.Centavos(a), money.Centavos(b)
		agree(t, "add", new(big.Int).Add(big.NewInt(a), big.NewInt(b)), x, y, money.Centavos.Add)
		agree(t, "sub", new(big.Int).Sub(big.NewInt(a), big.NewInt(b)), x, y, money.Centavos.Sub)
	})
}

func agree(t *rapid.T, name string, want *big.Int, a, b money.Centavos,
	op func(a, b money.Centavos) (money.Centavos, error),
) {
	got, err := op(a, b)
	switch {
	case want.IsInt64() && (err != nil || int64(got) != want.Int64()):
		t.Fatalf("%s(%d, %d) = %d, %v; want %s", name, a, b, got, err, want)
	case !want.IsInt64() && !errors.Is(err, money.ErrOverflow):
		t.Fatalf("%s(%d, %d) = %d, %v; want overflow", name, a, b, got, err)
	}
}

func TestShareRoundsHalfUp(t *testing.T) {
	cases := []struct {
		amount      money.Centavos
		numerator   int64
		denominator int64
		want        money.Centavos
	}{
		{10000, 650, 1_000_000, 7}, // 0.065 % of 100.00 is 6.5 centavos
		{10000, 649, 1_000_000, 6}, // 6.49 centavos
		{1, 500_000, 1_000_000, 1}, // half a centavo
		{1, 499_999, 1_000_000, 0}, // just under half
		{money.Max, 1, 1, money.Max},
		{money.Max, 1_000_000, 1_000_000, money.Max},
		{0, 5, 7, 0},
	}
	for _, c := range cases {
		got, err := c.amount.Share(c.numerator, c.denominator)
		if err != nil || got != c.want {
			t.Errorf("%d × %d/%d = %d, %v; want %d", c.amount, c.numerator, c.denominator, got, err, c.want)
		}
	}
	for _, bad := range [][3]int64{{-1, 1, 1}, {1, -1, 1}, {1, 1, 0}, {math.MaxInt64, math.MaxInt64, 1}} {
		if _, err := money.Centavos(bad[0]).Share(bad[1], bad[2]); !errors.Is(err, money.ErrOverflow) {
			t.Errorf("Share%v: %v, want overflow", bad, err)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{"0", "1e2", "0.001", "-1", `"5"`, "1.999", "12345678901234567890", "9999999999.99"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := money.ParseJSON(raw)
		var exact big.Rat
		isNumber := json.Valid(raw) && len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') &&
			raw[len(raw)-1] >= '0' && raw[len(raw)-1] <= '9'
		if !isNumber {
			if err == nil {
				t.Fatalf("%q is not a JSON number but reads as %s", raw, got)
			}
			return
		}
		if err != nil || len(raw) > 40 {
			return
		}
		if _, ok := exact.SetString(string(raw)); !ok {
			return // an exponent beyond what big.Rat takes
		}
		if exact.Cmp(big.NewRat(int64(got), 100)) != 0 {
			t.Fatalf("%q reads as %s", raw, got)
		}
	})
}
