package report

import (
	"context"
	"fmt"
	"strings"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Message is the report of an account that is kept of a day, in a few lines of
// Portuguese. It is pix.ErrNotFound if none is kept.
func (d *Desk) Message(ctx context.Context, id ledger.AccountID, on string) (title, text string, err error) {
	record, err := d.Reader.Record(ctx, pix.ReportKey(id, on))
	if err != nil {
		return "", "", err
	}
	a := new(Account)
	if err := read(record, a); err != nil {
		return "", "", err
	}
	title, text = a.message()
	return title, text, nil
}

func (a *Account) message() (title, text string) {
	status := map[Status]string{OK: "OK", Alert: "ALERTA"}[a.Status]
	title = "Relatório diário " + statement.CSVDay(a.Date) + ": " + status
	var b strings.Builder
	fmt.Fprintf(&b, "Conta %s\n", a.AccountID)
	f := &a.Flow
	for _, line := range []struct {
		name string
		c    Amount
	}{
		{"Saldo inicial", f.Opening}, {"Créditos", f.Credits}, {"Débitos", f.Debits}, {"Tarifas", f.Fees},
		{"Saldo final", f.Closing}, {"Bloqueado", a.Balance.Blocked}, {"Disponível", a.Balance.Net},
	} {
		fmt.Fprintf(&b, "%s: %s\n", line.name, reais(line.c))
	}
	fmt.Fprintf(&b, "Lançamentos: %d", a.Entries)
	for i := range a.Reasons {
		fmt.Fprintf(&b, "\n- %s", reasonNames[a.Reasons[i].Code])
	}
	return title, b.String()
}

// reais writes an amount as people here do: R$ 1.234,56.
func reais(c Amount) string {
	text, sign := cell(c), ""
	if c < 0 {
		text, sign = text[1:], "-"
	}
	whole, cents, _ := strings.Cut(text, ",")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	return sign + "R$\u00a0" + whole + "," + cents
}
