package page

import (
	"encoding/json"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/money"
)

func TestPeopleReadAmountsAndTimesAsTheyWriteThem(t *testing.T) {
	at := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	for code, want := range map[string][4]string{
		"pt-BR": {"R$\u00a01.234,56", "-R$\u00a01.234,56", "20/11/2026, 00:00:00", "12,5%"},
		"en":    {"R$1,234.56", "-R$1,234.56", "11/20/26, 12:00:00 AM", "12.5%"},
		"zh-CN": {"R$1,234.56", "-R$1,234.56", "2026/11/20 00:00:00", "12.5%"},
	} {
		l := styles[code]
		got := [4]string{l.Amount(123456), l.Amount(-123456), l.Time(at), l.Percent(1250)}
		if got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	l := styles["pt-BR"]
	for c, want := range map[money.Centavos]string{
		0: "R$\u00a00,00", 5: "R$\u00a00,05", 99999: "R$\u00a0999,99", 100000: "R$\u00a01.000,00",
		123456789012: "R$\u00a01.234.567.890,12",
	} {
		if got := l.Amount(c); got != want {
			t.Errorf("%d: %q, want %q", c, got, want)
		}
	}
}

func TestTheLanguageIsTheOneThatFitsBest(t *testing.T) {
	for accept, want := range map[string]string{
		"": "pt-BR", "pt": "pt-BR", "pt-PT,en;q=0.5": "pt-BR", "en-GB": "en", "zh": "zh-CN", "zh-TW": "zh-CN",
		"fr,en;q=0.2": "en", "de": "pt-BR", "*": "pt-BR", "en;q=nonsense": "pt-BR",
	} {
		if got := bestLanguage(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

// TestEveryLanguageHasEveryText compares the words that all sites share. A text for
// exactly one is there where the language tells one from many.
func TestEveryLanguageHasEveryText(t *testing.T) {
	keys := func(code string) []string {
		raw, err := fs.ReadFile(commonTexts, "text/"+code+".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		return Keys(texts)
	}
	want := keys(languages[0])
	for _, code := range languages[1:] {
		if got := keys(code); !slices.Equal(got, want) {
			t.Errorf("%s has %d texts, %s has %d", code, len(got), languages[0], len(want))
		}
	}
}

func TestNobodyIsLedElsewhere(t *testing.T) {
	for path, want := range map[string]string{
		"/dashboard/statement?from=2026-11-01": "/dashboard/statement?from=2026-11-01", "/dashboard": "/dashboard",
		"": Base, "https://evil.example/dashboard": Base, "//evil.example/dashboard": Base, "/dashboards": Base,
		"/api/balance": Base, "/dashboard\\..\\x": Base, "javascript:alert(1)": Base,
	} {
		if got := ownPath(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

func TestEveryColourCanBeRead(t *testing.T) {
	for _, color := range []string{"#000000", "#ffffff", "#ffff00", "#4A70B8", "#18ac88", "#ff0000", "#808080", houseColor} {
		c := parseColor(color)
		if got := contrast(c.towards(black, white), white); got < 4.5 {
			t.Errorf("%s on white: %.2f", color, got)
		}
		if got := contrast(c.towards(white, paperDark), paperDark); got < 4.5 {
			t.Errorf("%s on dark: %.2f", color, got)
		}
	}
}

func TestTriesAreBounded(t *testing.T) {
	var tries tries
	now := time.Unix(0, 0)
	for i := range triesMax {
		if !tries.take("a", now) {
			t.Fatalf("try %d is refused", i)
		}
	}
	if tries.take("a", now.Add(59*time.Second)) {
		t.Error("one too many")
	}
	if !tries.take("b", now) || !tries.take("a", now.Add(time.Minute)) {
		t.Error("others, or a minute later, are refused")
	}
}
