package bench

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"github.com/saldo-pix/saldo/server"
)

// limit is the yardstick: the standard library's HTTP server with a handler that
// answers constants and knows neither tokens nor routes. A POST is answered once
// its body is durable in a plain file.
type limit struct {
	address string
	journal *journal
	server  *http.Server
	served  chan error
}

func startLimit(dir string) (*limit, error) {
	j, err := openJournal(filepath.Join(dir, "limit"))
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, j.close())
	}
	l := &limit{address: listener.Addr().String(), journal: j, served: make(chan error, 1)}
	l.server = server.NewHTTP(l, slog.New(slog.DiscardHandler))
	go func() { l.served <- l.server.Serve(listener) }()
	return l, nil
}

func (l *limit) stop() error {
	err := l.server.Close()
	if served := <-l.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, l.journal.close())
}

// Paths of what is measured. The yardstick answers under the same ones.
const (
	balancePath = "/api/balance"
	cashOutPath = "/api/pix/cash-out"
	eventsPath  = "/rail/events"
)

// Answers as long as Saldo's.
var (
	limitBalance = []byte(`{"grossBalance":10000000000.00,"blockedBalance":0.00,"netBalance":10000000000.00,` +
		`"consultedAt":"2026-11-20T12:00:00.000Z"}`)
	limitCashOut = []byte(`{"transactionId":"117000000000000","externalId":"bench-0000000000000000-0000-0000000000",` +
		`"status":"PENDING","generateTime":"2026-11-20T12:00:00.000Z"}`)
	limitEvent = []byte(`{"id":"bench-0000000000000000-0000-0000000000","result":"applied"}`)
)

// ServeHTTP answers what was asked with a constant.
func (l *limit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		answer(w, http.StatusOK, limitBalance)
		return
	}
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := l.journal.write(body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if r.URL.Path == eventsPath {
		answer(w, http.StatusOK, limitEvent)
		return
	}
	answer(w, http.StatusCreated, limitCashOut)
}

// The headers that Saldo's answers have.
var (
	jsonType  = []string{"application/json; charset=utf-8"}
	privately = []string{"private, no-cache"}
)

func answer(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Cache-Control"] = privately
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
