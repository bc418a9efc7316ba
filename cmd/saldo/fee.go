package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/saldo-pix/saldo/money"
)

// fee is the price of an operation, as the operator's API has it: reais, and per
// cent of the amount.
type fee struct {
	Fixed      json.Number `json:"fixed,omitempty"`
	Percentage json.Number `json:"percentage,omitempty"`
	Minimum    json.Number `json:"minimum,omitempty"`
	Maximum    json.Number `json:"maximum,omitempty"`
}

// operations are what can cost a fee.
var operations = []string{"cashIn", "cashOut", "refundIn"}

// String is the fee as --fee takes it, without the operation.
func (f fee) String() string {
	text := fmt.Sprintf("%s+%s%%,min=%s", f.Fixed, f.Percentage, f.Minimum)
	if f.Maximum != "" {
		text += ",max=" + f.Maximum.String()
	}
	return text
}

// parseFees reads what --fee says, once for each operation.
func parseFees(texts []string) (map[string]fee, error) {
	fees := make(map[string]fee)
	for _, text := range texts {
		operation, rule, _ := strings.Cut(text, "=")
		if !slices.Contains(operations, operation) {
			return nil, fmt.Errorf("--fee %s: write %s before an equals sign", text, strings.Join(operations, " or "))
		}
		if _, twice := fees[operation]; twice {
			return nil, fmt.Errorf("--fee %s is given twice", operation)
		}
		f, err := parseFee(rule)
		if err != nil {
			return nil, fmt.Errorf("--fee %s: %w; write it as in %s=0.40+1.5%%,min=0.50,max=5", text, err, operation)
		}
		fees[operation] = f
	}
	return fees, nil
}

// parseFee reads 0.40+1.5%,min=0.50,max=5, of which parts may be left out.
func parseFee(rule string) (fee, error) {
	var f fee
	price, limits, _ := strings.Cut(rule, ",")
	for part := range strings.SplitSeq(price, "+") {
		if percentage, ok := strings.CutSuffix(part, "%"); ok {
			if _, err := money.ParseScaled([]byte(percentage), percentDecimals); err != nil {
				return f, fmt.Errorf("%q: %w", part, err)
			}
			f.Percentage = json.Number(percentage)
			continue
		}
		if err := readAmount(&f.Fixed, part); err != nil {
			return f, err
		}
	}
	if limits == "" {
		return f, nil
	}
	for limit := range strings.SplitSeq(limits, ",") {
		name, amount, _ := strings.Cut(limit, "=")
		to := map[string]*json.Number{"min": &f.Minimum, "max": &f.Maximum}[name]
		if to == nil {
			return f, fmt.Errorf("%q is neither min nor max", limit)
		}
		if err := readAmount(to, amount); err != nil {
			return f, err
		}
	}
	return f, nil
}

// percentDecimals is how fine a percentage may be.
const percentDecimals = 4

func readAmount(to *json.Number, text string) error {
	amount, err := money.ParseDecimal(text)
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	*to = json.Number(amount.String())
	return nil
}
