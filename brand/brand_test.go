package brand_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/brand"
)

func newSet(t *testing.T, brands ...brand.Brand) *brand.Set {
	t.Helper()
	set, err := brand.NewSet(brands...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestABrandIsServedUnderItsOwnHostsAndUnderNobodys(t *testing.T) {
	set := newSet(t,
		brand.Brand{ID: "azul", Hosts: []string{"api.azul.example", "azul.example", "*.azul.example"}},
		brand.Brand{ID: "verde", Hosts: []string{"API.Verde.example", "verde.azul.example", "10.0.0.7"}},
	)
	for _, c := range []struct {
		host, at string // the brand whose host it is; none for nobody's
	}{
		{"api.azul.example", "azul"},
		{"API.AZUL.example:8443", "azul"},
		{"api.azul.example.", "azul"},
		{"api.azul.example.:443", "azul"},
		{"azul.example", "azul"},
		{"app.azul.example", "azul"},
		{"APP.azul.example:443", "azul"},
		{"verde.azul.example", "verde"}, // a host of its own comes before a wildcard
		{"a.b.azul.example", ""},        // a star is one label
		{".azul.example", ""},
		{"evilazul.example", ""},
		{"api.azul.example.evil.example", ""},
		{"api.verde.example", "verde"},
		{"app.verde.example", ""},
		{"10.0.0.7:8080", "verde"},
		{"127.0.0.1:8080", ""},
		{"[::1]:8080", ""},
		{"[::1]", ""},
		{"localhost", ""},
		{":", ""},
		{"", ""},
	} {
		at := set.At(c.host)
		if c.at == "" && at != nil || c.at != "" && (at == nil || at.ID != c.at) {
			t.Errorf("At(%q) = %v, want %q", c.host, at, c.at)
		}
		for _, id := range []string{"azul", "verde"} {
			if got, want := set.Serves(c.host, id), c.at == "" || c.at == id; got != want {
				t.Errorf("Serves(%q, %s) = %v", c.host, id, got)
			}
		}
	}
	if _, err := set.Get("roxo"); !errors.Is(err, brand.ErrUnknown) {
		t.Errorf("unknown brand: %v", err)
	}
}

func TestAnIssuerIsOneBrands(t *testing.T) {
	set := newSet(t, brand.Brand{ID: "azul"}, brand.Brand{ID: "verde", Issuer: "https://api.verde.example"})
	for issuer, want := range map[string]string{"azul": "azul", "https://api.verde.example": "verde", "verde": "", "": ""} {
		b := set.OfIssuer(issuer)
		if (b != nil) != (want != "") || b != nil && b.ID != want || set.IsIssuer(issuer) != (want != "") {
			t.Errorf("issuer %q: %v, want %q", issuer, b, want)
		}
	}
	if all := set.All(); len(all) != 2 || all[0].ID != "azul" || all[0].Issuer != "azul" || all[1].ID != "verde" {
		t.Errorf("all %+v", all)
	}
}

func TestASetRefusesWhatIsAmbiguousOrMalformed(t *testing.T) {
	two := func(x, y brand.Brand) []brand.Brand { x.ID, y.ID = "azul", "verde"; return []brand.Brand{x, y} }
	one := func(b brand.Brand) []brand.Brand { b.ID = "azul"; return []brand.Brand{b} }
	host := func(h string) []brand.Brand { return one(brand.Brand{Hosts: []string{h}}) }
	say := func(language, code, text string) []brand.Brand {
		return one(brand.Brand{Messages: map[string]map[string]string{language: {code: text}}})
	}
	for name, c := range map[string]struct {
		brands []brand.Brand
		want   string // part of the error
	}{
		"no brand":    {nil, "no brand"},
		"no id":       {[]brand.Brand{{}}, "no id"},
		"an id twice": {[]brand.Brand{{ID: "azul"}, {ID: "azul"}}, "azul is configured twice"},
		"one host twice": {two(brand.Brand{Hosts: []string{"a.example"}}, brand.Brand{Hosts: []string{"A.example"}}),
			"host a.example belongs to brand azul and to verde"},
		"one wildcard twice": {two(brand.Brand{Hosts: []string{"*.a.example"}}, brand.Brand{Hosts: []string{"*.a.example"}}),
			"host *.a.example belongs"},
		"one issuer twice": {two(brand.Brand{Issuer: "x"}, brand.Brand{Issuer: "x"}), "issuer x belongs"},
		"another's id for an issuer": {two(brand.Brand{}, brand.Brand{Issuer: "azul"}),
			"issuer azul belongs to brand azul and to verde"},
		"a host with its port":         {host("a.example:443"), "no host name"},
		"a host with a scheme":         {host("https://a.example"), "no host name"},
		"an empty host":                {host(""), "no host name"},
		"a star within a host":         {host("api.*.example"), "no host name"},
		"a part of a label as a star":  {host("a*.azul.example"), "no host name"},
		"a star for everything":        {host("*"), "no host name"},
		"a star for a whole top level": {host("*.example"), "no host name"},
		"a colour by name":             {one(brand.Brand{Color: "blue"}), "brand azul: color"},
		"a colour of three digits":     {one(brand.Brand{Color: "#4AB"}), "brand azul: color"},
		"no e-mail address":            {one(brand.Brand{SupportEmail: "suporte"}), "support_email"},
		"an e-mail address with a name": {one(brand.Brand{SupportEmail: "Suporte <s@azul.example>"}),
			"support_email"},
		"a page without TLS":      {one(brand.Brand{SupportURL: "http://azul.example"}), "support_url"},
		"a page that is a script": {one(brand.Brand{SupportURL: "javascript:alert(1)"}), "support_url"},
		"a long name":             {one(brand.Brand{Name: strings.Repeat("á", 61)}), "name"},
		"a name of two lines":     {one(brand.Brand{Name: "a\nb"}), "name"},
		"an issuer with a blank":  {one(brand.Brand{Issuer: "a b"}), "issuer"},
		"no language":             {say("português", "BUSY", "x"), `"português" is no language`},
		"no code":                 {say("pt-BR", "busy", "x"), `"busy" is no error code`},
		"no text":                 {say("pt-BR", "BUSY", ""), "BUSY needs a text"},
		"a long text":             {say("pt-BR", "BUSY", strings.Repeat("á", 301)), "BUSY needs a text"},
		"a text of two lines":     {say("pt-BR", "BUSY", "a\nb"), "BUSY needs a text"},
		"a language twice": {one(brand.Brand{Messages: map[string]map[string]string{"pt-BR": {}, "pt-br": {}}}),
			"is there twice"},
	} {
		if _, err := brand.NewSet(c.brands...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	full := brand.Brand{
		Name: strings.Repeat("á", 60), Color: "#4A70b8", SupportEmail: "suporte@azul.example",
		SupportURL: "https://azul.example/ajuda", Issuer: "https://api.azul.example",
		Messages: map[string]map[string]string{"pt-BR": {"BUSY": strings.Repeat("á", 300)}, "en": {"BUSY": "Wait."}},
	}
	if _, err := brand.NewSet(one(full)...); err != nil {
		t.Error(err)
	}
}

// A host is one brand's however it is spelled.
func FuzzAt(f *testing.F) {
	set, err := brand.NewSet(
		brand.Brand{ID: "azul", Hosts: []string{"api.azul.example", "*.azul.example"}},
		brand.Brand{ID: "verde", Hosts: []string{"verde.azul.example"}},
	)
	if err != nil {
		f.Fatal(err)
	}
	for _, host := range []string{"api.azul.example", "x.azul.example:1", "[::1]:80", "a.b.azul.example", ".", ":", "*"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		at := set.At(host)
		if at == nil {
			return
		}
		if !strings.Contains(strings.ToLower(host), "azul.example") {
			t.Errorf("%q is of %s", host, at.ID)
		}
		if again := set.At(strings.ToLower(host)); again != at {
			t.Errorf("%q is of %s, and in lower case of %v", host, at.ID, again)
		}
	})
}
