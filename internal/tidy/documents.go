package tidy

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	inlineLink    = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)`)
	linkReference = regexp.MustCompile(`^ {0,3}\[[^\]^][^\]]*\]:\s*<?([^\s>]+)`)
	inlineCode    = regexp.MustCompile("`[^`]*`")
	hasScheme     = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	fence         = regexp.MustCompile("^ {0,3}(```|~~~)")
	treeLine      = regexp.MustCompile(`^[\s│├└─]*([A-Za-z0-9_.-][A-Za-z0-9_./-]*)/(?:\s|$)`)
)

// Links finds links in Markdown files that lead to no file of the tree.
func Links(root fs.FS) ([]Problem, error) {
	var problems []Problem
	err := walk(root, func(name string) error {
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for i, line := range split(string(text)).prose {
			for _, target := range targets(line) {
				if why := unresolved(root, path.Dir(name), target); why != "" {
					problems = append(problems, Problem{Path: name, Line: i + 1, Text: why})
				}
			}
		}
		return nil
	})
	return problems, err
}

// targets are what the links of a line lead to.
func targets(line string) []string {
	line = inlineCode.ReplaceAllString(line, "code")
	var found []string
	for _, match := range inlineLink.FindAllStringSubmatch(line, -1) {
		found = append(found, match[1])
	}
	if match := linkReference.FindStringSubmatch(line); match != nil {
		found = append(found, match[1])
	}
	return found
}

// unresolved says why a link in a file of dir leads nowhere, or nothing when it does not.
func unresolved(root fs.FS, dir, target string) string {
	file, _, _ := strings.Cut(target, "#")
	if file == "" || hasScheme.MatchString(file) || strings.HasPrefix(file, "//") {
		return ""
	}
	file, err := url.PathUnescape(file)
	if err != nil {
		return fmt.Sprintf("link to %s: %v", target, err)
	}
	if strings.HasPrefix(file, "/") {
		dir = "."
	}
	file = path.Join(dir, file)
	if !fs.ValidPath(file) {
		return fmt.Sprintf("link to %s: leads out of the repository", target)
	}
	if _, err := fs.Stat(root, file); err != nil {
		return fmt.Sprintf("link to %s: no such file", target)
	}
	return ""
}

// TreeBlock finds folders that the tree block of a document names and that do not exist. The block
// is a fenced one that opens with a folder; it names one folder a line, in full from the root and
// with a slash at its end.
func TreeBlock(root fs.FS, document string) []Problem {
	text, err := fs.ReadFile(root, document)
	if err != nil {
		return []Problem{{Path: document, Text: "is missing; it shows the tree of the repository"}}
	}
	var problems []Problem
	blocks := 0
	for _, block := range split(string(text)).blocks {
		if !treeLine.MatchString(block.lines[0]) {
			continue
		}
		blocks++
		for i, line := range block.lines {
			match := treeLine.FindStringSubmatch(line)
			if match == nil {
				continue
			}
			if info, err := fs.Stat(root, match[1]); err != nil || !info.IsDir() {
				text := fmt.Sprintf("names %s/, which is no folder", match[1])
				problems = append(problems, Problem{document, block.first + i, text})
			}
		}
	}
	if blocks == 0 {
		text := `has no tree: a fenced block that opens with a folder, as in "money/  what it is"`
		problems = append(problems, Problem{Path: document, Text: text})
	}
	return problems
}

// Unnamed finds packages that a document passes over in silence. It names one by its folder with a
// slash at the end, as in `store/memory/`; what is in a free folder is named by that.
func Unnamed(tree *Tree, document string, free []string) []Problem {
	text, err := fs.ReadFile(tree.Root, document)
	if err != nil {
		return []Problem{{Path: document, Text: "is missing; it tells what each package is for"}}
	}
	var problems []Problem
	for _, dir := range tree.Packages() {
		for _, folder := range free {
			if within(dir, []string{folder}) {
				dir = folder
			}
		}
		named := regexp.MustCompile(`(?m)(?:^|[^\w./-])` + regexp.QuoteMeta(dir) + `/(?:\W|$)`)
		if !named.Match(text) {
			problems = append(problems, Problem{Path: document, Text: "does not name " + dir + "/"})
		}
	}
	return slices.Compact(problems)
}

// markdown is a document cut into what is prose and what is quoted.
type markdown struct {
	prose  []string // by line; lines of fenced blocks are empty
	blocks []block
}

// block is a fenced block that is not empty; first is the number of its first line.
type block struct {
	first int
	lines []string
}

func split(text string) markdown {
	var document markdown
	var current block
	opened := "" // the fence that the block closes with
	for i, line := range strings.Split(text, "\n") {
		mark := fence.FindStringSubmatch(line)
		switch {
		case opened == "" && mark == nil:
			document.prose = append(document.prose, line)
			continue
		case opened == "":
			opened = mark[1]
			current = block{first: i + 2}
		case mark != nil && mark[1] == opened:
			opened = ""
			if len(current.lines) > 0 {
				document.blocks = append(document.blocks, current)
			}
		default:
			current.lines = append(current.lines, line)
		}
		document.prose = append(document.prose, "")
	}
	return document
}
