package pebble

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// Things come and go in any order, and the shelf agrees with a plain map.
func TestShelfIsInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s shelf[int]
	plain := make(map[uint64]int)
	for step := range 30_000 {
		id := rng.Uint64N(4_000)
		if growing := step/5_000%2 == 0; rng.IntN(4) == 0 == growing {
			delete(plain, id)
			s.delete(id)
		} else {
			plain[id] = step
			s.put(id, step)
		}
		id = rng.Uint64N(4_000)
		thing, ok := s.get(id)
		if want, there := plain[id]; thing != want || ok != there {
			t.Fatalf("%d: %d, %t; want %d, %t", id, thing, ok, want, there)
		}
		if step%100 == 0 {
			comparePage(t, s, plain, id, 1+rng.IntN(600))
		}
	}
	comparePage(t, s, plain, 0, 1<<30)
	for id := range plain {
		s.delete(id)
	}
	if len(s) != 0 {
		t.Errorf("%d boxes are kept with nothing in them", len(s))
	}
}

func comparePage(t *testing.T, s shelf[int], plain map[uint64]int, after uint64, limit int) {
	t.Helper()
	var want []numbered[int]
	for _, id := range slices.Sorted(maps.Keys(plain)) {
		if id > after && len(want) < limit {
			want = append(want, numbered[int]{id, plain[id]})
		}
	}
	if got := s.page(after, limit); !slices.Equal(got, want) {
		t.Fatalf("above %d: %d things, want %d", after, len(got), len(want))
	}
}

func TestShelfThatIsFilledInOrderHasFullBoxes(t *testing.T) {
	var s shelf[int]
	for id := range 10 * boxMax {
		s.put(uint64(id), 0)
	}
	if len(s) != 10 {
		t.Errorf("%d boxes, want 10", len(s))
	}
}
