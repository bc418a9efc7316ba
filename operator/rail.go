package operator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// eventResponse tells what became of one event: applied, repeated, suspended, or
// error.
type eventResponse struct {
	ID     string        `json:"id"`
	Result string        `json:"result"`
	Error  *eventProblem `json:"error,omitempty"`
}

type eventProblem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Limits of one call of POST /rail/events.
const (
	eventsMax     = 1_000
	eventsBodyMax = 1 << 20
)

// railEvents is POST /rail/events: one event, or an array that is applied in
// order. Each is answered by itself; several are answered in an array.
func (s *Server) railEvents(w http.ResponseWriter, r *http.Request) error {
	raw, err := wire.Body(w, r, eventsBodyMax)
	if err != nil {
		return err
	}
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '[' {
		return s.oneEvent(w, r, raw)
	}
	var items []json.RawMessage
	if err := wire.Unmarshal(raw, &items); err != nil {
		return err
	}
	if len(items) > eventsMax {
		return wire.Invalid("body", fmt.Sprintf("must have at most %d events", eventsMax))
	}
	return s.manyEvents(w, r, items)
}

func (s *Server) oneEvent(w http.ResponseWriter, r *http.Request, raw []byte) error {
	event, err := s.readEvent(raw)
	if err != nil {
		return err
	}
	outcome, err := book.Do(r.Context(), s.Book, s.command(event))
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, eventResponse{ID: event.ID, Result: outcome.String()})
}

func (s *Server) manyEvents(w http.ResponseWriter, r *http.Request, items []json.RawMessage) error {
	answers := make([]eventResponse, len(items))
	var all pix.ApplyEvents
	var place []int // of each event among the answers
	for i, raw := range items {
		event, err := s.readEvent(raw)
		answers[i].ID = event.ID
		if err != nil {
			answers[i].fail(err)
			continue
		}
		all.Events = append(all.Events, *s.command(event))
		place = append(place, i)
	}
	if len(all.Events) > 0 {
		results, err := book.Do(r.Context(), s.Book, &all)
		if err != nil {
			return err
		}
		for j, result := range results {
			answers[place[j]].Result = result.Outcome.String()
			if result.Err != nil {
				answers[place[j]].fail(result.Err)
			}
		}
	}
	return wire.Write(w, http.StatusOK, answers)
}

func (a *eventResponse) fail(err error) {
	a.Result = "error"
	a.Error = &eventProblem{"INTERNAL_ERROR", "internal error"}
	if p, ok := err.(*wire.Problem); ok {
		*a.Error = eventProblem{p.Code, p.Message}
	} else if p := translate(err); p != nil {
		*a.Error = eventProblem{p.Code, p.Message}
	}
}

func (s *Server) command(e pix.Event) *pix.ApplyEvent {
	return &pix.ApplyEvent{
		Event: e, NewID: pix.MovementID(s.Book.NextID()), Now: s.Now().Truncate(time.Microsecond),
	}
}
