package wire

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Stream is a long answer, which is sent as it is made.
type Stream struct {
	ContentType string
	FileName    string // under which browsers save it; empty shows it
}

const (
	// streamChunk is how much of a stream is gathered before it is sent, in bytes.
	streamChunk = 32 << 10
	// streamPatience is how long a client may take to accept a chunk.
	streamPatience = 30 * time.Second
)

// Send answers with what write writes, in chunks, for as long as the client keeps
// taking them. An error before the first chunk is returned and answered like any
// other. After it the answer can't be taken back: the connection is cut off, so
// that nobody takes a part for the whole.
func (s *Responder) Send(w http.ResponseWriter, r *http.Request, about Stream, write func(io.Writer) error) error {
	out := &streaming{
		to: w, control: http.NewResponseController(w), about: about, now: s.Now,
		gathered: make([]byte, 0, streamChunk),
	}
	if r.Method == http.MethodHead {
		out.head()
		return nil
	}
	err := write(out)
	if err == nil {
		err = out.flush()
	}
	switch {
	case err == nil:
		return nil
	case !out.sent:
		return err
	case !out.gone && !errors.Is(err, context.Canceled):
		s.Log.LogAttrs(r.Context(), slog.LevelError, "answer cut off",
			slog.Any("cause", err), slog.String("method", r.Method), slog.String("route", r.Pattern))
	}
	panic(http.ErrAbortHandler)
}

// streaming gathers chunks and sends them.
type streaming struct {
	to       http.ResponseWriter
	control  *http.ResponseController
	about    Stream
	now      func() time.Time
	gathered []byte
	sent     bool // something of the answer
	gone     bool // the client
}

// Write gathers p, and sends what is gathered when it is enough.
func (s *streaming) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), cap(s.gathered)-len(s.gathered))
		s.gathered = append(s.gathered, p[:n]...)
		p = p[n:]
		written += n
		if len(s.gathered) == cap(s.gathered) {
			if err := s.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (s *streaming) flush() error {
	if !s.sent {
		s.head()
	}
	s.sent = true
	// The server's limit is for a whole answer; here each chunk has its own.
	_ = s.control.SetWriteDeadline(s.now().Add(streamPatience)) // a recorder in a test has none
	_, err := s.to.Write(s.gathered)
	s.gathered = s.gathered[:0]
	s.gone = err != nil
	return err
}

func (s *streaming) head() {
	h := s.to.Header()
	h.Set("Content-Type", s.about.ContentType)
	h["Cache-Control"] = noStore
	if s.about.FileName != "" {
		h.Set("Content-Disposition", `attachment; filename="`+s.about.FileName+`"`)
	}
	s.to.WriteHeader(http.StatusOK)
}
