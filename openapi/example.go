package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Examples are what a running saldo was asked and answered, one for each
// operation and for each kind of error.
type Examples struct {
	Operations map[string]Example `json:"operations"` // by operationId
	Errors     map[string]Example `json:"errors"`     // by name of the response
	// Webhooks are messages that were received; only their bodies are kept.
	Webhooks map[string]Example `json:"webhooks,omitempty"`
}

// Example is one request and its answer. Bodies that are no JSON are kept as
// strings; those of requests without one are empty.
type Example struct {
	Request  string          `json:"request"` // method and path, as sent
	Body     json.RawMessage `json:"body,omitempty"`
	Status   int             `json:"status"`
	Response json.RawMessage `json:"response,omitempty"`
}

func readExamples(name string) (Examples, error) {
	var e Examples
	raw, err := files.ReadFile("examples/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &e)
	}
	return e, err
}

// insert puts each example where OpenAPI wants it. One that has no place is an
// error, so that none is left behind when an operation goes.
func (e Examples) insert(root object) error {
	places := operations(root)
	for _, id := range slices.Sorted(maps.Keys(e.Operations)) {
		place, ok := places[id]
		if !ok {
			return fmt.Errorf("example of %s: no such operation", id)
		}
		if err := e.Operations[id].insert(place); err != nil {
			return fmt.Errorf("example of %s: %w", id, err)
		}
	}
	responses, _ := find(root, "components", "responses")
	for _, name := range slices.Sorted(maps.Keys(e.Errors)) {
		example := e.Errors[name]
		if err := put(responses, example, example.Response, name, "content"); err != nil {
			return fmt.Errorf("example of %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Webhooks)) {
		webhook, _ := find(root, "webhooks", name, "post")
		if err := put(webhook, e.Webhooks[name], e.Webhooks[name].Body, "requestBody", "content"); err != nil {
			return fmt.Errorf("example of webhook %s: %w", name, err)
		}
	}
	return nil
}

// operations are all operations of a document, by their ids.
func operations(root object) map[string]object {
	all := make(map[string]object)
	paths, _ := find(root, "paths")
	for _, path := range paths.(object) {
		for _, method := range path.Value.(object) {
			if id, ok := find(method.Value, "operationId"); ok {
				all[id.(string)] = method.Value.(object)
			}
		}
	}
	return all
}

func (e Example) insert(operation object) error {
	if len(e.Body) > 0 {
		if _, shared := find(operation, "requestBody", "$ref"); !shared {
			if err := put(operation, e, e.Body, "requestBody", "content"); err != nil {
				return err
			}
		}
	}
	if len(e.Response) == 0 {
		return nil
	}
	return put(operation, e, e.Response, "responses", fmt.Sprint(e.Status), "content")
}

// mediaOfExamples is the media type of examples where there are several.
const mediaOfExamples = "application/json"

// put adds body as the example of the only media type at path, or of that of JSON.
func put(in any, e Example, body json.RawMessage, path ...string) error {
	content, ok := find(in, path...)
	all, _ := content.(object)
	if !ok || len(all) == 0 {
		return fmt.Errorf("no content at %s", strings.Join(path, "."))
	}
	media := all[0].Key.(string)
	if len(all) > 1 {
		media = mediaOfExamples
	}
	value, err := ordered(body)
	if err != nil {
		return err
	}
	real := object{{Key: "real", Value: object{
		{Key: "summary", Value: e.Request}, {Key: "value", Value: value},
	}}}
	if !set(in, real, "examples", append(path, media)...) {
		return fmt.Errorf("no media type at %s", strings.Join(path, "."))
	}
	return nil
}
