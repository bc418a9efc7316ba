package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/watch"
	"github.com/saldo-pix/saldo/wire"
)

// Times of streams.
const (
	streamBeat     = 15 * time.Second // between comments, and looks at the token
	streamPatience = 30 * time.Second // for a client that does not read
)

// stream is GET /api/balance/stream: server-sent events (the balance at once, and
// the newest after changes), until the token expires, the client leaves or does not
// read, or the server stops.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	watcher, err := s.Watch.Watch(who.Account)
	if err != nil {
		return err
	}
	defer watcher.Close()
	at := s.Now()
	account, err := s.Reader.Account(r.Context(), who.Account)
	if err != nil {
		return ownAccount(err)
	}
	out := events{w: w, control: http.NewResponseController(w), now: s.Now, patience: s.streamPatience}
	if r.Header.Get("Last-Event-ID") == strconv.FormatUint(account.Entries, 10) {
		err = out.begin(nil)
	} else {
		err = out.begin(appendEvent(nil, &account, at))
	}
	if err == nil && r.Method != http.MethodHead {
		s.follow(&out, r, watcher, account.Entries, who.ExpiresAt)
	}
	return nil // whatever ended the stream, its status is out
}

// follow tells what changes after entry sent, until something ends the stream.
func (s *Server) follow(out *events, r *http.Request, watcher *watch.Watcher, sent uint64, expires time.Time) {
	beat := time.NewTicker(s.streamBeat)
	defer beat.Stop()
	expired := time.NewTimer(expires.Sub(s.Now()))
	defer expired.Stop()
	for {
		var err error
		select {
		case <-watcher.Changed():
			newest := watcher.Newest()
			if newest.Entries <= sent {
				continue
			}
			sent = newest.Entries
			err = out.send(appendEvent(nil, &newest, s.Now()))
		case <-beat.C:
			if _, err := s.identify(r); errors.Is(err, auth.ErrUnauthorized) {
				out.end("TOKEN_INVALID")
				return
			}
			err = out.send([]byte(":\n\n"))
		case <-expired.C:
			out.end("TOKEN_EXPIRED")
			return
		case <-s.Watch.Ended():
			out.end("STOPPING")
			return
		case <-r.Context().Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// events writes server-sent events (WHATWG HTML, section 9.2).
type events struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	now      func() time.Time
	patience time.Duration
}

// begin answers the request, with a first event if there is one. The limits of other
// requests no longer hold for the connection.
func (e *events) begin(first []byte) error {
	if err := e.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	h := e.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies hold nothing back
	e.w.WriteHeader(http.StatusOK)
	return e.send(append([]byte("retry: 1000\n\n"), first...))
}

// send writes and waits until that is on its way, or the client has not read for too
// long.
func (e *events) send(text []byte) error {
	if err := e.control.SetWriteDeadline(e.now().Add(e.patience)); err != nil {
		return err
	}
	if _, err := e.w.Write(text); err != nil {
		return err
	}
	return e.control.Flush()
}

// end tells why there will be no more.
func (e *events) end(reason string) {
	_ = e.send([]byte("event: end\ndata: {\"reason\":\"" + reason + "\"}\n\n")) // nobody may be there to hear it
}

// appendEvent appends a balance as an event. Its id is the number of the account's
// newest entry.
func appendEvent(b []byte, a *ledger.Account, at time.Time) []byte {
	b = append(b, "id: "...)
	b = strconv.AppendUint(b, a.Entries, 10)
	b = append(b, "\nevent: balance\ndata: "...)
	b = appendBalance(b, a.Balance, at)
	return append(b, "\n\n"...)
}

// translateWatch is the table of what may keep a client from watching.
func translateWatch(err error) *wire.Problem {
	switch {
	case errors.Is(err, watch.ErrTooMany):
		return &wire.Problem{
			Status: http.StatusTooManyRequests, Code: "TOO_MANY_STREAMS",
			Message:     "too many streams of this account are open",
			UserMessage: "Há muitas conexões abertas. Feche uma delas.", RetryAfter: streamBeat,
		}
	case errors.Is(err, watch.ErrFull):
		return &wire.Problem{
			Status: http.StatusServiceUnavailable, Code: "BUSY", Message: "too many streams are open",
			UserMessage: "Serviço indisponível. Tente novamente em instantes.", RetryAfter: streamBeat,
		}
	case errors.Is(err, watch.ErrEnded):
		return &wire.Problem{
			Status: http.StatusServiceUnavailable, Code: "STOPPING", Message: "the server is shutting down",
			UserMessage: "Serviço indisponível. Tente novamente em instantes.", RetryAfter: time.Second,
		}
	}
	return nil
}
