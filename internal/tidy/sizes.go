package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"unicode/utf8"
)

const tabWidth = 4

// Sizes are the most that files, functions, and lines may measure. Generated files are let off.
type Sizes struct {
	FileLines     int
	TestFileLines int
	// FuncLines counts from "func" to the closing brace. Tables in a test do not count: they are
	// data, read a line at a time.
	FuncLines int
	// Columns counts a tab as four. Literals that cannot be broken do not count: text in back
	// quotes and, in tests, any text; neither do directives and addresses in comments.
	Columns int
}

// Check finds what is too long.
func (s Sizes) Check(tree *Tree) []Problem {
	var problems []Problem
	for _, source := range tree.Sources {
		if ast.IsGenerated(source.AST) {
			continue
		}
		problems = append(problems, s.file(source)...)
		problems = append(problems, s.functions(source)...)
		problems = append(problems, s.lines(source)...)
	}
	return problems
}

func (s Sizes) file(source *Source) []Problem {
	limit := s.FileLines
	if source.IsTest() {
		limit = s.TestFileLines
	}
	if n := strings.Count(source.Text, "\n"); n > limit {
		text := fmt.Sprintf("%d lines, %d are allowed: split it by ideas", n, limit)
		return []Problem{{Path: source.Path, Text: text}}
	}
	return nil
}

func (s Sizes) functions(source *Source) []Problem {
	var problems []Problem
	ast.Inspect(source.AST, func(node ast.Node) bool {
		name := "the function"
		switch node := node.(type) {
		case *ast.FuncDecl:
			name = node.Name.Name
		case *ast.FuncLit:
		default:
			return true
		}
		lines := source.span(node)
		if source.IsTest() {
			lines -= source.tableLines(node)
		}
		if lines > s.FuncLines {
			problems = append(problems, source.Problem(node.Pos(),
				"%s has %d lines, %d are allowed: branch here, compute in leaves",
				name, lines, s.FuncLines))
		}
		return false // what is inside counts as part of it
	})
	return problems
}

// span is the number of lines that a node covers.
func (s *Source) span(node ast.Node) int { return s.Line(node.End()-1) - s.Line(node.Pos()) + 1 }

// tableLines is the number of lines that slices and maps written out take in a node.
func (s *Source) tableLines(node ast.Node) int {
	lines := 0
	ast.Inspect(node, func(node ast.Node) bool {
		literal, ok := node.(*ast.CompositeLit)
		if !ok {
			return true
		}
		switch literal.Type.(type) {
		case *ast.ArrayType, *ast.MapType:
			lines += s.span(literal) - 1
			return false
		}
		return true
	})
	return lines
}

func (s Sizes) lines(source *Source) []Problem {
	var problems []Problem
	unbreakable := source.unbreakable()
	for i, line := range strings.Split(source.Text, "\n") {
		number := i + 1
		columns := width(line)
		if columns-unbreakable[number] <= s.Columns || isDirectiveOrAddress(line) {
			continue
		}
		text := fmt.Sprintf("%d columns, %d are allowed", columns, s.Columns)
		problems = append(problems, Problem{Path: source.Path, Line: number, Text: text})
	}
	return problems
}

// unbreakable tells by line how many columns are text that cannot go on another line.
func (s *Source) unbreakable() map[int]int {
	columns := map[int]int{}
	ast.Inspect(s.AST, func(node ast.Node) bool {
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		if s.IsTest() || literal.Value[0] == '`' {
			for i, line := range strings.Split(literal.Value, "\n") {
				columns[s.Line(literal.Pos())+i] += width(line)
			}
		}
		return true
	})
	return columns
}

func width(line string) int {
	return utf8.RuneCountInString(line) + strings.Count(line, "\t")*(tabWidth-1)
}

func isDirectiveOrAddress(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "//go:") ||
		strings.HasPrefix(line, "//") && strings.Contains(line, "://")
}
