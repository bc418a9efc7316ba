package tidy_test

import (
	"testing"

	"github.com/saldo-pix/saldo/internal/tidy"
)

func TestPackageCommentsOfThisTree(t *testing.T) {
	wantNone(t, tidy.PackageComments(thisTree(t)))
}

func TestTodosOfThisTree(t *testing.T) {
	problems, err := tidy.Todos(thisTree(t))
	if err != nil {
		t.Fatal(err)
	}
	wantNone(t, problems)
}

func TestPackageComments(t *testing.T) {
	const good = "// Package a is for b.\npackage a\n"
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"one", map[string]string{"a/a.go": good, "a/b.go": "package a"}, nil},
		{"none", map[string]string{"a/a.go": "package a"}, []string{"a: no package comment"}},
		{"detached", map[string]string{"a/a.go": "// Package a is.\n\npackage a"},
			[]string{"a: no package comment"}},
		{"two", map[string]string{"a/a.go": good, "a/b.go": good},
			[]string{"a/b.go:1: the first is in a/a.go"}},
		{"other words", map[string]string{"a/a.go": "// The a is for b.\npackage a"},
			[]string{`a/a.go:1: must start with "Package a "`}},
		{"other name", map[string]string{"a/a.go": "// Package ab is for b.\npackage a"},
			[]string{`a/a.go:1: must start with "Package a "`}},
		{"on a test, not the code", map[string]string{"a/a.go": "package a", "a/a_test.go": good},
			[]string{"a: no package comment"}},
		{"on a test, and the code", map[string]string{"a/a.go": good, "a/a_test.go": good}, nil},
		{"tests alone", map[string]string{"a/a_test.go": "// Package a is.\npackage a_test"}, nil},
		{"a program", map[string]string{"cmd/x/x.go": "// Command x does.\npackage main"}, nil},
		{"a program by package", map[string]string{"cmd/x/x.go": "// Package main is.\npackage main"},
			[]string{`cmd/x/x.go:1: must start with "Command x "`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want(t, tidy.PackageComments(treeOf(t, tt.files)), tt.want...)
		})
	}
}

func TestTodos(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"with an issue", "a.go", "package p // TODO(#42): expire in batches.", nil},
		{"bare", "a.go", "package p\n// TODO: expire", []string{":2: TODO without an issue"}},
		{"with a person", "a.go", "package p\n// TODO(ana): expire", []string{":2: TODO without"}},
		{"without words", "a.go", "package p\n// TODO(#42):", []string{":2: TODO without"}},
		{"inside a long comment", "a.go", "package p\n/*\n\nFIXME */", []string{":4: FIXME without"}},
		{"in a test", "a_test.go", "package p\n// FIXME", []string{":2: FIXME without"}},
		{"not in a comment", "a.go", "package p\nvar ctx = context.TODO()", nil},
		{"a longer word", "a.go", "package p // METODO", nil},
		{"a script", "scripts/run", "#!/bin/sh\n# TODO", []string{":2: TODO without"}},
		{"a makefile", "Makefile", "# FIXME", []string{":1: FIXME without"}},
		{"a migration", "store/postgres/migrations/1.sql", "-- TODO: index", []string{":1: TODO"}},
		{"a fixture", "testdata/1.sql", "-- TODO: index", nil},
		{"a document", "README.md", "the list of TODO", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problems, err := tidy.Todos(treeOf(t, map[string]string{tt.file: tt.text}))
			if err != nil {
				t.Fatal(err)
			}
			want(t, problems, prefixed(tt.file, tt.want)...)
		})
	}
}
