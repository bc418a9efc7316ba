package saldotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/saldo-pix/saldo/openapi"
)

// document is an OpenAPI document that calls are held against. Objects that it
// describes have what it lists and nothing else, unless it says otherwise.
type document struct {
	root       map[string]any
	mux        http.ServeMux // finds the path of a request as the server does
	operations map[string]operation
	compiler   *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // by JSON pointer; guarded by mu
}

// operation is one method of one path. Pointers lead to it in the document.
type operation struct {
	pattern    string
	pointer    string
	parameters []parameter
}

type parameter struct {
	name, in, pointer string
	required          bool
}

var (
	publicDocument = sync.OnceValue(func() *document { return newDocument(openapi.Public().JSON) })
	houseDocument  = sync.OnceValue(func() *document { return newDocument(openapi.Operator().JSON) })
)

const documentURL = "saldo:///openapi.json"

func newDocument(raw []byte) *document {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		panic(fmt.Sprintf("openapi: %v", err)) // its own tests say so too
	}
	d := &document{
		root: value.(map[string]any), operations: make(map[string]operation),
		compiler: jsonschema.NewCompiler(), schemas: make(map[string]*jsonschema.Schema),
	}
	closeObjects(d.root)
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, d.root); err != nil {
		panic(fmt.Sprintf("openapi: %v", err))
	}
	for path, methods := range d.root["paths"].(map[string]any) {
		d.addPath(path, methods.(map[string]any))
	}
	return d
}

func (d *document) addPath(path string, methods map[string]any) {
	pointer := "/paths/" + escape(path)
	shared := d.parameters(pointer + "/parameters")
	for method := range methods {
		if method == "parameters" {
			continue
		}
		pattern := strings.ToUpper(method) + " " + path
		at := pointer + "/" + method
		d.operations[pattern] = operation{pattern, at, append(d.parameters(at+"/parameters"), shared...)}
		d.mux.HandleFunc(pattern, http.NotFound)
	}
}

func (d *document) parameters(pointer string) []parameter {
	list, _ := d.at(pointer).([]any)
	var all []parameter
	for i := range list {
		at := d.follow(fmt.Sprintf("%s/%d", pointer, i))
		p := parameter{name: d.at(at + "/name").(string), in: d.at(at + "/in").(string), pointer: at + "/schema"}
		p.required, _ = d.at(at + "/required").(bool)
		all = append(all, p)
	}
	return all
}

// closeObjects lets objects have only the members that are listed.
func closeObjects(value any) {
	switch v := value.(type) {
	case map[string]any:
		if _, lists := v["properties"]; lists && isObject(v["type"]) {
			if _, said := v["additionalProperties"]; !said {
				v["additionalProperties"] = false
			}
		}
		for _, member := range v {
			closeObjects(member)
		}
	case []any:
		for _, item := range v {
			closeObjects(item)
		}
	}
}

func isObject(kind any) bool {
	kinds, _ := kind.([]any)
	return kind == "object" || slices.Contains(kinds, "object")
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// at returns what is at a JSON pointer (RFC 6901), or nil.
func (d *document) at(pointer string) any {
	var value any = d.root
	for _, name := range strings.Split(pointer, "/")[1:] {
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// follow returns the pointer to which the reference at a pointer leads, or the
// pointer itself.
func (d *document) follow(pointer string) string {
	if o, ok := d.at(pointer).(map[string]any); ok {
		if ref, ok := o["$ref"].(string); ok {
			return strings.TrimPrefix(ref, "#")
		}
	}
	return pointer
}

// operation returns what a request asks for, if the document has it.
func (d *document) operation(r *http.Request) (operation, bool) {
	_, pattern := d.mux.Handler(r)
	o, ok := d.operations[pattern]
	return o, ok
}

func (d *document) schema(pointer string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.schemas[pointer]; ok {
		return s, nil
	}
	// A pointer in a fragment of a URL is escaped as well (RFC 6901 §6).
	fragment := strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D").Replace(pointer)
	s, err := d.compiler.Compile(documentURL + "#" + fragment)
	if err == nil {
		d.schemas[pointer] = s
	}
	return s, err
}

// fits tells what is wrong with a value, if anything.
func (d *document) fits(pointer string, value any) error {
	s, err := d.schema(pointer)
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// fitsContent holds a body against the one of a content's media types that it
// says it has.
func (d *document) fitsContent(pointer, contentType string, body []byte) error {
	media, _, _ := mime.ParseMediaType(contentType)
	content, _ := d.at(pointer).(map[string]any)
	if _, ok := content[media]; !ok {
		return fmt.Errorf("media type %q is not documented", contentType)
	}
	if media != "application/json" {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return d.fits(pointer+"/"+escape(media)+"/schema", value)
}

// checkAnswer tells what is wrong with an answer.
func (d *document) checkAnswer(o operation, status int, header http.Header, body []byte) error {
	at := fmt.Sprintf("%s/responses/%d", o.pointer, status)
	if d.at(at) == nil {
		return fmt.Errorf("status %d is not documented", status)
	}
	at = d.follow(at)
	if d.at(at+"/content") == nil {
		if len(body) > 0 {
			return fmt.Errorf("there is a body, and none is documented")
		}
		return nil
	}
	return d.fitsContent(at+"/content", header.Get("Content-Type"), body)
}

// checkRequest tells what is wrong with a request, its body apart.
func (d *document) checkRequest(o operation, r *http.Request) error {
	query := r.URL.Query()
	for _, p := range o.parameters {
		var texts []string
		switch p.in {
		case "query":
			texts = query[p.name]
			query.Del(p.name)
		case "header":
			texts = r.Header.Values(p.name)
		default:
			continue // in the path; the route has found it
		}
		if p.required && len(texts) == 0 {
			return fmt.Errorf("%s is missing", p.name)
		}
		for _, text := range texts {
			if err := d.fitsText(p.pointer, text); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	for name := range query {
		return fmt.Errorf("parameter %s is not documented", name)
	}
	return nil
}

// fitsText holds a parameter against its schema: as a number or a truth value
// where the schema asks for one.
func (d *document) fitsText(pointer, text string) error {
	if text == "" {
		return nil // as absent
	}
	var value any = text
	if kind := d.at(d.follow(pointer) + "/type"); kind == "integer" || kind == "boolean" {
		if json.Unmarshal([]byte(text), &value) != nil {
			value = text
		}
	}
	return d.fits(pointer, value)
}

// checkBody tells what is wrong with the body of a request.
func (d *document) checkBody(o operation, contentType string, body []byte) error {
	at := d.follow(o.pointer + "/requestBody")
	required, _ := d.at(at + "/required").(bool)
	switch {
	case d.at(at) == nil && len(body) > 0:
		return fmt.Errorf("there is a body, and none is documented")
	case len(body) > 0:
		return d.fitsContent(at+"/content", contentType, body)
	case required:
		return fmt.Errorf("there is no body")
	}
	return nil
}
