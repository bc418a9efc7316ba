package openapi

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Operation is one method of one path.
type Operation struct {
	ID       string
	Route    string // method and path, as http.ServeMux has its patterns
	Statuses []int  // that it may answer, in order
}

// Operations lists all operations, in order of their routes.
func (d Document) Operations() []Operation {
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(d.JSON, &document); err != nil {
		panic("openapi: " + err.Error()) // we wrote it ourselves
	}
	var all []Operation
	for path, methods := range document.Paths {
		for method, raw := range methods {
			if method != "parameters" {
				all = append(all, readOperation(strings.ToUpper(method)+" "+path, raw))
			}
		}
	}
	slices.SortFunc(all, func(a, b Operation) int { return cmp.Compare(a.Route, b.Route) })
	return all
}

func readOperation(route string, raw json.RawMessage) Operation {
	var in struct {
		OperationID string
		Responses   map[string]json.RawMessage
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		panic("openapi: " + route + ": " + err.Error())
	}
	o := Operation{ID: in.OperationID, Route: route}
	for text := range in.Responses {
		if status, err := strconv.Atoi(text); err == nil {
			o.Statuses = append(o.Statuses, status)
		}
	}
	slices.Sort(o.Statuses)
	return o
}

// Routes lists method and path of every operation, in order.
func (d Document) Routes() []string {
	var routes []string
	for _, o := range d.Operations() {
		routes = append(routes, o.Route)
	}
	return routes
}
