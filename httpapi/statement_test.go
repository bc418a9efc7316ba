package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/store/memory"
)

// noon is when the requests of these tests come in.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const owner, other ledger.AccountID = 1_000_000_001, 1_000_000_002

// statements is an API over movements that were written as they are.
func statements(t *testing.T, movements ...pix.Movement) http.HandlerFunc {
	t.Helper()
	store := memory.New()
	err := store.Commit(context.Background(), pix.Needs{}, func(b *pix.Books) error {
		for _, m := range movements {
			b.Movements.Put(m.ID, m)
			for _, key := range keysOf(m) {
				b.Keys.Put(key, pix.Target{Account: m.Account, ID: uint64(m.ID)})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	brands, err := brand.NewSet(brand.Brand{ID: "avista"})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{
		Brands: brands, Reader: store, Now: func() time.Time { return noon },
		NewUUID: func() [16]byte { return [16]byte{} }, Log: slog.New(slog.DiscardHandler),
	})
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"/api/transactions":                                   s.statement,
		"/api/pix/transactions/pix-key/{pixKey}":              s.keyStatement,
		"/api/pix/transactions/pix-key/{pixKey}/{identifier}": s.keyTransaction,
		"/api/pix/transaction/{id}":                           s.transaction,
	} {
		mux.HandleFunc(pattern, s.respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
			return h(w, r, auth.Identity{Account: owner})
		}))
	}
	return mux.ServeHTTP
}

// keysOf are the keys that commands would have taken for m.
func keysOf(m pix.Movement) []pix.Key {
	space := map[pix.Kind]pix.Space{
		pix.Receipt: pix.SpaceCharge, pix.Payment: pix.SpacePayment, pix.ReturnSent: pix.SpaceReturn,
	}[m.Kind]
	var keys []pix.Key
	if m.ExternalID != "" && space != 0 {
		keys = append(keys, pix.Key{Space: space, Account: m.Account, Value: m.ExternalID})
	}
	endToEnd := map[pix.Kind]pix.Space{
		pix.Receipt: pix.SpaceEndToEndIn, pix.Payment: pix.SpaceEndToEndOut, pix.ReturnSent: pix.SpaceReturnID,
		pix.ReturnReceived: pix.SpaceReturnIn,
	}[m.Kind]
	return append(keys, pix.Key{Space: endToEnd, Value: string(m.EndToEndID)})
}

// get asks and returns the status and the body.
func get(h http.HandlerFunc, target string) (int, string) {
	w := httptest.NewRecorder()
	h(w, httptest.NewRequest("GET", target, nil))
	return w.Code, w.Body.String()
}

// movement is one of five kinds in turn, n minutes before noon.
func movement(n int) pix.Movement {
	kind := []pix.Kind{pix.Receipt, pix.Payment, pix.ReturnSent, pix.ReturnReceived, pix.Receipt}[n%5]
	m := pix.Movement{
		ID: pix.MovementID(1_000_000 - n), Account: owner, Kind: kind, Status: pix.Confirmed, Amount: 1000, Fee: 40,
		ExternalID: fmt.Sprintf("ext-%d", n), EndToEndID: pixid.EndToEndID(fmt.Sprintf("E9999900320261120%015d", n)),
		PixKey: "maria@exemplo.com.br", CreatedAt: noon.Add(-time.Duration(n) * time.Minute),
	}
	m.UpdatedAt, m.ProcessedAt = m.CreatedAt, m.CreatedAt
	return m
}

func TestAStatementsItemHasTheContractsWords(t *testing.T) {
	failed, pending := movement(6), movement(0)
	failed.Status = pix.Failed
	failed.Counterpart = pix.Counterpart{
		Name: "Maria Exemplo", Document: "11144477735", ISPB: "99999004", BankCode: "994", BankName: "Banco Exemplo",
		Branch: "0001", Number: "12345-6",
	}
	pending.Status, pending.ProcessedAt = pix.Pending, time.Time{}
	pending.Counterpart.Document = "12ABC34501DE35"
	pending.ExternalID, pending.EndToEndID = "", ""
	h := statements(t, failed, pending, movement(2), movement(3))
	status, body := get(h, "/api/transactions")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	for _, want := range []string{
		`{"data":[{"transactionId":"1000000","externalId":null,"status":"Pendente","operationType":"Pix in",` +
			`"movementType":"CREDIT","originalAmount":10.00,"feeAmount":0.40,"finalAmount":9.60,"endToEndId":null,` +
			`"createdAt":"2026-11-20T12:00:00.000Z","processedAt":null,"counterpart":{"name":null,` +
			`"document":"**.ABC.345/****-**","bank":{"bankISPB":null,"bankName":null,"bankCode":null,` +
			`"accountBranch":null,"accountNumber":null}}}`,
		`"status":"Confirmado","operationType":"Refund in","movementType":"DEBIT","originalAmount":10.00,` +
			`"feeAmount":0.40,"finalAmount":10.40`,
		`"operationType":"Refund out","movementType":"CREDIT"`,
		`"externalId":"ext-6","status":"Error","operationType":"Pix out","movementType":"DEBIT"`,
		`"counterpart":{"name":"Maria Exemplo","document":"***.444.777-**","bank":{"bankISPB":"99999004",` +
			`"bankName":"Banco Exemplo","bankCode":"994","accountBranch":"0001","accountNumber":"12345-6"}}`,
		`"metadata":{"page":1,"size":20,"total":4,"totalPages":1,"hasNext":false,"hasPrevious":false}}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("body lacks %s\n%s", want, body)
		}
	}
	for document, want := range map[string]string{
		"": "", "***.444.777-**": "***.444.777-**", "123456": "******", "11222333000181": "**.222.333/****-**",
	} {
		if got := (pix.Counterpart{Document: document}).MaskedDocument(); got != want {
			t.Errorf("%q is masked as %q, want %q", document, got, want)
		}
	}
}

// total matches the metadata of a statement.
func wantStatement(t *testing.T, h http.HandlerFunc, target, metadata string, ids ...string) {
	t.Helper()
	status, body := get(h, target)
	if status != http.StatusOK || !strings.HasSuffix(body, `"metadata":{`+metadata+`}}`) {
		t.Errorf("%s: %d %s, want %s", target, status, body[max(0, len(body)-200):], metadata)
	}
	var got []string
	for _, part := range strings.Split(body, `"externalId":"`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		got = append(got, id)
	}
	if strings.Join(got, " ") != strings.Join(ids, " ") {
		t.Errorf("%s: %v, want %v", target, got, ids)
	}
}

func TestAStatementIsFilteredAndNewestFirst(t *testing.T) {
	var all []pix.Movement
	for n := range 5 {
		all = append(all, movement(n))
	}
	all[0].Status = pix.Pending
	all[4].CreatedAt = noon.Add(-31 * 24 * time.Hour) // within the first of the 31 days
	stranger := movement(9)
	stranger.Account = other
	old := movement(10)
	old.CreatedAt = time.Date(2026, 10, 19, 23, 59, 59, 0, time.UTC)
	h := statements(t, append(all, stranger, old)...)
	const one = `"page":1,"size":20,"total":1,"totalPages":1,"hasNext":false,"hasPrevious":false`
	const none = `"page":1,"size":20,"total":0,"totalPages":0,"hasNext":false,"hasPrevious":false`
	wantStatement(t, h, "/api/transactions",
		`"page":1,"size":20,"total":5,"totalPages":1,"hasNext":false,"hasPrevious":false`,
		"ext-0", "ext-1", "ext-2", "ext-3", "ext-4")
	wantStatement(t, h, "/api/transactions?status=PENDING", one, "ext-0")
	wantStatement(t, h, "/api/transactions?status=ERROR", none)
	wantStatement(t, h, "/api/transactions?type=WITHDRAW", one, "ext-1")
	wantStatement(t, h, "/api/transactions?type=REFUND_IN", one, "ext-2")
	wantStatement(t, h, "/api/transactions?type=REFUND_OUT", one, "ext-3")
	wantStatement(t, h, "/api/transactions?type=PAYMENT&status=CONFIRMED", one, "ext-4")
	wantStatement(t, h, "/api/transactions?externalId=ext-2", one, "ext-2")
	wantStatement(t, h, "/api/transactions?externalId=ext-9", none)
	wantStatement(t, h, "/api/transactions?endToEndId=E9999900320261120000000000000003", one, "ext-3")
	wantStatement(t, h, "/api/transactions?startDate=2026-10-19&endDate=2026-10-19", one, "ext-10")
	wantStatement(t, h, "/api/transactions?startDate=2026-11-20T11:59:00.000Z&endDate=2026-11-20T11:59:00.000Z",
		one, "ext-1")
	wantStatement(t, h, "/api/transactions?size=2&page=2",
		`"page":2,"size":2,"total":5,"totalPages":3,"hasNext":true,"hasPrevious":true`, "ext-2", "ext-3")
	wantStatement(t, h, "/api/transactions?size=2&page=3",
		`"page":3,"size":2,"total":5,"totalPages":3,"hasNext":false,"hasPrevious":true`, "ext-4")
	wantStatement(t, h, "/api/transactions?size=2&page=4",
		`"page":4,"size":2,"total":5,"totalPages":3,"hasNext":false,"hasPrevious":true`)
	// By key the default reaches 30 days back, not 31.
	wantStatement(t, h, "/api/pix/transactions/pix-key/maria@exemplo.com.br?type=PAYMENT", one, "ext-0")
}

func TestStatementsRefuseWhatTheyDoNotKnow(t *testing.T) {
	h := statements(t)
	for _, c := range []struct{ query, names string }{
		{"size=1", ""}, {"size=100", ""}, {"size=0", "size"}, {"page=0", "page"}, {"page=x", "page"},
		{"status=Pendente", "status"}, {"type=PIX", "type"}, {"type=TRANSFER", "type"},
		{"startDate=2026-10-20&endDate=2026-11-20", ""}, {"startDate=2026-10-19&endDate=2026-11-20", "endDate"},
		{"startDate=2026-11-20&endDate=2026-11-19", "startDate"}, {"startDate=yesterday", "startDate"},
	} {
		for _, path := range []string{"/api/transactions", "/api/pix/transactions/pix-key/maria@exemplo.com.br"} {
			wantNamed(t, h, path+"?"+c.query, c.names)
		}
	}
	wantNamed(t, h, "/api/transactions?size=101", "size")
	wantNamed(t, h, "/api/transactions?externalId="+strings.Repeat("e", 255), "")
	wantNamed(t, h, "/api/transactions?externalId="+strings.Repeat("e", 256), "externalId")
	wantNamed(t, h, "/api/pix/transactions/pix-key/maria@exemplo.com.br?size=1000", "")
	wantNamed(t, h, "/api/pix/transactions/pix-key/maria@exemplo.com.br?size=1001", "size")
}

func wantNamed(t *testing.T, h http.HandlerFunc, target, names string) {
	t.Helper()
	status, body := get(h, target)
	if names == "" && status != http.StatusOK {
		t.Errorf("%s: %d %s", target, status, body)
	}
	if names != "" && (status != http.StatusBadRequest || !strings.Contains(body, `"field":"`+names+`"`)) {
		t.Errorf("%s: %d %s, want 400 that names %s", target, status, body, names)
	}
}

func TestAKeyIsFoundInEverySpelling(t *testing.T) {
	keyed := func(n int, key string) pix.Movement {
		m := movement(5 * n)
		m.PixKey = key
		return m
	}
	h := statements(t, keyed(0, "+5511987654321"), keyed(1, "12abc34501de35"), keyed(2, "12ABC34501DE35"),
		keyed(3, "123e4567-e89b-42d3-a456-426614174000"), keyed(4, "a/b+c@exemplo.com.br"), keyed(5, "11144477735"))
	for spelling, id := range map[string]string{
		"%2B5511987654321": "ext-0", "+5511987654321": "ext-0", "5511987654321": "ext-0", "11987654321": "ext-0",
		"%28%31%31%29%20%39%38%37%36%35-4321": "ext-0",
		"12.ABC.345%2F01DE-35":                "ext-10", "12abc34501de35": "ext-10",
		"123E4567-E89B-42D3-A456-426614174000": "ext-15", "123e4567e89b42d3a456426614174000": "ext-15",
		"A%2FB%2Bc%40Exemplo.com.br": "ext-20", "111.444.777-35": "ext-25", "11144477735": "ext-25",
	} {
		wantStatement(t, h, "/api/pix/transactions/pix-key/"+spelling,
			`"page":1,"size":20,"total":1,"totalPages":1,"hasNext":false,"hasPrevious":false`, id)
	}
	for _, nobodys := range []string{"outra@exemplo.com.br", "11144477736", "%00", "%FF", "x", strings.Repeat("9", 300)} {
		wantStatement(t, h, "/api/pix/transactions/pix-key/"+nobodys,
			`"page":1,"size":20,"total":0,"totalPages":0,"hasNext":false,"hasPrevious":false`)
	}
}

func TestAKeysStatementEndsAfterAThousand(t *testing.T) {
	var all []pix.Movement
	for n := range 1001 {
		all = append(all, movement(n))
	}
	h := statements(t, all...)
	const path = "/api/pix/transactions/pix-key/maria@exemplo.com.br"
	_, body := get(h, path+"?size=1000")
	if strings.Count(body, "transactionId") != 1000 || strings.Contains(body, "ext-1000") {
		t.Errorf("%d of a thousand", strings.Count(body, "transactionId"))
	}
	wantStatement(t, h, path+"?size=999&page=2",
		`"page":2,"size":999,"total":1000,"totalPages":2,"hasNext":false,"hasPrevious":true`, "ext-999")
	wantStatement(t, h, path+"?size=1000&page=2",
		`"page":2,"size":1000,"total":1000,"totalPages":1,"hasNext":false,"hasPrevious":true`)
	wantStatement(t, h, "/api/transactions?size=100&page=11",
		`"page":11,"size":100,"total":1001,"totalPages":11,"hasNext":false,"hasPrevious":true`, "ext-1000")
}

func TestATransactionOfAKeyHasThreeNames(t *testing.T) {
	// A payment and a charge may have the same externalId; the key tells them apart.
	payment, charge, theirs := movement(1), movement(0), movement(6)
	charge.ExternalID, charge.PixKey = payment.ExternalID, "loja@exemplo.com.br"
	theirs.Account = other
	back := movement(2)
	h := statements(t, payment, charge, theirs, back)
	for path, want := range map[string]string{
		"maria@exemplo.com.br/ext-1":                         `"transactionId":"999999"`,
		"MARIA%40EXEMPLO.COM.BR/999999":                      `"transactionId":"999999"`,
		"maria@exemplo.com.br/" + string(payment.EndToEndID): `"transactionId":"999999"`,
		"loja@exemplo.com.br/ext-1":                          `"transactionId":"1000000"`,
		"maria@exemplo.com.br/" + string(back.EndToEndID):    `"transactionId":"999998"`,
		"loja@exemplo.com.br/999999":                         "",
		"maria@exemplo.com.br/0999999":                       "",
		"maria@exemplo.com.br/unknown":                       "",
		"maria@exemplo.com.br/" + theirs.ID.String():         "",
		"maria@exemplo.com.br/" + string(theirs.EndToEndID):  "",
		"nokey/ext-1": "",
		"maria@exemplo.com.br/" + theirs.ExternalID:             "",
		"maria@exemplo.com.br/%00":                              "",
		"maria@exemplo.com.br/" + strings.Repeat("9", 40):       "",
		"maria@exemplo.com.br/" + "%E2%82%AC" + theirs.PixKey:   "",
		"maria@exemplo.com.br/" + string(charge.EndToEndID)[:9]: "",
	} {
		status, body := get(h, "/api/pix/transactions/pix-key/"+path)
		if want == "" && status != http.StatusNotFound || want != "" && !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", path, status, body, want)
		}
	}
}

func TestATransactionTellsWhatKindItIs(t *testing.T) {
	var all []pix.Movement
	for n := range 4 {
		all = append(all, movement(n))
	}
	all[0].Counterpart.Document = "11144477735"
	h := statements(t, all...)
	for n, want := range []string{
		`"type":"PAYMENT","status":"CONFIRMED","originalAmount":10.00,"feeAmount":0.40,"finalAmount":9.60`,
		`"type":"WITHDRAW","status":"CONFIRMED","originalAmount":10.00,"feeAmount":0.40,"finalAmount":10.40`,
		`"type":"REFUND_IN","status":"CONFIRMED","originalAmount":10.00,"feeAmount":0.40,"finalAmount":10.40`,
		`"type":"REFUND_OUT","status":"CONFIRMED","originalAmount":10.00,"feeAmount":0.40,"finalAmount":9.60`,
	} {
		status, body := get(h, "/api/pix/transaction/"+all[n].ID.String())
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%d %s, want %s", status, body, want)
		}
	}
	// Polling shows the document in full (contract §13 row 18).
	if _, body := get(h, "/api/pix/transaction/ext-0"); !strings.Contains(body, `"counterpartDocument":"11144477735"`) {
		t.Errorf("document: %s", body)
	}
	if status, _ := get(h, "/api/pix/transaction/"+string(all[1].EndToEndID)); status != http.StatusNotFound {
		t.Error("a transaction is polled by number or externalId, not by end-to-end id")
	}
}
