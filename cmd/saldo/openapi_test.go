package main

import (
	"testing"

	"github.com/saldo-pix/saldo/openapi"
)

func TestOpenAPIPrintsEachDocument(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []byte
	}{
		{[]string{"openapi"}, openapi.Public().YAML},
		{[]string{"openapi", "--json"}, append(openapi.Public().JSON, '\n')},
		{[]string{"openapi", "--operator"}, openapi.Operator().YAML},
		{[]string{"openapi", "--operator", "--json"}, append(openapi.Operator().JSON, '\n')},
	} {
		if got := mustCall(t, nil, c.args...); got != string(c.want) || len(got) < 1000 {
			t.Errorf("%v printed %d bytes that are not the document", c.args, len(got))
		}
	}
}
