package browser

import (
	"fmt"
	"slices"

	"github.com/chromedp/chromedp/kb"
)

// stopsLimit bounds a walk: a page with more places to stop at is a page nobody walks through.
const stopsLimit = 400

// outsideLimit bounds how often the focus may be outside the page on a walk.
const outsideLimit = 5

// beforeWalk notes how everything that may get the focus looks without it.
const beforeWalk = `(() => {
	if (document.activeElement) document.activeElement.blur();
	const all = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=""]';
	const looks = e => { const s = getComputedStyle(e); return [s.boxShadow, s.borderColor, s.backgroundColor].join(); };
	const stops = [...document.querySelectorAll(all)].filter(e =>
		!e.disabled && e.tabIndex >= 0 && e.type !== "hidden" && e.checkVisibility({visibilityProperty: true}));
	const face = e => e.labels && e.labels.length && e.getBoundingClientRect().width <= 1 ? e.labels[0] : e;
	window.saldoWalk = {
		names: new Map(stops.map((e, i) => [e, i])), looks, face,
		plain: new Map([...document.querySelectorAll(all + ", label")].map(e => [e, looks(e)])),
	};
	return stops.map((e, i) => ({Number: i, HTML: e.outerHTML.slice(0, 120), Group: e.type === "radio" ? e.name : ""}));
})()`

// atStop describes where the focus is. A field that is drawn by its label counts as the label.
const atStop = `(() => {
	const e = document.activeElement, walk = window.saldoWalk;
	if (!e || e === document.body || e === document.documentElement) return {Number: -1};
	const f = walk.face(e), s = getComputedStyle(f), box = f.getBoundingClientRect();
	const outlined = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1
		&& !/^rgba\(.*, 0\)$|^transparent$/.test(s.outlineColor);
	const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .2], [.5, .8]].map(([x, y]) =>
		document.elementFromPoint(box.x + box.width * x, box.y + box.height * y));
	return {
		Number: walk.names.has(e) ? walk.names.get(e) : -2, HTML: e.outerHTML.slice(0, 120),
		Ring: outlined || (walk.plain.has(f) && walk.plain.get(f) !== walk.looks(f)),
		Parts: ["date", "datetime-local", "month", "time", "week"].includes(e.type),
		Seen: box.width > 1 && box.height > 1 && points.some(o => o && (f.contains(o) || o.contains(f))),
	};
})()`

// Stop is where the focus is on a walk through a page.
type Stop struct {
	Number int    // in the document; negative when the walk did not expect it there
	HTML   string // the beginning of the element
	Group  string // of radio buttons, of which only one is stopped at
	Ring   bool   // it looks other than without the focus
	Parts  bool   // the tabulator key stops at several parts of it, such as the day, the month and the year
	Seen   bool   // it is in the window, with nothing in front of it
}

// Walk goes through the page by the tabulator key, once round, and returns where it stopped and what is wrong with
// that: stops that can't be seen or don't look focused, a trap, and elements that are not reached.
func (p *Page) Walk() (stops []Stop, problems []string) {
	p.t.Helper()
	all := Eval[[]Stop](p, beforeWalk)
	reached := make(map[int]bool)
	outside := 0 // how often the focus left the page for the browser's own window
	for range stopsLimit {
		p.Press(kb.Tab)
		stop := Eval[Stop](p, atStop)
		if stop.Number == -1 {
			// The window gives the focus back when it gets to it: on a busy machine the key may be pressed before.
			if outside++; outside > outsideLimit {
				break
			}
			continue
		}
		if n := len(stops); n > 0 && stop.Number == stops[0].Number && stop.HTML == stops[0].HTML &&
			(!stop.Parts || stop.Number != stops[n-1].Number) { // a walk may begin in the midst of a date
			break
		}
		stops, reached[stop.Number] = append(stops, stop), true
	}
	for i, stop := range stops {
		problems = append(problems, stop.problems()...)
		if i > 0 && stop.Number >= 0 && !stop.Parts && stop.Number == stops[i-1].Number {
			problems = append(problems, "the tabulator key does not leave "+stop.HTML)
		}
	}
	return stops, append(problems, missed(all, reached)...)
}

func (s Stop) problems() []string {
	var problems []string
	if !s.Ring {
		problems = append(problems, "looks the same with the focus: "+s.HTML)
	}
	if !s.Seen {
		problems = append(problems, "has the focus and can't be seen: "+s.HTML)
	}
	return problems
}

// missed are the elements that a walk ought to have stopped at.
func missed(all []Stop, reached map[int]bool) []string {
	var problems []string
	for _, s := range all {
		group := func(o Stop) bool { return s.Group != "" && o.Group == s.Group && reached[o.Number] }
		if !reached[s.Number] && !slices.ContainsFunc(all, group) {
			problems = append(problems, fmt.Sprintf("not reached by the tabulator key: %s", s.HTML))
		}
	}
	return problems
}
