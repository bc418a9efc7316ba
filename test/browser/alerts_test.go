package browser_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/browser"
)

// alertWords are what the page of alerts says, in each language: of the critical rule, and
// once an alert was acknowledged.
var alertWords = map[string]struct{ critical, done string }{
	"pt-BR": {"Crítico Disponível abaixo de R$ 500,00", "O alerta foi reconhecido."},
	"en":    {"Critical Available below R$500.00", "The alert was acknowledged."},
	"zh-CN": {"严重 可用余额低于 R$500.00", "预警已确认。"},
}

// An alert begins in the commit of the payment that it is about, and ends in somebody's seeing it.
func TestAnAlertIsRaisedAndAcknowledged(t *testing.T) {
	t.Parallel()
	s, _ := merchant(t)
	for _, language := range browser.Languages {
		a := s.NewAccount(t, "3000.00", `,"sandbox":true`)
		words := alertWords[language]
		p := browser.Open(t, s.URL)
		p.Look(browser.Look{Language: language, Width: browser.Wide})
		p.SignIn(a.ClientID, a.ClientSecret)
		p.Go("/dashboard/alerts")
		if n := p.Count("article"); n != 0 {
			t.Errorf("%s: %d alerts before there are rules", language, n)
		}
		p.Submit("form[action$='/alerts/usual'] button")
		if n := p.Count("#rules tbody tr"); n != 4 {
			t.Errorf("%s: %d rules", language, n)
		}
		if n := p.Count("form[action$='/alerts/usual']"); n != 0 {
			t.Errorf("%s: the usual rules are offered twice", language)
		}
		a.Pay(t, "low-"+language, "2600.00")
		p.Go("/dashboard/alerts")
		p.WaitText("article:has(.bad) h3", words.critical)
		// The warning gives way to the critical one.
		if n := p.Count("article:has(.bad)"); n != 1 {
			t.Errorf("%s: %d critical alerts", language, n)
		}
		if language == "pt-BR" {
			p.Inspect("alerts")
		}
		p.Fill("article:has(.bad) [name=note]", "Vi às 9h / 看到了")
		p.Submit("article:has(.bad) form button")
		p.WaitText("[role=status]", words.done)
		p.WaitText("article:has(.bad) .facts", "Vi às 9h / 看到了")
		if n := p.Count("article:has(.bad) form"); n != 0 {
			t.Errorf("%s: an alert can be acknowledged twice", language)
		}
		type alert struct{ Kind, Note, AcknowledgedAt string }
		var open struct{ Data []alert }
		a.Must(t, http.StatusOK, "GET", "/api/alerts?status=open", nil).JSON(t, &open)
		// Most of the balance is blocked as well, until the payment is settled.
		open.Data = slices.DeleteFunc(open.Data, func(a alert) bool { return a.Kind == "blocked_above" })
		if len(open.Data) != 1 || open.Data[0].Kind != "critical_below" || open.Data[0].AcknowledgedAt == "" ||
			open.Data[0].Note != "Vi às 9h / 看到了" {
			t.Errorf("%s: the API tells of %+v", language, open.Data)
		}
	}
}

func TestAnAlertThatHasEndedIsInTheHistory(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.WithoutScripts() // which would ask before they delete
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Go("/dashboard/alerts")
	p.WaitText("#past .empty", "No alert has ended yet.")
	p.Submit("form[action$='/alerts/usual'] button")
	p.WaitText("article h3", "Notice Available above R$10,000.00")
	p.Submit("#rules tr:has(td .warn) form[action$=delete] button")
	p.WaitGone("article")
	p.WaitText("#past tbody", "Withdrawn: the rule was changed")
	q := browser.Open(t, s.URL)
	q.SignIn(a.ClientID, a.ClientSecret)
	q.Go("/dashboard/alerts/channels/new?kind=webhook")
	q.Fill("[name=name]", "Caixa")
	q.Submit("main form button")
	q.WaitText("#channels tbody", "Caixa (Webhook)")
	q.Inspect("alerts-past")
	q.Submit("#channels form[action$='/test'] button")
	q.WaitText("[role=alert]", "The test message was not delivered: Caixa (Webhook). no webhook is set for balance_alert")
	q.Check("alert-tested")
}

func TestARuleIsWrittenAsPeopleWrite(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	for _, language := range browser.Languages {
		p.Look(browser.Look{Language: language, Width: browser.Narrow})
		p.Go("/dashboard/alerts/rules/new?kind=critical_below")
		p.Check("alert-rule")
		wrong, right, shown := "1.234.5", "1,234.50", "R$1,234.50"
		if language == "pt-BR" {
			wrong, right, shown = "1,234.50", "1.234,50", "R$ 1.234,50"
		}
		p.Fill("[name=threshold]", wrong)
		p.Fill("[name=name]", "Caixa "+language)
		p.Submit("main form button", http.StatusBadRequest)
		p.WaitFor("[name=threshold][aria-invalid=true][aria-describedby=wrong-threshold]")
		p.Check("alert-rule-refused")
		for field, want := range map[string]string{"threshold": wrong, "name": "Caixa " + language} {
			if typed := browser.Eval[string](p, `document.querySelector("[name=`+field+`]").value`); typed != want {
				t.Errorf("%s: %s became %q", language, field, typed)
			}
		}
		p.Fill("[name=threshold]", right)
		p.Fill("[name=cooldownMinutes]", "0")
		p.Submit("main form button", http.StatusBadRequest)
		p.WaitFor("[name=cooldownMinutes][aria-invalid=true]")
		p.Fill("[name=cooldownMinutes]", "30")
		p.Submit("main form button")
		p.WaitText("tr:has(form) th", shown)
		p.Submit("tr:has(form) a")
		if got := browser.Eval[string](p, `document.querySelector("[name=threshold]").value`); got != right {
			t.Errorf("%s: the rule's threshold is shown as %q", language, got)
		}
		p.Fill("[name=threshold]", strings.Replace(right, "50", "00", 1))
		p.Submit("main form button")
		p.WaitText("tr:has(form) th", strings.Replace(shown, "50", "00", 1))
		var rules struct{ Data []struct{ ID, Name string } }
		a.Must(t, http.StatusOK, "GET", "/api/alerts/rules", nil).JSON(t, &rules)
		if len(rules.Data) != 1 || rules.Data[0].Name != "Caixa "+language {
			t.Fatalf("%s: rules %+v", language, rules.Data)
		}
		a.Must(t, http.StatusNoContent, "DELETE", "/api/alerts/rules/"+rules.Data[0].ID, nil)
	}
}

func TestSecretsOfChannelsAreNotShown(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Go("/dashboard/alerts/channels/new?kind=discord")
	p.Inspect("alert-channel")
	p.Fill("[name=target]", "https://discord.example/not-one")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("#wrong-target", "Not an address of this service.")
	const secret = "made-up-token-of-nobody"
	p.Fill("[name=target]", "discord://"+secret+"@123456789")
	p.Submit("main form button")
	p.WaitText("#channels tbody", "discord://…")
	p.Submit("#channels tbody a")
	p.WaitText("main form", "discord://…")
	p.Fill("[name=target]", "discord://"+secret+"@123456789")
	p.Click("[name=dailyReport]")
	p.Submit("main form button")
	p.WaitText("#channels tbody", "The daily report as well")
	p.Submit("#channels tbody a")
	if !browser.Eval[bool](p, `document.querySelector("[name=dailyReport]").checked`) {
		t.Error("the form does not show what was chosen")
	}
	if all := browser.Eval[string](p, "document.documentElement.outerHTML"); strings.Contains(all, secret) {
		t.Errorf("the page shows what is secret:\n%s", all)
	}
}
