package openapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const small = `
paths:
  /a:
    parameters: []
    get: {operationId: getA, responses: {'200': {content: {application/json: {schema: {}}}}}}
components: {responses: {Gone: {content: {application/json: {schema: {}}}}}}
webhooks: {told: {post: {requestBody: {content: {application/json: {schema: {}}}}}}}
`

func insertInto(t *testing.T, e Examples) (string, error) {
	t.Helper()
	var root object
	if err := yaml.UnmarshalWithOptions([]byte(small), &root, yaml.UseOrderedMap()); err != nil {
		t.Fatal(err)
	}
	if err := e.insert(root); err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := writeJSON(&out, root); err != nil {
		t.Fatal(err)
	}
	return out.String(), nil
}

func TestExamplesGoWhereTheyBelongAsTheyWere(t *testing.T) {
	body := json.RawMessage(`{"z":1.50,"a":[1,null,{"x":"<é>"}]}`)
	one := map[string]Example{"getA": {Request: "GET /a", Status: 200, Response: body}}
	got, err := insertInto(t, Examples{
		Operations: one, Errors: map[string]Example{"Gone": {Request: "GET /a", Status: 410, Response: body}},
		Webhooks: map[string]Example{"told": {Body: body}},
	})
	if err != nil || strings.Count(got, `"value":`+string(body)) != 3 || !strings.Contains(got, `"summary":"GET /a"`) {
		t.Errorf("%s, %v", got, err)
	}
}

func TestAnExampleWithoutAPlaceIsAnError(t *testing.T) {
	body := json.RawMessage(`{}`)
	for rule, e := range map[string]Examples{
		"an operation that is gone": {Operations: map[string]Example{"getB": {Status: 200, Response: body}}},
		"a status that is gone":     {Operations: map[string]Example{"getA": {Status: 201, Response: body}}},
		"a body that none takes":    {Operations: map[string]Example{"getA": {Body: body, Status: 200, Response: body}}},
		"an error that is gone":     {Errors: map[string]Example{"Lost": {Status: 404, Response: body}}},
		"a webhook that is gone":    {Webhooks: map[string]Example{"lost": {Body: body}}},
		"an answer that is no JSON": {Operations: map[string]Example{"getA": {Status: 200, Response: []byte(`{`)}}},
		"two answers in one":        {Operations: map[string]Example{"getA": {Status: 200, Response: []byte(`{}{}`)}}},
	} {
		if got, err := insertInto(t, e); err == nil {
			t.Errorf("%s: %s", rule, got)
		}
	}
}
