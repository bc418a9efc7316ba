package guides

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// languages are those in which every page has to have its examples, as the info strings of its code blocks
// name them.
var languages = []string{"sh", "js", "python", "php"}

// program is what a page has in one language: its blocks, one after the other.
type program struct {
	parts    []string // each up to where a block of output tells what was printed
	outputs  []string // of each part
	first    string   // shell commands that are run before, in the same folder; they print nothing
	receiver string   // takes webhooks meanwhile; empty if there is none
	received string   // what that prints
}

// page is what of a Markdown file can be run.
type page map[string]*program // by language

// block is one fenced code block.
type block struct {
	info string
	text string
	line int
}

// readPage reads a page. A block in a language is part of its program; one whose info string goes on with "receiver" is
// a program of its own, and one of shell commands that goes on with "first" is run before each program. A block of text
// is what every block after the text block before it, in whatever language, prints.
func readPage(markdown string) (page, error) {
	blocks, err := fences(markdown)
	if err != nil {
		return nil, err
	}
	p := make(page)
	for _, language := range languages {
		p[language] = &program{}
	}
	var waiting []string // languages whose output comes next
	receivers := false   // whether it is that of receivers
	for _, b := range blocks {
		language, role, _ := strings.Cut(b.info, " ")
		of := p[language]
		switch {
		case language == "text":
			if len(waiting) == 0 {
				return nil, fmt.Errorf("line %d: output of nothing", b.line)
			}
			for _, one := range waiting {
				p[one].print(b.text, receivers)
			}
			waiting = nil
			continue
		case of == nil:
			return nil, fmt.Errorf("line %d: a block in %q can't be run", b.line, b.info)
		case role == "first" && language == "sh":
			for _, each := range p {
				each.first += b.text
			}
			continue
		case role == "receiver" && of.receiver == "":
			of.receiver = b.text
		case role == "":
			of.add(b.text, slices.Contains(waiting, language))
		default:
			return nil, fmt.Errorf("line %d: a block %q", b.line, b.info)
		}
		if len(waiting) > 0 && receivers != (role != "") {
			return nil, fmt.Errorf("line %d: what was before it has no output", b.line)
		}
		receivers = role != ""
		if !slices.Contains(waiting, language) {
			waiting = append(waiting, language)
		}
	}
	if len(waiting) > 0 {
		return nil, fmt.Errorf("the last blocks have no output: %v", waiting)
	}
	return p, p.check()
}

// add adds a block, to the part before if that is not at its end.
func (p *program) add(text string, more bool) {
	if more {
		p.parts[len(p.parts)-1] += text
		return
	}
	p.parts = append(p.parts, text)
}

func (p *program) print(text string, receiver bool) {
	if receiver {
		p.received = text
		return
	}
	p.outputs = append(p.outputs, text)
}

// compare complains of each part that did not print what the page shows.
func (p *program) compare(complain func(format string, args ...any), printed []string) {
	if len(printed) != len(p.outputs) {
		complain("%d parts printed something, want %d", len(printed), len(p.outputs))
		return
	}
	for i, want := range p.outputs {
		if mask(printed[i]) != mask(want) {
			complain("part %d:\n%s\nprinted\n%s\nand the page shows\n%s", i+1, p.parts[i], printed[i], want)
		}
	}
}

func (p page) check() error {
	for _, language := range languages {
		if len(p[language].parts) == 0 {
			return fmt.Errorf("nothing in %s", language)
		}
	}
	return nil
}

// fences lists the fenced code blocks of a Markdown file (CommonMark, section 4.5), those of three backticks that
// begin a line.
func fences(markdown string) ([]block, error) {
	const fence = "```"
	var all []block
	var open *block
	for i, line := range strings.Split(markdown, "\n") {
		info, fenced := strings.CutPrefix(line, fence)
		switch {
		case !fenced && open != nil:
			open.text += line + "\n"
		case !fenced:
		case open == nil:
			open = &block{info: strings.TrimSpace(info), line: i + 1}
		default:
			all, open = append(all, *open), nil
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: a block has no end", open.line)
	}
	if len(all) == 0 {
		return nil, errors.New("no code block")
	}
	return all, nil
}
