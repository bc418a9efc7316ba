// Package texts holds the words of pages against each other and against what says them,
// in the tests of those pages. It knows nothing of what they mean.
package texts

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/page"
)

// readTexts reads a language's texts of a folder.
func readTexts(t *testing.T, folder fs.FS, code string) map[string]string {
	t.Helper()
	raw, err := fs.ReadFile(folder, code+".json")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	return texts
}

// Compare fails the test unless every language in the folders of a package of pages, and
// in those of package page, has the same keys, and the same is put into each text.
func Compare(t *testing.T) {
	t.Helper()
	holes := regexp.MustCompile(`\{\d\}`)
	for _, folder := range []string{"text", "../page/text"} {
		codes := page.Languages()
		first := readTexts(t, os.DirFS(folder), codes[0])
		for _, code := range codes[1:] {
			texts := readTexts(t, os.DirFS(folder), code)
			for _, key := range page.Keys(first) {
				if _, ok := texts[key]; !ok {
					t.Errorf("%s/%s.json has no %s", folder, code, key)
				}
			}
			for key, text := range texts {
				if _, ok := first[key]; !ok && !strings.HasSuffix(key, ".one") {
					t.Errorf("%s/%s.json has %s, which %s has not", folder, code, key, codes[0])
					continue
				}
				if a, b := holes.FindAllString(first[key], -1), holes.FindAllString(text, -1); !sameSet(a, b) {
					t.Errorf("%s: %s takes %v, and %v in %s", key, code, b, a, codes[0])
				}
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s/%s.json: %s is empty", folder, code, key)
				}
			}
		}
	}
}

func sameSet(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// sources are the templates and Go files that name texts.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, pattern := range []string{"*.go", "templates/*.html", "../page/*.go", "../page/templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found[file] = string(raw)
		}
	}
	return found
}

var (
	// named are keys where they can be nothing else: t "key" in templates, T("key") in Go.
	named = regexp.MustCompile(`(?:[{(] ?[tn] |\.[TN]\()"([^"%]+[^".%])"(?:[)} ,])`)
	// literals are texts in quotes that may be a key, or the beginning of one.
	literals = regexp.MustCompile(`"([a-z][A-Za-z0-9_.:%-]*)"`)
)

// Use fails the test unless every text that the package's templates and Go files name is
// there, and every text of the package is named.
func Use(t *testing.T) {
	t.Helper()
	own := readTexts(t, os.DirFS("text"), "en")
	common := readTexts(t, os.DirFS("../page/text"), "en")
	whole, beginnings := make(map[string]bool), make(map[string]bool)
	for file, source := range sources(t) {
		for _, found := range named.FindAllStringSubmatch(source, -1) {
			key := found[1]
			if own[key] == "" && common[key] == "" && !strings.HasPrefix(file, "../page") {
				t.Errorf("%s: no text %s", file, key)
			}
		}
		for _, found := range literals.FindAllStringSubmatch(source, -1) {
			switch text := found[1]; {
			case strings.HasSuffix(text, "."):
				beginnings[text] = true
			case strings.Contains(text, ".%s"):
				text, _, _ = strings.Cut(text, "%s")
				beginnings[text] = true
			default:
				whole[text], whole["done."+text] = true, true
			}
		}
	}
	for key := range own {
		key = strings.TrimSuffix(key, ".one")
		used := whole[key]
		for beginning := range beginnings {
			// "problem." begins every problem's text, and "done." what forms have done: those that are
			// done are literals of their own.
			used = used || beginning != "done." && strings.HasPrefix(key, beginning)
		}
		if !used {
			t.Errorf("nobody says %s", key)
		}
	}
}
