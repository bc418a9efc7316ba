package page

import (
	"errors"
	"testing"

	"github.com/saldo-pix/saldo/money"
	"pgregory.net/rapid"
)

func TestAmountsAreReadAsPeopleTypeThem(t *testing.T) {
	for _, c := range []struct {
		code, text string
		want       money.Centavos
		err        error
	}{
		{"pt-BR", "1.234,56", 123456, nil},
		{"pt-BR", " R$\u00a01.234,56 ", 123456, nil},
		{"pt-BR", "1234,5", 123450, nil},
		{"pt-BR", "007", 700, nil},
		{"pt-BR", "500.00", 0, ErrNotTyped}, // neither 500 nor 50 000: asked again
		{"pt-BR", "1.2345,00", 0, ErrNotTyped},
		{"pt-BR", "1,", 0, ErrNotTyped},
		{"pt-BR", ",50", 0, ErrNotTyped},
		{"pt-BR", "-5", 0, ErrNotTyped},
		{"pt-BR", "1e3", 0, ErrNotTyped},
		{"pt-BR", "", 0, ErrNotTyped},
		{"pt-BR", "0,001", 0, money.ErrPrecision},
		{"en", "1,234.56", 123456, nil},
		{"en", "1234.56", 123456, nil},
		{"en", "12,34", 0, ErrNotTyped},
		{"zh-CN", "R$1,234.50", 123450, nil},
	} {
		l := styles[c.code]
		if got, err := l.ParseAmount(c.text); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s %q: %d, %v; want %d, %v", c.code, c.text, got, err, c.want, c.err)
		}
	}
}

func TestWhatIsWrittenCanBeReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := styles[rapid.SampledFrom(languages).Draw(t, "language")]
		c := money.Centavos(rapid.Int64Range(0, int64(money.Max)).Draw(t, "centavos"))
		if got, err := l.ParseAmount(l.Amount(c)); got != c || err != nil {
			t.Fatalf("%q: %d, %v", l.Amount(c), got, err)
		}
		if n, err := l.ParseNumber(l.Number(int64(c))); n != int64(c) || err != nil {
			t.Fatalf("%q: %d, %v", l.Number(int64(c)), n, err)
		}
	})
}

func FuzzParseAmount(f *testing.F) {
	for _, text := range []string{"1.234,56", "R$", "R$ 1,5", "99999999999999999999", ".", ",", "1..2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, code := range languages {
			l := styles[code]
			c, err := l.ParseAmount(text)
			if err != nil {
				continue
			}
			if again, err := l.ParseAmount(l.Amount(c)); c < 0 || again != c || err != nil {
				t.Errorf("%s %q: %d, then %d, %v", code, text, c, again, err)
			}
		}
	})
}
