package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/test/browser"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// breakWords are what breaks are called in each language, in the order in which they are listed.
var breakWords = map[string][]string{
	"pt-BR": {
		"Falta no razão", "Falta no arquivo", "Valor difere", "Situação difere", "Sentido trocado", "Em duplicidade",
		"Devolvido", "Outro dia", "Tarifa sem explicação",
	},
	"en": {
		"Missing in the ledger", "Missing in the file", "Amount differs", "Status differs", "Wrong direction", "Duplicate",
		"Returned", "Another day", "Unexplained fee",
	},
	"zh-CN": {"账簿缺失", "文件缺失", "金额不符", "状态不符", "方向相反", "重复", "已退款", "跨日", "无法解释的手续费"},
}

// provider is somebody whose statement is reconciled.
type provider struct {
	t    *testing.T
	p    *saldotest.Process
	a    *saldotest.Account
	key  string
	file strings.Builder
	n    int
}

func (v *provider) tell(at time.Time, amount, id, status, text string) {
	fmt.Fprintf(&v.file, "%s;%s;%s;%s;%s\n", at.In(pix.SaoPaulo).Format("02/01/2006 15:04:05"),
		strings.Replace(amount, ".", ",", 1), id, status, text)
}

// receive has a Pix come in, and returns its end-to-end id.
func (v *provider) receive(amount string) string {
	v.t.Helper()
	v.n++
	id := fmt.Sprintf("E99999004202611201200%s%07d", v.a.ID[len(v.a.ID)-4:], v.n)
	v.p.Event(v.t, "applied", fmt.Sprintf(`{"id":"in-%s","type":"receipt.settled","endToEndId":%q,"pixKey":%q,`+
		`"amount":%s,"payer":{"name":"Jose Exemplo","document":"11144477735","ispb":"99999004"},"at":%q}`,
		id, id, v.key, amount, time.Now().UTC().Format(time.RFC3339Nano)))
	return id
}

// pay has a Pix go out, and returns its end-to-end id.
func (v *provider) pay(amount string) string {
	v.t.Helper()
	v.n++
	tx := v.a.Pay(v.t, fmt.Sprintf("out-%d", v.n), amount)
	v.p.Event(v.t, "applied", fmt.Sprintf(`{"id":"s-%s","type":"payment.settled","transactionId":%q}`,
		tx.TransactionID, tx.TransactionID))
	return v.a.Look(v.t, tx.TransactionID).EndToEndID
}

// everyBreak makes an account do something, and returns a statement that has every kind of break against it, with the
// day that it is of.
func everyBreak(t *testing.T, p *saldotest.Process, a *saldotest.Account, key string) (file, day string) {
	t.Helper()
	v := &provider{t: t, p: p, a: a, key: key}
	v.file.WriteString("data;valor;endToEndId;situação;descrição\n")
	now := time.Now()
	v.tell(now, "100.00", v.receive("100.00"), "Concluído", "Maria Exemplo")
	v.tell(now, "-50.00", v.pay("50.00"), "Concluído", "José Exemplo")
	v.tell(now, "30.01", v.receive("30.00"), "Concluído", "outro valor")
	v.tell(now, "-20.00", v.pay("20.00"), "Rejeitado", "outra situação")
	v.tell(now, "-15.00", v.receive("15.00"), "Concluído", "outro sentido")
	twice := v.receive("11.00")
	v.tell(now, "11.00", twice, "Concluído", "uma vez")
	v.tell(now, "11.00", twice, "Concluído", "duas vezes")
	v.receive("12.00") // which the provider does not have
	v.tell(now, "13.00", "E9999900420261120120000000000099", "Concluído", "ninguém sabe")
	v.tell(now, "-60.00", v.pay("60.00"), "Devolvido", "voltou")
	v.tell(now.AddDate(0, 0, 1), "9.00", v.receive("9.00"), "Concluído", "no dia seguinte")
	v.tell(now, "-9.99", "", "Concluído", "Tarifa de pacote")
	return v.file.String(), now.In(pix.SaoPaulo).Format(time.DateOnly)
}

func TestAFileWithEveryBreakIsReconciled(t *testing.T) {
	t.Parallel()
	s := saldotest.Start(t, saldotest.Place{Dir: t.TempDir()}, "--rail", "http")
	for i, language := range browser.Languages {
		key := fmt.Sprintf("breaks%d@exemplo.com.br", i)
		a := s.NewAccount(t, "1000.00", `,"pixKeys":["`+key+`"]`)
		file, day := everyBreak(t, s, a, key)
		p := browser.Open(t, s.URL)
		p.Look(browser.Look{Language: language, Width: browser.Wide})
		p.SignIn(a.ClientID, a.ClientSecret)
		p.Go("/dashboard/reconciliations")
		p.Choose("[name=from]", day)
		p.Choose("[name=to]", day)
		p.Click("summary")
		p.Choose("[name=scope]", "pix") // the opening balance is nothing that a provider has
		p.Upload("[name=file]", "extrato.csv", []byte(file))
		p.Submit("form[enctype] button")
		p.WaitFor("#breaks") // the page looks again by itself
		for n, want := range breakWords[language] {
			p.WaitText(fmt.Sprintf("#break-%d h3", n+1), want)
		}
		if n := p.Count("article"); n != 9 {
			t.Errorf("%s: %d breaks", language, n)
		}
		if language == "pt-BR" {
			p.Inspect("reconcile")
			p.Go("/dashboard/reconciliations")
			p.Inspect("reconciles")
			p.Submit("#runs tbody a")
		}
		closeOne(t, p, language)
		export := p.Download("#about a[href$='format=csv']")
		if text := string(export.Content); !strings.Contains(text, "conferido "+language) ||
			!strings.Contains(text, "day_boundary") {
			t.Errorf("%s: exported as %s:\n%s", language, export.Name, text)
		}
	}
}

// closeOne notes something of one break, closes it, and looks at what is open and what is closed.
func closeOne(t *testing.T, p *browser.Page, language string) {
	t.Helper()
	p.Choose("#in-class", "amount_differs")
	p.Submit("#breaks > form button")
	if n := p.Count("article"); n != 1 {
		t.Errorf("%s: %d of one class", language, n)
	}
	p.Fill("article [name=note]", "conferido "+language)
	p.Submit("article button[name=closed]")
	if !strings.Contains(p.Path(), "class=amount_differs") {
		t.Errorf("%s: led to %s", language, p.Path())
	}
	p.WaitFor("article .good")
	if note := browser.Eval[string](p, `document.querySelector("article [name=note]").value`); note != "conferido "+language {
		t.Errorf("%s: the note became %q", language, note)
	}
	for open, want := range map[string]int{"true": 8, "false": 1} {
		p.Choose("#in-class", "")
		p.Choose("#in-open", open)
		p.Submit("#breaks > form button")
		if n := p.Count("article"); n != want {
			t.Errorf("%s: %d breaks are open=%s, want %d", language, n, open, want)
		}
	}
}

func TestAFileThatCannotBeReadSaysWhere(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Go("/dashboard/reconciliations")
	p.Submit("form[enctype] button", http.StatusBadRequest)
	p.WaitText("#wrong-file", "Choose a file.")
	p.Choose("[name=from]", "2026-11-20")
	p.Choose("[name=to]", "2026-11-20")
	p.Upload("[name=file]", "statement.csv", []byte("date;amount\n20/11/2026;1,00\n20/11/2026;one\n"))
	p.Submit("form[enctype] button", http.StatusBadRequest)
	p.WaitText("#wrong-file", "Line 3, Amount: is no amount in reais.")
	p.Check("reconcile-refused")
	if from := browser.Eval[string](p, `document.querySelector("[name=from]").value`); from != "2026-11-20" {
		t.Errorf("the day that was chosen became %q", from)
	}
	p.Upload("[name=file]", "statement.csv", []byte("when;how much\n20/11/2026;1,00\n"))
	p.Submit("form[enctype] button", http.StatusBadRequest)
	p.WaitText("#wrong-file", "no column is known for it")
	p.Fill("[name=dateColumn]", "when")
	p.Fill("[name=amountColumn]", "2")
	p.Upload("[name=file]", "statement.csv", []byte("when;how much\n20/11/2026;1,00\n"))
	p.Submit("form[enctype] button")
	p.WaitText("#break-1 h3", "Missing in the ledger")
	if n := p.Count("#about dd"); n == 0 || !strings.Contains(p.Text("#about"), "how much") && !strings.Contains(p.Text("#about"), "when") {
		t.Error("the page does not say which columns were read")
	}
}
