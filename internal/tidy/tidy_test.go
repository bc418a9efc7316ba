package tidy_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/saldo-pix/saldo/internal/tidy"
)

// repository is the tree that the rules are for.
var repository = sync.OnceValues(func() (*tidy.Tree, error) { return tidy.Load(os.DirFS("../..")) })

func thisTree(t *testing.T) *tidy.Tree {
	t.Helper()
	tree, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Sources) == 0 {
		t.Fatal("no Go files in the repository: the tests look in the wrong place")
	}
	return tree
}

// treeOf is a tree of files by path.
func treeOf(t *testing.T, files map[string]string) *tidy.Tree {
	t.Helper()
	tree, err := tidy.Load(filesOf(files))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func filesOf(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

// wantNone fails the test with every problem found.
func wantNone(t *testing.T, problems []tidy.Problem) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}

// want compares the problems found with those expected, each given as "path:line: part of text".
func want(t *testing.T, got []tidy.Problem, wanted ...string) {
	t.Helper()
	var texts []string
	for _, problem := range got {
		texts = append(texts, problem.String())
	}
	slices.Sort(texts)
	slices.Sort(wanted)
	matches := len(texts) == len(wanted)
	for i := 0; matches && i < len(texts); i++ {
		where, part, _ := strings.Cut(wanted[i], ": ")
		matches = strings.HasPrefix(texts[i], where+": ") && strings.Contains(texts[i], part)
	}
	if !matches {
		t.Errorf("found:\n  %s\nwant:\n  %s",
			strings.Join(texts, "\n  "), strings.Join(wanted, "\n  "))
	}
}

func TestLoadPassesOver(t *testing.T) {
	const broken = "this is no Go"
	tree := treeOf(t, map[string]string{
		"money/centavos.go":          "package money",
		"money/testdata/fixture.go":  broken,
		".cache/hidden.go":           broken,
		"saldo-data/left.go":         broken,
		"test/clients/go.mod":        "module other",
		"test/clients/deep/other.go": broken,
		"node_modules/x/x.go":        broken,
	})
	if got := tree.Packages(); !slices.Equal(got, []string{"money"}) {
		t.Errorf("packages %q, want only money", got)
	}
}

func TestLoadReportsBrokenFiles(t *testing.T) {
	_, err := tidy.Load(filesOf(map[string]string{"money/centavos.go": "this is no Go"}))
	if err == nil || !strings.Contains(err.Error(), "money/centavos.go") {
		t.Errorf("error %v, want one that names the file", err)
	}
}
