package saldotest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Event is one event of a stream (WHATWG HTML, section 9.2).
type Event struct{ ID, Name, Data string }

// Balance reads an event as a balance.
func (e Event) Balance(t testing.TB) Balance {
	t.Helper()
	var b Balance
	if err := json.Unmarshal([]byte(e.Data), &b); err != nil || e.Name != "balance" {
		t.Fatalf("event %+v: %v", e, err)
	}
	return b
}

// Stream is an open stream of events. Events is closed at its end.
type Stream struct {
	Status int
	Events <-chan Event
	Close  func()
}

// Stream opens a stream, which is closed at the end of the test at the latest.
func (c *Client) Stream(t testing.TB, path string, headers ...string) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan Event, 1<<14)
	go func() {
		defer close(events)
		defer response.Body.Close()
		var e Event
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.ID = value
			case "event":
				e.Name = value
			case "data":
				e.Data = value
			case "":
				if e.Name != "" {
					events <- e
				}
				e = Event{}
			}
		}
	}()
	return &Stream{response.StatusCode, events, cancel}
}

// Next returns the next event, which must come within ten seconds.
func (s *Stream) Next(t testing.TB) Event {
	t.Helper()
	select {
	case e, ok := <-s.Events:
		if !ok {
			t.Fatal("the stream has ended")
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event came")
	}
	return Event{}
}

// Await takes events until one shows a balance, as "gross/blocked/net".
func (s *Stream) Await(t testing.TB, want string) Event {
	t.Helper()
	for {
		if e := s.Next(t); e.Balance(t).String() == want {
			return e
		}
	}
}
