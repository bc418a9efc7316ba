package tidy

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// Borders says what our packages may import that is not ours. Test files may import anything.
type Borders struct {
	// Pure packages hold rules: functions from values to values.
	Pure []string
	// Banned lists what pure packages must not import, and why. A path that ends in "/..." stands
	// for itself and all below it.
	Banned map[string]string
	// Excused says which pure package may import what is banned all the same, and why.
	Excused map[Arrow]string
	// PureModules lists the modules of others that a pure package may import all the same.
	PureModules map[string][]string
	// TestModules are imported by tests and in TestFolders only.
	TestModules []string
	TestFolders []string
}

// Check finds imports across a border.
func (b Borders) Check(tree *Tree) []Problem {
	var problems []Problem
	for _, source := range tree.Sources {
		if source.IsTest() {
			continue
		}
		for _, spec := range source.AST.Imports {
			if why := b.refuse(source.Dir(), importPath(spec)); why != "" {
				problems = append(problems, source.Problem(spec.Pos(), "%s", why))
			}
		}
		if slices.Contains(b.Pure, source.Dir()) {
			problems = append(problems, logging(source)...)
		}
	}
	return problems
}

// refuse says why the package in dir must not import imported, or nothing when it may.
func (b Borders) refuse(dir, imported string) string {
	if within(imported, b.TestModules) && !within(dir, b.TestFolders) {
		return imported + " is for tests alone"
	}
	if !slices.Contains(b.Pure, dir) {
		return ""
	}
	if b.Excused[Arrow{dir, imported}] != "" {
		return ""
	}
	for banned, why := range b.Banned {
		above, all := strings.CutSuffix(banned, "/...")
		if imported == above || all && within(imported, []string{above}) {
			return dir + " is pure and must not import " + imported + ": " + why
		}
	}
	if isThirdParty(imported) && !within(imported, b.PureModules[dir]) {
		return dir + " is pure and must not import " + imported +
			": a module of others needs a line under PureModules in internal/tidy/plan.go"
	}
	return ""
}

// logging finds what a pure package takes from log/slog beyond what LogValue needs.
func logging(source *Source) []Problem {
	var problems []Problem
	for _, use := range uses(source, "log/slog") {
		if !isLogValue(use.Sel.Name) {
			problems = append(problems, source.Problem(use.Pos(),
				"%s is pure and does not log: of log/slog it may use what LogValue needs, not %s",
				source.Dir(), use.Sel.Name))
		}
	}
	return problems
}

// isLogValue says whether a name of log/slog is a value, an attribute, or a maker of either.
func isLogValue(name string) bool {
	attributes := []string{
		"Any", "Attr", "Bool", "Duration", "Group", "GroupAttrs", "Int", "Int64", "LogValuer",
		"String", "Time", "Uint64",
	}
	return strings.HasSuffix(name, "Value") || slices.Contains(attributes, name)
}

// isThirdParty says whether an import is neither ours nor the standard library's.
func isThirdParty(imported string) bool {
	_, ours := ourFolder(imported)
	host, _, _ := strings.Cut(imported, "/")
	return !ours && strings.Contains(host, ".")
}

// everything is what a dot import takes, for it hides what it takes.
const everything = "everything"

// uses finds what a file takes from an imported package.
func uses(source *Source, imported string) []*ast.SelectorExpr {
	var found []*ast.SelectorExpr
	for _, spec := range source.AST.Imports {
		if importPath(spec) != imported {
			continue
		}
		name := localName(spec)
		if name == "." {
			found = append(found, &ast.SelectorExpr{
				X: &ast.Ident{NamePos: spec.Pos(), Name: "import"}, Sel: ast.NewIdent(everything),
			})
		}
		ast.Inspect(source.AST, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				if ident, ok := selector.X.(*ast.Ident); ok && ident.Name == name {
					found = append(found, selector)
				}
			}
			return true
		})
	}
	return found
}

// localName is the name under which a file knows what it imports.
func localName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return path.Base(strings.TrimSuffix(importPath(spec), "/v2"))
}
