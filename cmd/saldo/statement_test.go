package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/statement"
)

// TestAStatementIsTheSameFromAServerAndFromItsBooks asks a running server, stops it,
// and reads its books.
func TestAStatementIsTheSameFromAServerAndFromItsBooks(t *testing.T) {
	dir := t.TempDir()
	p, w := startDev(t, "--data", dir)
	e := operatorOf(w)
	asked := make(map[string]string)
	for _, format := range statement.Formats() {
		asked[format] = mustCall(t, e, "statement", w.AccountID, "--from=2026-01-01", "--to=2126-12-31", "--format", format)
	}
	for format, want := range map[string]string{
		"json": `"closing":{"grossBalance":48734.90,`, "jsonl": `{"type":"closing",`, "csv": ";48734,90\r\n",
		"ofx": "<BALAMT>48734.90</BALAMT>", "camt053": `<Amt Ccy="BRL">48734.90</Amt>`,
	} {
		if !strings.Contains(asked[format], want) {
			t.Errorf("%q is not in\n%s", want, asked[format])
		}
	}
	if csv := mustCall(t, e, "statement", w.AccountID); !strings.HasPrefix(csv, "\uFEFFdata;") {
		t.Errorf("without flags:\n%s", csv)
	}
	if out := mustCall(t, e, "statement", w.AccountID, "--json"); !strings.HasPrefix(out, `{"account":`) {
		t.Errorf("with --json:\n%s", out)
	}
	p.stop()

	file := filepath.Join(t.TempDir(), "extrato.csv")
	mustCall(t, nil, "statement", w.AccountID, "--data", dir, "--from=2026-01-01", "--to=2126-12-31", "-o", file)
	read, err := os.ReadFile(file)
	if err != nil || string(read) != asked["csv"] {
		t.Errorf("%v: out of the books\n%s\nfrom the server\n%s", err, read, asked["csv"])
	}
	ofx := mustCall(t, nil, "statement", w.AccountID, "--data", dir, "--format=ofx", "--ispb=99999003")
	if !strings.Contains(ofx, "<BANKID>99999003</BANKID>") {
		t.Errorf("out of the books:\n%s", ofx)
	}
}

func TestStatementsThatCanNotBe(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	e := operatorOf(w)
	for _, args := range [][]string{
		{"no-account"}, {w.AccountID, "--from=1.11.2026"}, {w.AccountID, "--from=2026-11-02", "--to=2026-11-01"},
		{w.AccountID, "--store=memory:"}, {w.AccountID, "--data", t.TempDir(), "--ispb=1"}, {w.AccountID, "--format=pdf"},
	} {
		if _, _, err := call(t, e, append([]string{"statement"}, args...)...); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, args := range [][]string{{"1000000000"}, {w.AccountID, "--data", filepath.Join(t.TempDir(), "none")}} {
		if _, _, err := call(t, e, append([]string{"statement"}, args...)...); exitCode(err) != exitFailed {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestAStatementThatIsCutOffLeavesNoFile has a server whose connection breaks in the
// middle of an answer.
func TestAStatementThatIsCutOffLeavesNoFile(t *testing.T) {
	_, w := startDev(t, "--store=memory:")
	whole := mustCall(t, operatorOf(w), "statement", w.AccountID, "--format=jsonl")
	server := serveHTTP(t, func(out http.ResponseWriter, _ *http.Request) {
		_, _ = out.Write([]byte(whole[:len(whole)-10]))
		_ = http.NewResponseController(out).Flush()
		panic(http.ErrAbortHandler)
	})
	e := env{"SALDO_OPERATOR_URL": server, "SALDO_OPERATOR_TOKEN": "any"}
	dir := t.TempDir()
	_, _, err := call(t, e, "statement", w.AccountID, "-o", filepath.Join(dir, "extrato.csv"))
	if exitCode(err) != exitFailed || !errors.Is(err, statement.ErrCutShort) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTheBarShowsHowFarItIs(t *testing.T) {
	var shown bytes.Buffer
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	b := &bar{w: &shown, total: 4, now: func() time.Time { now = now.Add(60 * time.Millisecond); return now }}
	lines := func(yield func(statement.Line, error) bool) {
		for range 4 {
			if !yield(statement.Line{}, nil) {
				return
			}
		}
	}
	seen := 0
	for range b.along(lines) {
		seen++
	}
	b.end()
	got := strings.ReplaceAll(shown.String(), "\x1b[K", "")
	if seen != 4 || !strings.HasSuffix(got, "\r["+strings.Repeat("=", 40)+"] 4 of 4 lines\n") ||
		!strings.Contains(got, "\r["+strings.Repeat("=", 10)+strings.Repeat(" ", 30)+"] 1 of 4 lines") ||
		strings.Count(got, "\r") > 4 {
		t.Errorf("%d lines, shown %q", seen, got)
	}
}
