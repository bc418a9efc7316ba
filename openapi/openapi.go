// Package openapi holds the OpenAPI 3.1 documents of the merchants' and the
// operator's API, with examples that a running saldo gave. The documents are
// written by hand; tests hold every answer of either API against them. It knows
// nothing of what serves them.
package openapi

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed public.yaml operator.yaml examples/*.json
var files embed.FS

// Document is one API's description, in both notations. They say the same.
type Document struct {
	JSON []byte
	YAML []byte
}

var (
	public   = sync.OnceValue(func() Document { return must("public") })
	operator = sync.OnceValue(func() Document { return must("operator") })
)

// Public returns the document of the merchants' API. It must not be changed.
func Public() Document { return public() }

// Operator returns the document of the operator's API. It must not be changed.
func Operator() Document { return operator() }

// must builds a document out of embedded files, which are wrong in every build
// or in none.
func must(name string) Document {
	d, err := build(name)
	if err != nil {
		panic(fmt.Sprintf("openapi: %s: %v", name, err))
	}
	return d
}

func build(name string) (Document, error) {
	source, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return Document{}, err
	}
	var root object
	if err := yaml.UnmarshalWithOptions(source, &root, yaml.UseOrderedMap()); err != nil {
		return Document{}, err
	}
	root = withoutAnchors(root)
	examples, err := readExamples(name)
	if err != nil {
		return Document{}, err
	}
	if err := examples.insert(root); err != nil {
		return Document{}, err
	}
	var d Document
	var out bytes.Buffer
	if err := writeJSON(&out, root); err != nil {
		return Document{}, err
	}
	d.JSON = out.Bytes()
	d.YAML, err = yaml.MarshalWithOptions(plain(root), yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true))
	return d, err
}

// object is a JSON object that keeps the order of its members.
type object = yaml.MapSlice

// withoutAnchors leaves out what is in the source only to be repeated elsewhere.
func withoutAnchors(root object) object {
	var kept object
	for _, member := range root {
		if name, _ := member.Key.(string); !strings.HasPrefix(name, "x-") {
			kept = append(kept, member)
		}
	}
	return kept
}

// find returns the value at a path of names.
func find(in any, path ...string) (any, bool) {
	for _, name := range path {
		o, _ := in.(object)
		found := false
		for _, member := range o {
			if member.Key == name {
				in, found = member.Value, true
				break
			}
		}
		if !found {
			return nil, false
		}
	}
	return in, true
}

// set puts a member at the end of the object at a path of names.
func set(in any, value any, name string, path ...string) bool {
	if len(path) > 1 {
		next, ok := find(in, path[0])
		return ok && set(next, value, name, path[1:]...)
	}
	o, _ := in.(object)
	for i, member := range o {
		if child, ok := member.Value.(object); ok && member.Key == path[0] {
			o[i].Value = append(child, yaml.MapItem{Key: name, Value: value})
			return true
		}
	}
	return false
}

// writeJSON writes a value as JSON, objects in the order of their members.
func writeJSON(w *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case object:
		w.WriteByte('{')
		for i, member := range v {
			if i > 0 {
				w.WriteByte(',')
			}
			if err := writeJSON(w, fmt.Sprint(member.Key)); err != nil {
				return err
			}
			w.WriteByte(':')
			if err := writeJSON(w, member.Value); err != nil {
				return err
			}
		}
		w.WriteByte('}')
	case []any:
		w.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				w.WriteByte(',')
			}
			if err := writeJSON(w, item); err != nil {
				return err
			}
		}
		w.WriteByte(']')
	default:
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			return err
		}
		w.Truncate(w.Len() - 1) // the encoder ends each value with a new line
	}
	return nil
}

// plain returns a value with its numbers as YAML wants them. Only examples have
// numbers of JSON; what 1.50 says, 1.5 says too.
func plain(value any) any {
	switch v := value.(type) {
	case object:
		out := make(object, len(v))
		for i, member := range v {
			out[i] = yaml.MapItem{Key: member.Key, Value: plain(member.Value)}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plain(item)
		}
		return out
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	}
	return value
}

// readJSON reads one value, objects in the order of their members and numbers as
// they are written.
func readJSON(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := readJSON(d)
			if err != nil {
				return nil, err
			}
			o = append(o, yaml.MapItem{Key: name, Value: value})
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := readJSON(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// ordered reads a JSON text.
func ordered(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	value, err := readJSON(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one value")
	}
	return value, nil
}
