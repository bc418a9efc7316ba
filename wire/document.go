package wire

import "net/http"

var yamlType = []string{"application/yaml; charset=utf-8"}

// WriteYAML answers with a ready document in YAML (RFC 9512).
func WriteYAML(w http.ResponseWriter, out []byte) {
	w.Header()["Content-Type"] = yamlType
	w.Header()["Cache-Control"] = noStore
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(out)
}
