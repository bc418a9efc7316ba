package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// BodyMax is the largest request body that is read, in bytes.
const BodyMax = 64 << 10

// Decode reads the body of a request, one JSON object of at most BodyMax bytes,
// into v. Its errors are problems that name the field.
func Decode(w http.ResponseWriter, r *http.Request, v any) error {
	raw, err := Body(w, r, BodyMax)
	if err != nil {
		return err
	}
	return Unmarshal(raw, v)
}

// Body reads the whole body of a request, of at most limit bytes.
func Body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	var raw []byte
	var err error
	if n := r.ContentLength; n >= 0 && n <= limit {
		raw = make([]byte, n)
		_, err = io.ReadFull(r.Body, raw)
	} else {
		raw, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &Problem{
			Status: http.StatusRequestEntityTooLarge, Code: "BODY_TOO_LARGE",
			Message:     fmt.Sprintf("body is larger than %d bytes", limit),
			UserMessage: "A requisição é grande demais.",
		}
	case err != nil:
		return nil, Invalid("body", "could not be read")
	}
	return raw, nil
}

// Unmarshal reads one JSON value into v. Its errors are problems that name the
// field.
func Unmarshal(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case len(bytes.TrimSpace(raw)) == 0:
		return Invalid("body", "must be a JSON object")
	case errors.As(err, &kind) && kind.Field != "":
		return Invalid(kind.Field, "must be "+kindName(kind.Type.String()))
	case errors.As(err, &syntax):
		return Invalid("body", fmt.Sprintf("is not valid JSON at byte %d", syntax.Offset))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Invalid("body", "is not complete JSON")
	}
	return Invalid("body", "must be a JSON object")
}

func kindName(goType string) string {
	switch goType = strings.TrimLeft(goType, "*"); {
	case goType == "string":
		return "a string"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "a whole number"
	case strings.HasPrefix(goType, "[]"):
		return "an array"
	}
	return "an object"
}

// Invalid is the problem of one field.
func Invalid(field, what string) *Problem {
	return &Problem{
		Status: http.StatusBadRequest, Code: "INVALID_REQUEST", Message: field + " " + what,
		UserMessage: "Dados inválidos: verifique o campo " + field + ".",
		Details:     map[string]any{"field": field, "violations": []Violation{{field, what}}},
	}
}

// Violation tells what is wrong with one field.
type Violation struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}
