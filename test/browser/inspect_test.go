package browser_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/test/browser"
)

func TestAxeFindsWhatKeepsPeopleOut(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{
		"/label":    `<input name="name">`,
		"/contrast": `<p class="pale">text</p><link rel="stylesheet" href="/faults.css">`,
		"/night":    `<p class="night">text</p><link rel="stylesheet" href="/faults.css">`,
		"/targets":  `<button class="tiny">a</button><button class="tiny">b</button><link rel="stylesheet" href="/faults.css">`,
		"/heading":  `<h4>too deep</h4>`,
		"/language": `<!doctype html><html><title>t</title><main><h1>A page</h1></main></html>`,
		"/landmark": `<!doctype html><html lang="en"><title>t</title><h1>A page</h1><p>outside</p></html>`,
	}, map[string]http.HandlerFunc{"GET /faults.css": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, `.pale { color: #aaa; background: #fff } .tiny { min-height: 0; width: 10px; height: 10px; margin: 0;
			padding: 0; border: 0; overflow: hidden } @media (prefers-color-scheme: dark) { .night { color: #333 } }`)
	}})
	for _, c := range []struct {
		path, rule, selector string
		dark                 bool
	}{
		{"/label", "label", "input", false},
		{"/contrast", "color-contrast", "p", false},
		{"/night", "color-contrast", "p", true},
		{"/targets", "target-size", "button", false},
		{"/heading", "heading-order", "h4", false},
		{"/language", "html-has-lang", "html", false},
		{"/landmark", "region", "p", false},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			p := browser.Open(t, url)
			p.Look(browser.Look{Language: "en", Width: browser.Wide, Dark: c.dark})
			p.Go(c.path)
			for _, v := range p.Violations() {
				if v.Rule == c.rule && strings.Contains(v.Selector, c.selector) {
					return
				}
			}
			t.Errorf("%s at %s is not among %v", c.rule, c.selector, p.Violations())
		})
	}
}

func TestColoursAreJudgedInTheLightAndInTheDark(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{"/{$}": `<p class="night">text</p><link rel="stylesheet" href="/night.css">`},
		map[string]http.HandlerFunc{"GET /night.css": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, `@media (prefers-color-scheme: dark) { .night { color: #333 } }`)
		}})
	said := judge(t, func(t testing.TB) {
		p := browser.Open(t, url)
		p.Go("/")
		p.Inspect("night")
	})
	if len(said) != 6 { // three languages, two widths
		t.Errorf("%d complaints: %s", len(said), strings.Join(said, "\n"))
	}
	says(t, said, "night zh-CN-360-dark: axe color-contrast (serious)")
}

func TestWhatMakesAPageTooWideIsNamed(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{
		"/wide":  `<p id="wide">text</p><link rel="stylesheet" href="/wide.css">`,
		"/held":  `<div id="held"><p id="wide">text</p></div><link rel="stylesheet" href="/wide.css">`,
		"/plain": `<!doctype html><html lang="en"><title>t</title><main><h1>A page</h1></main></html>`,
	}, map[string]http.HandlerFunc{"GET /wide.css": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, "#wide { width: 500px } #held { overflow-x: auto }")
	}})
	p := browser.Open(t, url)
	p.Go("/wide")
	quiet(t, p.Overflow())
	p.Look(browser.Look{Language: "en", Width: browser.Narrow})
	says(t, p.Overflow(), `too wide: <p id="wide">text</p> ends at 516`)
	says(t, p.Overflow(), `516 pixels wide in a window of 360`)
	p.Go("/held")
	quiet(t, p.Overflow())
	p.Go("/plain")
	says(t, p.Overflow(), "laid out 980 pixels wide on a screen of 360: is there a viewport?")
}

func TestAWalkByKeyboardFindsWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	url := site(t, map[string]string{
		"/{$}":     sound,
		"/blind":   `<a href="/">One</a><a href="/" id="plain">Two</a><link rel="stylesheet" href="/walk.css">`,
		"/covered": `<div id="bar">bar</div><a href="/" id="under">One</a><link rel="stylesheet" href="/walk.css">`,
		"/trap":    `<a href="/">One</a><input id="trap"><a href="/">Two</a><script src="/trap.js"></script>`,
		"/skip":    `<a href="/">One</a><input id="skipped"><a href="/">Two</a><script src="/skip.js"></script>`,
		"/box":     `<label id="drawn"><input type="checkbox" id="box"> box</label><link rel="stylesheet" href="/walk.css">`,
	}, map[string]http.HandlerFunc{
		"GET /walk.css": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, `#plain:focus { outline: none } #bar { position: fixed; inset: 0 }
				#box { position: absolute; width: 1px; height: 1px; min-height: 0; margin: 0; opacity: 0 }
				#drawn:focus-within { box-shadow: 0 0 0 3px #b3420a }`)
		},
		"GET /trap.js": script(`document.querySelector("#trap").addEventListener("keydown", e => e.preventDefault())`),
		"GET /skip.js": script(`document.querySelector("#skipped").addEventListener("focus", e =>
			document.querySelectorAll("a")[1].focus())`),
	})
	p := browser.Open(t, url)
	p.Go("/")
	stops, problems := p.Walk()
	quiet(t, problems)
	if len(stops) != 5 { // name, kind, the radio buttons once, send, other
		t.Errorf("%d stops: %+v", len(stops), stops)
	}
	for path, want := range map[string]string{
		"/blind":   `looks the same with the focus: <a href="/" id="plain">`,
		"/covered": `has the focus and can't be seen: <a href="/" id="under">`,
		"/trap":    `the tabulator key does not leave <input id="trap">`,
		"/skip":    `not reached by the tabulator key: <input id="skipped">`,
	} {
		p.Go(path)
		_, problems := p.Walk()
		says(t, problems, want)
	}
	p.Go("/box")
	_, problems = p.Walk()
	quiet(t, problems)
}

func TestInspectLeavesPictures(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SALDO_TEST_SCREENSHOTS", dir)
	p := browser.Open(t, site(t, map[string]string{"/{$}": sound + "<p>可用余额</p>"}, nil))
	p.Go("/")
	p.Inspect("sound")
	for _, look := range browser.Looks() {
		picture, err := os.ReadFile(filepath.Join(dir, "sound-"+look.String()+".png"))
		if err != nil || !strings.HasPrefix(string(picture), "\x89PNG") {
			t.Errorf("%s: %v, %d bytes", look, err, len(picture))
		}
	}
}
