package browser_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/browser"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// signInWords are what the sign-in page says, in each language.
var signInWords = map[string]struct{ title, wrong, out string }{
	"pt-BR": {"Entrar", "Identificação ou segredo incorretos.", "Você saiu."},
	"en":    {"Sign in", "Wrong id or secret.", "You have signed out."},
	"zh-CN": {"登录", "客户端 ID 或密钥不正确。", "您已退出登录。"},
}

// merchant starts a server and opens an account on it.
func merchant(t *testing.T) (*saldotest.Process, *saldotest.Account) {
	t.Helper()
	p := saldotest.Start(t, saldotest.Place{Dir: t.TempDir()})
	return p, p.NewAccount(t, "48734.90", `,"sandbox":true`)
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	for _, language := range browser.Languages {
		words := signInWords[language]
		p.Look(browser.Look{Language: language, Width: browser.Wide})
		p.Go("/dashboard")
		p.WaitText("h1", words.title)
		p.Fill("[name=clientId]", a.ClientID)
		p.Fill("[name=clientSecret]", "not-the-secret-of-anybody")
		p.Submit(signInButton, http.StatusUnauthorized)
		p.WaitText("[role=alert]", words.wrong)
		if typed := browser.Eval[string](p, `document.querySelector("[name=clientId]").value`); typed != a.ClientID {
			t.Errorf("%s: the id that was typed became %q", language, typed)
		}
		if c := session(p); c != "" {
			t.Errorf("%s: a session without the right secret: %s", language, c)
		}
		p.Fill("[name=clientSecret]", a.ClientSecret)
		p.Submit(signInButton)
		if path := p.Path(); path != "/dashboard" {
			t.Errorf("%s: signed in to %s", language, path)
		}
		left := session(p)
		p.Submit("form[action$=sign-out] button")
		p.WaitText("[role=status]", words.out)
		if c := session(p); c != "" {
			t.Errorf("%s: still a session after signing out: %s", language, c)
		}
		if answer := ask(t, "GET", s.URL+"/dashboard", left); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: the session outlives its end: %s", language, answer.Status)
		}
	}
}

// signInButton is the one of the sign-in form.
const signInButton = "form[action$=sign-in] button"

// session is the cookie of who is signed in, as a request carries it.
func session(p *browser.Page) string {
	for name, c := range p.Cookies() {
		if !strings.HasSuffix(name, "-language") && !strings.HasSuffix(name, "-theme") {
			return name + "=" + c.Value
		}
	}
	return ""
}

// ask sends one request with a cookie, from outside the browser, and follows nothing.
func ask(t *testing.T, method, url, cookie string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", cookie)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}

func TestASessionIsInACookieOfItsOwn(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	name, value, _ := strings.Cut(session(p), "=")
	c := p.Cookies()[name]
	if !strings.HasPrefix(name, "__Host-") || !c.HTTPOnly || !c.Secure || c.Path != "/" || c.SameSite == "None" {
		t.Errorf("cookie %+v", c)
	}
	if strings.Contains(value, a.ClientID) || len(value) < 32 {
		t.Errorf("session %q", value)
	}
	if seen := browser.Eval[string](p, "document.cookie"); strings.Contains(seen, name) {
		t.Errorf("scripts see %q", seen)
	}
	// Who has the cookie and not the page's token changes nothing, wherever the form is.
	if answer := ask(t, "POST", s.URL+"/dashboard/sign-out", name+"="+value); answer.StatusCode != http.StatusForbidden {
		t.Errorf("signed out by a form of somebody else: %s", answer.Status)
	}
	p.Go("/dashboard")
	if path := p.Path(); path != "/dashboard" {
		t.Errorf("led to %s", path)
	}
}

func TestSigningOutEverywhere(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	one, two, other := browser.Open(t, s.URL), browser.Open(t, s.URL), browser.Open(t, s.URL)
	one.SignIn(a.ClientID, a.ClientSecret)
	two.SignIn(a.ClientID, a.ClientSecret)
	b := s.NewAccount(t, "1.00", `,"sandbox":true`)
	other.SignIn(b.ClientID, b.ClientSecret)
	one.Submit("form[action$=sign-out-everywhere] button")
	two.Go("/dashboard")
	two.WaitText("h1", signInWords["en"].title)
	other.Go("/dashboard")
	if path := other.Path(); path != "/dashboard" {
		t.Errorf("another account was signed out: %s", path)
	}
}

func TestALanguageIsChosenByTheBrowserAndByItsUser(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	speaks := func(want string) {
		t.Helper()
		p.WaitText("h1", signInWords[want].title)
		if got := browser.Eval[string](p, "document.documentElement.lang"); got != want {
			t.Errorf("in %s, want %s", got, want)
		}
	}
	for _, language := range browser.Languages {
		p.Look(browser.Look{Language: language, Width: browser.Narrow})
		p.Go("/dashboard/sign-in")
		speaks(language)
	}
	p.Choose("[name=language]", "pt-BR")
	speaks("zh-CN") // until it is applied
	p.Submit("form[action$=preferences] button")
	speaks("pt-BR")
	p.Reload()
	speaks("pt-BR")
	p.SignIn(a.ClientID, a.ClientSecret)
	if got := browser.Eval[string](p, "document.documentElement.lang"); got != "pt-BR" {
		t.Errorf("signed in to pages in %s", got)
	}
}

func TestEverythingAtSignInWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.WithoutScripts()
	p.Go("/dashboard/sign-in")
	p.Choose("[name=language]", "zh-CN")
	p.Submit("form[action$=preferences] button")
	p.WaitText("h1", signInWords["zh-CN"].title)
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Submit("form[action$=sign-out] button")
	p.WaitText("[role=status]", signInWords["zh-CN"].out)
}

func TestTheSignInPageIsForEverybody(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.Go("/dashboard/sign-in")
	p.Inspect("sign-in")
	for _, look := range browser.Looks() {
		p.Look(look)
		p.Go("/dashboard/sign-in")
		p.Fill("[name=clientId]", a.ClientID)
		p.Fill("[name=clientSecret]", "wrong-secret")
		p.Submit(signInButton, http.StatusUnauthorized)
		p.Check("sign-in-refused")
	}
}
