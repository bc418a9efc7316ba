package operator

import (
	"net/http"

	"github.com/saldo-pix/saldo/openapi"
	"github.com/saldo-pix/saldo/wire"
)

// openapiJSON is GET /openapi.json: what this API is, for programs.
func openapiJSON(w http.ResponseWriter, _ *http.Request) error {
	wire.WriteRaw(w, http.StatusOK, openapi.Operator().JSON)
	return nil
}

// openapiYAML is GET /openapi.yaml, which says the same.
func openapiYAML(w http.ResponseWriter, _ *http.Request) error {
	wire.WriteYAML(w, openapi.Operator().YAML)
	return nil
}
