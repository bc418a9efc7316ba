package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// madeAt is what two reports of a day that is not over differ in.
var madeAt = regexp.MustCompile(`"(asOf|createdAt|oldestSince)":"[^"]*"`)

// TestAReportIsTheSameFromAServerAndFromItsBooks asks a running server, stops it,
// and reads its books.
func TestAReportIsTheSameFromAServerAndFromItsBooks(t *testing.T) {
	dir := t.TempDir()
	p, w := startDev(t, "--data", dir)
	e := operatorOf(w)
	account := mustCall(t, e, "report", "--account", w.AccountID, "--json")
	house := mustCall(t, e, "report", "--format=json")
	if !strings.Contains(account, `"closing":48734.90,"difference":0.00`) {
		t.Errorf("account:\n%s", account)
	}
	if !strings.Contains(house, `"balanced":true`) {
		t.Errorf("house:\n%s", house)
	}
	if csv := mustCall(t, e, "report"); !strings.HasPrefix(csv, "\uFEFFseção;") {
		t.Errorf("without flags:\n%s", csv)
	}
	p.stop()

	file := filepath.Join(t.TempDir(), "casa.json")
	mustCall(t, nil, "report", "--data", dir, "--format=json", "--out", file)
	read, err := os.ReadFile(file)
	if err != nil || madeAt.ReplaceAllString(string(read), "") != madeAt.ReplaceAllString(house, "") {
		t.Errorf("%v: out of the books\n%s\nfrom the server\n%s", err, read, house)
	}
	out := mustCall(t, nil, "report", "--data", dir, "--account", w.AccountID, "--json", "--ispb=99999003")
	if !strings.Contains(out, `"bankISPB":"99999003"`) {
		t.Errorf("out of the books:\n%s", out)
	}
}

func TestReportsThatCanNotBe(t *testing.T) {
	dir := t.TempDir()
	p, w := startDev(t, "--data", dir)
	e := operatorOf(w)
	for _, args := range [][]string{
		{"--account=no-account"}, {"--date=1.11.2026"}, {"--date=2126-01-01"}, {"--store=memory:"}, {"--format=pdf"},
		{"--data", dir, "--ispb=1"},
	} {
		if _, _, err := call(t, e, append([]string{"report"}, args...)...); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, args := range [][]string{
		{"--account=1000000000"}, {"--date=2020-01-01"}, {"--data", filepath.Join(t.TempDir(), "none")},
	} {
		if _, _, err := call(t, e, append([]string{"report"}, args...)...); exitCode(err) != exitFailed {
			t.Errorf("%q: %v", args, err)
		}
	}
	p.stop()
	_, _, err := call(t, nil, "report", "--data", dir, "--date=2020-01-01")
	if exitCode(err) != exitUsage || !strings.Contains(err.Error(), "--date must not be before") {
		t.Errorf("before there was an account: %v", err)
	}
}

// TestAReportThatIsCutOffLeavesNoFile has a server whose connection breaks in the
// middle of an answer.
func TestAReportThatIsCutOffLeavesNoFile(t *testing.T) {
	server := serveHTTP(t, func(out http.ResponseWriter, _ *http.Request) {
		_, _ = out.Write([]byte(`{"date":`))
		_ = http.NewResponseController(out).Flush()
		panic(http.ErrAbortHandler)
	})
	e := env{"SALDO_OPERATOR_URL": server, "SALDO_OPERATOR_TOKEN": "any"}
	dir := t.TempDir()
	_, _, err := call(t, e, "report", "--out", filepath.Join(dir, "casa.csv"))
	if exitCode(err) != exitFailed || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestWhatIsSaidOfReportsIsChecked(t *testing.T) {
	for _, test := range []struct{ at, dir, want string }{
		{"", "", ""}, {"00:15", "", ""}, {"23:59", "reports", ""}, {"", "reports", "without report_at"},
		{"24:00", "", `report_at "24:00"`}, {"midnight", "", "report_at"}, {"1:5", "", "report_at"},
	} {
		settings := good()
		settings.ReportAt, settings.ReportDir = test.at, test.dir
		plan, err := settings.build()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q, %q: %v, want %q", test.at, test.dir, err, test.want)
		}
		if err == nil && (plan.Reports.Daily != (test.at != "") || plan.Reports.Dir != test.dir) {
			t.Errorf("%q, %q: %+v", test.at, test.dir, plan.Reports)
		}
	}
}
