package browser

import "fmt"

// overflowing finds what makes a page wider than the window: the elements that reach over its right edge and are in
// no box that scrolls or cuts by itself, the innermost of them only.
const overflowing = `(() => {
	const root = document.documentElement, width = root.clientWidth;
	const held = e => {
		for (let up = e.parentElement; up && up !== document.body && up !== root; up = up.parentElement) {
			if (getComputedStyle(up).overflowX !== "visible") return true;
		}
		return false;
	};
	const wide = [...document.body.querySelectorAll("*")].filter(e => {
		const box = e.getBoundingClientRect();
		return box.width > 0 && box.right > width + 0.5 && !held(e);
	});
	return {
		Window: width, Page: Math.max(root.scrollWidth, document.body.scrollWidth),
		Elements: wide.filter(e => !wide.some(o => o !== e && e.contains(o))).map(e =>
			e.outerHTML.slice(0, 120) + " ends at " + Math.round(e.getBoundingClientRect().right)),
	};
})()`

// Overflow says what makes people scroll sideways, if anything does.
func (p *Page) Overflow() []string {
	p.t.Helper()
	found := Eval[struct {
		Window, Page int
		Elements     []string
	}](p, overflowing)
	var problems []string
	if found.Window != p.look.Width {
		problems = append(problems, fmt.Sprintf("laid out %d pixels wide on a screen of %d: is there a viewport?",
			found.Window, p.look.Width))
	}
	if found.Page > found.Window {
		problems = append(problems, fmt.Sprintf("%d pixels wide in a window of %d", found.Page, found.Window))
		for _, e := range found.Elements {
			problems = append(problems, "too wide: "+e)
		}
	}
	return problems
}
