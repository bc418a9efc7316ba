package page

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// The languages of the pages. The first is for those who ask for none of them.
var languages = []string{"pt-BR", "en", "zh-CN"}

// names are what the languages call themselves.
var names = map[string]string{"pt-BR": "Português", "en": "English", "zh-CN": "中文"}

// Lang is one language of the pages: their words, and how its people write amounts,
// numbers and times (CLDR 48).
type Lang struct {
	Code  string
	texts map[string]string

	group, decimal      string
	currency            string // before an amount
	dateTime, date, day string // layouts of package time
	clock               string
}

var styles = map[string]Lang{
	"pt-BR": {
		group: ".", decimal: ",", currency: "R$\u00a0",
		dateTime: "02/01/2006, 15:04:05", date: "02/01/2006", day: "02/01", clock: "15:04",
	},
	"en": {
		group: ",", decimal: ".", currency: "R$", dateTime: "1/2/06, 3:04:05 PM", date: "1/2/06", day: "1/2",
		clock: "3:04 PM",
	},
	"zh-CN": {
		group: ",", decimal: ".", currency: "R$", dateTime: "2006/1/2 15:04:05", date: "2006/1/2", day: "1/2",
		clock: "15:04",
	},
}

//go:embed text/*.json
var commonTexts embed.FS

// NewLang is a language of the pages with a site's own words beside those that all share.
func NewLang(code string, texts fs.FS) (*Lang, error) {
	common, err := fs.Sub(commonTexts, "text")
	if err != nil {
		return nil, err
	}
	return newLang(code, common, texts)
}

// newLang reads a language's words from all of the folders.
func newLang(code string, folders ...fs.FS) (*Lang, error) {
	l := styles[code]
	l.Code, l.texts = code, make(map[string]string)
	for _, folder := range folders {
		raw, err := fs.ReadFile(folder, code+".json")
		if err != nil {
			return nil, err
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("%s.json: %w", code, err)
		}
		for key, text := range texts {
			if _, twice := l.texts[key]; twice {
				return nil, fmt.Errorf("%s.json: %s is there twice", code, key)
			}
			l.texts[key] = text
		}
	}
	return &l, nil
}

// Keys lists the keys of a language's texts that every other language must have too, in
// order: not those for exactly one.
func Keys(texts map[string]string) []string {
	keys := slices.Sorted(maps.Keys(texts))
	return slices.DeleteFunc(keys, func(key string) bool { return strings.HasSuffix(key, ".one") })
}

// Languages lists the codes of all languages, the first being for those who ask for none.
func Languages() []string { return slices.Clone(languages) }

// Currency, Group and Decimal are what stands before an amount, between its thousands and
// before its cents, for scripts.
func (l *Lang) Currency() string { return l.currency }

// Group separates thousands.
func (l *Lang) Group() string { return l.group }

// Decimal separates cents.
func (l *Lang) Decimal() string { return l.decimal }

// T is the text of a key, with each {0}, {1}… in it replaced by the arguments. A key
// without a text is its own text, which the tests of a site don't let pass.
func (l *Lang) T(key string, args ...any) string {
	text, ok := l.texts[key]
	if !ok {
		return key
	}
	for i, arg := range args {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return text
}

// N is T for a count, which is {0}: of the key with ".one" where it is 1 and the language
// has such a text.
func (l *Lang) N(key string, count int, args ...any) string {
	if one := key + ".one"; count == 1 && l.has(one) {
		key = one
	}
	return l.T(key, append([]any{l.Number(int64(count))}, args...)...)
}

func (l *Lang) has(key string) bool { _, ok := l.texts[key]; return ok }

// Or is the text of a key, or of another where there is none: for words of the API that
// are newer than the pages.
func (l *Lang) Or(key, other string) string {
	if l.has(key) {
		return l.T(key)
	}
	return other
}

var matcher = func() language.Matcher {
	tags := make([]language.Tag, len(languages))
	for i, code := range languages {
		tags[i] = language.MustParse(code)
	}
	return language.NewMatcher(tags)
}()

// acceptMax bounds what is read of an Accept-Language header, in bytes.
const acceptMax = 256

// bestLanguage is the language that fits an Accept-Language header best.
func bestLanguage(accept string) string {
	if len(accept) > acceptMax {
		return languages[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return languages[0]
	}
	_, i, _ := matcher.Match(wanted...)
	return languages[i]
}

// lang is the language that the reader has chosen, or that the browser asks for.
func (v *views) lang(r *http.Request) *Lang {
	for name, l := range v.langs {
		for _, cookie := range r.CookiesNamed(v.languageCookie) {
			if cookie.Value == name {
				return l
			}
		}
	}
	return v.langs[bestLanguage(r.Header.Get("Accept-Language"))]
}
