package scenario

import (
	"strings"
	"testing"
)

// echo answers with what it was asked, and counts.
type echo struct{ said []string }

func (e *echo) Do(words []string) string {
	e.said = append(e.said, strings.Join(words, "-"))
	if words[0] == "quiet" {
		return ""
	}
	return strings.ToUpper(words[0])
}

func (e *echo) End() []string { return e.said }

func TestPlayPutsResultsBesideOperations(t *testing.T) {
	const text = "# A remark => stays.\n\nshout  a\nquiet b   => WRONG\nshout c => WRONG\n----\nold\n"
	const want = "# A remark => stays.\n\n" +
		"shout  a                                => SHOUT\n" +
		"quiet b\n" +
		"shout c                                 => SHOUT\n" +
		"----\nshout-a\nquiet-b\nshout-c\n"
	got := play(text, &echo{})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := play(got, &echo{}); again != got {
		t.Errorf("played again it is\n%s", again)
	}
}
