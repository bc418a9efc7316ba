package e2e

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// extract is what tests look at of a statement of account.
type extract struct {
	Entries          int
	Opening, Closing struct{ GrossBalance, BlockedBalance, NetBalance json.Number }
	Lines            []struct {
		Kind, Date, EndToEndID, TransactionID string
		Booked                                bool
		Amount, FeeAmount, Blocked            json.Number
		Balance                               struct{ GrossBalance, NetBalance json.Number }
	}
}

// rows shows the lines of a statement.
func (e extract) rows() string {
	var rows []string
	for _, l := range e.Lines {
		rows = append(rows, fmt.Sprintf("%s %s %s %s/%s", l.Kind, l.Amount, l.Blocked, l.Balance.GrossBalance, l.Balance.NetBalance))
	}
	return strings.Join(rows, "\n")
}

// TestAnExtractHasEveryLineAndItsBalance tells the same in both APIs, in every
// format, and as the balance does.
func TestAnExtractHasEveryLineAndItsBalance(t *testing.T) {
	onEveryStore(t, testAnExtractHasEveryLineAndItsBalance)
}

func testAnExtractHasEveryLineAndItsBalance(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", `,"pixKeys":["loja@exemplo.com.br"],"fees":{"cashOut":{"fixed":0.40}}`)
	other := p.NewAccount(t, "7.00", "")
	paid := a.Pay(t, "p1", "100.00")
	p.Event(t, "applied", text(`{"id":"e1","type":"payment.settled","transactionId":%q}`, paid.TransactionID))
	rejected := a.Pay(t, "p2", "50.00")
	p.Event(t, "applied", text(`{"id":"e2","type":"payment.rejected","transactionId":%q}`, rejected.TransactionID))
	received := receive(t, p, "loja@exemplo.com.br", "25.50", time.Now())
	a.Pay(t, "p3", "10.00")
	p.OperatorClient().Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds", `{"amount":5.00,"reason":"judicial"}`)

	// A test that runs at midnight has its lines on two days.
	const days = "from=2026-01-01&to=2126-12-31"
	var got extract
	a.Must(t, http.StatusOK, "GET", "/api/statement?"+days, nil).JSON(t, &got)
	const want = `opening_balance 1000.00 0.00 1000.00/1000.00
block 0.00 100.40 1000.00/899.60
pix_out -100.40 -100.40 899.60/899.60
block 0.00 50.40 899.60/849.20
unblock 0.00 -50.40 899.60/899.60
pix_in 25.50 0.00 925.10/925.10
block 0.00 10.40 925.10/914.70
block 0.00 5.00 925.10/909.70`
	if got.rows() != want {
		t.Errorf("got\n%s\nwant\n%s", got.rows(), want)
	}
	if got.Lines[2].TransactionID != paid.TransactionID || got.Lines[2].FeeAmount != "0.40" ||
		got.Lines[5].EndToEndID != received {
		t.Errorf("%+v", got.Lines)
	}
	wantBalance(t, a, fmt.Sprintf("%s/%s/%s", got.Closing.GrossBalance, got.Closing.BlockedBalance, got.Closing.NetBalance))

	amounts(t, a.Client, "/api/statement?"+days, "0.00", "925.10", 3)
	amounts(t, p.OperatorClient(), "/accounts/"+a.ID+"/statement?"+days, "0.00", "925.10", 3)
	amounts(t, other.Client, "/api/statement?"+days, "0.00", "7.00", 1)
	amounts(t, a.Client, "/api/statement?from=2026-01-01&to=2026-01-31", "0.00", "0.00", 0)
	amounts(t, a.Client, "/api/statement?from=2126-12-31&to=2126-12-31", "925.10", "925.10", 0)
	refused(t, a.Client, http.StatusBadRequest, "GET", "/api/statement?from=2026-02-01&to=2026-01-01", nil)
	refused(t, p.OperatorClient(), http.StatusNotFound, "GET", "/accounts/1000000000/statement", nil)
}

// amounts reads a statement in every format for accountants, and checks that its
// booked lines lead from its opening to its closing balance.
func amounts(t *testing.T, c *saldotest.Client, path, opening, closing string, lines int) {
	t.Helper()
	read := func(format string) []byte {
		return c.Must(t, http.StatusOK, "GET", path+"&format="+format, nil).Body
	}
	check := func(format, first, last string, amounts []string) {
		t.Helper()
		sum := reais(t, first)
		for _, amount := range amounts {
			sum += reais(t, amount)
		}
		if first != opening || last != closing || sum != reais(t, last) || len(amounts) != lines {
			t.Errorf("%s as %s: %s, %v, %s; want %s to %s in %d lines", path, format, first, amounts, last, opening, closing, lines)
		}
	}
	var ofx struct {
		Amounts []string `xml:"BANKMSGSRSV1>STMTTRNRS>STMTRS>BANKTRANLIST>STMTTRN>TRNAMT"`
		Closing string   `xml:"BANKMSGSRSV1>STMTTRNRS>STMTRS>LEDGERBAL>BALAMT"`
		Opening string   `xml:"BANKMSGSRSV1>STMTTRNRS>STMTRS>BALLIST>BAL>VALUE"`
	}
	if err := xml.Unmarshal(read("ofx"), &ofx); err != nil {
		t.Fatal(err)
	}
	check("ofx", ofx.Opening, ofx.Closing, ofx.Amounts)

	type amount struct{ Amt, CdtDbtInd string }
	var camt struct {
		Balances []amount `xml:"BkToCstmrStmt>Stmt>Bal"`
		Entries  []amount `xml:"BkToCstmrStmt>Stmt>Ntry"`
	}
	if err := xml.Unmarshal(read("camt053"), &camt); err != nil {
		t.Fatal(err)
	}
	var entries []string
	for _, e := range camt.Entries {
		entries = append(entries, strings.TrimPrefix(map[string]string{"DBIT": "-"}[e.CdtDbtInd]+e.Amt, "+"))
	}
	check("camt053", camt.Balances[0].Amt, camt.Balances[1].Amt, entries)

	in := csv.NewReader(strings.NewReader(string(read("csv"))))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	dot := func(row []string, at int) string { return strings.Replace(row[at], ",", ".", 1) }
	var cells []string
	for _, row := range rows[2 : len(rows)-1] {
		cells = append(cells, dot(row, len(row)-2))
	}
	check("csv", dot(rows[1], len(rows[1])-1), dot(rows[len(rows)-1], len(rows[1])-1), cells)
}

// reais reads an amount that may be negative, in centavos.
func reais(t *testing.T, text string) money.Centavos {
	t.Helper()
	c, err := money.ParseDecimal(strings.TrimPrefix(text, "-"))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if strings.HasPrefix(text, "-") {
		return -c
	}
	return c
}

// TestExtractsAddUpWhileMoneyMoves asks for statements of an account that pays
// meanwhile. The server checks each before it ends it.
func TestExtractsAddUpWhileMoneyMoves(t *testing.T) {
	onEveryStore(t, testExtractsAddUpWhileMoneyMoves)
}

func testExtractsAddUpWhileMoneyMoves(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", "")
	payments := make(chan error, 1)
	go func() {
		for i := range 100 {
			if _, err := a.Do("POST", "/api/pix/cash-out", saldotest.Payment(fmt.Sprint("m", i), "1.00")); err != nil {
				payments <- err
				return
			}
		}
		payments <- nil
	}()
	for last := false; !last; {
		select {
		case err := <-payments:
			if err != nil {
				t.Fatal(err)
			}
			last = true
		default:
		}
		var got extract
		a.Must(t, http.StatusOK, "GET", "/api/statement?from=2026-01-01&to=2126-12-31", nil).JSON(t, &got)
		if len(got.Lines) != got.Entries || got.Entries == 0 ||
			got.Lines[got.Entries-1].Balance.NetBalance != got.Closing.NetBalance || last && got.Entries != 101 {
			t.Fatalf("%d lines of %d end with %+v; closing is %+v", len(got.Lines), got.Entries, got.Lines, got.Closing)
		}
	}
}

// extracts are the statements of account: days that are some, formats that there
// are, and not too many at the same time.
func (w *walk) extracts() {
	for query, status := range map[string]int{
		"": 200, "?from=2026-11-01": 200, "?from=0001-01-01&to=9999-12-31": 200, "?from=2026-02-29": 400,
		"?from=2026-02-02&to=2026-02-01": 400, "?to=soon": 400, "?format=ofx": 200, "?format=pdf": 400,
	} {
		w.want(w.a.Client, "a statement of account", status, "", "GET /api/statement"+query, nil)
	}
	w.tooMany(w.a.Client, "GET /api/statement")
	for query, status := range map[string]int{
		"": 200, "?date=2026-11-31": 400, "?date=2126-01-01": 400, "?format=csv": 200, "?format=pdf": 400,
	} {
		w.want(w.a.Client, "a daily report", status, "", "GET /api/report"+query, nil)
	}
	w.tooMany(w.a.Client, "GET /api/report")
}

// tooMany asks the same so often at a time that it is too often.
func (w *walk) tooMany(c *saldotest.Client, request string) {
	w.Helper()
	method, path, _ := strings.Cut(request, " ")
	const together, rounds = 32, 100
	limited := make(chan bool, together)
	for range rounds {
		for range together {
			go func() {
				answer, err := c.Do(method, path, nil)
				limited <- err == nil && answer.Status == http.StatusTooManyRequests &&
					answer.Header.Get("Retry-After") != ""
			}()
		}
		some := false
		for range together {
			some = <-limited || some
		}
		if some {
			w.want(c, "by itself", 200, "", request, nil)
			return
		}
	}
	w.Errorf("%s: %d at the same time are not too many", request, together)
}
