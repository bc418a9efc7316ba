package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// axeTags are the rules that pages are held against: WCAG 2.2 up to AA, and what screen readers need beyond it.
const axeTags = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`

// axeRun asks axe-core for what it is sure of. Rules that are off by default run where a tag names them.
const axeRun = `axe.run(document, {runOnly: {type: "tag", values: ` + axeTags + `}, resultTypes: ["violations"]}).then(r =>
	r.violations.flatMap(v => v.nodes.map(n => ({
		Rule: v.id, Help: v.help, Impact: v.impact || "",
		Selector: n.target.flat().join(" "), HTML: n.html, Why: n.failureSummary || "",
	}))))`

// Violation is one element that breaks one rule of axe-core.
type Violation struct {
	Rule     string // its name, such as color-contrast
	Impact   string // minor, moderate, serious or critical
	Help     string // what the rule demands
	Selector string // of the element
	HTML     string // the element's own
	Why      string // what to change
}

func (v Violation) String() string {
	return fmt.Sprintf("axe %s (%s): %s\n\t%s\n\t%s\n\t%s", v.Rule, v.Impact, v.Help, v.Selector, v.HTML,
		strings.ReplaceAll(v.Why, "\n", "\n\t"))
}

// Violations holds the page, as it is looked at now, against the rules of axe-core.
func (p *Page) Violations() []Violation {
	p.t.Helper()
	source, err := axe()
	if err != nil {
		p.t.Fatalf("axe-core: %v; scripts/install-test-deps fetches it", err)
	}
	if !Eval[bool](p, `typeof axe === "object"`) {
		// As DevTools would, so that the page's content security policy has no say in it.
		run(p, "load axe-core", chromedp.Evaluate[chromedp.Void](source))
	}
	return run(p, "run axe-core", chromedp.Evaluate[[]Violation](axeRun, chromedp.EvalAwaitPromise))
}

// axe is the source of axe-core in the version that package-lock.json names.
var axe = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(filepath.Join(root, "test/browser/node_modules/axe-core/axe.min.js"))
	return string(source), err
})

// moduleRoot is the folder of go.mod, above the one that tests run in.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", errors.New("no go.mod above the tests")
		}
		dir = above
	}
}
