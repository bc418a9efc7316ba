package tidy

import (
	"fmt"
	"slices"
	"strings"
)

// Arrow is an import of one of our packages by another, both named by their folders.
type Arrow struct{ From, To string }

// Arrows says which of our packages may import which.
type Arrows struct {
	// Groups stand from left to right. A package may import what stands in a group to the left of
	// its own, and nothing of its own group.
	Groups [][]string
	// Only lists all that a package may import of what stands to its left, for those that must see
	// less than that.
	Only map[string][]string
	// Also lists arrows that the groups forbid and that are allowed for a reason.
	Also map[Arrow]string
	// TestSupport packages are imported by tests and by each other only.
	TestSupport []string
	// ForTests lists packages that every test file may import, wherever it stands, and why.
	ForTests map[string]string
	// Free folders may import anything, and only they may import what is in them.
	Free []string
}

// Check finds the imports that no arrow allows, and the packages that are in no group.
func (a Arrows) Check(tree *Tree) []Problem {
	var problems []Problem
	for _, dir := range tree.Packages() {
		if a.group(dir) < 0 && !within(dir, a.Free) {
			problems = append(problems, Problem{Path: dir, Text: unplaced(dir)})
		}
	}
	for _, source := range tree.Sources {
		for _, spec := range source.AST.Imports {
			to, ours := ourFolder(importPath(spec))
			if !ours {
				continue
			}
			if why := a.refuse(source.Dir(), to, source.IsTest()); why != "" {
				problems = append(problems, source.Problem(spec.Pos(), "%s", why))
			}
		}
	}
	return problems
}

// refuse says why from must not import to, or nothing when it may.
func (a Arrows) refuse(from, to string, test bool) string {
	if a.exempt(from, to, test) {
		return ""
	}
	left, right := a.group(to), a.group(from)
	only, limited := a.Only[from]
	switch {
	case within(to, a.Free):
		return fmt.Sprintf("%s must not import %s: it is for end-to-end tests alone", from, to)
	case right < 0:
		return "" // reported once, for the package
	case left < 0:
		return fmt.Sprintf("%s imports %s: %s", from, to, unplaced(to))
	case limited && !slices.Contains(only, to):
		return fmt.Sprintf("%s must not import %s: %s", from, to, sees(only))
	case !test && slices.Contains(a.TestSupport, to) && !slices.Contains(a.TestSupport, from):
		return fmt.Sprintf("%s must not import %s: it is for tests alone", from, to)
	case left == right:
		return fmt.Sprintf("%s must not import %s: they are in one group, so declare an interface"+
			" and let cmd plug the two together, or add the arrow with a reason to Also"+
			" in internal/tidy/plan.go", from, to)
	case left > right:
		return fmt.Sprintf("%s must not import %s: imports point left only", from, to)
	}
	return ""
}

// exempt says whether the groups have no say in the arrow.
func (a Arrows) exempt(from, to string, test bool) bool {
	_, also := a.Also[Arrow{from, to}]
	_, forTests := a.ForTests[to]
	itself := from == to // a package's external tests
	return itself || also || test && forTests || within(from, a.Free)
}

// group is the place of a package's group from the left, or -1.
func (a Arrows) group(dir string) int {
	return slices.IndexFunc(a.Groups, func(group []string) bool {
		return slices.Contains(group, dir)
	})
}

func unplaced(dir string) string {
	return fmt.Sprintf("package %s has no place: add it to a group of PlannedArrows"+
		" in internal/tidy/plan.go", dir)
}

func sees(only []string) string {
	if len(only) == 0 {
		return "it imports no other package of ours"
	}
	return "of ours it imports only " + strings.Join(only, ", ")
}

// ourFolder is the folder of an imported package of this module.
func ourFolder(imported string) (string, bool) {
	if imported == Module {
		return ".", true
	}
	return strings.CutPrefix(imported, Module+"/")
}
