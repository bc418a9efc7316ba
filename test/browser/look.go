package browser

import (
	"fmt"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Languages are those that pages speak.
var Languages = []string{"pt-BR", "en", "zh-CN"}

// Widths of a telephone and of a desk, in CSS pixels.
const (
	Narrow = 360
	Wide   = 1600
)

// farAway is the time zone of every page: one in which no page may show a time.
const farAway = "Asia/Shanghai"

// Look is how a page is looked at.
type Look struct {
	Language string // that the browser asks for
	Width    int    // in CSS pixels; up to 600 it is a telephone's
	Dark     bool   // the colour scheme that the user prefers
}

// String is fit for the name of a file.
func (l Look) String() string {
	name := fmt.Sprintf("%s-%d", l.Language, l.Width)
	if l.Dark {
		name += "-dark"
	}
	return name
}

// Looks are all combinations, those of a language together.
func Looks() []Look {
	var all []Look
	for _, language := range Languages {
		for _, width := range []int{Narrow, Wide} {
			all = append(all, Look{language, width, false}, Look{language, width, true})
		}
	}
	return all
}

// Look changes how the page is looked at. A page that is open follows width and colours at once; its language is asked
// for when a page is opened next.
func (p *Page) Look(l Look) {
	p.t.Helper()
	if p.look == l {
		return
	}
	p.look = l
	p.do("look "+l.String(), language(p.agent(), l), viewport(l), colours(l))
}

// agent is what Chromium calls itself.
func (p *Page) agent() string {
	p.t.Helper()
	if p.userAgent == "" {
		version, err := chromedp.CallBrowser(p.ctx, browser.GetVersion, cdp.Empty{})
		if err != nil {
			p.t.Fatalf("version of chromium: %v", err)
		}
		p.userAgent = version.UserAgent
	}
	return p.userAgent
}

func language(agent string, l Look) chromedp.Action[chromedp.Void] {
	return call(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: agent, AcceptLanguage: l.Language,
	})
}

// viewport makes a telephone of a narrow look: one that shows a page without a viewport of its own as wide as a desk.
func viewport(l Look) chromedp.Action[chromedp.Void] {
	if l.Width <= 600 {
		return chromedp.EmulateViewport(int64(l.Width), 740, chromedp.EmulateMobile)
	}
	return chromedp.EmulateViewport(int64(l.Width), 900)
}

// colours also asks for no motion, so that pictures are of a page at rest.
func colours(l Look) chromedp.Action[chromedp.Void] {
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}
