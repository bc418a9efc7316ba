package brand_test

import (
	"errors"
	"testing"

	"github.com/saldo-pix/saldo/brand"
)

func TestABrandIsServedUnderItsOwnHostsAndUnderNobodys(t *testing.T) {
	set, err := brand.NewSet(
		brand.Brand{ID: "azul", Hosts: []string{"api.azul.example"}},
		brand.Brand{ID: "verde", Hosts: []string{"API.Verde.example"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host, id string
		want     bool
	}{
		{"api.azul.example", "azul", true},
		{"API.AZUL.example:8443", "azul", true},
		{"api.azul.example", "verde", false},
		{"api.verde.example", "verde", true},
		{"127.0.0.1:8080", "azul", true},
		{"[::1]:8080", "verde", true},
		{"", "azul", true},
	} {
		if got := set.Serves(c.host, c.id); got != c.want {
			t.Errorf("Serves(%q, %s) = %v", c.host, c.id, got)
		}
	}
	if _, err := set.Get("roxo"); !errors.Is(err, brand.ErrUnknown) {
		t.Errorf("unknown brand: %v", err)
	}
}

func TestASetRefusesWhatIsAmbiguous(t *testing.T) {
	for name, brands := range map[string][]brand.Brand{
		"no brand":       nil,
		"no id":          {{}},
		"an id twice":    {{ID: "azul"}, {ID: "azul"}},
		"one host twice": {{ID: "azul", Hosts: []string{"a.example"}}, {ID: "verde", Hosts: []string{"A.example"}}},
	} {
		if _, err := brand.NewSet(brands...); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
