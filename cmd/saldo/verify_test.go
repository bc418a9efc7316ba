package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/book"
)

func TestBooksOfAStoppedServerAreVerified(t *testing.T) {
	dir := t.TempDir()
	p, _ := startDev(t, "--data", dir)

	_, _, err := call(t, nil, "verify", "--data", dir)
	if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "a server is running on it; stop that first") {
		t.Errorf("while a server runs: %v", err)
	}
	p.stop()

	if out := mustCall(t, nil, "verify", "--data", dir); out != "2 accounts, 1 entries, 0 holds, 0 movements\nok\n" {
		t.Errorf("verified: %q", out)
	}
	var v verdict
	if err := json.Unmarshal([]byte(mustCall(t, nil, "verify", "--store", "pebble:"+dir, "--json")), &v); err != nil ||
		!v.OK || v.Accounts != 2 || v.Entries != 1 || v.Findings == nil {
		t.Errorf("verdict: %+v %v", v, err)
	}
}

func TestFoldersWithoutBooksAreNotVerified(t *testing.T) {
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "none")} {
		if _, _, err := call(t, nil, "verify", "--data", dir); exitCode(err) != exitFailed {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestFindingsAreAllPrinted(t *testing.T) {
	report := book.Report{
		Progress: book.Progress{Accounts: 3}, Stopped: true,
		Findings: []error{errors.New("first finding"), errors.New("second finding")},
	}
	var out bytes.Buffer
	if err := (&verifyCmd{}).print(&out, report); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first finding\n", "second finding\n", "stopped", "3 accounts"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "ok") {
		t.Errorf("it is not ok:\n%s", &out)
	}
	out.Reset()
	if err := (&verifyCmd{JSON: true}).print(&out, report); err != nil {
		t.Fatal(err)
	}
	var v verdict
	if err := json.Unmarshal(out.Bytes(), &v); err != nil || v.OK || len(v.Findings) != 2 || !v.Stopped {
		t.Errorf("verdict: %s %v", &out, err)
	}
}
