package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowthOfTheHeap(t *testing.T) {
	for _, test := range []struct {
		live uint64
		want int
	}{
		{0, growthMax},
		{1 << 20, growthMax},
		{16 << 20, 800},
		{heapSpare, growthUsual},
		{8 << 30, growthUsual},
	} {
		if got := growth(test.live); got != test.want {
			t.Errorf("%d bytes in use: %d %%, want %d", test.live, got, test.want)
		}
	}
}

// percent returns the growth that is set.
func percent() int {
	p := debug.SetGCPercent(growthUsual)
	debug.SetGCPercent(p)
	return p
}

func TestHeapIsCollectedAsItNeeds(t *testing.T) {
	before := percent()
	defer debug.SetGCPercent(before)
	spareHeap(func(string) string { return "100" })
	if got := percent(); got != before {
		t.Errorf("%d %% although GOGC was set", got)
	}
	spareHeap(func(string) string { return "" })
	until := func(what string, ok func(int) bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !ok(percent()); runtime.GC() {
			if time.Now().After(end) {
				t.Fatalf("%s: %d %%", what, percent())
			}
		}
	}
	until("a small heap", func(p int) bool { return p > growthUsual })
	much := make([]byte, 2*heapSpare)
	until("a large heap", func(p int) bool { return p == growthUsual })
	runtime.KeepAlive(much)
	much = nil
	until("a small heap again", func(p int) bool { return p > growthUsual })
}
