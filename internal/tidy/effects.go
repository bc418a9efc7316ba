package tidy

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
)

// Effects says where a program's answers may depend on more than its input.
type Effects struct {
	// Anywhere lists the folders that may do as they like. So may test files.
	Anywhere []string
	// Sources are the packages that the clock and chance are taken from.
	Sources map[string]Effect
}

// Effect says which names of a package are forbidden: Only those listed or, when none are, all
// Except those listed.
type Effect struct{ Only, Except []string }

// Check finds the clock and chance taken from the machine rather than given.
func (e Effects) Check(tree *Tree) []Problem {
	var problems []Problem
	for _, source := range tree.Sources {
		if source.IsTest() || within(source.Dir(), e.Anywhere) {
			continue
		}
		for _, imported := range slices.Sorted(maps.Keys(e.Sources)) {
			for _, use := range uses(source, imported) {
				if e.Sources[imported].forbids(use.Sel.Name) {
					problems = append(problems, source.Problem(use.Pos(),
						"%s of %s: take it by the constructor; only cmd asks the machine",
						use.Sel.Name, imported))
				}
			}
		}
	}
	return problems
}

func (e Effect) forbids(name string) bool {
	if len(e.Only) > 0 {
		return name == everything || slices.Contains(e.Only, name)
	}
	return !slices.Contains(e.Except, name)
}

// Floats finds floating-point types and numbers in the given folders. Test files and folders of
// test support may have them.
func Floats(tree *Tree, folders, except []string) []Problem {
	var problems []Problem
	for _, source := range tree.Sources {
		if source.IsTest() || !within(source.Dir(), folders) || within(source.Dir(), except) {
			continue
		}
		ast.Inspect(source.AST, func(node ast.Node) bool {
			if name := float(node); name != "" {
				problems = append(problems, source.Problem(node.Pos(),
					"%s: money and what counts it are whole numbers, never a float", name))
			}
			return true
		})
	}
	return problems
}

// float is the text of a node that is a floating-point type or number, else nothing.
func float(node ast.Node) string {
	switch node := node.(type) {
	case *ast.Ident:
		if node.Name == "float32" || node.Name == "float64" {
			return node.Name
		}
	case *ast.BasicLit:
		if node.Kind == token.FLOAT {
			return node.Value
		}
	}
	return ""
}
