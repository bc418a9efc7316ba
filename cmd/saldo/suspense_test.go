package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestSuspenseIsListedAndResolved(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	tell(t, w, `{"id":"evt-1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000001","amount":7.5,`+
		`"pixKey":"ninguem@example.com"}`)
	var items []shownSuspense
	if err := json.Unmarshal([]byte(mustCall(t, e, "suspense", "list", "--json")), &items); err != nil || len(items) != 1 {
		t.Fatalf("items %+v, %v", items, err)
	}
	id := items[0].ID
	if list := mustCall(t, e, "suspense", "list"); !strings.Contains(list, "7.50") || !strings.Contains(list, "evt-1") {
		t.Errorf("list:\n%s", list)
	}
	for _, wrong := range [][]string{
		{"apply"}, {"burn"}, {"credit"}, {"credit", "--account=1"}, {"returned"}, {"dismiss", "--note=x"},
	} {
		if _, _, err := call(t, e, append([]string{"suspense", "resolve", id}, wrong...)...); err == nil {
			t.Errorf("resolved by %v", wrong)
		}
	}
	done := mustCall(t, e, "suspense", "resolve", id, "credit", "--account", w.AccountID, "--by=Rita", "--note=wrong key")
	if done != "resolved "+id+"\n" {
		t.Errorf("resolve: %s", done)
	}
	if list := mustCall(t, e, "suspense", "list"); strings.Contains(list, id) {
		t.Errorf("still open:\n%s", list)
	}
	if list := mustCall(t, e, "suspense", "list", "--status=resolved"); !strings.Contains(list, w.AccountID) ||
		!strings.Contains(list, "credit") {
		t.Errorf("resolved:\n%s", list)
	}
}

// tell tells an event of the rail.
func tell(t *testing.T, w welcome, event string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.OperatorURL+"/rail/events",
		strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.OperatorToken)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("event: %s", answer.Status)
	}
}
