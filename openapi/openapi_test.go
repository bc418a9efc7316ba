package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"github.com/saldo-pix/saldo/openapi"
)

var documents = map[string]openapi.Document{"public": openapi.Public(), "operator": openapi.Operator()}

// TestTheDocumentsAreOpenAPI checks structure, references and examples.
func TestTheDocumentsAreOpenAPI(t *testing.T) {
	for name, document := range documents {
		loaded, err := openapi3.NewLoader().LoadFromData(document.JSON)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if loaded.OpenAPI != "3.1.0" {
			t.Errorf("%s is of version %s", name, loaded.OpenAPI)
		}
		if err := loaded.Validate(context.Background()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBothNotationsSayTheSame(t *testing.T) {
	for name, document := range documents {
		converted, err := yaml.YAMLToJSON(document.YAML)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var fromYAML, fromJSON any
		if err := json.Unmarshal(converted, &fromYAML); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal(document.JSON, &fromJSON); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(fromYAML, fromJSON) {
			t.Errorf("%s: YAML and JSON differ", name)
		}
		if bytes.Contains(document.JSON, []byte(`"<<"`)) || bytes.Contains(document.JSON, []byte(`"x-any"`)) {
			t.Errorf("%s shows how its source is written", name)
		}
	}
}
