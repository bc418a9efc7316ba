package page

import (
	"io/fs"
	"testing"
)

// TestWhatTheAPISaysHasATextInEveryLanguage looks at each of the API's words that forms
// say in the reader's language.
func TestWhatTheAPISaysHasATextInEveryLanguage(t *testing.T) {
	common, err := fs.Sub(commonTexts, "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range languages {
		l, err := newLang(code, common)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range said {
			if key := "form.wrong." + s.key; !l.has(key) {
				t.Errorf("%s has no %s", code, key)
			}
		}
		f := BlankForm(&Call{Lang: l}, "name")
		for words, key := range map[string]string{
			"must have at most 20 characters": "form.wrong.long", "must be at least 0.01": "form.wrong.atleast.amount",
			"is not a Pix key": "form.wrong.key", "must be a valid CPF or CNPJ": "form.wrong.document",
		} {
			got := f.reason(words)
			if want := l.T(key, map[string]any{
				"form.wrong.long": "20", "form.wrong.atleast.amount": l.Amount(1),
			}[key]); got.Text != want || got.English {
				t.Errorf("%s: %q is %+v, want %q", code, words, got, want)
			}
		}
		if got := f.reason("is blue"); got != (Reason{"is blue", true}) {
			t.Errorf("%s: %+v", code, got)
		}
	}
}
