package main

import "github.com/saldo-pix/saldo/openapi"

// openapiCmd is saldo openapi.
type openapiCmd struct {
	Operator bool `help:"The operator's API instead of the merchants'."`
	JSON     bool `name:"json" help:"As JSON instead of YAML."`
}

// Run prints a document without asking any server.
func (c openapiCmd) Run(m *machine) error {
	document := openapi.Public()
	if c.Operator {
		document = openapi.Operator()
	}
	out := document.YAML
	if c.JSON {
		out = append(document.JSON[:len(document.JSON):len(document.JSON)], '\n')
	}
	_, err := m.stdout.Write(out)
	return err
}
