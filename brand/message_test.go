package brand_test

import (
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/brand"
)

func TestTheLanguageThatFitsBestIsSpoken(t *testing.T) {
	b := &brand.Brand{ID: "azul", Messages: map[string]map[string]string{
		"pt-BR": {"BUSY": "Aguarde.", "NOT_FOUND": "Nada aqui."},
		"en":    {"BUSY": "Wait."},
		"en-GB": {"BUSY": "Do wait."},
		"es-MX": {"BUSY": "Espere."},
	}}
	for _, c := range []struct{ code, accept, want string }{
		{"BUSY", "", "Aguarde."},
		{"BUSY", "pt-BR", "Aguarde."},
		{"BUSY", "PT-br", "Aguarde."},
		{"BUSY", "pt", "Aguarde."},
		{"BUSY", "pt-PT", "Aguarde."},
		{"BUSY", "en", "Wait."},
		{"BUSY", "en-GB", "Do wait."},
		{"BUSY", "en-US", "Wait."},
		{"BUSY", "es", "Espere."},
		{"BUSY", "fr", "Aguarde."},
		{"BUSY", "fr, en;q=0.5", "Wait."},
		{"BUSY", "en;q=0.5, es;q=0.9", "Espere."},
		{"BUSY", "en;q=0, es;q=0.1", "Espere."},
		{"BUSY", "pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", "Aguarde."},
		{"BUSY", "*", "Aguarde."},
		{"BUSY", "en;q=2", "Aguarde."},
		{"BUSY", "en;q=abc", "Aguarde."},
		{"BUSY", "en;level=1", "Aguarde."},
		{"BUSY", ";;,,;q=", "Aguarde."},
		{"BUSY", strings.Repeat("fr, ", 100) + "en", "Aguarde."},
		// It has no English words for this one; Portuguese is what all can be told.
		{"NOT_FOUND", "en", "Nada aqui."},
		{"NOT_FOUND", "en, pt;q=0.5", "Nada aqui."},
		// Our own words are Portuguese, which was asked for first.
		{"STOPPING", "pt-BR, en;q=0.5", ""},
		{"STOPPING", "", ""},
	} {
		if got := b.Message(c.code, c.accept); got != c.want {
			t.Errorf("Message(%s, %q) = %q, want %q", c.code, c.accept, got, c.want)
		}
	}
	english := &brand.Brand{ID: "verde", Messages: map[string]map[string]string{"en": {"BUSY": "Wait."}}}
	for accept, want := range map[string]string{"en": "Wait.", "": "", "pt-BR, en;q=0.9": "", "fr": ""} {
		if got := english.Message("BUSY", accept); got != want {
			t.Errorf("verde in %q: %q, want %q", accept, got, want)
		}
	}
	var nobody *brand.Brand
	if got := nobody.Message("BUSY", "en"); got != "" {
		t.Errorf("no brand says %q", got)
	}
}

func FuzzMessage(f *testing.F) {
	b := &brand.Brand{ID: "azul", Messages: map[string]map[string]string{
		"pt-BR": {"BUSY": "Aguarde."}, "en": {"BUSY": "Wait."},
	}}
	f.Add("pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7")
	f.Add("*;q=0.")
	f.Fuzz(func(t *testing.T, accept string) {
		if got := b.Message("BUSY", accept); got != "Aguarde." && got != "Wait." {
			t.Errorf("%q: %q", accept, got)
		}
	})
}
