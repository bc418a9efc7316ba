package browser

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// Inspect opens the page's address anew in every language and looks at it in every width and colour: it must satisfy
// axe-core, need no scrolling sideways, and be walked through by keyboard. name is that of its pictures. The page ends
// in the look that it had.
func (p *Page) Inspect(name string) {
	p.t.Helper()
	before := p.look
	for _, look := range Looks() {
		anew := look.Language != p.look.Language
		p.Look(look)
		if anew {
			p.Reload()
		}
		p.Check(name)
	}
	p.Look(before)
	p.Reload()
}

// Check is Inspect for the page as it is open and looked at now, such as one whose dialog is open. What is wrong is
// told of, and does not end the test.
func (p *Page) Check(name string) {
	p.t.Helper()
	for _, v := range p.Violations() {
		p.t.Errorf("%s %s: %s", name, p.look, v)
	}
	for _, problem := range p.Overflow() {
		p.t.Errorf("%s %s: %s", name, p.look, problem)
	}
	p.picture(name + "-" + p.look.String())
	if !p.look.Dark {
		p.checkKeyboard(name)
	}
}

func (p *Page) checkKeyboard(name string) {
	p.t.Helper()
	_, problems := p.Walk()
	for _, problem := range problems {
		p.t.Errorf("%s %s: %s", name, p.look, problem)
	}
}

// pictures is the variable that names the folder of pictures.
const pictures = "SALDO_TEST_SCREENSHOTS"

// picture keeps a picture of the whole page, if anybody wants one.
func (p *Page) picture(name string) {
	p.t.Helper()
	dir := os.Getenv(pictures)
	if dir == "" {
		return
	}
	if !filepath.IsAbs(dir) {
		p.t.Fatalf("%s must be an absolute path, since each package's tests run in its own folder", pictures)
	}
	file := filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, p.Picture(), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// Picture is the whole page as PNG.
func (p *Page) Picture() []byte {
	p.t.Helper()
	return run(p, "take a picture", chromedp.FullScreenshot(100))
}
