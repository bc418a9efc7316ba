package brand

import (
	"slices"
	"strconv"
	"strings"
)

// DefaultLanguage is what people are told things in unless they ask for another.
const DefaultLanguage = "pt-BR"

// Bounds of what is read of an Accept-Language header.
const (
	acceptMax    = 256 // bytes
	languagesMax = 16
)

// Message returns the brand's own words for an error code, in the language of an
// Accept-Language header (RFC 9110, section 12.5.4) that fits best among those in which
// the brand has words for it, or in DefaultLanguage. It is empty when the brand has none.
// A nil brand has none.
func (b *Brand) Message(code, accept string) string {
	if b == nil || len(b.Messages) == 0 {
		return ""
	}
	for _, wanted := range languages(accept) {
		if text, fits := b.in(wanted, code); fits {
			return text
		}
	}
	text, _ := b.in(DefaultLanguage, code)
	return text
}

// in returns the words for a code in a language. Those of pt-BR fit who wants pt, and
// those of en fit who wants en-GB. Our own words are in DefaultLanguage, so that it
// always fits.
func (b *Brand) in(wanted, code string) (text string, fits bool) {
	for _, name := range byFit(b.Messages, wanted) {
		if text := b.Messages[name][code]; text != "" {
			return text, true
		}
	}
	return "", fit(DefaultLanguage, wanted) > 0
}

// byFit lists the languages that fit a wanted one, the best first.
func byFit(messages map[string]map[string]string, wanted string) []string {
	var names []string
	for name := range messages {
		if fit(name, wanted) > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(x, y string) int {
		if d := fit(y, wanted) - fit(x, wanted); d != 0 {
			return d
		}
		return strings.Compare(x, y)
	})
	return names
}

// fit tells how well a language serves who wants another: 0 is not at all.
func fit(name, wanted string) int {
	primary, _, _ := strings.Cut(name, "-")
	wantedPrimary, _, _ := strings.Cut(wanted, "-")
	switch {
	case strings.EqualFold(name, wanted):
		return 3
	case strings.EqualFold(primary, wantedPrimary) && primary == name:
		return 2
	case strings.EqualFold(primary, wantedPrimary):
		return 1
	}
	return 0
}

// languages reads an Accept-Language header: the languages, the most wanted first.
func languages(accept string) []string {
	if len(accept) > acceptMax {
		return nil
	}
	type choice struct {
		name    string
		quality int // thousandths
	}
	var choices []choice
	for part := range strings.SplitSeq(accept, ",") {
		name, parameter, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		q, ok := quality(parameter)
		if ok && q > 0 && language.MatchString(name) && len(choices) < languagesMax {
			choices = append(choices, choice{name, q})
		}
	}
	slices.SortStableFunc(choices, func(x, y choice) int { return y.quality - x.quality })
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.name
	}
	return names
}

// quality reads a weight such as q=0.8, in thousandths; 1 if there is none.
func quality(parameter string) (int, bool) {
	parameter = strings.TrimSpace(parameter)
	if parameter == "" {
		return 1000, true
	}
	text, ok := strings.CutPrefix(strings.ToLower(parameter), "q=")
	if !ok {
		return 0, false
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole) != 1 || len(fraction) > 3 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", 3-len(fraction)), 10, 16)
	return int(n), err == nil && n <= 1000
}
