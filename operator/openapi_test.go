package operator

import (
	"slices"
	"testing"

	"github.com/saldo-pix/saldo/openapi"
)

func TestEveryRouteIsInTheDocumentAndNoOther(t *testing.T) {
	served, described := New(Config{}).Routes(), openapi.Operator().Routes()
	for _, route := range served {
		if !slices.Contains(described, route) {
			t.Errorf("%s is not in openapi/operator.yaml", route)
		}
	}
	for _, route := range described {
		if !slices.Contains(served, route) {
			t.Errorf("%s of openapi/operator.yaml is not served", route)
		}
	}
}
