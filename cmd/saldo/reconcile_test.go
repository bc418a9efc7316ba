package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFileIsReconciledAgainstAServerAndItsBooks matches the demo merchant's own
// statement, and one with a line too much, with the server running and stopped.
func TestAFileIsReconciledAgainstAServerAndItsBooks(t *testing.T) {
	dir, files := t.TempDir(), t.TempDir()
	p, w := startDev(t, "--data", dir)
	e := operatorOf(w)
	own, more := filepath.Join(files, "extrato.csv"), filepath.Join(files, "extrato.ofx")
	mustCall(t, e, "statement", w.AccountID, "--from=2026-01-01", "--to=2126-12-31", "-o", own)
	mustCall(t, e, "statement", w.AccountID, "--from=2026-01-01", "--to=2126-12-31", "--format=ofx", "-o", more)
	text, err := os.ReadFile(more)
	if err == nil {
		const line = "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261120<TRNAMT>7.00<FITID>x<MEMO>=PIX</STMTTRN>"
		err = os.WriteFile(more, []byte(strings.Replace(string(text), "</BANKTRANLIST>", line+"</BANKTRANLIST>", 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	check := func(env map[string]string, flags ...string) {
		t.Helper()
		run := func(args ...string) string {
			return mustCall(t, env, append(append([]string{"reconcile", "--account", w.AccountID}, args...), flags...)...)
		}
		if out := run(own); !strings.Contains(out, "matched  1      48734.90  48734.90") {
			t.Errorf("its own statement:\n%s", out)
		}
		if out := run(own, "--json"); !strings.Contains(out, `"breaks":0,"classes":{"matched":1}`) {
			t.Errorf("its own statement:\n%s", out)
		}
		breaks := filepath.Join(files, "breaks.csv")
		if out := run(more, "-o", breaks); !strings.Contains(out, "missing_here  1      7.00") {
			t.Errorf("a line too much:\n%s", out)
		}
		written, err := os.ReadFile(breaks)
		if err != nil || !strings.Contains(string(written), "missing_here;1;;") || !strings.Contains(string(written), ";'=PIX;") {
			t.Errorf("%v: %s", err, written)
		}
	}
	check(e)
	p.stop()
	check(nil, "--data", dir)
}

func TestFilesThatCanNotBeReconciled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "extrato")
	if err := os.WriteFile(file, []byte("data;valor\n20/11/2026;x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[int][]string{
		exitUsage:  {"--format=csv", "--from=soon"},
		exitFailed: {"--format=csv", "--data", t.TempDir()},
	} {
		_, _, err := call(t, nil, append([]string{"reconcile", file, "--account=10000000007"}, args...)...)
		if exitCode(err) != want {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, args := range [][]string{
		{file, "--account=x", "--format=csv"}, {file, "--account=10000000007"}, {file, "--format=csv"},
		{file, "--account=10000000007", "--format=csv", "--window=25h"},
		{file, "--account=10000000007", "--format=csv", "--column", "when=x"},
	} {
		if _, _, err := call(t, nil, append([]string{"reconcile"}, args...)...); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", args, err)
		}
	}
}
