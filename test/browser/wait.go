package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// between is how long a wait rests between two looks at the page.
const between = 5 * time.Millisecond

// Wait waits until a JavaScript expression is true. While a page gives way to the next one, it is not.
//
// chromedp.Poll can't do it: it compiles the expression in the page, whose content security policy forbids that.
func (p *Page) Wait(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tick := time.NewTicker(between)
	defer tick.Stop()
	for {
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("waited %s for %s; last error: %v\nthe page reads:\n%s", patience, what, err, p.read())
		}
	}
}

// read is what the page shows at the moment, for messages.
func (p *Page) read() string {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// WaitFor waits until an element that fits a CSS selector can be seen.
func (p *Page) WaitFor(selector string) {
	p.t.Helper()
	p.Wait(selector, fmt.Sprintf("(%s).length > 0", visible(selector)))
}

// WaitGone waits until no element that fits can be seen.
func (p *Page) WaitGone(selector string) {
	p.t.Helper()
	p.Wait("no "+selector, fmt.Sprintf("(%s).length === 0", visible(selector)))
}

// WaitText waits until an element that fits can be seen and has a text in it, in which all white space counts as one
// blank.
func (p *Page) WaitText(selector, text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("%q in %s", text, selector), fmt.Sprintf(
		`(%s).some(e => e.innerText.replace(/\s+/g, " ").includes(%s))`, visible(selector), quote(blanks(text))))
}

// Text is what the first element that fits and can be seen reads, with all white space as one blank.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	p.WaitFor(selector)
	return blanks(Eval[string](p, visible(selector)+"[0].innerText"))
}

// Count is how many elements that fit can be seen.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	return Eval[int](p, visible(selector)+".length")
}

// visible is an expression for the array of elements that fit and take up room.
func visible(selector string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%s)].filter(e => e.checkVisibility({visibilityProperty: true}))",
		quote(selector))
}

// quote writes a text as JavaScript does.
func quote(text string) string {
	raw, _ := json.Marshal(text)
	return string(raw)
}

// blanks puts one blank where any white space is. Amounts are written with one that does not break.
func blanks(text string) string { return strings.Join(strings.Fields(text), " ") }
