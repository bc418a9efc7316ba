package dashboard

import (
	"fmt"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/page"
)

// point is what a chart shows at an instant.
type point struct {
	At           time.Time
	Net, Blocked money.Centavos
}

// chart is a line of net and one of blocked over a time, as SVG paths. All lengths are in
// the units of its view box, which are pixels where it is shown at its own width.
type chart struct {
	ID            string
	Class         string
	Title, About  string
	Width, Height int64
	Left          int64 // where the plot begins
	Net, NetArea  string
	Blocked       string
	Rows          []chartMark // amounts, from low to high
	Columns       []chartMark // times
}

// chartMark is a word beside a line of the grid.
type chartMark struct {
	X, Y   int64
	Lift   int64 // from Y to the word's foot, downwards
	Label  string
	Anchor string
}

// Margins of a chart. Words of amounts stand beside their lines; in a chart that is too
// narrow for that, on them. Those of times stand below.
const (
	chartTop    = 24
	chartBottom = 26
	chartSide   = 4
	chartWords  = 96
	chartBroad  = 600 // from which on there is room for words beside lines
)

// plot is where a chart's points come to lie.
type plot struct {
	from, to      time.Time
	low, high     money.Centavos
	left          int64
	width, height int64
}

func (p *plot) x(at time.Time) int64 {
	whole := int64(p.to.Sub(p.from) / time.Second)
	if whole <= 0 {
		return p.left
	}
	return p.left + int64(at.Sub(p.from)/time.Second)*(p.width-p.left-chartSide)/whole
}

// y is exact to the pixel: a span of centavos is divided first where a product could be
// too large.
func (p *plot) y(c money.Centavos) int64 {
	room := p.height - chartTop - chartBottom
	span, above := int64(p.high-p.low), int64(p.high-c)
	for span > 1<<40 {
		span, above = span>>1, above>>1
	}
	return chartTop + above*room/max(span, 1)
}

// newChart draws points, which are in order, with marks at the given times.
func newChart(
	l *page.Lang, points []point, columns []time.Time, label func(time.Time) string, width, height int64,
) chart {
	p := plot{left: chartSide, width: width, height: height}
	words := chartMark{X: chartSide, Lift: -5, Anchor: "start"}
	if width >= chartBroad {
		p.left, words = chartWords, chartMark{X: chartWords - 8, Lift: 4, Anchor: "end"}
	}
	c := chart{Left: p.left, Width: width, Height: height}
	if len(points) == 0 {
		return c
	}
	p.from, p.to = points[0].At, points[len(points)-1].At
	for _, at := range points {
		p.low, p.high = min(p.low, at.Net, at.Blocked), max(p.high, at.Net, at.Blocked)
	}
	step := chartStep(p.high - p.low)
	p.low, p.high = floorTo(p.low, step), -floorTo(-p.high, step)
	if p.high == p.low {
		p.high += step
	}
	for at := p.low; at <= p.high; at += step {
		words.Y, words.Label = p.y(at), chartAmount(l, at, step)
		c.Rows = append(c.Rows, words)
	}
	for _, at := range columns {
		mark := chartMark{X: p.x(at), Y: height - 6, Label: label(at), Anchor: "middle"}
		switch {
		case mark.X < p.left+24:
			mark.Anchor = "start"
		case mark.X > width-24:
			mark.Anchor = "end"
		}
		c.Columns = append(c.Columns, mark)
	}
	c.Net = p.line(points, func(at point) money.Centavos { return at.Net })
	c.Blocked = p.line(points, func(at point) money.Centavos { return at.Blocked })
	zero := p.y(max(p.low, 0))
	c.NetArea = fmt.Sprintf("%sV%dH%dZ", c.Net, zero, p.x(p.from))
	return c
}

// line is the path of what points have: from each it stays until the next.
func (p *plot) line(points []point, of func(point) money.Centavos) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", p.x(points[0].At), p.y(of(points[0])))
	lastX, lastY := p.x(points[0].At), p.y(of(points[0]))
	for _, at := range points[1:] {
		x, y := p.x(at.At), p.y(of(at))
		if x != lastX {
			fmt.Fprintf(&b, "H%d", x)
		}
		if y != lastY {
			fmt.Fprintf(&b, "V%d", y)
		}
		lastX, lastY = x, y
	}
	return b.String()
}

// chartRows is how many lines a chart's grid has at most, besides its lowest.
const chartRows = 4

// chartStep is 1, 2 or 5 times a power of ten, in centavos: the least by which a span
// takes at most chartRows steps. Spans of balances are far below 2^58.
func chartStep(span money.Centavos) money.Centavos {
	for power := money.Centavos(1); ; power *= 10 {
		for _, times := range []money.Centavos{1, 2, 5} {
			if span <= power*times*chartRows {
				return power * times
			}
		}
	}
}

// floorTo is the highest multiple of step that is not above c.
func floorTo(c, step money.Centavos) money.Centavos {
	down := c / step * step
	if down > c {
		down -= step
	}
	return down
}

// chartAmount writes an amount without cents where the steps have none.
func chartAmount(l *page.Lang, c, step money.Centavos) string {
	const real = 100
	if step%real != 0 {
		return l.Amount(c)
	}
	return strings.TrimSuffix(l.Amount(c), l.Decimal()+"00")
}
