package operator

import (
	"context"
	"time"
)

// keptFor is how long an answer that costs much serves everybody who asks.
const keptFor = 5 * time.Second

// kept is an answer that costs much: it is found by one caller at a time, and serves
// the others for a while.
type kept[T any] struct {
	find func(context.Context) (T, error)
	now  func() time.Time
	turn chan struct{} // holds one while somebody looks at or finds the answer

	// What follows belongs to whose turn it is.

	answer T
	until  time.Time
}

func newKept[T any](now func() time.Time, find func(context.Context) (T, error)) *kept[T] {
	return &kept[T]{find: find, now: now, turn: make(chan struct{}, 1)}
}

// get returns the answer, which is keptFor old at most.
func (k *kept[T]) get(ctx context.Context) (T, error) {
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	defer func() { <-k.turn }()
	if now := k.now(); now.Before(k.until) && !now.Before(k.until.Add(-keptFor)) {
		return k.answer, nil
	}
	answer, err := k.find(ctx)
	if err == nil {
		k.answer, k.until = answer, k.now().Add(keptFor)
	}
	return answer, err
}
