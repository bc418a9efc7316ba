package tidy_test

import (
	"testing"

	"github.com/saldo-pix/saldo/internal/tidy"
)

func TestLinksOfThisTree(t *testing.T) {
	problems, err := tidy.Links(thisTree(t).Root)
	if err != nil {
		t.Fatal(err)
	}
	wantNone(t, problems)
}

func TestTreeBlocksOfThisTree(t *testing.T) {
	for _, document := range []string{"README.md", "ARCHITECTURE.md"} {
		wantNone(t, tidy.TreeBlock(thisTree(t).Root, document))
	}
}

func TestArchitectureNamesEveryPackage(t *testing.T) {
	wantNone(t, tidy.Unnamed(thisTree(t), "ARCHITECTURE.md", tidy.PlannedArrows.Free))
}

func TestLinks(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"beside", "[a](other.md)", nil},
		{"a part of it", "[a](other.md#part)", nil},
		{"a folder", "[a](../docs/)", nil},
		{"above", "[a](../README.md)", nil},
		{"from the root", "[a](/README.md)", nil},
		{"with a title", `[a](other.md "Other")`, nil},
		{"in angles", "[a](<other.md>)", nil},
		{"a picture", "![a](logo.png)", []string{":1: link to logo.png: no such file"}},
		{"escaped", "[a](two%20words.md)", nil},
		{"missing", "text\n\n[a](gone.md)", []string{":3: link to gone.md: no such file"}},
		{"missing part of a line", "[a](other.md) [b](gone.md)", []string{":1: gone.md"}},
		{"broken over lines", "[a\nb](gone.md)", []string{":2: gone.md"}},
		{"reference", "[a]: gone.md", []string{":1: gone.md"}},
		{"reference that resolves", "[a]: other.md", nil},
		{"footnote", "[^1]: gone.md", nil},
		{"out of the tree", "[a](../../other/README.md)", []string{":1: out of the repository"}},
		{"same page", "[a](#part)", nil},
		{"elsewhere", "[a](https://example.com/gone.md)", nil},
		{"a letter", "[a](mailto:a@example.com)", nil},
		{"in code", "`[a](gone.md)`", nil},
		{"named by code", "[`a`](gone.md)", []string{":1: gone.md"}},
		{"in a block", "```\n[a](gone.md)\n```\n[b](lost.md)", []string{":4: lost.md"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problems, err := tidy.Links(filesOf(map[string]string{
				"docs/page.md":      tt.text,
				"docs/other.md":     "",
				"docs/two words.md": "",
				"README.md":         "",
			}))
			if err != nil {
				t.Fatal(err)
			}
			want(t, problems, prefixed("docs/page.md", tt.want)...)
		})
	}
}

func TestTreeBlock(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"all there", "# Saldo\n```\nmoney/         sums\nstore/memory/  maps\n```", nil},
		{"drawn", "```\n├── money/\n└── store/memory/\n```", nil},
		{"one gone", "```\nmoney/\nwallet/  old\n```", []string{":3: names wallet/"}},
		{"a file", "```\nmoney/\ngo.mod/\n```", []string{":3: names go.mod/"}},
		{"more in the block", "```\nmoney/\n\nmoney ← ledger/\n```", nil},
		{"another block", "```\n$ cd wallet/\n```\n```\nmoney/\n```", nil},
		{"no tree", "```\n$ make\n```", []string{": has no tree"}},
		{"no block", "money/", []string{": has no tree"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problems := tidy.TreeBlock(filesOf(map[string]string{
				"README.md":       tt.text,
				"go.mod":          "",
				"money/m.go":      "",
				"store/memory/s.": "",
			}), "README.md")
			want(t, problems, prefixed("README.md", tt.want)...)
		})
	}
	want(t, tidy.TreeBlock(filesOf(nil), "README.md"), "README.md: is missing")
}

func TestUnnamed(t *testing.T) {
	files := map[string]string{
		"book/b.go":              "package book",
		"book/booktest/b.go":     "package booktest",
		"test/scripts/s.go":      "package scripts",
		"test/simulation/s.go":   "package simulation",
		"test/simulation/m/m.go": "package m",
	}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"all", "`book/`, [suite](book/booktest/) and test/.", nil},
		{"a part of another name", "book/booktest/ mybook/ test/", []string{": does not name book/"}},
		{"a word without a slash", "book book/booktest/ test/", []string{": does not name book/"}},
		{"free folder, once", "book/ book/booktest/", []string{": does not name test/"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files["ARCHITECTURE.md"] = tt.text
			problems := tidy.Unnamed(treeOf(t, files), "ARCHITECTURE.md", []string{"test"})
			want(t, problems, prefixed("ARCHITECTURE.md", tt.want)...)
		})
	}
	delete(files, "ARCHITECTURE.md")
	problems := tidy.Unnamed(treeOf(t, files), "ARCHITECTURE.md", nil)
	want(t, problems, "ARCHITECTURE.md: is missing")
}
