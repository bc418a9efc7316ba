package httpapi

import (
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/openapi"
	"github.com/saldo-pix/saldo/wire"
)

// openapiJSON is GET /openapi.json: what this API is, for programs.
func (s *Server) openapiJSON(w http.ResponseWriter, _ *http.Request, _ auth.Identity) error {
	wire.WriteRaw(w, http.StatusOK, openapi.Public().JSON)
	return nil
}

// openapiYAML is GET /openapi.yaml, which says the same.
func (s *Server) openapiYAML(w http.ResponseWriter, _ *http.Request, _ auth.Identity) error {
	wire.WriteYAML(w, openapi.Public().YAML)
	return nil
}
