package browser_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/browser"
)

func TestTheDailyReportIsRead(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	a.Pay(t, "reported", "100.00")
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Go("/dashboard/report")
	p.WaitText("#balance", "R$48,634.90")
	p.WaitText("#flow", "adds up")
	p.Inspect("report")
	var report struct {
		Balance struct {
			Net json.Number `json:"netBalance"`
		}
	}
	file := p.Download("a[href*='format=json']")
	if err := json.Unmarshal(file.Content, &report); err != nil || report.Balance.Net != "48634.90" {
		t.Errorf("%s says %s: %v", file.Name, report.Balance.Net, err)
	}
	if file := p.Download("a[href*='format=csv']"); !strings.HasPrefix(file.Name, "relatorio-"+a.ID) {
		t.Errorf("the file is called %s", file.Name)
	}
	p.Go("/dashboard/report?date=2020-01-01", 400)
	p.WaitText("#wrong-date", "There is no report of a day before")
	p.Check("report-refused")
}

// What is only of use on a screen is not on paper.
func TestTheDailyReportPrints(t *testing.T) {
	t.Parallel()
	s, a := merchant(t)
	p := browser.Open(t, s.URL)
	p.SignIn(a.ClientID, a.ClientSecret)
	p.Choose("footer [name=theme]", "dark")
	p.Submit("footer form[action$=preferences] button")
	p.Go("/dashboard/report")
	p.Print()
	if ink := browser.Eval[string](p, `getComputedStyle(document.querySelector(".scroll")).backgroundColor`); ink !=
		"rgb(255, 255, 255)" {
		t.Errorf("tables are printed on %s", ink)
	}
	for _, selector := range []string{"nav", "form", "button", ".skip"} {
		if n := p.Count(selector); n != 0 {
			t.Errorf("%d %s on paper", n, selector)
		}
	}
	p.WaitText("h1", "Daily report of")
	p.WaitText("#flow", "R$48,734.90")
}
