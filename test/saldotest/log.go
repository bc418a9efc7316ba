package saldotest

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// record is what a process wrote, which may be read while it goes on writing.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed at the next write
}

func newRecord() *record { return &record{more: make(chan struct{})} }

// Write adds to the record.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.more)
	r.more = make(chan struct{})
	return r.text.Write(p)
}

// String is all that was written so far.
func (r *record) String() string {
	text, _ := r.read()
	return text
}

func (r *record) read() (text string, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String(), r.more
}

// await returns the first line after the first from bytes that is whole and holds a
// text, or "" when there is none in time.
func (r *record) await(from int, part string, patience time.Duration) string {
	late := time.After(patience)
	for {
		text, more := r.read()
		for line := range strings.Lines(text[from:]) {
			if strings.Contains(line, part) && strings.HasSuffix(line, "\n") {
				return line
			}
		}
		select {
		case <-more:
		case <-late:
			return ""
		}
	}
}
