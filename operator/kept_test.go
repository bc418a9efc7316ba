package operator

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAnswerIsKeptForAWhile(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	found := 0
	var broken error
	k := newKept(func() time.Time { return now }, func(context.Context) (int, error) {
		found++
		return found, broken
	})
	for _, step := range []struct {
		later  time.Duration
		broken error
		want   int
	}{
		{0, nil, 1},
		{keptFor - 1, nil, 1},
		{1, nil, 2},
		{-time.Hour, nil, 3}, // the clock was set back: who knows how old it is
		{time.Second, nil, 3},
		{keptFor, errors.New("no store"), 4},
		{0, nil, 5}, // an error is not kept
		{0, nil, 5},
	} {
		now, broken = now.Add(step.later), step.broken
		got, err := k.get(t.Context())
		if got != step.want || !errors.Is(err, step.broken) {
			t.Fatalf("%+v: %d, %v", step, got, err)
		}
	}
}

func TestWhoWaitsForAnAnswerMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newKept(time.Now, func(context.Context) (int, error) {
			<-release
			return 7, nil
		})
		first := make(chan int)
		go func() {
			got, err := k.get(t.Context())
			if err != nil {
				t.Error(err)
			}
			first <- got
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("gave up with %v", err)
		}
		close(release)
		if got := <-first; got != 7 {
			t.Errorf("got %d", got)
		}
	})
}
