package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// reconcileRequests are those of reconciliations, by what they do: they read, they
// write a body, or they write without one.
var reconcileRequests = struct{ reads, writes, bare []string }{
	[]string{
		"GET /api/reconciliations", "GET /api/reconciliations/1", "GET /api/reconciliations/1/breaks",
		"GET /api/reconciliations/1/export",
	},
	[]string{"PATCH /api/reconciliations/1/breaks/1"},
	[]string{"POST /api/reconciliations", "DELETE /api/reconciliations/1"},
}

const csvType = "text/csv"

// reconciliation is what tests look at of one.
type reconciliation struct {
	ReconciliationID, Status string
	Error                    *struct{ Message string }
	Breaks, OpenBreaks       int
	FeesExplained            int
	Period                   *struct{ From, To string }
	File, Ledger             struct{ Lines int }
	Classes                  []struct {
		Class       string
		Count, Open int
	}
}

// counts shows the classes of a reconciliation.
func (r reconciliation) counts() string {
	var counts []string
	for _, c := range r.Classes {
		counts = append(counts, fmt.Sprintf("%s %d", c.Class, c.Count))
	}
	return strings.Join(counts, ", ")
}

// reconcileUntil asks for a reconciliation until it has ended.
func reconcileUntil(t *testing.T, c *saldotest.Client, id string) reconciliation {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var r reconciliation
		c.Must(t, http.StatusOK, "GET", "/api/reconciliations/"+id, nil).JSON(t, &r)
		if r.Status != "running" {
			return r
		}
	}
	t.Fatalf("reconciliation %s does not end", id)
	return reconciliation{}
}

// reconciled uploads a file and waits for what comes of it.
func reconciled(t *testing.T, c *saldotest.Client, query, kind, file string) reconciliation {
	t.Helper()
	var r reconciliation
	answer := c.Must(t, http.StatusAccepted, "POST", "/api/reconciliations?"+query, file, "Content-Type", kind)
	answer.JSON(t, &r)
	if answer.Header.Get("Location") != "/api/reconciliations/"+r.ReconciliationID {
		t.Errorf("it is at %q", answer.Header.Get("Location"))
	}
	return reconcileUntil(t, c, r.ReconciliationID)
}

// theirs is a line of a made-up provider's statement.
type theirs struct {
	at                     time.Time
	amount, id, status, as string
}

// theirFile writes a provider's statement.
func theirFile(lines []theirs) string {
	var out strings.Builder
	out.WriteString("data;valor;endToEndId;situação;descrição\n")
	for _, l := range lines {
		fmt.Fprintf(&out, "%s;%s;%s;%s;%s\n", l.at.In(pix.SaoPaulo).Format("02/01/2006 15:04:05"),
			strings.Replace(l.amount, ".", ",", 1), l.id, l.status, l.as)
	}
	return out.String()
}

// withEveryBreak makes an account do something, and returns the statement of a
// provider that has every kind of break against it, with the day that it is of.
func withEveryBreak(t *testing.T, p *saldotest.Process, a *saldotest.Account, key string) (file, day string) {
	t.Helper()
	var lines []theirs
	tell := func(amount, id, status, as string) {
		lines = append(lines, theirs{time.Now(), amount, id, status, as})
	}
	received := func(amount string) string { return receive(t, p, key, amount, time.Now()) }
	paid := func(name, amount string) string {
		tx := a.Pay(t, name, amount)
		p.Event(t, "applied", text(`{"id":"s-%s-%s","type":"payment.settled","transactionId":%q}`, a.ID, name, tx.TransactionID))
		return a.Look(t, tx.TransactionID).EndToEndID
	}
	tell("100.00", received("100.00"), "Concluído", "Maria Exemplo")
	tell("-50.00", paid("r1", "50.00"), "Concluído", "José Exemplo")
	tell("30.01", received("30.00"), "Concluído", "outro valor")
	tell("-20.00", paid("r2", "20.00"), "Rejeitado", "outra situação")
	tell("-15.00", received("15.00"), "Concluído", "outro sentido")
	twice := received("11.00")
	tell("11.00", twice, "Concluído", "uma vez")
	tell("11.00", twice, "Concluído", "duas vezes")
	received("12.00") // which the provider does not have
	tell("13.00", "E9999900420261120120000000000099", "Concluído", "ninguém sabe")
	tell("-60.00", paid("r3", "60.00"), "Devolvido", "voltou")
	lines = append(lines, theirs{time.Now().AddDate(0, 0, 1), "9.00", received("9.00"), "Concluído", "no dia seguinte"})
	tell("-0.40", "", "Concluído", "Tarifa Pix")
	tell("-9.99", "", "Concluído", "Tarifa de pacote")
	return theirFile(lines), time.Now().In(pix.SaoPaulo).Format(time.DateOnly)
}

func TestAStatementOfOthersIsReconciled(t *testing.T) {
	onEveryStore(t, testAStatementOfOthersIsReconciled)
}

func testAStatementOfOthersIsReconciled(t *testing.T, at place) {
	p := house(t, at)
	key := "reconcile@exemplo.com.br"
	a := p.NewAccount(t, "1000.00", `,"pixKeys":["`+key+`"],"fees":{"cashOut":{"fixed":0.40}}`)
	other := p.NewAccount(t, "7.00", "")
	file, day := withEveryBreak(t, p, a, key)
	// The opening balance is nothing that a provider has.
	r := reconciled(t, a.Client, "format=csv&scope=pix&from="+day+"&to="+day+"&fileName=extrato.csv", csvType, file)
	const want = "matched 3, missing_here 1, missing_there 1, amount_differs 1, status_differs 1, wrong_direction 1, " +
		"duplicate 1, returned 1, day_boundary 1, unexplained_fee 1"
	if r.Status != "done" || r.counts() != want || r.Breaks != 9 || r.OpenBreaks != 9 || r.FeesExplained != 1 {
		t.Fatalf("%+v, want %s", r, want)
	}
	path := "/api/reconciliations/" + r.ReconciliationID
	wantBreaks(t, a, path)
	for _, c := range []string{"", "/breaks", "/export"} {
		refused(t, other.Client, http.StatusNotFound, "GET", path+c, nil)
	}
	refused(t, other.Client, http.StatusNotFound, "PATCH", path+"/breaks/1", `{"closed":true}`)
	wantExport(t, a, path)

	form, kind := uploadForm(t, map[string]string{"from": day, "to": day, "scope": "pix"}, "Extrato.CSV", file)
	var again reconciliation
	a.Must(t, http.StatusAccepted, "POST", "/api/reconciliations", form, "Content-Type", kind).JSON(t, &again)
	if again = reconcileUntil(t, a.Client, again.ReconciliationID); again.counts() != want {
		t.Errorf("as a form: %+v", again)
	}
	for _, format := range []string{"csv", "ofx", "camt053"} {
		own := a.Must(t, http.StatusOK, "GET", "/api/statement?from="+day+"&to="+day+"&format="+format, nil)
		kind := map[string]string{"csv": csvType, "ofx": "application/x-ofx", "camt053": "application/xml"}[format]
		r := reconciled(t, a.Client, "format="+format, kind, string(own.Body))
		if r.Status != "done" || r.Breaks != 0 || r.File != r.Ledger || r.File.Lines == 0 || r.Period.From != day {
			t.Errorf("our own statement as %s: %+v", format, r)
		}
	}
	var list struct{ Data []reconciliation }
	a.Must(t, http.StatusOK, "GET", "/api/reconciliations?pageSize=3", nil).JSON(t, &list)
	if len(list.Data) != 3 || list.Data[0].Breaks != 0 {
		t.Errorf("%+v", list)
	}
	a.Must(t, http.StatusNoContent, "DELETE", path, nil)
	refused(t, a.Client, http.StatusNotFound, "GET", path, nil)
}

// wantBreaks reads, notes and closes breaks.
func wantBreaks(t *testing.T, a *saldotest.Account, path string) {
	t.Helper()
	type line struct {
		Break        int
		Class        string
		Closed       bool
		Note         *string
		File, Ledger *struct{ Amount json.Number }
	}
	var page struct {
		Data     []line
		Metadata struct{ Total int }
	}
	a.Must(t, http.StatusOK, "GET", path+"/breaks?class=amount_differs", nil).JSON(t, &page)
	if len(page.Data) != 1 || page.Metadata.Total != 1 || page.Data[0].File.Amount != "30.01" ||
		page.Data[0].Ledger.Amount != "30.00" {
		t.Fatalf("%+v", page)
	}
	one := fmt.Sprintf("%s/breaks/%d", path, page.Data[0].Break)
	var changed line
	a.Must(t, http.StatusOK, "PATCH", one, `{"note":"=o banco corrige","closed":true}`).JSON(t, &changed)
	if !changed.Closed || changed.Note == nil || *changed.Note != "=o banco corrige" {
		t.Errorf("%+v", changed)
	}
	a.Must(t, http.StatusOK, "GET", path+"/breaks?open=true&pageSize=5&page=2", nil).JSON(t, &page)
	if len(page.Data) != 3 || page.Metadata.Total != 8 {
		t.Errorf("%+v", page)
	}
	a.Must(t, http.StatusOK, "GET", path+"/breaks?open=false", nil).JSON(t, &page)
	if len(page.Data) != 1 || page.Data[0].Break != changed.Break {
		t.Errorf("%+v", page)
	}
	var r reconciliation
	a.Must(t, http.StatusOK, "GET", path, nil).JSON(t, &r)
	if r.OpenBreaks != 8 {
		t.Errorf("%d are open", r.OpenBreaks)
	}
	refused(t, a.Client, http.StatusNotFound, "PATCH", path+"/breaks/10", `{"closed":true}`)
	refused(t, a.Client, http.StatusBadRequest, "PATCH", path+"/breaks/1", `{}`)
}

// wantExport reads both exports.
func wantExport(t *testing.T, a *saldotest.Account, path string) {
	t.Helper()
	in := csv.NewReader(bytes.NewReader(a.Must(t, http.StatusOK, "GET", path+"/export", nil).Body))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil || len(rows) != 1+9+3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if note := rows[3][len(rows[3])-1]; note != "'=o banco corrige" {
		t.Errorf("the note of %v is %q", rows[3], note)
	}
	var all struct{ Data []struct{ Class string } }
	a.Must(t, http.StatusOK, "GET", path+"/export?format=json", nil).JSON(t, &all)
	if len(all.Data) != 9+3 || all.Data[9].Class != "matched" {
		t.Errorf("%+v", all)
	}
}

// uploadForm is a form as browsers send it.
func uploadForm(t *testing.T, fields map[string]string, name, file string) (body, kind string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for field, value := range fields {
		if err := w.WriteField(field, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

// reconciliations are files that are none, and what belongs to no reconciliation.
func (w *walk) reconciliations() {
	const all, good = "/api/reconciliations", "data;valor\n20/11/2026;1,00\n"
	a := w.p.NewAccount(w, "1.00", "")
	post := func(rule string, status int, names, query, file string) saldotest.Answer {
		w.Helper()
		return w.want(a.Client, rule, status, names, "POST "+all+"?"+query, file, "Content-Type", csvType)
	}
	for query, names := range map[string]string{
		"": "format", "format=pdf": "format", "format=csv&from=soon": "from", "format=csv&to=2026-11-20": "from",
		"format=csv&from=2026-11-21&to=2026-11-20": "from", "format=csv&scope=none": "scope",
		"format=csv&windowMinutes=0": "windowMinutes", "format=csv&skip=-1": "skip", "format=csv&decimal=.": "decimal",
		"format=csv&separator=x": "separator", "format=csv&dateFormat=x": "dateFormat", "format=csv&utc=1": "utc",
		"format=csv&dateColumn=" + chars(101): "dateColumn", "format=csv&dateColumn=dia": "INVALID_FILE",
		"format=ofx": "INVALID_FILE", "format=camt053": "INVALID_FILE", "format=pix": "INVALID_FILE",
	} {
		post(query, 400, names, query, good)
	}
	post("no file", 400, "INVALID_FILE", "format=csv", "")
	post("a wrong line", 400, `"line":3`, "format=csv", good+"20/11/2026;x\n")
	form, kind := uploadForm(w.T, map[string]string{"from": "2026-11-20"}, "x.csv", good)
	w.want(a.Client, "a form", 202, "x.csv", "POST "+all, form, "Content-Type", kind)
	form = strings.ReplaceAll(form, `name="file"`, `name="data"`)
	w.awaitAll(a)
	w.want(a.Client, "a form without a file", 400, `"file"`, "POST "+all, form, "Content-Type", kind)
	for _, request := range []string{
		"GET " + all + "/1", "GET " + all + "/1/breaks", "GET " + all + "/1/export", "DELETE " + all + "/1",
	} {
		w.want(a.Client, "nothing there", 404, "", request, nil)
	}
	w.want(a.Client, "nothing there", 404, "", "PATCH "+all+"/1/breaks/1", `{"closed":true}`)
	w.want(a.Client, "no change", 400, "note", "PATCH "+all+"/1/breaks/1", `{}`)
	w.want(a.Client, "half a class", 400, "class", "GET "+all+"/1/breaks?class=half", nil)
	w.want(a.Client, "page 0", 400, "page", "GET "+all+"?page=0", nil)
	w.want(a.Client, "half a format", 400, "format", "GET "+all+"/1/export?format=pdf", nil)
	w.runningReconciliation(a)
	w.tooManyReconciliations(a)
}

// runningReconciliation looks at a long one while it is at work.
func (w *walk) runningReconciliation(a *saldotest.Account) {
	long := "data;valor\n" + strings.Repeat("20/11/2026;1,00\n", 20_000)
	var r reconciliation
	w.want(a.Client, "a long file", 202, "running", "POST /api/reconciliations?format=csv", long, "Content-Type", csvType).
		JSON(w, &r)
	path := "/api/reconciliations/" + r.ReconciliationID
	w.want(a.Client, "another", 429, "TOO_MANY_REQUESTS", "POST /api/reconciliations?format=csv", "data;valor\n",
		"Content-Type", csvType)
	w.want(a.Client, "running", 409, "RECONCILIATION_RUNNING", "DELETE "+path, nil)
	w.want(a.Client, "running", 409, "RECONCILIATION_RUNNING", "GET "+path+"/export", nil)
	w.want(a.Client, "running", 409, "RECONCILIATION_RUNNING", "PATCH "+path+"/breaks/1", `{"closed":true}`)
	w.awaitAll(a)
	w.want(a.Client, "a break", 200, "missing_here", "GET "+path+"/breaks?pageSize=1&page=19999", nil)
	w.want(a.Client, "a break", 200, `"closed":true`, "PATCH "+path+"/breaks/19999", `{"closed":true}`)
	w.want(a.Client, "a break", 200, `"total":1,`, "GET "+path+"/breaks?open=false", nil)
	w.want(a.Client, "an export", 200, "", "GET "+path+"/export?format=json", nil)
	w.want(a.Client, "a long one less", 204, "", "DELETE "+path, nil)
}

// awaitAll waits until nothing of an account is at work.
func (w *walk) awaitAll(a *saldotest.Account) {
	w.Helper()
	var list struct{ Data []reconciliation }
	a.Must(w, http.StatusOK, "GET", "/api/reconciliations", nil).JSON(w, &list)
	for _, r := range list.Data {
		if r = reconcileUntil(w.T, a.Client, r.ReconciliationID); r.Status != "done" {
			w.Fatalf("%+v %+v", r, r.Error)
		}
	}
}

// tooManyReconciliations begins as many as an account may have.
func (w *walk) tooManyReconciliations(a *saldotest.Account) {
	var r reconciliation
	for range 1000 {
		answer, err := a.Do("POST", "/api/reconciliations?format=csv&from=2026-11-20", "data;valor\n", "Content-Type", csvType)
		switch {
		case err != nil:
			w.Fatal(err)
		case answer.Status == http.StatusAccepted:
			answer.JSON(w, &r)
			reconcileUntil(w.T, a.Client, r.ReconciliationID)
		case answer.Status == http.StatusConflict:
			return
		case answer.Status != http.StatusTooManyRequests: // the end is written before the place is free
			w.Fatalf("%d %s", answer.Status, answer.Body)
		}
	}
	w.Error("there is no limit")
}

// reconciliations are the examples of reconciliations.
func (s *script) reconciliations(p *saldotest.Process) {
	const key = "conciliacao@exemplo.com.br"
	a := p.NewAccount(s.t, "1000.00", `,"pixKeys":["`+key+`"],"fees":{"cashOut":{"fixed":0.40}}`)
	file, day := withEveryBreak(s.t, p, a, key)
	var r reconciliation
	s.call(a.Client, "createReconciliation", http.StatusAccepted,
		"POST /api/reconciliations?format=csv&fileName=extrato.csv&scope=pix&from="+day+"&to="+day, file,
		"Content-Type", csvType).JSON(s.t, &r)
	reconcileUntil(s.t, a.Client, r.ReconciliationID)
	path := "/api/reconciliations/" + r.ReconciliationID
	s.call(a.Client, "getReconciliation", http.StatusOK, "GET "+path, "")
	s.call(a.Client, "listReconciliations", http.StatusOK, "GET /api/reconciliations", "")
	s.call(a.Client, "listBreaks", http.StatusOK, "GET "+path+"/breaks?class=amount_differs&open=true", "")
	s.call(a.Client, "changeBreak", http.StatusOK, "PATCH "+path+"/breaks/3", `{"note":"O banco corrige amanhã","closed":true}`)
	s.call(a.Client, "deleteReconciliation", http.StatusNoContent, "DELETE "+path, "")
	s.exported(p)
}

// exported is an example with little in it.
func (s *script) exported(p *saldotest.Process) {
	const key = "exportacao@exemplo.com.br"
	a := p.NewAccount(s.t, "1000.00", `,"pixKeys":["`+key+`"]`)
	file := theirFile([]theirs{
		{time.Now(), "25.00", receive(s.t, p, key, "25.00", time.Now()), "Concluído", ""},
		{time.Now(), "13.00", "E9999900420261120120000000000099", "Concluído", "ninguém sabe"},
	})
	r := reconciled(s.t, a.Client, "format=csv&scope=received", csvType, file)
	s.call(a.Client, "exportReconciliation", http.StatusOK,
		"GET /api/reconciliations/"+r.ReconciliationID+"/export?format=json", "")
}
