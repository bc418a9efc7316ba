package dashboard

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

var noon = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC) // in São Paulo

func TestStepsOfAChartAreRoundAndFew(t *testing.T) {
	for span, want := range map[money.Centavos]money.Centavos{
		0: 1, 4: 1, 5: 2, 8: 2, 9: 5, 20: 5, 21: 10, 400_00: 100_00, 400_01: 200_00, 48_734_90: 20_000_00,
	} {
		got := chartStep(span)
		if got != want {
			t.Errorf("span %s: steps of %s, want %s", span, got, want)
		}
	}
	for c, want := range map[money.Centavos]money.Centavos{
		0: 0, 99: 0, 100: 100, 101: 100, -1: -100, -100: -100, -101: -200,
	} {
		if got := floorTo(c, 100); got != want {
			t.Errorf("floor of %d is %d, want %d", c, got, want)
		}
	}
}

var ordinates = regexp.MustCompile(`([MHV])(-?\d+)(?: (-?\d+))?`)

// TestAChartStaysInItsFrame draws random points, negative and huge ones too: every line
// stays within the picture, in time and in height, and ends where its last point is.
func TestAChartStaysInItsFrame(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		var points []point
		at, most := noon, money.Centavos(1)<<r.IntN(49)
		for range 1 + r.IntN(200) {
			at = at.Add(time.Duration(r.IntN(3600)) * time.Second)
			net, blocked := money.Centavos(r.Int64N(int64(most)))-most/8, money.Centavos(r.Int64N(int64(most)))
			points = append(points, point{at, net, blocked})
		}
		c := newChart(english(t), points, []time.Time{noon, at}, english(t).Clock, 330, 220)
		for _, path := range []string{c.Net, c.Blocked, c.NetArea} {
			x, y := int64(-1), int64(-1)
			for _, move := range ordinates.FindAllStringSubmatch(path, -1) {
				value, err := strconv.ParseInt(move[2], 10, 64)
				if err != nil {
					t.Fatalf("seed %d: %s", seed, path)
				}
				switch move[1] {
				case "M":
					x = value
					y, _ = strconv.ParseInt(move[3], 10, 64)
				case "H":
					if value < x && path != c.NetArea {
						t.Fatalf("seed %d: goes back in time: %s", seed, path)
					}
					x = value
				case "V":
					y = value
				}
				if x < 0 || x > c.Width || y < 0 || y > c.Height-chartBottom {
					t.Fatalf("seed %d: leaves its frame at %d, %d: %s", seed, x, y, path)
				}
			}
		}
		if len(c.Rows) < 2 || len(c.Rows) > chartRows+2 {
			t.Fatalf("seed %d: %d lines of the grid", seed, len(c.Rows))
		}
		if !slices.IsSortedFunc(c.Rows, func(a, b chartMark) int { return int(b.Y - a.Y) }) {
			t.Fatalf("seed %d: grid %+v", seed, c.Rows)
		}
	}
}

func TestAChartOfOnePointAndOfNone(t *testing.T) {
	l := english(t)
	if c := newChart(l, nil, nil, l.Clock, 960, 260); c.Net != "" {
		t.Errorf("nothing is drawn as %q", c.Net)
	}
	c := newChart(l, []point{{noon, 0, 0}}, nil, l.Clock, 960, 260)
	if c.Net == "" || len(c.Rows) != 2 || c.Rows[0].Label != "R$0.00" {
		t.Errorf("one point of nothing: %+v", c)
	}
}

func TestMarksOfTimeAreOfSaoPaulo(t *testing.T) {
	for name, want := range map[string]string{
		"day":   "[12:00 18:00 00:00 06:00 12:00]",
		"week":  "[14 15 16 17 18 19 20]",
		"month": "[28 4 11 18]",
	} {
		s, layout := spans[name], "2"
		if name == "day" {
			layout = "15:04"
		}
		start := noon.Add(-time.Duration(s.days) * 24 * time.Hour)
		var got []string
		for _, at := range s.columns(start, noon) {
			got = append(got, at.In(pix.SaoPaulo).Format(layout))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}
