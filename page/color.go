package page

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// rgb is a colour, each part from 0 to 1.
type rgb [3]float64

// The grounds that the brand's colour is read on, as static/style.css has them.
var (
	white     = rgb{1, 1, 1}
	black     = rgb{0, 0, 0}
	paperDark = parseColor("#141a21")
)

// houseColor is for brands without a colour.
const houseColor = "#23504a"

// readable is the contrast that text needs at least (WCAG 2.2, 1.4.3), and a little more.
const readable = 4.8

func parseColor(hex string) rgb {
	var c rgb
	for i := range c {
		part, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			panic(fmt.Errorf("page: colour %s: %w", hex, err)) // brands have theirs checked
		}
		c[i] = float64(part) / 255
	}
	return c
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(c[0]*255+0.5), int(c[1]*255+0.5), int(c[2]*255+0.5))
}

// luminance is how bright a colour looks (WCAG 2.2, relative luminance).
func (c rgb) luminance() float64 {
	weights := rgb{0.2126, 0.7152, 0.0722}
	sum := 0.0
	for i, part := range c {
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weights[i] * part
	}
	return sum
}

func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// towards mixes c with as much of another colour as makes it readable on a ground.
func (c rgb) towards(other, ground rgb) rgb {
	const steps = 50
	for i := 0; ; i++ {
		share := float64(i) / steps
		mixed := rgb{}
		for j := range mixed {
			mixed[j] = c[j]*(1-share) + other[j]*share
		}
		if i == steps || contrast(mixed, ground) >= readable {
			return mixed
		}
	}
}

// colorSheet is the style sheet of a brand's colour: the colour itself, what is readable
// on it, and shades of it that are readable on light and on dark paper.
func colorSheet(color string) string {
	if color == "" {
		color = houseColor
	}
	brand := parseColor(color)
	on := white
	if contrast(brand, white) < readable {
		// A little darker may do; a light colour takes black.
		if darker := brand.towards(black, white); contrast(darker, brand) < 1.3 {
			brand = darker
		} else {
			on = black
		}
	}
	if on == black {
		brand = brand.towards(white, black)
	}
	return fmt.Sprintf(":root{--brand:%s;--on-brand:%s;--accent-light:%s;--accent-dark:%s}\n",
		brand, on, brand.towards(black, rgb{0.96, 0.96, 0.96}), brand.towards(white, paperDark))
}

// serveColors is GET /brand/{id}.css; the house's own is house.css.
func (s *Site) serveColors(w http.ResponseWriter, r *http.Request) {
	id, isSheet := strings.CutSuffix(r.PathValue("id"), ".css")
	if id == "house" {
		id = ""
	}
	sheet, known := s.colors[id]
	if !isSheet || !known {
		http.NotFound(w, r)
		return
	}
	serveFile(w, r, "text/css; charset=utf-8", []byte(sheet), "public, max-age=300")
}
