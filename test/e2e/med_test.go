package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

type medCase struct {
	ID                                                         uint64
	IDSolicitacaoDevolucao, EndToEnd, Status, AnalysisResult   string
	Reason, Cause, Description, AnalysisDetails, DefenseStatus *string
	BlockStatus                                                string
	BlockedAmount                                              json.Number
	IsReconciled                                               bool
	OriginalTransaction                                        *struct {
		TransactionID json.Number
		Amount        json.Number
	}
	RequestingBank, ContestedBank struct{ ISPB, Name *string }
	StatusHistory                 []struct{ Status, Date string }
}

// String shows what tests look at.
func (c medCase) String() string {
	return fmt.Sprintf("%s %s %s %s %s", c.IDSolicitacaoDevolucao, c.Status, c.AnalysisResult, c.BlockStatus, c.BlockedAmount)
}

type medPage struct {
	Data     []medCase
	Metadata struct {
		Page, Size, Total, TotalPages int
		HasNext, HasPrevious          bool
	}
}

func cases(t *testing.T, a *saldotest.Account, query string) medPage {
	t.Helper()
	var page medPage
	a.Must(t, http.StatusOK, "GET", "/api/med"+query, nil).JSON(t, &page)
	return page
}

// wantCases checks the account's cases, newest first.
func wantCases(t *testing.T, a *saldotest.Account, query string, want ...string) {
	t.Helper()
	var got []string
	for _, c := range cases(t, a, query).Data {
		got = append(got, c.String())
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Fatalf("cases %q are %q, want %q", query, got, want)
	}
}

func TestAMEDCaseWithAShortfall(t *testing.T) { onEveryStore(t, testAMEDCaseWithAShortfall) }

// testAMEDCaseWithAShortfall is the worked case of pix-domain §7.4.
func testAMEDCaseWithAShortfall(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", `,"pixKeys":["loja@exemplo.com.br"]`)
	disputed := receive(t, p, "loja@exemplo.com.br", "100.00", time.Now())
	tx := a.Pay(t, "spent", "70.00")
	p.Event(t, "applied", `{"id":"s","type":"payment.settled","transactionId":"`+tx.TransactionID+`"}`)
	opened := fmt.Sprintf(`{"id":"o","type":"med.opened","caseId":"c1","endToEndId":%q,"amount":100.00,`+
		`"cause":"SOCIAL_ENGINEERING","description":"golpe","requestingBank":{"ispb":"99999004","name":"Banco Exemplo"}}`, disputed)
	p.Event(t, "applied", opened)
	p.Event(t, "repeated", opened)
	wantBalance(t, a, "30.00/30.00/0.00")
	wantCases(t, a, "", "c1 RECEIVED  BLOCKED 30.00")
	if got := refused(t, a.Client, http.StatusBadRequest, "POST", "/api/pix/refund-in/"+number(t, a, disputed),
		`{"refundValue":1.00}`); got.Code != "MED_CASE_OPEN" {
		t.Errorf("refusal %+v", got)
	}
	refused(t, a.Client, http.StatusUnprocessableEntity, "PUT", "/pix/"+disputed+"/devolucao/1", `{"valor":"1.00"}`)
	receive(t, p, "loja@exemplo.com.br", "50.00", time.Now())
	wantBalance(t, a, "80.00/80.00/0.00")
	wantCases(t, a, "", "c1 RECEIVED  BLOCKED 80.00")

	accepted := `{"id":"a","type":"med.accepted","caseId":"c1","analysisDetails":"procede"}`
	p.Event(t, "applied", accepted)
	p.Event(t, "repeated", accepted)
	wantBalance(t, a, "0.00/0.00/0.00")
	receive(t, p, "loja@exemplo.com.br", "25.00", time.Now())
	p.Event(t, "repeated", accepted)
	wantBalance(t, a, "25.00/20.00/5.00")
	c := theCase(t, p, a)
	if c.Returned != "80.00" || c.Hold.Held != "20.00" || len(c.Returns) != 1 ||
		time.Until(c.Hold.Deadline) < 89*24*time.Hour {
		t.Errorf("case %+v", c)
	}
	p.Event(t, "applied", `{"id":"b","type":"med.accepted","caseId":"c1","returnId":"D99999003202611201200AAAAAAAAAAA"}`)
	p.Event(t, "suspended", `{"id":"r","type":"med.rejected","caseId":"c1"}`)
	wantBalance(t, a, "5.00/0.00/5.00")
	wantCases(t, a, "", "c1 ANALYZED APPROVED APPROVED 100.00")
	got := cases(t, a, "").Data[0]
	if !got.IsReconciled || got.EndToEnd != disputed || got.OriginalTransaction.Amount != "100.00" || *got.Cause != "SOCIAL_ENGINEERING" ||
		*got.Description != "golpe" || *got.AnalysisDetails != "procede" || *got.RequestingBank.ISPB != "99999004" ||
		len(got.StatusHistory) != 3 || *got.Reason != "REFUND_REQUEST" ||
		string(got.OriginalTransaction.TransactionID) != number(t, a, disputed) {
		t.Errorf("case %+v", got)
	}
	// The statement agrees with the balance: what came in less what went out is what is there.
	var statement struct {
		Data []struct {
			OperationType, MovementType string
			FinalAmount                 json.Number
		}
	}
	a.Must(t, http.StatusOK, "GET", "/api/transactions?status=CONFIRMED&size=100", nil).JSON(t, &statement)
	sum := 0.0
	for _, item := range statement.Data {
		value, err := item.FinalAmount.Float64()
		if err != nil {
			t.Fatal(err)
		}
		if item.MovementType == "DEBIT" {
			value = -value
		}
		sum += value
	}
	if len(statement.Data) != 6 || sum != 5 {
		t.Errorf("the statement comes to %v: %+v", sum, statement)
	}
	wantTrialBalance(t, p)
}

// operatorsCase is a case as the operator sees it.
type operatorsCase struct {
	CaseID, MEDID, TransactionID, Status string
	Returned                             json.Number
	Returns                              []string
	Hold                                 struct {
		HoldID   string
		Held     json.Number
		Deadline time.Time
		Open     bool
	}
}

func theCase(t *testing.T, p *saldotest.Process, a *saldotest.Account) operatorsCase {
	t.Helper()
	var page struct{ Data []operatorsCase }
	p.OperatorClient().Must(t, http.StatusOK, "GET", "/med?account="+a.ID, nil).JSON(t, &page)
	if len(page.Data) != 1 {
		t.Fatalf("cases %+v", page)
	}
	return page.Data[0]
}

func TestMEDCasesAreListedAndDecided(t *testing.T) { onEveryStore(t, testMEDCasesAreListedAndDecided) }

func testMEDCasesAreListedAndDecided(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "40.00", `,"pixKeys":["loja@exemplo.com.br"]`)
	other := p.NewAccount(t, "10.00", "")
	disputed := receive(t, p, "loja@exemplo.com.br", "100.00", time.Now())
	event := func(id, kind, rest string) string {
		return fmt.Sprintf(`{"id":%q,"type":"med.%s",%s}`, id, kind, rest)
	}
	p.Event(t, "suspended", event("1", "accepted", `"caseId":"c1"`))
	p.Event(t, "applied", event("2", "opened", `"caseId":"c1","endToEndId":"`+disputed+`","amount":60.00`))
	p.Event(t, "applied", event("3", "opened", `"caseId":"c2","accountId":"`+a.ID+`","amount":100.00`))
	p.Event(t, "suspended", event("4", "opened", `"caseId":"c3","endToEndId":"E99999004202611201200ZZZZZZZZZZZ","amount":1.00`))
	wantBalance(t, a, "140.00/140.00/0.00")
	wantCases(t, a, "", "c2 RECEIVED  BLOCKED 80.00", "c1 RECEIVED  BLOCKED 60.00")
	wantCases(t, a, "?isReconciled=false", "c2 RECEIVED  BLOCKED 80.00")
	wantCases(t, other, "")
	p.Event(t, "applied", event("5", "rejected", `"caseId":"c1","defenseStatus":"SUBMITTED"`))
	wantBalance(t, a, "140.00/100.00/40.00") // what c1 gave back fills c2
	p.Event(t, "applied", event("6", "cancelled", `"caseId":"c2"`))
	wantBalance(t, a, "140.00/0.00/140.00")
	wantCases(t, a, "?status=ANALYZED", "c1 ANALYZED REJECTED UNBLOCKED ")
	wantCases(t, a, "?status=CANCELLED", "c2 CANCELLED  UNBLOCKED ")
	wantCases(t, a, "?status=OPEN")
	today := time.Now().UTC()
	wantCases(t, a, "?startDate="+today.AddDate(0, 0, 1).Format(time.DateOnly))
	wantCases(t, a, "?pageSize=1&page=2&startDate="+today.AddDate(0, 0, -1).Format(time.DateOnly), "c1 ANALYZED REJECTED UNBLOCKED ")
	if m := cases(t, a, "?pageSize=1&page=2").Metadata; m.Total != 2 || m.TotalPages != 2 || m.HasNext || !m.HasPrevious || m.Size != 1 {
		t.Errorf("metadata %+v", m)
	}
	for _, bad := range []string{"status=NEW", "isReconciled=maybe", "page=0", "pageSize=0", "pageSize=101", "startDate=yesterday"} {
		refused(t, a.Client, http.StatusBadRequest, "GET", "/api/med?"+bad, nil)
	}
	cases(t, a, "?pageSize=100")
	house := p.OperatorClient()
	for _, bad := range []string{
		event("x", "opened", `"amount":1.00,"endToEndId":"`+disputed+`"`), event("x", "opened", `"caseId":"x","amount":1.00`),
		event("x", "opened", `"caseId":"x","accountId":"`+a.ID+`"`), event("x", "opened", `"caseId":"x","accountId":"01","amount":1.00`),
		event("x", "opened", `"caseId":"x","amount":1.00,"endToEndId":"`+disputed+`","requestingBank":{"ispb":"1"}`),
		event("x", "accepted", `"amount":1.00`), event("x", "accepted", `"caseId":"c1","returnId":"E1"`),
	} {
		refused(t, house, http.StatusBadRequest, "POST", "/rail/events", bad)
	}
	refused(t, house, http.StatusBadRequest, "GET", "/med", nil)
	refused(t, house, http.StatusNotFound, "GET", "/med?account=9999999999", nil)
	wantTrialBalance(t, p)
}

// dueHold is a hold that is due for review.
type dueHold struct {
	HoldID, Reason string
	TransactionID  *string
	Held           json.Number
	Deadline       time.Time
}

func TestBlocksAreReviewedAndFreedByDecisionsOnly(t *testing.T) {
	onEveryStore(t, testBlocksAreReviewedAndFreedByDecisionsOnly)
}

func testBlocksAreReviewedAndFreedByDecisionsOnly(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "500.00", `,"pixKeys":["loja@exemplo.com.br"]`)
	house := p.OperatorClient()
	old := receive(t, p, "loja@exemplo.com.br", "50.00", time.Now().Add(-80*time.Hour))
	place := func(body string) dueHold {
		t.Helper()
		var h dueHold
		house.Must(t, http.StatusCreated, "POST", "/accounts/"+a.ID+"/holds", body).JSON(t, &h)
		return h
	}
	late := place(`{"amount":50.00,"reason":"precautionary","endToEndId":"` + old + `"}`)
	now := place(`{"amount":10.00,"reason":"precautionary"}`)
	place(`{"amount":600.00,"reason":"judicial","sweep":true,"case":"0001-2026"}`) // has no deadline
	chosen := place(`{"amount":1.00,"reason":"judicial","sweep":true,"deadline":"2020-01-01T00:00:00Z"}`)
	p.Event(t, "applied", fmt.Sprintf(`{"id":"m","type":"med.opened","caseId":"c","endToEndId":%q,"amount":50.00,"at":%q}`,
		old, time.Now().AddDate(0, 0, -8).UTC().Format(time.RFC3339)))
	if in := time.Until(now.Deadline); in < 71*time.Hour || in > 72*time.Hour {
		t.Errorf("a precautionary hold is due in %s", in)
	}
	if late.TransactionID == nil || *late.TransactionID != number(t, a, old) {
		t.Errorf("hold %+v", late)
	}
	due := func(query string) string {
		t.Helper()
		var page struct{ Data []dueHold }
		house.Must(t, http.StatusOK, "GET", "/holds"+query, nil).JSON(t, &page)
		var reasons []string
		for _, h := range page.Data {
			reasons = append(reasons, h.Reason)
		}
		return strings.Join(reasons, " ")
	}
	for query, want := range map[string]string{
		"":                                "precautionary judicial med",
		"?limit=1":                        "precautionary",
		"?limit=2&after=" + late.HoldID:   "judicial med",
		"?due=2020-01-01T00:00:00Z":       "judicial",
		"?due=2019-12-31T00:00:00Z":       "",
		"?due=2099-01-01T00:00:00Z":       "precautionary precautionary judicial med",
		"?due=2099-01-01T00%3A00%3A00.0Z": "precautionary precautionary judicial med",
	} {
		if got := due(query); got != want {
			t.Errorf("due %q: %q, want %q", query, got, want)
		}
	}
	refused(t, house, http.StatusBadRequest, "GET", "/holds?due=soon", nil)
	wantBalance(t, a, "550.00/550.00/0.00") // deadlines that have passed free nothing
	c := theCase(t, p, a)
	if got := refused(t, house, http.StatusConflict, "POST", "/holds/"+c.Hold.HoldID+"/release", nil); got.Code != "MED_HOLD" {
		t.Errorf("refusal %+v", got)
	}
	refused(t, house, http.StatusConflict, "POST", "/holds/"+c.Hold.HoldID+"/capture", nil)
	house.Must(t, http.StatusOK, "GET", "/holds/"+c.Hold.HoldID, nil)
	house.Must(t, http.StatusOK, "POST", "/holds/"+late.HoldID+"/release", nil)
	house.Must(t, http.StatusOK, "POST", "/holds/"+chosen.HoldID+"/release", nil)
	if got := due(""); got != "med" {
		t.Errorf("due %q", got)
	}
	refused(t, house, http.StatusBadRequest, "POST", "/accounts/"+a.ID+"/holds",
		`{"amount":1.00,"reason":"precautionary","endToEndId":"E99999004202611201200ZZZZZZZZZZZ"}`)
	wantTrialBalance(t, p)
}
