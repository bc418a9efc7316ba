package book_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/book"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func standing(at time.Time) func() time.Time { return func() time.Time { return at } }

func TestIDsOfAllNodesDifferAndRise(t *testing.T) {
	seen := make(map[uint64]int)
	for node := range book.NodeMax + 1 {
		ids := book.NewIDs(standing(noon), node, 0)
		last := uint64(0)
		for range 500 {
			id := ids.Next()
			if other, taken := seen[id]; taken {
				t.Fatalf("%d was given out by nodes %d and %d", id, other, node)
			}
			if id <= last || ids.Last() != id {
				t.Fatalf("%d after %d, Last says %d", id, last, ids.Last())
			}
			seen[id], last = node, id
		}
	}
}

func TestIDsStayBelow2To53(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0), noon, noon.AddDate(60, 0, 0)} {
		id := book.NewIDs(standing(at), book.NodeMax, 0).Next()
		if id == 0 || id >= 1<<53 {
			t.Errorf("at %s the first number is %d", at, id)
		}
	}
}

func TestIDsRiseWhenTheClockGoesBack(t *testing.T) {
	now := noon
	ids := book.NewIDs(func() time.Time { return now }, 5, 0)
	before := ids.Next()
	now = now.Add(-24 * time.Hour)
	for range 10 {
		if id := ids.Next(); id <= before {
			t.Fatalf("%d after %d", id, before)
		} else {
			before = id
		}
	}
	now = now.Add(48 * time.Hour)
	if id := ids.Next(); id <= before+1000 {
		t.Errorf("%d after %d: the clock that came back is not followed", id, before)
	}
}

func TestIDsAfterARestartAreAboveTheLast(t *testing.T) {
	first := book.NewIDs(standing(noon), 5, 0)
	for range 100 {
		first.Next()
	}
	last := first.Last()
	for _, node := range []int{0, 4, 5, 6, book.NodeMax} {
		// The clock went back over the restart.
		second := book.NewIDs(standing(noon.Add(-time.Hour)), node, last)
		if second.Last() != last {
			t.Errorf("node %d: Last is %d before any number was given out", node, second.Last())
		}
		if id := second.Next(); id <= last || nodeOf(id) != node {
			t.Errorf("node %d: %d of node %d after %d", node, id, nodeOf(id), last)
		}
	}
}

func nodeOf(id uint64) int { return int(id >> 16 & book.NodeMax) }

func TestMoreIDsThanFitIntoASecondGoIntoTheNext(t *testing.T) {
	ids := book.NewIDs(standing(noon), book.NodeMax, 0)
	neighbour := book.NewIDs(standing(noon.Add(time.Second)), 0, 0).Next()
	last := uint64(0)
	for range 200_000 {
		id := ids.Next()
		if id <= last || id == neighbour || nodeOf(id) != book.NodeMax {
			t.Fatalf("%d of node %d after %d", id, nodeOf(id), last)
		}
		last = id
	}
}

func TestIDsGivenOutAtTheSameTimeDiffer(t *testing.T) {
	ids := book.NewIDs(standing(noon), 1, 0)
	given := make([][]uint64, 8)
	var all sync.WaitGroup
	for i := range given {
		all.Go(func() {
			for range 2_000 {
				given[i] = append(given[i], ids.Next())
			}
		})
	}
	all.Wait()
	seen := make(map[uint64]bool)
	for _, some := range given {
		for _, id := range some {
			if seen[id] {
				t.Fatalf("%d twice", id)
			}
			seen[id] = true
		}
	}
}

func TestNodesNeverMeetWhateverTheirClocksDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.SliceOfNDistinct(rapid.IntRange(0, book.NodeMax), 2, 4, rapid.ID[int]).Draw(t, "nodes")
		now := noon
		var sources []*book.IDs
		for _, node := range nodes {
			// They may all have started from the number that one of them gave out.
			first := book.NewIDs(standing(noon), nodes[0], 0).Next()
			last := rapid.SampledFrom([]uint64{0, 1<<40 + 77, first}).Draw(t, "last")
			sources = append(sources, book.NewIDs(func() time.Time { return now }, node, last))
		}
		seen := make(map[uint64]int)
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			now = now.Add(time.Duration(rapid.IntRange(-2000, 3000).Draw(t, "ms")) * time.Millisecond)
			i := rapid.IntRange(0, len(sources)-1).Draw(t, "source")
			before := sources[i].Last()
			id := sources[i].Next()
			if other, taken := seen[id]; taken || id <= before {
				t.Fatalf("node %d gave out %d after %d; node %d has it: %t", nodes[i], id, before, other, taken)
			}
			seen[id] = nodes[i]
		}
	})
}
