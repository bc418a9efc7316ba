package wire

import (
	"net/http"
	"slices"
	"strings"
)

// Mux is an http.ServeMux that can tell its routes, so that tests can hold them
// against the API's document. The zero value is ready for use.
type Mux struct {
	mux      http.ServeMux
	patterns []string
}

// HandleFunc serves a pattern, as http.ServeMux has it.
func (m *Mux) HandleFunc(pattern string, h http.HandlerFunc) {
	m.patterns = append(m.patterns, pattern)
	m.mux.HandleFunc(pattern, h)
}

// ServeHTTP serves the pattern that fits best.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// Routes lists method and path of everything that is served, in order, without
// what answers for all other paths.
func (m *Mux) Routes() []string {
	var routes []string
	for _, pattern := range m.patterns {
		if strings.Contains(pattern, " ") {
			routes = append(routes, pattern)
		}
	}
	slices.Sort(routes)
	return routes
}
