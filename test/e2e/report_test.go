package e2e

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/test/pgtest"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// daily is what tests look at of a daily report.
type daily struct {
	AccountID, Date, Status string
	Complete                bool
	Balance                 struct{ GrossBalance, BlockedBalance, NetBalance json.Number }
	BlockedPercentage       json.Number
	Flow                    struct{ Opening, Credits, Debits, Fees, Expected, Closing, Difference json.Number }
	Entries                 int
	Kinds                   []struct {
		Kind                  string
		Count                 int
		Credits, Debits, Fees json.Number
	}
	Holds struct {
		Open    int
		Held    json.Number
		Overdue int
	}
	Reasons []struct{ Code string }

	// Of the house.
	Accounts, AccountsAlerting int
	TrialBalance               struct {
		Difference json.Number
		Balanced   bool
	}
	Coverage struct{ Covered bool }
}

// figures shows the flow, and the kinds that there are.
func (d daily) figures() string {
	f := d.Flow
	out := text("%s + %s - %s - %s = %s", f.Opening, f.Credits, f.Debits, f.Fees, f.Closing)
	for _, k := range d.Kinds {
		if k.Count > 0 {
			out += text("; %d %s +%s -%s fee %s", k.Count, k.Kind, k.Credits, k.Debits, k.Fees)
		}
	}
	return out
}

func (d daily) codes() string {
	var list []string
	for _, r := range d.Reasons {
		list = append(list, r.Code)
	}
	return strings.Join(list, " ")
}

// tied wants the flow of a report to lead from opening to closing.
func (d daily) tied(t *testing.T) {
	t.Helper()
	f := d.Flow
	sum := reais(t, f.Opening.String()) + reais(t, f.Credits.String()) - reais(t, f.Debits.String()) -
		reais(t, f.Fees.String())
	var kinds money.Centavos
	for _, k := range d.Kinds {
		kinds += reais(t, k.Credits.String()) - reais(t, k.Debits.String()) - reais(t, k.Fees.String())
	}
	if sum != reais(t, f.Closing.String()) || f.Difference != "0.00" || f.Closing != d.Balance.GrossBalance ||
		kinds != sum-reais(t, f.Opening.String()) {
		t.Errorf("does not add up: %+v", d)
	}
}

// TestADayAddsUp reads today's report in both APIs, in both formats and on the
// command line.
func TestADayAddsUp(t *testing.T) { onEveryStore(t, testADayAddsUp) }

func testADayAddsUp(t *testing.T, at place) {
	awayFromMidnight(t)
	p := house(t, at)
	a := p.NewAccount(t, "10000.00", `,"pixKeys":["loja@exemplo.com.br"],"fees":{"cashOut":{"fixed":0.40}}`)
	paid := a.Pay(t, "p1", "100.00")
	p.Event(t, "applied", text(`{"id":"e1","type":"payment.settled","transactionId":%q}`, paid.TransactionID))
	a.Pay(t, "p2", "50.00")
	receive(t, p, "loja@exemplo.com.br", "25.50", time.Now())
	p.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds",
		`{"amount":5.00,"reason":"judicial","deadline":"2026-01-01T12:00:00Z"}`)
	today := time.Now().In(pix.SaoPaulo).Format(time.DateOnly)

	var got, again, whole daily
	a.Must(t, http.StatusOK, "GET", "/api/report?date="+today, nil).JSON(t, &got)
	got.tied(t)
	const want = "0.00 + 10025.50 - 100.00 - 0.40 = 9925.10; 1 opening_balance +10000.00 -0.00 fee 0.00; " +
		"1 pix_in +25.50 -0.00 fee 0.00; 1 pix_out +0.00 -100.00 fee 0.40; 3 block +0.00 -0.00 fee 0.00"
	if got.figures() != want {
		t.Errorf("got  %s\nwant %s", got.figures(), want)
	}
	if got.Date != today || got.Complete || got.AccountID != a.ID || got.Holds.Open != 2 || got.Holds.Held != "55.40" ||
		got.codes() != "HOLD_OVERDUE" || got.Status != "ALERT" || got.BlockedPercentage != "0.55" {
		t.Errorf("%+v", got)
	}
	wantBalance(t, a, text("%s/%s/%s", got.Balance.GrossBalance, got.Balance.BlockedBalance, got.Balance.NetBalance))
	// It was opened today: without a day that is the one.
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/accounts/"+a.ID+"/report", nil).JSON(t, &again)
	if again.figures() != want || again.Date != today {
		t.Errorf("the operator sees %+v", again)
	}
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/report?date="+today, nil).JSON(t, &whole)
	whole.tied(t)
	if whole.Accounts < 2 || !whole.TrialBalance.Balanced || whole.TrialBalance.Difference != "0.00" ||
		!whole.Coverage.Covered || whole.Holds.Overdue != 1 {
		t.Errorf("the house %+v", whole)
	}
	inCSV(t, a.Must(t, http.StatusOK, "GET", "/api/report?format=csv&date="+today, nil).Body, "9925,10")
	inCSV(t, p.OperatorClient().Must(t, http.StatusOK, "GET", "/report?format=csv&date="+today, nil).Body,
		strings.Replace(whole.Flow.Closing.String(), ".", ",", 1))
	onTheCommandLine(t, p, a, today, want)
	refusedDays(t, p, a)
}

// awayFromMidnight skips a test when the day in São Paulo is about to end.
func awayFromMidnight(t *testing.T) {
	t.Helper()
	if now := time.Now().In(pix.SaoPaulo); now.Hour() == 23 && now.Minute() >= 58 {
		t.Skip("the day in São Paulo is about to end")
	}
}

// inCSV wants a report as CSV to have a closing balance.
func inCSV(t *testing.T, body []byte, closing string) {
	t.Helper()
	marked, ok := strings.CutPrefix(string(body), "\uFEFF")
	r := csv.NewReader(strings.NewReader(marked))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || !ok {
		t.Fatalf("%v, mark %t: %s", err, ok, body)
	}
	for _, row := range rows {
		if row[0] == "fechamento" && row[1] == "saldo final" && row[3] == closing {
			return
		}
	}
	t.Errorf("no closing balance of %s:\n%s", closing, body)
}

func onTheCommandLine(t *testing.T, p *saldotest.Process, a *saldotest.Account, today, want string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	_, err := saldotest.Run(t, "report", "--account", a.ID, "--date", today, "--format", "json", "--out", file,
		"--operator-url", p.OperatorURL, "--operator-token", p.OperatorToken)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	var got daily
	if err != nil || json.Unmarshal(raw, &got) != nil || got.figures() != want {
		t.Errorf("%s, %v", raw, err)
	}
	out, err := saldotest.Run(t, "report", "--date", today, "--operator-url", p.OperatorURL,
		"--operator-token", p.OperatorToken)
	if err != nil || !strings.Contains(out, "balancete;diferença;;0,00;") {
		t.Errorf("%s, %v", out, err)
	}
	_, err = saldotest.Run(t, "report", "--date", "2026-13-01", "--operator-token", p.OperatorToken)
	if err == nil || !strings.Contains(err.Error(), "--date must be a date") {
		t.Errorf("a day that is none: %v", err)
	}
}

// refusedDays wants errors that name the date.
func refusedDays(t *testing.T, p *saldotest.Process, a *saldotest.Account) {
	t.Helper()
	for _, day := range []string{"2126-01-01", "2026-02-30", "20261120", "2020-01-01", "2026-11-20T00:00:00Z"} {
		for path, c := range map[string]*saldotest.Client{
			"/api/report": a.Client, "/accounts/" + a.ID + "/report": p.OperatorClient(), "/report": p.OperatorClient(),
		} {
			if got := refused(t, c, http.StatusBadRequest, "GET", path+"?date="+day, nil); !strings.Contains(got.Message, "date ") {
				t.Errorf("%s of %s: %s", path, day, got.Message)
			}
		}
	}
	refused(t, a.Client, http.StatusBadRequest, "GET", "/api/report?format=pdf", nil)
	refused(t, p.OperatorClient(), http.StatusNotFound, "GET", "/accounts/1000000000/report", nil)
	a.Must(t, http.StatusUnauthorized, "GET", "/api/report", nil, "Authorization", "Bearer nothing")
}

// TestADayIsMadeOnceByWhateverNode starts nodes that all want to make yesterday's
// reports, and one of them again.
func TestADayIsMadeOnceByWhateverNode(t *testing.T) {
	awayFromMidnight(t)
	yesterday := time.Now().In(pix.SaoPaulo).AddDate(0, 0, -1).Format(time.DateOnly)
	database := pgtest.Shared(t).NewDatabase(t)
	var nodes []*saldotest.Process
	var dirs []string
	for range 3 {
		dirs = append(dirs, filepath.Join(t.TempDir(), "reports"))
		nodes = append(nodes,
			saldotest.StartServe(t, database, "--report-at", "00:00", "--report-dir", dirs[len(dirs)-1]))
	}
	made := func() (files [][]byte) {
		for _, dir := range dirs {
			if text, err := os.ReadFile(filepath.Join(dir, yesterday, "house.json")); err == nil {
				files = append(files, text)
			}
		}
		return files
	}
	eventually(t, func() string {
		if len(made()) == 0 {
			return "nobody made the reports of yesterday"
		}
		return ""
	})
	for _, node := range nodes {
		// What is kept is there as soon as it is asked for again, and the same everywhere.
		eventually(t, func() string {
			got := node.OperatorClient().Must(t, http.StatusOK, "GET", "/report", nil).Body
			if string(got) != string(made()[0]) {
				return text("a node has\n%s\nthe file says\n%s", got, made()[0])
			}
			return ""
		})
	}
	if err := nodes[0].Stop(); err != nil {
		t.Fatal(err)
	}
	later := saldotest.StartServe(t, database, "--report-at", "00:00", "--report-dir", dirs[0])
	later.OperatorClient().Must(t, http.StatusOK, "GET", "/report?date="+yesterday, nil)
	if files := made(); len(files) != 1 {
		t.Errorf("%d nodes made the reports of one day", len(files))
	}
}
