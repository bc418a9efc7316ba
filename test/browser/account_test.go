package browser_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/browser"
)

func TestOneSessionIsEndedFromAnother(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	one, two := browser.Open(t, s.URL), browser.Open(t, s.URL)
	one.SignIn(a.ClientID, a.ClientSecret)
	two.SignIn(a.ClientID, a.ClientSecret)
	one.Go("/dashboard/account")
	if n := one.Count("#sessions tbody tr"); n != 2 {
		t.Errorf("%d sessions", n)
	}
	one.Inspect("account")
	one.Submit("form[action$='/end'] button")
	if n := one.Count("#sessions tbody tr"); n != 1 {
		t.Errorf("%d sessions after one has ended", n)
	}
	two.Go("/dashboard")
	two.WaitText("h1", signInWords["en"].title)
}

func TestLanguageAndThemeAreChosenOnTheAccountsPage(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Go("/dashboard/account")
	p.Choose("main [name=language]", "zh-CN")
	p.Choose("main [name=theme]", "dark")
	p.Submit("main form[action$=preferences] button")
	p.WaitText("h1", "账户与会话")
	if got := browser.Eval[string](p, "document.documentElement.dataset.theme"); got != "dark" {
		t.Errorf("theme %q", got)
	}
	p.Check("account-chosen")
}

func TestAWebhookIsSet(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Go("/dashboard/webhooks")
	p.Inspect("webhooks")
	p.Submit("a[href$='/webhooks/cash_in']")
	p.Inspect("webhook")
	p.Fill("[name=url]", "ftp://loja.example/pix")
	p.Fill("[name=key2]", "Host")
	p.Fill("[name=value2]", "loja.example")
	p.Submit("main form button", http.StatusBadRequest)
	p.WaitText("#wrong-url", "must begin with https://")
	p.WaitText("#wrong-key2", "host can't be set")
	p.Check("webhook-refused")
	p.Fill("[name=url]", "https://loja.example/pix")
	p.Fill("[name=key2]", "X-Loja")
	p.Fill("[name=value2]", "what-only-the-shop-knows")
	p.Submit("main form button")
	if secret := p.Text("#secret"); !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("signing secret %q", secret)
	}
	p.Check("webhook-secret")
	p.Submit("main a")
	p.WaitText("tbody", "https://loja.example/pix")
	p.WaitText("tbody", "X-Loja")
	if all := browser.Eval[string](p, "document.documentElement.outerHTML"); strings.Contains(all, "whsec_") ||
		strings.Contains(all, "what-only-the-shop-knows") {
		t.Errorf("the list shows what is secret:\n%s", all)
	}
	var set struct {
		Webhooks []struct {
			Type    string
			Headers map[string]string
		}
	}
	a.Must(t, http.StatusOK, "GET", "/api/webhooks", nil).JSON(t, &set)
	if len(set.Webhooks) != 1 || set.Webhooks[0].Type != "cash_in" ||
		set.Webhooks[0].Headers["X-Loja"] != "what-only-the-shop-knows" {
		t.Errorf("the API tells of %+v", set.Webhooks)
	}
}
