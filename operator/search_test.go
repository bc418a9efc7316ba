package operator

import (
	"testing"

	"github.com/saldo-pix/saldo/pix"
)

func TestAnAccountIsFoundByNameNumberOrDocument(t *testing.T) {
	bakery := pix.Profile{ID: 5_512_340_000, Name: "Padaria São José  Ltda", Document: "11222333000181"}
	shop := pix.Profile{ID: 9_811_222_333, Name: "北京商店", Document: "12ABC34501DE35"}
	for text, want := range map[string][2]bool{
		"":                   {false, false}, // which lists all
		"padaria":            {true, false},
		"sao jose":           {true, false},
		"SÃO  JOSÉ":          {true, false},
		"jose  ltda":         {true, false},
		"josefa":             {false, false},
		"北京":                 {false, true},
		"5512340000":         {true, false},
		"55123":              {true, false},
		"12340000":           {false, false}, // not the beginning
		"11.222.333/0001-81": {true, false},
		"112223":             {true, false},
		"12.abc.345":         {false, true},
		"981":                {false, true},
		"-":                  {false, false},
	} {
		q := newAccountSearch(text)
		if got := [2]bool{q.fits(&bakery), q.fits(&shop)}; got != want {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
		if q.isEmpty() != (text == "") {
			t.Errorf("%q is empty: %t", text, q.isEmpty())
		}
	}
}
