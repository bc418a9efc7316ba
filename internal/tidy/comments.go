package tidy

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// PackageComments finds packages that do not say, in just one file, what they are for. That file
// is a test only where all are.
func PackageComments(tree *Tree) []Problem {
	var problems []Problem
	for _, dir := range tree.Packages() {
		var commented []*Source
		for _, source := range tree.compiled(dir) {
			if source.AST.Doc != nil {
				commented = append(commented, source)
			}
		}
		problems = append(problems, packageComment(dir, commented)...)
	}
	return problems
}

// compiled are the files of a folder without its tests, or its tests when there is nothing else.
func (t *Tree) compiled(dir string) []*Source {
	var code, tests []*Source
	for _, source := range t.Sources {
		switch {
		case source.Dir() != dir:
		case source.IsTest():
			tests = append(tests, source)
		default:
			code = append(code, source)
		}
	}
	if len(code) == 0 {
		return tests
	}
	return code
}

// packageComment judges the files of a folder that have a package comment.
func packageComment(dir string, commented []*Source) []Problem {
	if len(commented) == 0 {
		text := "no package comment: say what the package is for, and what it knows nothing about"
		return []Problem{{Path: dir, Text: text}}
	}
	var problems []Problem
	first := commented[0]
	for _, second := range commented[1:] {
		problems = append(problems, second.Problem(second.AST.Doc.Pos(),
			"a second package comment: the first is in %s", first.Path))
	}
	if start := opening(first); !strings.HasPrefix(first.AST.Doc.Text(), start) {
		problems = append(problems, first.Problem(first.AST.Doc.Pos(),
			"the package comment must start with %q", start))
	}
	return problems
}

// opening is how a package comment starts: a program is known by its folder.
func opening(source *Source) string {
	name := source.AST.Name.Name
	if name == "main" {
		return "Command " + path.Base(source.Dir()) + " "
	}
	return "Package " + strings.TrimSuffix(name, "_test") + " "
}

var (
	todo     = regexp.MustCompile(`\b(TODO|FIXME)\b`)
	goodTodo = regexp.MustCompile(`\bTODO\(#[0-9]+\): \S`)

	// withTodos are the kinds of files, besides Go, in which people leave notes to themselves.
	withTodos = []string{
		".css", ".html", ".js", ".php", ".py", ".sh", ".sql", ".tmpl", ".yaml", ".yml",
	}
)

// Todos finds work left for later that no issue tells of.
func Todos(tree *Tree) ([]Problem, error) {
	var problems []Problem
	for _, source := range tree.Sources {
		for _, group := range source.AST.Comments {
			for _, comment := range group.List {
				line := source.Line(comment.Pos())
				problems = append(problems, todos(source.Path, line, comment.Text)...)
			}
		}
	}
	err := walk(tree.Root, func(name string) error {
		if !slices.Contains(withTodos, path.Ext(name)) && !isScript(name) {
			return nil
		}
		text, err := fs.ReadFile(tree.Root, name)
		problems = append(problems, todos(name, 1, string(text))...)
		return err
	})
	return problems, err
}

// todos judges a text line by line; first is the number of its first line.
func todos(name string, first int, text string) []Problem {
	var problems []Problem
	for i, line := range strings.Split(text, "\n") {
		if found := todo.FindString(line); found != "" && !goodTodo.MatchString(line) {
			text := found + " without an issue: write TODO(#42): and what is to be done"
			problems = append(problems, Problem{Path: name, Line: first + i, Text: text})
		}
	}
	return problems
}

func isScript(name string) bool {
	return path.Dir(name) == "scripts" || path.Base(name) == "Makefile"
}
