package browser

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// point is where the mouse goes, in CSS pixels of the window.
type point struct {
	X, Y    float64
	Covered string // what is in front of the element there, if anything
}

// aim brings the first visible element that fits into view and returns its middle. What lies under something else can't
// be clicked, and fails the test.
func (p *Page) aim(selector string) point {
	p.t.Helper()
	p.WaitFor(selector)
	at := Eval[point](p, fmt.Sprintf(`(e => {
		e.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
		const box = e.getClientRects()[0];
		const x = box.x + box.width / 2, y = box.y + box.height / 2;
		const top = document.elementFromPoint(x, y);
		const free = top && (e.contains(top) || top.contains(e));
		return {X: x, Y: y, Covered: free ? "" : top ? top.outerHTML.slice(0, 200) : "the edge of the window"};
	})(%s[0])`, visible(selector)))
	if at.Covered != "" {
		p.t.Fatalf("%s is covered by %s", selector, at.Covered)
	}
	return at
}

// Click clicks the first visible element that fits. What opens another page is Submit's.
func (p *Page) Click(selector string) {
	p.t.Helper()
	at := p.aim(selector)
	p.do("click "+selector, chromedp.MouseClickXY(at.X, at.Y))
}

// Fill puts a text into a field, in place of what is there.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.WaitFor(selector)
	p.do("go to "+selector, chromedp.Evaluate[chromedp.Void](visible(selector)+"[0].focus()"),
		chromedp.Evaluate[chromedp.Void](visible(selector)+"[0].select()"))
	if text == "" {
		p.Press("\b")
		return
	}
	p.do("fill "+selector, call(input.InsertText, input.InsertTextParams{Text: text}))
}

// Choose sets what can't be typed in one way everywhere: the value of a list, or of a date as 2006-01-02.
func (p *Page) Choose(selector, value string) {
	p.t.Helper()
	p.WaitFor(selector)
	got := Eval[string](p, fmt.Sprintf(`(e => {
		e.focus();
		e.value = %s;
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return e.value;
	})(%s[0])`, quote(value), visible(selector)))
	if got != value {
		p.t.Fatalf("%s does not take %q", selector, value)
	}
}

// Press types keys where the focus is; package kb of chromedp has those without a letter.
func (p *Page) Press(keys string, options ...chromedp.KeyOption) {
	p.t.Helper()
	p.do(fmt.Sprintf("press %q", keys), chromedp.KeyEvent(keys, options...))
}

// Upload gives a file with a content to a field for files.
func (p *Page) Upload(selector, name string, content []byte) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.do("upload to "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{file}))
}

// SignIn signs in at the merchants' page and waits until another one is there.
func (p *Page) SignIn(clientID, clientSecret string) {
	p.t.Helper()
	p.Go("/dashboard/sign-in")
	p.Fill("[name=clientId]", clientID)
	p.Fill("[name=clientSecret]", clientSecret)
	p.Submit("form:has([name=clientSecret]) button")
}
