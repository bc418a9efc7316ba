package wire_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/wire"
)

// streamed serves what write writes, on a server whose limits are of one request,
// and returns its address and its log.
func streamed(
	t *testing.T, limit time.Duration, write func(r *http.Request, w io.Writer) error,
) (string, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	respond := wire.Responder{
		Translate: func(error) *wire.Problem { return nil }, NewID: func() string { return "id" }, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}
	server := httptest.NewUnstartedServer(respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
		about := wire.Stream{ContentType: "text/csv", FileName: "a.csv"}
		return respond.Send(w, r, about, func(out io.Writer) error { return write(r, out) })
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = limit, limit
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, log
}

var block = strings.Repeat("x", 64<<10)

func TestAStreamOutlivesTheLimitsOfARequest(t *testing.T) {
	const limit, pieces = 100 * time.Millisecond, 6
	url, _ := streamed(t, limit, func(r *http.Request, w io.Writer) error {
		for range pieces {
			select {
			case <-time.After(limit / 2):
			case <-r.Context().Done():
				return r.Context().Err()
			}
			if _, err := io.WriteString(w, block); err != nil {
				return err
			}
		}
		return nil
	})
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || len(body) != pieces*len(block) {
		t.Errorf("%d bytes of %d, %v", len(body), pieces*len(block), err)
	}
	h := response.Header
	if h.Get("Content-Type") != "text/csv" || h.Get("Content-Disposition") != `attachment; filename="a.csv"` ||
		h.Get("Cache-Control") != "no-store" {
		t.Errorf("header %v", h)
	}
}

func TestAnErrorInTheMiddleOfAStreamIsSeen(t *testing.T) {
	for _, first := range []string{block, block + block[:1]} {
		url, log := streamed(t, time.Minute, func(_ *http.Request, w io.Writer) error {
			_, err := io.WriteString(w, first)
			return errors.Join(err, errors.New("disk on fire"))
		})
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("status %d, %d bytes, %v", response.StatusCode, len(body), err)
		}
		if !strings.Contains(log.String(), "disk on fire") || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("log %s", log)
		}
	}
}

func TestAnErrorBeforeAStreamIsAnAnswer(t *testing.T) {
	url, _ := streamed(t, time.Minute, func(_ *http.Request, w io.Writer) error {
		_, err := io.WriteString(w, "not sent yet")
		return errors.Join(err, wire.Invalid("from", "is wrong"))
	})
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "from is wrong") ||
		response.Header.Get("Content-Disposition") != "" {
		t.Errorf("status %d, %v: %s", response.StatusCode, err, body)
	}
}

func TestAStreamIsNotMadeForItsHeadAlone(t *testing.T) {
	url, _ := streamed(t, time.Minute, func(*http.Request, io.Writer) error { panic("made") })
	response, err := http.Head(url)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("status %d, header %v", response.StatusCode, response.Header)
	}
}
