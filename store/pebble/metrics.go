package pebble

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics tell how the store is doing. Counters start when it is opened.
type Metrics struct {
	Accounts int
	Commits  uint64 // durable ones that changed something
	InFlight uint64 // commits that wait for the disk
	// SyncLatency is how long the disk took to make a part of the log durable,
	// in nanoseconds.
	SyncLatency    prometheus.Histogram
	LogBytes       uint64 // written to the log
	DiskBytes      uint64 // taken by the folder
	MemTableBytes  uint64
	CacheBytes     int64
	CacheHits      int64
	CacheMisses    int64
	FilterHits     int64 // tables that a filter has kept a read away from
	FilterMisses   int64
	ReadTables     int    // tables that a read may have to look into
	CompactionDebt uint64 // bytes that are yet to be compacted
}

// Metrics returns how the store is doing, nothing once it is closed.
func (s *Store) Metrics() Metrics {
	if !s.users.begin() {
		return Metrics{}
	}
	defer s.users.end()
	m := s.db.Metrics()
	durable := s.flight.durable.Load()
	return Metrics{
		Accounts:       s.accounts.size(),
		Commits:        durable,
		InFlight:       s.flight.applied.Load() - durable,
		SyncLatency:    m.LogWriter.FsyncLatency,
		LogBytes:       m.WAL.BytesWritten,
		DiskBytes:      m.DiskSpaceUsage(),
		MemTableBytes:  m.MemTable.Size + m.MemTable.ZombieSize,
		CacheBytes:     m.BlockCache.Size,
		CacheHits:      m.BlockCache.Hits,
		CacheMisses:    m.BlockCache.Misses,
		FilterHits:     m.Filter.Hits,
		FilterMisses:   m.Filter.Misses,
		ReadTables:     m.ReadAmp(),
		CompactionDebt: m.Compact.EstimatedDebt,
	}
}
