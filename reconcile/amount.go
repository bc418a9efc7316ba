package reconcile

import (
	"errors"
	"strings"

	"github.com/saldo-pix/saldo/money"
)

// decimal says which sign parts centavos from reais.
type decimal byte

// The signs.
const (
	guessed decimal = 0
	comma   decimal = ','
	point   decimal = '.'
)

var (
	errAmount    = errors.New("is no amount in reais, as in 1.234,56")
	errAmbiguous = errors.New("may be thousands or decimals: say which by decimal")
)

// amountLengthMax is how long an amount may be written, in bytes.
const amountLengthMax = 40

// parseAmount reads an amount as statements have it: with R$ or without, a sign
// before or after it, in parentheses if negative, or followed by C or D.
func parseAmount(text string, d decimal) (money.Centavos, error) {
	if len(text) > amountLengthMax {
		return 0, errAmount
	}
	text = strings.NewReplacer("R$", "", "BRL", "", " ", "", "\u00a0", "", "\u202f", "", "'", "",
		"\u2212", "-", "\u2013", "-").Replace(text)
	text, negative, err := sign(text)
	if err != nil {
		return 0, err
	}
	plain, err := plainDecimal(text, d)
	if err != nil {
		return 0, err
	}
	amount, err := money.ParseDecimal(plain)
	if err != nil {
		return 0, errAmount
	}
	if negative {
		amount = -amount
	}
	return amount, nil
}

// sign takes the sign off an amount, wherever it stands. There is one at most.
func sign(text string) (rest string, negative bool, err error) {
	signs := 0
	cut := func(prefix, suffix string, minus bool) {
		if len(text) > len(prefix)+len(suffix) && strings.HasPrefix(text, prefix) && strings.HasSuffix(text, suffix) {
			text = text[len(prefix) : len(text)-len(suffix)]
			negative = negative || minus
			signs++
		}
	}
	cut("(", ")", true)
	cut("-", "", true)
	cut("+", "", false)
	cut("", "-", true)
	cut("", "+", false)
	cut("", "D", true)
	cut("", "C", false)
	if signs > 1 {
		return text, negative, errAmount
	}
	return text, negative, nil
}

// plainDecimal writes digits with separators as digits with a decimal point.
func plainDecimal(text string, d decimal) (string, error) {
	last := strings.LastIndexAny(text, ",.")
	if len(text) == 0 || last == len(text)-1 {
		return "", errAmount
	}
	if d == guessed && last >= 0 {
		after := len(text) - last - 1
		switch single := strings.IndexAny(text, ",.") == last; {
		case single && after == 3:
			return "", errAmbiguous
		case after == 3:
			d = comma + point - decimal(text[last]) // only thousands
		default:
			d = decimal(text[last])
		}
	}
	if d == guessed {
		d = comma
	}
	whole, cents, _ := strings.Cut(text, string(d))
	thousands := string(comma + point - d)
	groups := strings.Split(whole, thousands)
	for _, group := range groups[1:] {
		if len(group) != 3 {
			return "", errAmount
		}
	}
	if len(groups) > 1 && (groups[0] == "" || len(groups[0]) > 3) {
		return "", errAmount
	}
	whole = strings.TrimLeft(strings.Join(groups, ""), "0")
	if whole == "" {
		whole = "0"
	}
	// Banks write more decimals than there are centavos.
	for len(cents) > 2 && cents[len(cents)-1] == '0' {
		cents = cents[:len(cents)-1]
	}
	if cents == "" {
		return whole, nil
	}
	return whole + "." + cents, nil
}
