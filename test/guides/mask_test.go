package guides

import (
	"fmt"
	"regexp"
	"strings"
)

// drawn are what comes out differently each time, and what stands for it. An id is followed by its place among the
// ids of the output, so that two that are the same on the page must be so in the run.
var drawn = []struct {
	name     string
	pattern  *regexp.Regexp
	numbered bool
}{
	{"time", regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`), false},
	{"day", regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b`), false},
	{"secret", regexp.MustCompile(`\bwhsec_[A-Za-z0-9+/=]+`), false},
	{"end-to-end id", regexp.MustCompile(`\b[ED]\d{20}[A-Za-z0-9]{11}\b`), true},
	{"id", regexp.MustCompile(`\b\d{10,19}\b`), true},
}

// mask replaces what is drawn anew each time, and leaves no blanks at the ends of lines.
func mask(text string) string {
	for _, d := range drawn {
		seen := make(map[string]int)
		text = d.pattern.ReplaceAllStringFunc(text, func(found string) string {
			if !d.numbered {
				return "<" + d.name + ">"
			}
			if seen[found] == 0 {
				seen[found] = len(seen) + 1
			}
			return fmt.Sprintf("<%s %d>", d.name, seen[found])
		})
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
