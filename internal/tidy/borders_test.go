package tidy_test

import (
	"testing"

	"github.com/saldo-pix/saldo/internal/tidy"
)

func TestBordersOfThisTree(t *testing.T) {
	wantNone(t, tidy.PlannedBorders.Check(thisTree(t)))
}

func TestBorders(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"plain standard library", "ledger/l.go", `import ("errors"; "net/url"; "time")`, nil},
		{"storage", "ledger/l.go", `import "database/sql"`, []string{":2: storage"}},
		{"below storage", "ledger/l.go", `import "database/sql/driver"`, []string{":2: storage"}},
		{"network", "pix/p.go", `import "net/http"`, []string{":2: no I/O"}},
		{"below the system", "pix/p.go", `import "os/exec"`, []string{":2: no I/O"}},
		{"JSON", "money/m.go", `import "encoding/json"`, []string{":2: each edge"}},
		{"excused", "pix/p.go", `import "encoding/json"`, nil},
		{"logger", "money/m.go", `import "log"`, []string{":2: does not log"}},
		{"a test may", "ledger/l_test.go", `import ("os"; "example.com/x")`, nil},
		{"an edge may", "httpapi/h.go", `import ("os"; "example.com/x")`, nil},
		{"module of others", "pix/p.go", `import "example.com/x"`, []string{":2: PureModules"}},
		{"allowed module", "pixid/p.go", `import "golang.org/x/text/runes"`, nil},
		{"allowed elsewhere", "pix/p.go", `import "golang.org/x/text/runes"`, []string{":2: PureModules"}},
		{"test module", "outbox/o.go", `import "pgregory.net/rapid"`, []string{":2: for tests alone"}},
		{"test module in a test", "outbox/o_test.go", `import "pgregory.net/rapid"`, nil},
		{"test module in a suite", "book/booktest/b.go", `import "pgregory.net/rapid"`, nil},
		{"a masking LogValue", "pixid/p.go", `import "log/slog"
			func (k Key) LogValue() slog.Value { return slog.StringValue("***") }`, nil},
		{"a log line", "pixid/p.go", `import "log/slog"
			func f() { slog.Info("paid") }`, []string{":3: not Info"}},
		{"a logger by another name", "pixid/p.go", `import log "log/slog"
			type S struct { l *log.Logger }`, []string{":3: not Logger"}},
		{"a logger without a name", "pixid/p.go", `import . "log/slog"`, []string{":2: not everything"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := treeOf(t, map[string]string{tt.file: "package p\n" + tt.text})
			want(t, tidy.PlannedBorders.Check(tree), prefixed(tt.file, tt.want)...)
		})
	}
}

func prefixed(file string, wanted []string) []string {
	var all []string
	for _, one := range wanted {
		all = append(all, file+one)
	}
	return all
}
