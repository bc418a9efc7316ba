package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/test/saldotest"
)

func TestLargeFilesComeInThroughThePage(t *testing.T) {
	onEveryStore(t, testLargeFilesComeInThroughThePage)
}

// manyLines is a file of some 20 MB, all of one day.
func manyLines() io.Reader {
	const line = "19/11/2026;1,00;%s\n"
	text := fmt.Sprintf(line, strings.Repeat("descrição comprida ", 20))
	return io.MultiReader(strings.NewReader("data;valor;descrição\n"), strings.NewReader(strings.Repeat(text, 50_000)))
}

func testLargeFilesComeInThroughThePage(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "1.00", ""), p.NewAccount(t, "7.00", "")
	v, w := saldotest.Visit(p.URL), saldotest.Visit(p.URL)
	v.SignIn(t, a)
	w.SignIn(t, b)
	const page = "/dashboard/reconciliations"
	fields := map[string]string{"from": "2026-11-18", "to": "2026-11-18", "decimal": "comma", "format": ""}
	seen := v.Upload(t, page, page, fields, "extrato.csv", manyLines())
	if seen.Status != http.StatusSeeOther || !strings.HasPrefix(seen.Location, page+"/") {
		t.Fatalf("%d to %q\n%s", seen.Status, seen.Location, seen.Body)
	}
	path, _, _ := strings.Cut(seen.Location, "?")
	r := reconcileUntil(t, a.Client, path[strings.LastIndex(path, "/")+1:])
	if r.Status != "done" || r.File.Lines != 0 {
		t.Errorf("%+v", r)
	}
	wantSeen(t, v.Get(t, path), http.StatusOK, "50.000") // lines of other days
	for _, foreign := range []string{path, path + "/export?format=csv"} {
		wantSeen(t, w.Get(t, foreign), http.StatusNotFound, "")
	}
	if seen := w.Submit(t, page, path+"/delete", nil); seen.Status != http.StatusNotFound {
		t.Errorf("somebody else's is deleted: %d", seen.Status)
	}

	// What is refused is said on the form, however much of the file has not come yet.
	fields["windowMinutes"] = "soon"
	seen = v.Upload(t, page, page, fields, "extrato.csv", manyLines())
	wantSeen(t, seen, http.StatusBadRequest, `value="soon"`)
	wantSeen(t, seen, http.StatusBadRequest, `id="wrong-windowMinutes"`)
	seen = v.Upload(t, page, page, nil, "extrato.unknown", strings.NewReader("?"))
	wantSeen(t, seen, http.StatusBadRequest, `id="wrong-format"`)

	if seen := v.Post(t, page, url.Values{"format": {"csv"}}); seen.Status != http.StatusForbidden {
		t.Errorf("a form of somebody else: %d", seen.Status)
	}
	if seen := v.Submit(t, page, path+"/delete", nil); seen.Location != page+"?done=reconcile.deleted" {
		t.Errorf("deleting leads to %q", seen.Location)
	}
	wantSeen(t, v.Get(t, path), http.StatusNotFound, "")
}

func TestSessionsAreEndedByTheirOwners(t *testing.T) {
	onEveryStore(t, testSessionsAreEndedByTheirOwners)
}

var endField = regexp.MustCompile(`action="(/dashboard/account/sessions/[0-9a-f]+/end)"`)

func testSessionsAreEndedByTheirOwners(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "1.00", ""), p.NewAccount(t, "7.00", "")
	v, w, stranger := saldotest.Visit(p.URL), saldotest.Visit(p.URL), saldotest.Visit(p.URL)
	v.SignIn(t, a)
	w.SignIn(t, a)
	stranger.SignIn(t, b)
	const page = "/dashboard/account"
	seen := v.Get(t, page)
	wantSeen(t, seen, http.StatusOK, a.ClientID)
	if strings.Contains(seen.Body, w.Cookies["__Host-saldo"]) || strings.Contains(seen.Body, v.Cookies["__Host-saldo"]) {
		t.Error("the page shows what sessions are entered with")
	}
	ends := endField.FindAllStringSubmatch(seen.Body, -1)
	if len(ends) != 1 {
		t.Fatalf("%d sessions can be ended", len(ends))
	}
	wantSeen(t, stranger.Submit(t, page, ends[0][1], nil), http.StatusNotFound, "")
	wantSeen(t, w.Get(t, page), http.StatusOK, "")
	if seen := v.Submit(t, page, ends[0][1], nil); seen.Location != page+"?done=account.session" {
		t.Errorf("leads to %q", seen.Location)
	}
	wantAsked(t, w, page)
	wantSeen(t, v.Get(t, page), http.StatusOK, "")
}

func TestTheUsualRulesAreCreatedOnce(t *testing.T) { onEveryStore(t, testTheUsualRulesAreCreatedOnce) }

func testTheUsualRulesAreCreatedOnce(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "300.00", "")
	v := saldotest.Visit(p.URL)
	v.SignIn(t, a)
	v.Header.Set("Accept-Language", "en")
	const page = "/dashboard/alerts"
	channel := url.Values{"kind": {"webhook"}, "name": {"<b>Loja</b>"}}
	if seen := v.Submit(t, page, page+"/channels", channel); seen.Location != page+"?done=alert.channel.created" {
		t.Fatalf("%d to %q", seen.Status, seen.Location)
	}
	a.Must(t, http.StatusCreated, "POST", "/api/alerts/rules", `{"kind":"high_above","threshold":99.00}`)
	v.Submit(t, page, page+"/usual", nil)
	v.Submit(t, page, page+"/usual", nil)
	var rules struct {
		Data []struct {
			ID, Kind  string
			Threshold float64
			Channels  []string
		}
	}
	a.Must(t, http.StatusOK, "GET", "/api/alerts/rules", nil).JSON(t, &rules)
	got := ""
	for _, r := range rules.Data {
		got += fmt.Sprintf("%s %g %d, ", r.Kind, r.Threshold, len(r.Channels))
	}
	const want = "high_above 99 0, critical_below 500 1, warning_below 2000 1, blocked_above 50 1, "
	if got != want {
		t.Errorf("rules %s, want %s", got, want)
	}
	seen := v.Get(t, page)
	wantSeen(t, seen, http.StatusOK, "&lt;b&gt;Loja&lt;/b&gt;")
	wantSeen(t, seen, http.StatusOK, "Available below R$500.00")
	test := regexp.MustCompile(`action="(/dashboard/alerts/channels/\d+/test)"`).FindStringSubmatch(seen.Body)
	wantSeen(t, v.Submit(t, page, test[1], nil), http.StatusOK, "no webhook is set for balance_alert")
	for range 20 { // as many as rules may be
		seen = v.Submit(t, page, page+"/rules", url.Values{"kind": {"no_receipt"}, "threshold": {"60"}})
	}
	wantSeen(t, seen, http.StatusConflict, "The limit is reached.")
	wantSeen(t, v.Get(t, page+"/rules/new?kind=other"), http.StatusNotFound, "")
	wantSeen(t, v.Get(t, page+"?page=nonsense"), http.StatusBadRequest, "")
}

func TestTheReportsPageIsOfTheAccount(t *testing.T) {
	onEveryStore(t, testTheReportsPageIsOfTheAccount)
}

func testTheReportsPageIsOfTheAccount(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "48734.90", "")
	v := saldotest.Visit(p.URL)
	v.SignIn(t, a)
	seen := v.Get(t, "/dashboard/report")
	wantSeen(t, seen, http.StatusOK, "R$\u00a048.734,90")
	wantSeen(t, seen, http.StatusOK, a.ID)
	file := v.Get(t, "/dashboard/report/export?format=csv&date="+time.Now().In(pix.SaoPaulo).Format(time.DateOnly))
	if !strings.Contains(file.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(file.Body, "48734,90") {
		t.Errorf("%v\n%s", file.Header, file.Body)
	}
	for _, query := range []string{"", "?format=csv", "?format=pdf&date=2026-11-20", "?format=csv&date=x"} {
		wantSeen(t, v.Get(t, "/dashboard/report/export"+query), http.StatusNotFound, "")
	}
	wantSeen(t, v.Get(t, "/dashboard/report?date=2999-01-01"), http.StatusBadRequest, `id="wrong-date"`)
}
