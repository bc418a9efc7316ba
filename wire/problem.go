// Package wire is JSON over HTTP as both APIs speak it: strict reading, exact
// amounts, one shape of error. It knows nothing of accounts or of who may do
// what.
package wire

import (
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// Problem is an error that a caller may see. Its JSON is the superset of the
// error bodies that clients of every generation read (contract §1.4).
type Problem struct {
	Status      int
	Code        string
	ErrorCode   string // the bare code, where Code is one with a namespace; else empty
	Message     string // technical
	UserMessage string // Portuguese, for end users
	Details     map[string]any
	Also        map[string]any // fields of the body beside those that every error has
	RetryAfter  time.Duration  // 0 sends no Retry-After
	Challenge   string         // WWW-Authenticate, if any
}

func (p *Problem) Error() string { return p.Message }

// Responder turns the errors of handlers into answers.
type Responder struct {
	// Translate returns the problem that an error stands for, or nil for one
	// that callers may not see.
	Translate func(error) *Problem
	// UserMessage returns what people are told in the place of p.UserMessage, or ""
	// to leave it. Nil leaves all.
	UserMessage func(r *http.Request, p *Problem) string
	NewID       func() string
	Now         func() time.Time
	Log         *slog.Logger
}

// Handler is an http.HandlerFunc that may fail.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Handle answers what h returns. An unknown error or a panic is a bare 500
// whose cause is only logged, under the errorId that the caller sees.
func (s *Responder) Handle(h Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		if err := h(w, r); err != nil {
			s.Fail(w, r, err)
		}
	}
}

func (s *Responder) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.fail(w, r, internal(), slog.Any("panic", p), slog.String("stack", stack()))
}

// Fail answers with what err stands for.
func (s *Responder) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *Problem
	if !errors.As(err, &p) {
		p = s.Translate(err)
	}
	if p == nil {
		p = internal()
	}
	s.fail(w, r, p, slog.Any("cause", err))
}

func internal() *Problem {
	return &Problem{
		Status: http.StatusInternalServerError, Code: "INTERNAL_ERROR", Message: "internal error",
		UserMessage: "Erro interno. Tente novamente.",
	}
}

// body is a Problem as it is sent.
type body struct {
	StatusCode  int            `json:"statusCode"`
	Error       string         `json:"error"`
	Code        string         `json:"code"`
	ErrorCode   string         `json:"errorCode"`
	Message     string         `json:"message"`
	UserMessage string         `json:"userMessage"`
	Details     map[string]any `json:"details"`
	ErrorID     string         `json:"errorId"`
	Timestamp   string         `json:"timestamp"`
	Path        string         `json:"path"`
	Method      string         `json:"method"`
}

func (s *Responder) fail(w http.ResponseWriter, r *http.Request, p *Problem, cause ...slog.Attr) {
	id := s.NewID()
	if p.Status == http.StatusInternalServerError { // the others are not of our making
		cause = append(cause, slog.String("errorId", id), slog.String("method", r.Method),
			slog.String("route", r.Pattern))
		s.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", cause...)
	}
	if p.Challenge != "" {
		w.Header().Set("WWW-Authenticate", p.Challenge)
	}
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(p.RetryAfter/time.Second, 1))))
	}
	details := p.Details
	if details == nil {
		details = map[string]any{}
	}
	answer, err := json.Marshal(body{
		StatusCode: p.Status, Error: http.StatusText(p.Status), Code: p.Code, ErrorCode: cmp.Or(p.ErrorCode, p.Code),
		Message: p.Message, UserMessage: s.userMessage(r, p), Details: details, ErrorID: id,
		Timestamp: Timestamp(s.Now()), Path: r.URL.Path, Method: r.Method,
	})
	also, alsoErr := json.Marshal(p.Also)
	if err := errors.Join(err, alsoErr); err != nil {
		s.Log.ErrorContext(r.Context(), "encode problem", "code", p.Code, "error", err)
	} else if len(p.Also) > 0 {
		answer = append(append(answer[:len(answer)-1], ','), also[1:]...)
	}
	WriteRaw(w, p.Status, answer)
}

func (s *Responder) userMessage(r *http.Request, p *Problem) string {
	if s.UserMessage != nil {
		if text := s.UserMessage(r, p); text != "" {
			return text
		}
	}
	return p.UserMessage
}

// Write answers with a status and v as JSON.
func Write(w http.ResponseWriter, status int, v any) error {
	out, err := json.Marshal(v)
	if err != nil {
		return err
	}
	WriteRaw(w, status, out)
	return nil
}

// WriteRaw answers with a status and ready JSON. A client that is gone is
// nobody's error.
func WriteRaw(w http.ResponseWriter, status int, out []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	if h["Cache-Control"] == nil {
		h["Cache-Control"] = noStore
	}
	w.WriteHeader(status)
	_, _ = w.Write(out)
}

// The values of headers that every answer has, made once.
var (
	jsonType = []string{"application/json; charset=utf-8"}
	noStore  = []string{"no-store"}
)

// AppendTimestamp appends t as the APIs show times: ISO 8601, UTC,
// milliseconds, Z (contract §1.3).
func AppendTimestamp(b []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

// Timestamp returns t as the APIs show times.
func Timestamp(t time.Time) string { return string(AppendTimestamp(nil, t)) }

// OptionalTimestamp is Timestamp, or nil for the zero time.
func OptionalTimestamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := Timestamp(t)
	return &s
}

// Optional returns nil for an empty string, which JSON shows as null.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
