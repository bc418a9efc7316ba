package alert

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// eventMessage tells of an event of an alert, in Portuguese.
func eventMessage(e pix.AlertEvent) Message {
	a := e.Alert
	title := map[pix.AlertKind]string{
		pix.AlertCriticalBelow: "Saldo crítico", pix.AlertWarningBelow: "Saldo baixo", pix.AlertHighAbove: "Saldo alto",
		pix.AlertBlockedAbove: "Bloqueio elevado", pix.AlertNoReceipt: "Sem recebimentos",
		pix.AlertRunwayBelow: "Saldo perto do fim",
	}[a.Kind]
	switch e.What {
	case pix.AlertReminded:
		title = "Lembrete: " + title
	case string(pix.AlertResolved):
		title = "Resolvido: " + title
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Conta %s: %s.\n", e.Account, condition(a))
	if a.Name != "" {
		fmt.Fprintf(&text, "Regra: %s\n", a.Name)
	}
	b := e.Figures.Balance()
	fmt.Fprintf(&text, "Saldo disponível: %s\nBloqueado: %s\nTotal: %s\n",
		reais(b.Available()), reais(b.Held), reais(b.Posted))
	fmt.Fprintf(&text, "Desde: %s\n", clock(a.RaisedAt))
	if a.Outcome != "" {
		fmt.Fprintf(&text, "Encerrado: %s\n", clock(a.EndedAt))
	}
	fmt.Fprintf(&text, "Alerta %d", a.ID)
	return Message{ID: "alert-" + strconv.FormatUint(e.ID, 10), Title: title, Text: text.String()}
}

// condition is what the rule of an alert watches for.
func condition(a pix.Alert) string {
	switch a.Kind {
	case pix.AlertCriticalBelow, pix.AlertWarningBelow:
		return "saldo disponível abaixo de " + reais(money.Centavos(a.Threshold))
	case pix.AlertHighAbove:
		return "saldo disponível acima de " + reais(money.Centavos(a.Threshold))
	case pix.AlertBlockedAbove:
		return fmt.Sprintf("mais de %d%% do saldo bloqueado", a.Threshold)
	case pix.AlertNoReceipt:
		return "nenhum recebimento em " + minutes(a.Threshold)
	}
	return "saldo acaba em menos de " + minutes(a.Threshold) + " no ritmo do último dia"
}

func testMessage(account ledger.AccountID, number uint64) Message {
	return Message{
		ID: "alert-test-" + strconv.FormatUint(number, 10), Title: "Teste de alerta",
		Text: fmt.Sprintf("Conta %s: este canal recebe os alertas da conta. Nada aconteceu.", account),
	}
}

func clock(t time.Time) string { return t.In(pix.SaoPaulo).Format("02/01/2006 15:04:05") }

// minutes is a time in words.
func minutes(n int64) string {
	if n%60 == 0 {
		return fmt.Sprintf("%d h", n/60)
	}
	return fmt.Sprintf("%d min", n)
}

// reais writes an amount as people here do: R$ 1.234,56.
func reais(c money.Centavos) string {
	text, sign := c.String(), ""
	if c < 0 {
		text, sign = text[1:], "-"
	}
	whole, cents := text[:len(text)-3], text[len(text)-2:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	return sign + "R$ " + whole + "," + cents
}
