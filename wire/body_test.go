package wire_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/wire"
)

func TestBody(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		length int64 // as declared; -1 for a body in chunks
		status int   // of the problem, 0 for none
	}{
		{"a body as long as declared", "saldo", 5, 0},
		{"a body in chunks", "saldo", -1, 0},
		{"no body", "", 0, 0},
		{"a body at the limit", "12345678", 8, 0},
		{"a body at the limit in chunks", "12345678", -1, 0},
		{"a body that is declared too long", "123456789", 9, http.StatusRequestEntityTooLarge},
		{"a body that turns out too long", "123456789", -1, http.StatusRequestEntityTooLarge},
		{"a body that is cut off", "sal", 5, http.StatusBadRequest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(strings.NewReader(test.body)))
			r.ContentLength = test.length
			got, err := wire.Body(httptest.NewRecorder(), r, 8)
			var p *wire.Problem
			switch {
			case test.status == 0 && (err != nil || string(got) != test.body):
				t.Errorf("got %q %v, want %q", got, err, test.body)
			case test.status != 0 && (!errors.As(err, &p) || p.Status != test.status):
				t.Errorf("got %q %v, want status %d", got, err, test.status)
			}
		})
	}
}
