// Package scenario runs tests that are written down as text: operations, one a
// line, each with its result where it has one, then a line of dashes, then what
// is there at the end. It knows nothing of what the operations do.
//
//	# A voided hold gives everything back.
//	credit maria 100.00
//	hold   h1 maria 200.00    => insufficient funds
//	----
//	maria posted=100.00 held=0.00 available=100.00
package scenario

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what scenarios give into their files")

// Machine is what the operations of one file work on.
type Machine interface {
	// Do does an operation, given in words, and returns its result; empty if
	// there is nothing to say. It panics on an operation that it does not know.
	Do(words []string) string
	// End returns what is there at the end, in lines.
	End() []string
}

const (
	arrow  = " => "
	dashes = "----"
)

// Run runs every file that matches the pattern, each on a machine of its own.
func Run(t *testing.T, pattern string, fresh func(t *testing.T) Machine) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(string(text), fresh(t))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			compare(t, file, got, string(text))
		})
	}
}

// play does what text says and returns text with the results put in.
func play(text string, m Machine) string {
	operations, _, _ := strings.Cut(text, dashes+"\n")
	var out strings.Builder
	for line := range strings.Lines(operations) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			out.WriteString(line + "\n")
			continue
		}
		operation, _, _ := strings.Cut(line, arrow)
		operation = strings.TrimRight(operation, " ")
		out.WriteString(operation)
		if result := m.Do(strings.Fields(operation)); result != "" {
			out.WriteString(pad(operation) + arrow[1:] + result)
		}
		out.WriteString("\n")
	}
	out.WriteString(dashes + "\n")
	for _, line := range m.End() {
		out.WriteString(line + "\n")
	}
	return out.String()
}

// pad is the space that puts results under each other.
func pad(operation string) string {
	const column = 40
	return strings.Repeat(" ", max(1, column-len(operation)))
}

func compare(t *testing.T, file, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		gotLine, wantLine := at(g, i), at(w, i)
		if gotLine != wantLine {
			t.Errorf("%s:%d:\n got %s\nwant %s", file, i+1, gotLine, wantLine)
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}
