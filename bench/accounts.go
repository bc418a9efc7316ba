package bench

import (
	"context"
	"fmt"
)

// What a store of a million accounts may take.
const (
	readyMax  = 5.0 // seconds
	memoryMax = 400 // MB
)

// accounts measures how a store of many accounts is opened.
func (s *session) accounts(ctx context.Context) error {
	if s.stores.memory {
		s.progress("accounts: left out, for a store in memory can't be opened again")
		return nil
	}
	dir, err := s.built(ctx, fmt.Sprintf("accounts-%d", s.Accounts), s.Accounts, 0)
	if err != nil {
		return err
	}
	var all []opened
	for range s.Rounds {
		one, err := s.reopen(ctx, dir)
		if err != nil {
			return err
		}
		s.progress("accounts: ready in %s, %.0f MB", one.ready, megabytes(one.resident))
		all = append(all, one)
	}
	figure := func(name, unit string, of func(opened) float64, t *Target) {
		s.report.figure("accounts: "+name, medianOf(all, of), unit, t)
	}
	figure("ready", "s", func(o opened) float64 { return o.ready.Seconds() }, atMost(readyMax))
	figure("memory when ready", "MB", func(o opened) float64 { return megabytes(o.resident) }, atMost(memoryMax))
	figure("memory at most until then", "MB", func(o opened) float64 { return megabytes(o.peak) }, atMost(memoryMax))
	return nil
}

func megabytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
