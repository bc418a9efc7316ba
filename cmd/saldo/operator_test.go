package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
)

// operatorOf is an environment in which the operator's commands call a server.
func operatorOf(w welcome) env {
	return env{"SALDO_OPERATOR_URL": w.OperatorURL, "SALDO_OPERATOR_TOKEN": w.OperatorToken}
}

func TestAccountsAreOpenedListedAndShown(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	document := string(pixid.NewCNPJ(7))
	printed := mustCall(t, e, "account", "create", "--json", "--name=Padaria Exemplo", "--document", document,
		"--brand=ntxpay", "--city=Recife", "--sandbox", "--opening-balance=1500.5",
		"--pix-key=padaria@example.com", "--pix-key", document,
		"--fee=cashOut=0.40+1.5%,min=0.50,max=5", "--fee", "cashIn=0.99%")
	var opened account
	if err := json.Unmarshal([]byte(printed), &opened); err != nil {
		t.Fatal(err)
	}
	want := account{
		AccountID: opened.AccountID, Name: "Padaria Exemplo", Document: document, Brand: "ntxpay", City: "Recife",
		Sandbox: true, PixKeys: []string{"padaria@example.com", document}, GrossBalance: "1500.50",
		BlockedBalance: "0.00", NetBalance: "1500.50", CreatedAt: opened.CreatedAt,
		Fees: map[string]fee{
			"cashOut":  {Fixed: "0.40", Percentage: "1.5000", Minimum: "0.50", Maximum: "5.00"},
			"cashIn":   {Fixed: "0.00", Percentage: "0.9900", Minimum: "0.00"},
			"refundIn": {Fixed: "0.00", Percentage: "0.0000", Minimum: "0.00"},
		},
		accountSettings: accountSettings{
			Provider: json.RawMessage("null"), SplitFrequency: "IMMEDIATE", Bacen: &bacenSetting{true},
			Dashboard: &dashboardSetting{false},
		},
	}
	if !reflect.DeepEqual(opened, want) {
		t.Errorf("opened: %+v\nwant: %+v", opened, want)
	}
	if shown := mustCall(t, e, "account", "show", "--json", opened.AccountID); shown != printed {
		t.Errorf("shown: %s\nopened: %s", shown, printed)
	}
	var listed []account
	if err := json.Unmarshal([]byte(mustCall(t, e, "account", "list", "--json")), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != 2 {
		t.Errorf("listed: %+v", listed)
	}
	shown := mustCall(t, e, "account", "show", opened.AccountID)
	for _, want := range []string{"Padaria Exemplo", "1500.50", "0.40+1.5000%,min=0.50,max=5.00", document} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in\n%s", want, shown)
		}
	}
	table := mustCall(t, e, "account", "list")
	if lines := strings.Count(table, "\n"); lines != 3 || !strings.Contains(table, "48734.90") {
		t.Errorf("table:\n%s", table)
	}
}

func TestAnAccountIsChanged(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	shown := mustCall(t, e, "account", "change", w.AccountID, "--provider=golpix,min=86400,days", "--split-frequency=weekly",
		"--bacen=off", "--fee=cashOut=0.50", "--pix-key=outra@example.com")
	for _, want := range []string{
		"golpix,min=86400,max=604800,days", "weekly", "off", "0.50+0.0000%,min=0.00", "outra@example.com",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in\n%s", want, shown)
		}
	}
	shown = mustCall(t, e, "account", "change", w.AccountID, "--provider=none", "--bacen=on")
	for _, want := range []string{"none", "weekly", "on"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in\n%s", want, shown)
		}
	}
	for _, flag := range []string{"--bacen=yes", "--provider=,min=1", "--provider=x,least=1", "--provider=x,min=a", "--fee=x=1"} {
		if _, _, err := call(t, e, "account", "change", w.AccountID, flag); exitCode(err) != exitUsage {
			t.Errorf("%s: %v", flag, err)
		}
	}
	if _, _, err := call(t, e, "account", "change", w.AccountID, "--split-frequency=monthly"); exitCode(err) != exitFailed {
		t.Errorf("a frequency that there is not: %v", err)
	}
}

func TestListsAreFetchedPageByPage(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	flags := operatorFlags{OperatorURL: w.OperatorURL, OperatorToken: "wrong"}
	if _, err := flags.list(t.Context(), "/accounts"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong token: %v", err)
	}
	pages := []string{`{"data":[1,2],"next":"2"}`, `{"data":[3],"next":null}`}
	var asked []string
	server := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("after"))
		_, _ = w.Write([]byte(pages[len(asked)-1]))
	})
	flags = operatorFlags{OperatorURL: server, OperatorToken: "any"}
	all, err := flags.list(t.Context(), "/accounts")
	if err != nil || len(all) != 3 || !reflect.DeepEqual(asked, []string{"", "2"}) {
		t.Errorf("%s, asked after %q: %v", all, asked, err)
	}
}

func TestCredentialsAreIssuedListedAndDeleted(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	printed := mustCall(t, e, "credential", "create", "--json", w.AccountID, "--scope=balance:read", "--scope=pix:read")
	var second issued
	if err := json.Unmarshal([]byte(printed), &second); err != nil || second.ClientKey == "" {
		t.Fatalf("%v: %s", err, printed)
	}
	own := w
	own.ClientID, own.ClientSecret, own.ClientCert = second.ClientID, second.ClientSecret, second.ClientCert
	token := newToken(t, own)
	wantDemoBalance(t, http.DefaultClient, w.URL, token)

	table := mustCall(t, e, "credential", "list", w.AccountID)
	if !strings.Contains(table, w.ClientID) || !strings.Contains(table, second.ClientID) ||
		!strings.Contains(table, "  all  ") || !strings.Contains(table, "  pix:read balance:read  ") {
		t.Errorf("table:\n%s", table)
	}
	if out := mustCall(t, e, "credential", "delete", second.ClientID); !strings.Contains(out, second.ClientID) {
		t.Errorf("deleted: %s", out)
	}
	status, _ := fetch(t, http.DefaultClient, http.MethodGet, w.URL+"/api/balance", "",
		map[string]string{"Authorization": "Bearer " + token})
	if status != http.StatusUnauthorized {
		t.Errorf("a deleted credential's token: %d", status)
	}
	var left []credential
	if err := json.Unmarshal([]byte(mustCall(t, e, "credential", "list", "--json", w.AccountID)), &left); err != nil ||
		len(left) != 1 || left[0].ClientID != w.ClientID {
		t.Errorf("left: %v %v", left, err)
	}
}

func TestAClientMayBringItsCertificate(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	certificate, _ := clientCertificate(t)
	file := writeFile(t, filepath.Join(t.TempDir(), "client.crt"), certificate)
	printed := mustCall(t, operatorOf(w), "credential", "create", w.AccountID, "--certificate", file)
	if !strings.Contains(printed, certificate) || strings.Contains(printed, "PRIVATE KEY") {
		t.Errorf("printed:\n%s", printed)
	}
	_, _, err := call(t, operatorOf(w), "credential", "create", w.AccountID, "--certificate", os.DevNull)
	if err != nil {
		t.Errorf("an empty file stands for no certificate: %v", err)
	}
	_, _, err = call(t, operatorOf(w), "credential", "create", w.AccountID, "--certificate", file+".none")
	if err == nil {
		t.Error("a file that is not there is taken")
	}
}

func TestCertificatesAreBoundListedAndUnbound(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	printed := mustCall(t, e, "certificate", "bind", "--json", w.AccountID)
	var second issued
	if err := json.Unmarshal([]byte(printed), &second); err != nil || second.ClientKey == "" || second.ClientID != "" {
		t.Fatalf("%v: %s", err, printed)
	}
	certificate, _ := clientCertificate(t)
	file := writeFile(t, filepath.Join(t.TempDir(), "client.crt"), certificate)
	third := mustCall(t, e, "certificate", "bind", w.AccountID, "--certificate", file)
	if !strings.Contains(third, certificate) || strings.Contains(third, "PRIVATE KEY") {
		t.Errorf("printed:\n%s", third)
	}
	renewed := w
	renewed.ClientCert = second.ClientCert
	oldToken, newTokens := newToken(t, w), newToken(t, renewed)

	var listed []boundCertificate
	if err := json.Unmarshal([]byte(mustCall(t, e, "certificate", "list", "--json", w.AccountID)), &listed); err != nil ||
		len(listed) != 3 {
		t.Fatalf("%v: %v", err, listed)
	}
	first := ""
	for _, c := range listed {
		if len(c.ClientIDs) > 0 {
			first = c.Fingerprint
		}
	}
	if table := mustCall(t, e, "certificate", "list", w.AccountID); strings.Count(table, "\n") != 4 ||
		!strings.Contains(table, second.Fingerprint) || !strings.Contains(table, w.ClientID) {
		t.Errorf("table:\n%s", table)
	}
	if out := mustCall(t, e, "certificate", "unbind", w.AccountID, first); out != "unbound "+first+"\n" {
		t.Errorf("unbound: %s", out)
	}
	wantDemoBalance(t, http.DefaultClient, w.URL, newTokens)
	if status, _ := fetch(t, http.DefaultClient, http.MethodGet, w.URL+"/api/balance", "",
		map[string]string{"Authorization": "Bearer " + oldToken}); status != http.StatusUnauthorized {
		t.Errorf("a token of the certificate that is gone: %d", status)
	}
}

func TestBrandsAreListedAndShown(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	table := mustCall(t, e, "brand", "list")
	for _, want := range []string{"avista", "#4A70B8", "api.avista.global", "NTX Pay", "#18ac88", "api.ntxpay.com"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	var listed []shownBrand
	if err := json.Unmarshal([]byte(mustCall(t, e, "brand", "list", "--json")), &listed); err != nil || len(listed) != 2 {
		t.Fatalf("%v: %v", err, listed)
	}
	var shown shownBrand
	if err := json.Unmarshal([]byte(mustCall(t, e, "brand", "show", "--json", "ntxpay")), &shown); err != nil ||
		!reflect.DeepEqual(shown, listed[1]) {
		t.Errorf("%v: %+v, want %+v", err, shown, listed[1])
	}
	if page := mustCall(t, e, "brand", "show", "avista"); !strings.Contains(page, "suporte@avista.example") {
		t.Errorf("page:\n%s", page)
	}
	if _, _, err := call(t, e, "brand", "show", "roxo"); err == nil || !strings.Contains(err.Error(), "BRAND_NOT_FOUND") {
		t.Errorf("an unknown brand: %v", err)
	}
}

func TestWhatTheOperatorsAPIRefusesIsTold(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"account", "show", "1234567890"}, "ACCOUNT_NOT_FOUND"},
		{[]string{"credential", "delete", "nobody"}, "CREDENTIAL_NOT_FOUND"},
		{[]string{"account", "create", "--name=a", "--document=123", "--brand=avista"}, "document"},
		{[]string{"account", "list", "--operator-token=wrong"}, "operator token is missing or wrong"},
		{[]string{"account", "list", "--operator-url", w.URL + "/nothing"}, "404"},
	} {
		_, _, err := call(t, e, c.args...)
		if exitCode(err) != exitFailed || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
		if err != nil && strings.Contains(err.Error(), w.OperatorToken) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}

func TestFees(t *testing.T) {
	for _, c := range []struct {
		text string
		want fee
	}{
		{"0.40", fee{Fixed: "0.40"}},
		{"1.5%", fee{Percentage: "1.5"}},
		{"0.4+0.0001%", fee{Fixed: "0.40", Percentage: "0.0001"}},
		{"1%,min=1", fee{Percentage: "1", Minimum: "1.00"}},
		{"1%,max=2.5,min=1", fee{Percentage: "1", Minimum: "1.00", Maximum: "2.50"}},
	} {
		if got, err := parseFee(c.text); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.text, got, err)
		}
	}
	for _, text := range []string{"", "a", "1.234", "-1", "1%%", "0.00001%", "1,5%", "1,least=2", "1,min", "1,min=x"} {
		if got, err := parseFee(text); err == nil {
			t.Errorf("%q is taken: %+v", text, got)
		}
	}
	if _, err := parseFees([]string{"cashIn=1", "cashIn=2"}); err == nil {
		t.Error("a fee is taken twice")
	}
}
