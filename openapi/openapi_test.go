package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
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

// open are the operations that need no token: the house has no others.
var open = map[string][]string{
	"public":   {"getHealth", "getKeys", "issueOAuthToken", "issueToken"},
	"operator": {"getHealth", "getReadiness"},
}

func TestOnlyHealthAndTokensAreOpen(t *testing.T) {
	for name, document := range documents {
		loaded, err := openapi3.NewLoader().LoadFromData(document.JSON)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var found []string
		for path, item := range loaded.Paths.Map() {
			for method, o := range item.Operations() {
				if o.Security != nil && len(*o.Security) == 0 {
					found = append(found, o.OperationID)
				} else if o.Responses.Status(401) == nil {
					t.Errorf("%s: %s %s needs a token and does not say 401", name, method, path)
				}
			}
		}
		slices.Sort(found)
		if !slices.Equal(found, open[name]) {
			t.Errorf("%s: %v need no token, want %v", name, found, open[name])
		}
	}
}

// TestEveryOperationIsNamedAndPlaced checks what readers and generators go by.
func TestEveryOperationIsNamedAndPlaced(t *testing.T) {
	for name, document := range documents {
		loaded, err := openapi3.NewLoader().LoadFromData(document.JSON)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := make(map[string]bool)
		for path, item := range loaded.Paths.Map() {
			for method, o := range item.Operations() {
				switch {
				case o.OperationID == "" || seen[o.OperationID]:
					t.Errorf("%s: %s %s has no id of its own", name, method, path)
				case len(o.Tags) != 1 || loaded.Tags.Get(o.Tags[0]) == nil:
					t.Errorf("%s: %s %s has tags %v", name, method, path, o.Tags)
				case !strings.HasSuffix(o.Summary, "."):
					t.Errorf("%s: %s %s has no sentence about it: %q", name, method, path, o.Summary)
				}
				seen[o.OperationID] = true
			}
		}
	}
}
