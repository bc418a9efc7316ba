// Package tidy holds the rules of our house style that a program can judge, and the tests that
// judge this repository by them: which package may import which, how long things are, what the
// pure core must not touch, where the documents point. It reads text and syntax; it knows nothing
// of types, and nothing of what the code is for. What is allowed stands in plan.go.
package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Problem is one breach of a rule: where it is, and what to do about it.
type Problem struct {
	Path string // from the root of the tree
	Line int    // 0 when the whole file or folder is meant
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Path + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Text)
}

// Tree is a repository, its Go files parsed.
type Tree struct {
	Root    fs.FS
	Sources []*Source // by path
}

// Source is one Go file of ours.
type Source struct {
	Path  string // from the root, with slashes
	Text  string
	AST   *ast.File
	files *token.FileSet
}

// Load parses every Go file under root that belongs to the module: not fixtures, not hidden
// folders, not modules of their own.
func Load(root fs.FS) (*Tree, error) {
	tree := &Tree{Root: root}
	files := token.NewFileSet()
	err := walk(root, func(name string) error {
		if path.Ext(name) != ".go" || inOtherModule(root, name) {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		mode := parser.ParseComments | parser.SkipObjectResolution
		file, err := parser.ParseFile(files, name, text, mode)
		if err != nil {
			return err
		}
		source := &Source{Path: name, Text: string(text), AST: file, files: files}
		tree.Sources = append(tree.Sources, source)
		return nil
	})
	return tree, err
}

// Packages are the folders that hold Go files.
func (t *Tree) Packages() []string {
	var dirs []string
	for _, source := range t.Sources {
		dirs = append(dirs, source.Dir())
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// Dir is the folder of the file, "." for the root.
func (s *Source) Dir() string { return path.Dir(s.Path) }

// IsTest says whether the file is compiled for tests only.
func (s *Source) IsTest() bool { return strings.HasSuffix(s.Path, "_test.go") }

// Line is the line of a position in the file.
func (s *Source) Line(pos token.Pos) int { return s.files.Position(pos).Line }

// Problem says what is wrong at a position in the file.
func (s *Source) Problem(pos token.Pos, format string, args ...any) Problem {
	return Problem{Path: s.Path, Line: s.Line(pos), Text: fmt.Sprintf(format, args...)}
}

// importPath is the path that an import names. A parsed file has no other than quoted ones.
func importPath(spec *ast.ImportSpec) string {
	unquoted, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic(err)
	}
	return unquoted
}

// walk calls visit for every file that people write: what builds and tests leave behind, hidden
// folders and fixtures are passed over.
func walk(root fs.FS, visit func(name string) error) error {
	return fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			return visit(name)
		case passedOver(name):
			return fs.SkipDir
		}
		return nil
	})
}

func passedOver(dir string) bool {
	switch dir {
	case ".":
		return false
	case "bin", "coverage", "saldo-data":
		return true
	}
	switch base := path.Base(dir); base {
	case "testdata", "node_modules":
		return true
	default:
		return base[0] == '.' || base[0] == '_'
	}
}

// inOtherModule says whether a folder between the root and the file has a go.mod of its own.
func inOtherModule(root fs.FS, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := fs.Stat(root, path.Join(dir, "go.mod")); err == nil {
			return true
		}
	}
	return false
}

// within says whether dir is one of the folders or lies below one of them.
func within(dir string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return dir == folder || strings.HasPrefix(dir, folder+"/")
	})
}
