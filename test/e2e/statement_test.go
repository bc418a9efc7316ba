package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// statementPage is what tests look at of a page.
type statementPage struct {
	Data []struct {
		TransactionID, ExternalID, Status, OperationType, MovementType, EndToEndID string
		FinalAmount                                                                json.Number
		Counterpart                                                                struct{ Name, Document string }
	}
	Metadata struct {
		Page, Size, Total, TotalPages int
		HasNext, HasPrevious          bool
	}
}

// line shows a page as "externalIds: page/pages of total".
func (p statementPage) line() string {
	var ids []string
	for _, item := range p.Data {
		ids = append(ids, item.ExternalID)
	}
	m := p.Metadata
	return fmt.Sprintf("%s: %d/%d of %d %v %v", strings.Join(ids, " "), m.Page, m.TotalPages, m.Total, m.HasPrevious, m.HasNext)
}

// TestAStatementShowsWhatWasAnswered reads every operation back the moment it was
// answered, newest first, filtered and by page.
func TestAStatementShowsWhatWasAnswered(t *testing.T) {
	onEveryStore(t, testAStatementShowsWhatWasAnswered)
}

func testAStatementShowsWhatWasAnswered(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "1000.00", `,"pixKeys":["loja@exemplo.com.br"],"fees":{"cashOut":{"fixed":0.40}}`)
	other := p.NewAccount(t, "1000.00", "")
	look := func(path string) statementPage {
		t.Helper()
		var page statementPage
		a.Must(t, http.StatusOK, "GET", path, nil).JSON(t, &page)
		return page
	}
	want := func(path, line string) {
		t.Helper()
		if got := look(path).line(); got != line {
			t.Errorf("%s: %s, want %s", path, got, line)
		}
	}
	want("/api/transactions", ": 1/0 of 0 false false")
	for n := range 5 {
		tx := a.Pay(t, fmt.Sprint("p", n), "10.00")
		if page := look("/api/transactions?size=1"); page.Data[0].TransactionID != tx.TransactionID {
			t.Fatalf("the payment is not there: %+v", page)
		}
		if n%2 == 0 {
			p.Event(t, "applied", text(`{"id":"s%d","type":"payment.settled","transactionId":%q}`, n, tx.TransactionID))
		}
	}
	other.Pay(t, "p9", "10.00")
	charge(t, a, "c1", "5.00")
	receipt := receive(t, p, "loja@exemplo.com.br", "7.00", time.Now())

	want("/api/transactions?size=3", " c1 p4: 1/3 of 7 false true")
	want("/api/transactions?size=3&page=2", "p3 p2 p1: 2/3 of 7 true true")
	want("/api/transactions?size=3&page=3", "p0: 3/3 of 7 true false")
	want("/api/transactions?size=3&page=4", ": 4/3 of 7 true false")
	want("/api/transactions?type=WITHDRAW&status=CONFIRMED", "p4 p2 p0: 1/1 of 3 false false")
	want("/api/transactions?type=PAYMENT&status=PENDING", "c1: 1/1 of 1 false false")
	want("/api/transactions?externalId=p3", "p3: 1/1 of 1 false false")
	want("/api/transactions?externalId=p9", ": 1/0 of 0 false false")
	want("/api/transactions?endToEndId="+receipt, ": 1/1 of 1 false false")
	day := time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly)
	want("/api/transactions?startDate="+day+"&endDate="+day, ": 1/0 of 0 false false")
	for _, month := range []string{"0001-01", "1969-12", "1970-01", "2026-01", "2038-01", "2094-01", "2262-05", "9999-12"} {
		want("/api/transactions?startDate="+month+"-01&endDate="+month+"-31", ": 1/0 of 0 false false")
	}

	const ofKey = "/api/pix/transactions/pix-key/"
	want(ofKey+"loja@exemplo.com.br", " c1: 1/1 of 2 false false")
	want(ofKey+"MARIA%40EXEMPLO.COM.BR?size=1000", "p4 p3 p2 p1 p0: 1/1 of 5 false false")
	want(ofKey+"maria@exemplo.com.br?size=2&page=3", "p0: 3/3 of 5 true false")
	want(ofKey+"ninguem@exemplo.com.br", ": 1/0 of 0 false false")

	items := look("/api/transactions").Data
	if i := items[0]; i.OperationType != "Pix in" || i.MovementType != "CREDIT" || i.Status != "Confirmado" ||
		i.EndToEndID != receipt || i.Counterpart.Document != "***.444.777-**" {
		t.Errorf("receipt %+v", i)
	}
	if i := items[3]; i.OperationType != "Pix out" || i.MovementType != "DEBIT" || i.Status != "Pendente" ||
		i.FinalAmount != "10.40" || i.Counterpart.Name != "Maria Exemplo" {
		t.Errorf("payment %+v", i)
	}
	for _, name := range []string{items[0].TransactionID, receipt} {
		a.Must(t, http.StatusOK, "GET", ofKey+"loja@exemplo.com.br/"+name, nil)
		refused(t, other.Client, http.StatusNotFound, "GET", ofKey+"loja@exemplo.com.br/"+name, nil)
		refused(t, a.Client, http.StatusNotFound, "GET", ofKey+"maria@exemplo.com.br/"+name, nil)
	}
	a.Must(t, http.StatusOK, "GET", ofKey+"maria@exemplo.com.br/p3", nil)
}
