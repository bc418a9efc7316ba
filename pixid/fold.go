package pixid

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// foldable holds letters and signs that Unicode does not decompose into ASCII and a mark.
var foldable = strings.NewReplacer(
	"ß", "ss", "ẞ", "SS", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE", "ø", "o", "Ø", "O",
	"đ", "d", "Đ", "D", "ł", "l", "Ł", "L",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "–", "-", "—", "-",
)

// FoldASCII writes a name so that a BR Code can carry it in at most lengthMax bytes: accents are
// dropped, runs of white space become one space, what has no ASCII likeness vanishes, and the rest
// is cut off. Text that fits already is unchanged. The result may be empty, as that of a name in
// Chinese.
func FoldASCII(s string, lengthMax int) string {
	if len(s) <= lengthMax && every(s, isPrintable) {
		return s
	}
	decomposed := norm.NFKD.String(foldable.Replace(s))
	ascii := make([]byte, 0, lengthMax)
	space := false
	for _, r := range decomposed {
		switch {
		case r == ' ' || '\t' <= r && r <= '\r':
			space = true
			continue
		case r > '~' || !isPrintable(byte(r)):
			continue
		}
		if space && len(ascii) > 0 {
			ascii = append(ascii, ' ')
		}
		space = false
		ascii = append(ascii, byte(r))
		if len(ascii) >= lengthMax {
			break
		}
	}
	return strings.TrimRight(string(ascii[:min(len(ascii), lengthMax)]), " ")
}
