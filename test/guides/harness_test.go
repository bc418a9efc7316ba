package guides

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// written is a page of blocks, each its info string, a colon and its lines.
func written(blocks ...string) string {
	var b strings.Builder
	for _, each := range blocks {
		info, text, _ := strings.Cut(each, ":")
		fmt.Fprintf(&b, "Prose.\n\n```%s\n%s\n```\n\n", info, text)
	}
	return b.String()
}

// every is a block in each language that prints x.
var every = []string{"sh:echo x", "js:console.log('x')", "python:print('x')", "php:<?php echo \"x\\n\";"}

func with(more ...string) string { return written(append(every[:len(every):len(every)], more...)...) }

func TestPagesThatCantBeRunAreRefused(t *testing.T) {
	for want, text := range map[string]string{
		"":                                          with("text:x"),
		"no code block":                             "Prose.",
		"line 3: a block has no end":                "Prose.\n\n```sh\necho x\n",
		"line 3: output of nothing":                 written("text:x"),
		"line 33: output of nothing":                with("text:x", "text:x"),
		"the last blocks have no output: [sh]":      with("text:x", "sh:echo x"),
		`line 33: a block in "json" can't be run`:   with("text:x", "json:{}"),
		`line 33: a block in "" can't be run`:       with("text:x", ":x"),
		`line 33: a block "sh sometimes"`:           with("text:x", "sh sometimes:x"),
		"line 39: what was before it has no output": with("text:x", "js receiver:x", "js:x", "text:x"),
		"nothing in php":                            written(every[0], every[1], every[2], "text:x"),
	} {
		_, err := readPage(text)
		if got := fmt.Sprint(err); want != "" && got != want || want == "" && err != nil {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
}

func TestBlocksOfALanguageAreOneProgram(t *testing.T) {
	if _, err := readPage(with("sh:y=2", "text:x", "sh:echo $y", "js receiver:serve", "text:ignored")); err == nil {
		t.Error("a receiver whose output is that of a program was taken")
	}
	p, err := readPage(with("sh:y=2", "text:x", "sh:echo $y", "text:2", "js receiver:serve", "text:served"))
	if err != nil {
		t.Fatal(err)
	}
	if before, err := readPage(with("text:x", "sh first:x")); err != nil || before["php"].first != "x\n" {
		t.Errorf("what comes first: %+v, %v", before["php"], err)
	}
	sh, js := p["sh"], p["js"]
	if fmt.Sprintf("%q %q", sh.parts, sh.outputs) != `["echo x\ny=2\n" "echo $y\n"] ["x\n" "2\n"]` {
		t.Errorf("sh: %q %q", sh.parts, sh.outputs)
	}
	if len(js.parts) != 1 || js.receiver != "serve\n" || js.received != "served\n" {
		t.Errorf("js: %+v", js)
	}
}

// TestProgramsAreHeldToTheirPage runs programs in every language that say what their page shows, something else, or
// that fail.
func TestProgramsAreHeldToTheirPage(t *testing.T) {
	failing := map[string]string{
		"sh": "false", "js": "throw new Error()", "python": "raise SystemExit(3)", "php": "<?php exit(3);",
	}
	for i, language := range languages {
		t.Run(language, func(t *testing.T) {
			_, code, _ := strings.Cut(every[i], ":")
			parts := []string{code + "\n", strings.TrimPrefix(code, "<?php ") + "\n"}
			printed, err := runners[language].run(t.Context(), t.TempDir(), os.Environ(), parts)
			if err != nil {
				t.Fatal(err)
			}
			for output, complaints := range map[string]int{"x\n": 0, "y\n": 2, "": 2, "x\nx\n": 2} {
				count := 0
				p := &program{parts: parts, outputs: []string{output, output}}
				p.compare(func(string, ...any) { count++ }, printed)
				if count != complaints {
					t.Errorf("printed %q where the page shows %q: %d complaints", printed, output, count)
				}
			}
			parts = []string{failing[language] + "\n"}
			if _, err := runners[language].run(t.Context(), t.TempDir(), os.Environ(), parts); err == nil {
				t.Error("a program that fails was taken")
			}
		})
	}
}

func TestWhatIsDrawnIsMasked(t *testing.T) {
	for text, want := range map[string]string{
		`"id":"117264217014272","parent":"117264217014272"`: `"id":"<id 1>","parent":"<id 1>"`,
		`"id":"117264217014272","parent":"117264217014273"`: `"id":"<id 1>","parent":"<id 2>"`,
		"at 2026-11-20T14:06:08.888Z ":                      "at <time>",
		"on 2026-11-20, R$ 1234567.89":                      "on <day>, R$ 1234567.89",
		"\n\nE99999003202611201408abcdefghij1\n":            "<end-to-end id 1>",
		"whsec_C2lp2hqz+/==.":                               "<secret>.",
	} {
		if got := mask(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
