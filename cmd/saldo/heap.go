package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapSpare is how many bytes the heap may grow by before it is collected. Go lets
// it grow by what is in use, which for a server of few accounts is so little that
// it is collected dozens of times a second.
const heapSpare = 128 << 20

// growthUsual is Go's own growth, in percent of what is in use; growthMax is that
// of a heap in which next to nothing is.
const (
	growthUsual = 100
	growthMax   = 3200
)

// growth is by how much a heap may grow, in percent of what is in use.
func growth(live uint64) int {
	return int(min(max(heapSpare*100/max(live, 1), growthUsual), growthMax))
}

// spareHeap has the heap collected less often where it is small, unless GOGC says
// how often. A limit of memory holds all the same.
func spareHeap(getenv func(string) string) {
	if getenv("GOGC") != "" {
		return
	}
	t := &tuner{percent: growthUsual}
	t.collected(0)
}

// tuner sets the growth anew after each collection.
type tuner struct{ percent int }

// mark is what a collection finds unused.
type mark struct{ _ *byte }

func (t *tuner) collected(int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() != metrics.KindUint64 {
		return // a Go that does not tell
	}
	// To set it stops everything for a moment, so small changes are let be.
	if now := growth(live[0].Value.Uint64()); now != t.percent && (now < t.percent || now > t.percent*5/4) {
		t.percent = now
		debug.SetGCPercent(now)
	}
	runtime.AddCleanup(&mark{}, t.collected, 0)
}
