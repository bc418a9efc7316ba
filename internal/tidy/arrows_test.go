package tidy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/internal/tidy"
)

func TestArrowsOfThisTree(t *testing.T) {
	wantNone(t, tidy.PlannedArrows.Check(thisTree(t)))
}

func TestArrows(t *testing.T) {
	arrows := tidy.Arrows{
		Groups:      [][]string{{"a"}, {"b", "c", "wire"}, {"d", "suite", "store"}, {"e"}},
		Only:        map[string][]string{"wire": {}},
		Also:        map[tidy.Arrow]string{{From: "b", To: "wire"}: "for a reason"},
		TestSupport: []string{"suite"},
		ForTests:    map[string]string{"store": "tests run on it"},
		Free:        []string{"test"},
	}
	tests := []struct {
		name, file, imports string
		want                string // empty when allowed
	}{
		{"left", "b/b.go", "a", ""},
		{"far left", "e/e.go", "a", ""},
		{"right", "a/a.go", "b", "imports point left only"},
		{"far right from a test", "a/a_test.go", "e", "imports point left only"},
		{"own group", "b/b.go", "c", "one group"},
		{"own group, with a reason", "b/b.go", "wire", ""},
		{"a reason holds one way", "wire/w.go", "b", "imports no other package of ours"},
		{"limited package", "wire/w.go", "a", "imports no other package of ours"},
		{"itself, from an external test", "wire/w_test.go", "wire", ""},
		{"test support from code", "e/e.go", "suite", "for tests alone"},
		{"test support from a test", "e/e_test.go", "suite", ""},
		{"for tests, from code", "a/a.go", "store", "imports point left only"},
		{"for tests, from a test", "a/a_test.go", "store", ""},
		{"free folder", "test/simulation/s.go", "e", ""},
		{"into a free folder", "e/e.go", "test/simulation", "end-to-end tests alone"},
		{"no place", "a/a.go", "stranger", "stranger has no place: add it to a group of PlannedArrows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "package p\n\nimport _ \"" + tidy.Module + "/" + tt.imports + "\"\n"
			got := arrows.Check(treeOf(t, map[string]string{tt.file: text}))
			if tt.want == "" {
				want(t, got)
			} else {
				want(t, got, tt.file+":3: "+tt.want)
			}
		})
	}
}

func TestArrowsFindPackagesWithoutPlace(t *testing.T) {
	arrows := tidy.Arrows{Groups: [][]string{{"a"}}, Free: []string{"test"}}
	tree := treeOf(t, map[string]string{
		"a/a.go":           "package a",
		"util/u.go":        "package util",
		"test/deep/t.go":   "package deep",
		"testing/other.go": "package testing",
	})
	want(t, arrows.Check(tree),
		"testing: add it to a group of PlannedArrows in internal/tidy/plan.go",
		"util: add it to a group of PlannedArrows in internal/tidy/plan.go")
}

// A typing error in the plan would allow what it means to forbid.
func TestPlanNamesOnlyPackagesOfItsGroups(t *testing.T) {
	plan := tidy.PlannedArrows
	placed := map[string]int{}
	for _, group := range plan.Groups {
		for _, dir := range group {
			placed[dir]++
		}
	}
	check := func(where, dir string) {
		if placed[dir] != 1 {
			t.Errorf("%s: %q stands in %d groups, want 1", where, dir, placed[dir])
		}
	}
	for dir := range placed {
		check("Groups", dir)
	}
	for dir, only := range plan.Only {
		check("Only", dir)
		for _, to := range only {
			check("Only of "+dir, to)
		}
	}
	for arrow, why := range plan.Also {
		check("Also", arrow.From)
		check("Also", arrow.To)
		if why == "" {
			t.Errorf("Also: %v has no reason", arrow)
		}
	}
	for _, dir := range plan.TestSupport {
		check("TestSupport", dir)
	}
	packages := thisTree(t).Packages()
	for dir := range plan.ForTests {
		if top, _, _ := strings.Cut(dir, "/"); slices.Contains(plan.Free, top) && slices.Contains(packages, dir) {
			continue // free folders stand in no group
		}
		check("ForTests", dir)
	}
	for _, dir := range tidy.PlannedBorders.Pure {
		check("Pure", dir)
	}
}
