package saldotest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

const (
	goodBalance = `{"grossBalance":1.00,"blockedBalance":0.00,"netBalance":1.00,"consultedAt":"2026-11-20T12:00:00.000Z"}`
	goodCredit  = `{"access_token":"x","token_type":"Bearer","expires_in":1800}`
	goodSignIn  = `{"clientId":"account-1-00000000","clientSecret":"12345678"}`
)

func TestWhatDoesNotFitTheDocumentIsFound(t *testing.T) {
	for _, c := range []struct {
		rule, call, sent string
		status           int
		answer, wants    string // wants is part of the complaint; empty if it fits
	}{
		{"a fitting answer", "GET /api/balance", "", 200, goodBalance, ""},
		{"a status of nobody", "GET /api/balance", "", 418, "{}", "status 418"},
		{"a member too many", "GET /api/balance", "", 200, strings.Replace(goodBalance, "{", `{"x":1,`, 1), "x"},
		{"a member too few", "GET /api/balance", "", 200, `{"netBalance":1.00}`, "missing"},
		{"text for a number", "GET /api/balance", "", 200, strings.Replace(goodBalance, "1.00", `"1.00"`, 1), "got string"},
		{"a thousandth", "GET /api/balance", "", 200, strings.Replace(goodBalance, "1.00", "1.001", 1), "multipleOf"},
		{"a time without milliseconds", "GET /api/balance", "", 200,
			strings.Replace(goodBalance, ".000Z", "Z", 1), "consultedAt"},
		{"no JSON at all", "GET /api/balance", "", 200, "oops", "invalid character"},
		{"an error that is none", "GET /api/balance", "", 401, `{"statusCode":401}`, "missing"},
		{"an operation of nobody", "GET /api/nothing", "", 200, "{}", "not documented"},
		{"no such path", "GET /api/nothing", "", 404, "{}", ""},
		{"a fitting request", "POST /api/auth/token", goodSignIn, 201, goodCredit, ""},
		{"a request without body", "POST /api/auth/token", "", 201, goodCredit, "no body"},
		{"a short secret", "POST /api/auth/token", strings.Replace(goodSignIn, "12345678", "1234567", 1), 201, goodCredit,
			"minLength"},
		{"a parameter of nobody", "GET /api/balance?x=1", "", 200, goodBalance, "parameter x"},
		{"a page of none", "GET /api/transactions?size=101", "", 200,
			`{"data":[],"metadata":{"page":1,"size":101,"total":0,"totalPages":0,"hasNext":false,"hasPrevious":false}}`,
			"maximum"},
		{"a page", "GET /api/transactions?size=100&startDate=2026-11-20&status=ERROR", "", 200,
			`{"data":[],"metadata":{"page":1,"size":100,"total":0,"totalPages":0,"hasNext":false,"hasPrevious":false}}`, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			method, path, _ := strings.Cut(c.call, " ")
			r, err := http.NewRequest(method, "http://localhost"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			response := &http.Response{
				StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: io.NopCloser(nil),
			}
			err = (&listener{document: publicDocument()}).check(r, []byte(c.sent), response, []byte(c.answer))
			if (err == nil) != (c.wants == "") || err != nil && !strings.Contains(err.Error(), c.wants) {
				t.Errorf("complaint: %v, want %q", err, c.wants)
			}
		})
	}
}

// TestEverySchemaCompiles looks at those too that no test happens to meet.
func TestEverySchemaCompiles(t *testing.T) {
	for name, d := range map[string]*document{"public": publicDocument(), "operator": houseDocument()} {
		schemas, _ := d.at("/components/schemas").(map[string]any)
		for schema := range schemas {
			if _, err := d.schema("/components/schemas/" + schema); err != nil {
				t.Errorf("%s: %s: %v", name, schema, err)
			}
		}
	}
}
