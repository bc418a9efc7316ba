package main

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// startDev starts saldo dev on free ports and waits until it is ready.
func startDev(t *testing.T, args ...string) (*process, welcome) {
	t.Helper()
	p := background(t, nil, append([]string{
		"dev", "--json", "--addr=127.0.0.1:0", "--operator-addr=127.0.0.1:0",
	}, args...)...)
	drain(p.stderr)
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var w welcome
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return p, w
}

// newToken gets a token with the printed client credentials.
func newToken(t *testing.T, w welcome) string {
	t.Helper()
	status, body := fetch(t, http.DefaultClient, http.MethodPost, w.URL+"/api/auth/token",
		`{"clientId":"`+w.ClientID+`","clientSecret":"`+w.ClientSecret+`"}`,
		map[string]string{"X-SSL-Client-Cert": w.ClientCert, "Content-Type": "application/json"})
	return tokenOf(t, status, body)
}

func tokenOf(t *testing.T, status int, body string) string {
	t.Helper()
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	err := json.Unmarshal([]byte(body), &answer)
	if err != nil || status != http.StatusCreated || answer.ExpiresIn != 1800 {
		t.Fatalf("token: %d %s", status, body)
	}
	return answer.AccessToken
}

func TestEveryCredentialThatDevPrintsWorks(t *testing.T) {
	for _, store := range [][]string{{"--data", t.TempDir()}, {"--store=memory:"}} {
		_, w := startDev(t, store...)
		fields := reflect.ValueOf(w)
		for i := range fields.NumField() {
			if tag := fields.Type().Field(i).Tag.Get("json"); tag != "-" && fields.Field(i).IsZero() {
				t.Errorf("%s is empty", tag)
			}
		}
		if w.DashboardURL != w.URL+"/dashboard" || strings.HasSuffix(w.URL, ":0") {
			t.Errorf("addresses: %s %s", w.URL, w.DashboardURL)
		}
		wantDemoBalance(t, http.DefaultClient, w.URL, w.Token)
		wantDemoBalance(t, http.DefaultClient, w.URL, newToken(t, w))
		wantOneAccount(t, w)
	}
}

// wantOneAccount asks the operator's API for all accounts.
func wantOneAccount(t *testing.T, w welcome) {
	t.Helper()
	status, body := fetch(t, http.DefaultClient, http.MethodGet, w.OperatorURL+"/accounts", "",
		map[string]string{"Authorization": "Bearer " + w.OperatorToken})
	var page struct {
		Data []struct {
			AccountID, Brand string
			Sandbox          bool
		}
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK {
		t.Fatalf("accounts: %d %s", status, body)
	}
	if len(page.Data) != 1 || page.Data[0].AccountID != w.AccountID || page.Data[0].Brand != "avista" ||
		page.Data[0].Sandbox {
		t.Errorf("accounts: %s", body)
	}
}

func TestARestartKeepsAccountAndCredentials(t *testing.T) {
	dir := t.TempDir()
	p, before := startDev(t, "--data", dir)
	p.stop()
	if info, err := os.Stat(filepath.Join(dir, "dev.json")); err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Errorf("dev.json: %v %v", info.Mode(), err)
	}
	_, after := startDev(t, "--store", "pebble:"+dir)
	// The token of before goes on working, and the credentials are the same.
	wantDemoBalance(t, http.DefaultClient, after.URL, before.Token)
	wantDemoBalance(t, http.DefaultClient, after.URL, after.Token)
	wantOneAccount(t, after)
	after.URL, after.OperatorURL, after.DashboardURL, after.Token =
		before.URL, before.OperatorURL, before.DashboardURL, before.Token
	if !reflect.DeepEqual(before, after) {
		t.Errorf("before: %+v\nafter: %+v", before, after)
	}
}

func TestADeletedDemoCredentialIsReplacedAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	p, before := startDev(t, "--data", dir)
	mustCall(t, operatorOf(before), "credential", "delete", before.ClientID)
	p.stop()
	_, after := startDev(t, "--data", dir)
	if after.ClientID == before.ClientID || after.AccountID != before.AccountID {
		t.Errorf("client %s, account %s", after.ClientID, after.AccountID)
	}
	wantDemoBalance(t, http.DefaultClient, after.URL, newToken(t, after))
}

func TestADevFileThatIsBrokenIsNamed(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "dev.json"), "{")
	_, _, err := call(t, nil, "dev", "--data", dir, "--addr=127.0.0.1:0", "--operator-addr=127.0.0.1:0")
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

func TestAPortInUseIsNamed(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	taken := strings.TrimPrefix(w.URL, "http://")
	for _, args := range [][]string{
		{"--addr", taken, "--operator-addr=127.0.0.1:0"}, {"--addr=127.0.0.1:0", "--operator-addr", taken},
	} {
		_, _, err := call(t, nil, append([]string{"dev", "--store=memory:"}, args...)...)
		if err == nil || !strings.Contains(err.Error(), taken) {
			t.Error(err)
		}
	}
}

// curl runs a curl command as it is printed: words and single-quoted texts.
func curl(t *testing.T, line string) (int, string) {
	t.Helper()
	method, address, body, header := http.MethodGet, "", "", map[string]string{}
	var words []string
	for _, match := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, match[1]+match[2])
	}
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-s":
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			header[name] = value
		case "-d":
			i++
			method, body = http.MethodPost, words[i]
		default:
			address = words[i]
		}
	}
	if words[0] != "curl" {
		t.Fatalf("no curl: %s", line)
	}
	return fetch(t, http.DefaultClient, method, address, body, header)
}

func TestTheCommandsThatDevPrintsWorkAsPasted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	p := background(t, nil, "dev", "--addr=127.0.0.1:0", "--operator-addr=127.0.0.1:0", "--data", dir, "--rail=http")
	drain(p.stderr)
	page := ""
	commands := map[string]string{} // by path
	for !strings.Contains(page, "/accounts -H") {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after\n%s", err, page)
		}
		page += line
		if words := strings.Fields(line); len(words) > 2 && words[0] == "curl" {
			address, err := url.Parse(words[2])
			if err != nil {
				t.Fatal(err)
			}
			commands[address.Path] = strings.TrimSpace(line)
		}
	}
	pages := regexp.MustCompile(`http://\S+/dashboard`).FindAllString(page, -1)
	if !strings.Contains(page, dir) || len(pages) != 2 {
		t.Errorf("page:\n%s", page)
	}
	for _, address := range pages {
		if status, body := fetch(t, http.DefaultClient, http.MethodGet, address, "", nil); status != http.StatusOK ||
			!strings.Contains(body, "/dashboard/sign-in") {
			t.Errorf("%s: %d %s", address, status, body)
		}
	}
	if status, body := curl(t, commands["/api/balance"]); status != http.StatusOK || !balanceShape.MatchString(body) {
		t.Errorf("balance: %d %s", status, body)
	}
	status, body := curl(t, commands["/api/auth/token"])
	tokenOf(t, status, body)
	if status, body := curl(t, commands["/api/pix/cash-out"]); status != http.StatusCreated {
		t.Errorf("payment: %d %s", status, body)
	}
	// The rail is http: what was paid stays blocked until its event comes.
	if _, body := curl(t, commands["/api/balance"]); !strings.Contains(body, `"blockedBalance":25.90`) {
		t.Errorf("balance after the payment: %s", body)
	}
	if status, body := curl(t, commands["/accounts"]); status != http.StatusOK || !strings.Contains(body, demoName) {
		t.Errorf("accounts: %d %s", status, body)
	}
}
