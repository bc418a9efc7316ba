package httpapi

import (
	"slices"
	"testing"

	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/openapi"
)

func TestEveryRouteIsInTheDocumentAndNoOther(t *testing.T) {
	brands, err := brand.NewSet(brand.Brand{ID: "avista"})
	if err != nil {
		t.Fatal(err)
	}
	served, described := New(Config{Brands: brands}).Routes(), openapi.Public().Routes()
	for _, route := range served {
		if !slices.Contains(described, route) {
			t.Errorf("%s is not in openapi/public.yaml", route)
		}
	}
	for _, route := range described {
		if !slices.Contains(served, route) {
			t.Errorf("%s of openapi/public.yaml is not served", route)
		}
	}
}
