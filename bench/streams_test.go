package bench

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// watchedTwice is an account with two streams that have shown its opening.
func watchedTwice(t *testing.T) (*watching, *watched) {
	t.Helper()
	w := newWatching([]payer{{account: accountID(0)}})
	a := w.accounts[0]
	for range 2 {
		one := &stream{account: a}
		w.streams, a.streams = append(w.streams, one), append(a.streams, one)
		if err := w.shown(one, opening, balanceAfter(opening), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return w, a
}

func TestAStreamIsAsLateAsTheOldestThatItShows(t *testing.T) {
	w, a := watchedTwice(t)
	show := func(stream int, entry uint64, at time.Time) {
		t.Helper()
		if err := w.shown(a.streams[stream], entry, balanceAfter(entry), at); err != nil {
			t.Error(err)
		}
	}
	begin := time.Now()
	show(0, 2, begin) // before the payer has read the answer
	w.answered(a, begin.Add(time.Second))
	w.answered(a, begin.Add(2*time.Second))
	if w.right() != 0 {
		t.Errorf("%d are right", w.right())
	}
	show(0, 3, begin.Add(2*time.Second))
	show(1, 3, begin.Add(5*time.Second)) // two at once
	if w.late.max != 4*time.Second || w.late.count != 4 || w.late.quantile(0) != 0 || w.right() != 2 {
		t.Errorf("late %s at most, %d times, %d right", w.late.max, w.late.count, w.right())
	}
}

func TestAStreamThatShowsAnythingElseFailsTheRun(t *testing.T) {
	held := balanceAfter(2)
	for name, lines := range map[string]string{
		"another balance": "id: 2\ndata: " + balanceAfter(3) + "\n",
		"an older one":    "id: 1\ndata: " + balanceAfter(1) + "\n",
		"twice the same":  "id: 2\ndata: " + held + "\nid: 2\ndata: " + held + "\n",
		"no number":       "id: two\n",
		"an end":          "event: end\n",
	} {
		w, a := watchedTwice(t)
		if err := w.read(a.streams[0], bufio.NewScanner(strings.NewReader(lines))); err == nil {
			t.Errorf("%s was taken", name)
		}
		if w.right() != 1 {
			t.Errorf("%s: %d streams are right, want the other", name, w.right())
		}
	}
	w, a := watchedTwice(t)
	w.ended = true
	if err := w.read(a.streams[0], bufio.NewScanner(strings.NewReader("event: end\n"))); err != nil {
		t.Errorf("an end that was asked for: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.answered(a, time.Now())
	if _, err := w.settled(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("streams that are behind: %v", err)
	}
}
