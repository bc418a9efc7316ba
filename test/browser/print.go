package browser

import "github.com/chromedp/cdproto/emulation"

// Print shows the page as it comes out of a printer, until it is looked at in another way.
func (p *Page) Print() {
	p.t.Helper()
	p.do("print", call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	p.picture("print-" + p.t.Name())
}
