package bench

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReadAnswer(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		status int
		body   string
		err    error
	}{
		{"a body as long as it says", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsaldoHTTP/1.1", 200, "saldo", nil},
		{"an empty body", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201, "", nil},
		{"names in any case, blanks, bare line ends", "HTTP/1.1 400 Bad\nDate: x\ncontent-LENGTH:  2 \n\nno", 400, "no", nil},
		{"no reason", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, "", nil},
		{"no length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", errLength},
		{"the last answer of a connection", "HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", 200, "", errClosed},
		{"another protocol", "HTTP/2 200 OK\r\n\r\n", 0, "", errAnswer},
		{"no status", "HTTP/1.1 2xx OK\r\n\r\n", 0, "", errAnswer},
		{"a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", 200, "", errAnswer},
		{"a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 200, "", errAnswer},
		{"a length beyond reason", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 200, "", errAnswer},
		{"nothing", "", 0, "", io.EOF},
		{"a cut line", "HTTP/1.1 20", 0, "", io.ErrUnexpectedEOF},
		{"a cut header", "HTTP/1.1 200 OK\r\nDate: x\r\n", 200, "", io.EOF},
		{"a cut body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsal", 200, "sal\x00\x00", io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// One byte at a time, as a slow network would bring it.
			r := bufio.NewReader(iotest.OneByteReader(strings.NewReader(test.text)))
			status, body, err := readAnswer(r, nil)
			if status != test.status || string(body) != test.body || !errors.Is(err, test.err) {
				t.Errorf("got %d %q %v, want %d %q %v", status, body, err, test.status, test.body, test.err)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsaldo")
	f.Fuzz(func(t *testing.T, text string) {
		status, body, err := readAnswer(bufio.NewReader(strings.NewReader(text)), nil)
		if err == nil && (len(body) > len(text) || status < 0 || status > 999) {
			t.Errorf("status %d and %d bytes out of %d", status, len(body), len(text))
		}
	})
}

func TestConnAsksAgainAndAgain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer t0ken" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(r.Method + " " + r.URL.Path + " " + string(body)))
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	c, err := dial(t.Context(), address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	post, get := newHead("POST", "/a", address, "t0ken"), newHead("GET", "/b", address, "t0ken")
	requests := map[string][]byte{
		"POST /a {}":      post.appendWith(nil, []byte("{}")),
		"GET /b ":         get.bare(),
		`POST /a {"x":1}`: post.appendWith(nil, []byte(`{"x":1}`)),
	}
	for want, request := range requests {
		for range 3 {
			if got, err := c.ask(request, http.StatusOK); string(got) != want || err != nil {
				t.Errorf("got %q %v, want %q", got, err, want)
			}
		}
	}
	if _, err := c.ask(newHead("GET", "/", address, "other").bare(), http.StatusOK); err == nil {
		t.Error("a status that was not wanted is no error")
	}
}
