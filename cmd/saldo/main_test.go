package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// env is an environment of a test.
type env map[string]string

func (e env) get(name string) string { return e[name] }

// call runs the program to its end and returns what it printed.
func call(t *testing.T, e env, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	err = run(t.Context(), args, e.get, strings.NewReader(""), &out, &log)
	return out.String(), log.String(), err
}

// mustCall is call for what must work.
func mustCall(t *testing.T, e env, args ...string) string {
	t.Helper()
	stdout, stderr, err := call(t, e, args...)
	if err != nil {
		t.Fatalf("saldo %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return stdout
}

// process is a program that runs beside the test.
type process struct {
	stdout *bufio.Reader
	stderr *bufio.Reader
	stop   func() // waits until it has stopped in order
}

// background starts the program. It is stopped at the end of the test at the
// latest, and must stop without an error.
func background(t *testing.T, e env, args ...string) *process {
	t.Helper()
	outReader, out := io.Pipe()
	logReader, log := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := run(ctx, args, e.get, strings.NewReader(""), out, log)
		broken := errors.Join(errors.New("it ended"), err)
		out.CloseWithError(broken)
		log.CloseWithError(broken)
		done <- err
	}()
	p := &process{stdout: bufio.NewReader(outReader), stderr: bufio.NewReader(logReader)}
	p.stop = sync.OnceFunc(func() {
		cancel()
		// What nobody reads must not keep it from ending.
		go func() { _, _ = io.Copy(io.Discard, outReader) }()
		go func() { _, _ = io.Copy(io.Discard, logReader) }()
		if err := <-done; err != nil {
			t.Errorf("saldo %s: %v", strings.Join(args, " "), err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// drain throws away what comes on a stream, so that writers never wait.
func drain(r io.Reader) { go func() { _, _ = io.Copy(io.Discard, r) }() }

// fetch sends a request and returns the status and body of the answer.
func fetch(t *testing.T, client *http.Client, method, url, body string, header map[string]string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// balanceShape is the answer of GET /api/balance of an account that holds the
// demo balance, byte by byte but for the instant.
var balanceShape = regexp.MustCompile(`^\{"grossBalance":48734\.90,"blockedBalance":0\.00,"netBalance":48734\.90,` +
	`"consultedAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}$`)

// wantDemoBalance asks for the balance with a token.
func wantDemoBalance(t *testing.T, client *http.Client, url, token string) {
	t.Helper()
	status, body := fetch(t, client, http.MethodGet, url+"/api/balance", "",
		map[string]string{"Authorization": "Bearer " + token})
	if status != http.StatusOK || !balanceShape.MatchString(body) {
		t.Fatalf("balance: %d %s", status, body)
	}
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHelpAndVersionAreNoErrors(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--help", "saldo <command>"},
		{"serve --help", "$SALDO_BEHIND_PROXY"},
		{"account create --help", "$SALDO_OPERATOR_TOKEN"},
		{"dev --help", "127.0.0.1:8080"},
		{"version", "saldo dev"},
	} {
		if got := mustCall(t, nil, strings.Fields(c.args)...); !strings.Contains(got, c.want) {
			t.Errorf("saldo %s: %q is not in\n%s", c.args, c.want, got)
		}
	}
}

func TestMistakesInUseExitWith2(t *testing.T) {
	for _, args := range []string{
		"", "nothing", "dev --nothing", "dev --rail train", "dev --data a --store memory:", "account", "account show",
		"account list", // without a token
		"verify --store memory:",
		"account create --name a --document b --brand c --operator-token t --fee cashUp=1",
		"account create --name a --document b --brand c --operator-token t --opening-balance 1,5",
	} {
		_, _, err := call(t, nil, strings.Fields(args)...)
		if code := exitCode(err); code != exitUsage {
			t.Errorf("saldo %s: exit code %d, %v", args, code, err)
		}
	}
	if _, _, err := call(t, nil, "dev", "--store", "postgres://127.0.0.1:1/saldo"); exitCode(err) != exitFailed ||
		!strings.Contains(err.Error(), "unavailable") {
		t.Errorf("PostgreSQL: %v", err)
	}
	if exitCode(nil) != 0 {
		t.Error("no error is an error")
	}
}
