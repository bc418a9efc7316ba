package bench

import (
	"context"
	"fmt"
)

// accounts measures how a store of many accounts is opened.
func (s *session) accounts(ctx context.Context) error {
	if s.kind == inMemory {
		s.progress("accounts: left out, for a store in memory can't be opened again")
		return nil
	}
	url, err := s.built(ctx, fmt.Sprintf("accounts-%d", s.Accounts), s.Accounts, 0)
	if err != nil {
		return err
	}
	var all []opened
	for range s.Rounds {
		one, err := s.reopen(ctx, url)
		if err != nil {
			return err
		}
		s.progress("accounts: ready in %s, %.0f MB", one.ready, megabytes(one.resident))
		all = append(all, one)
	}
	figure := func(name, unit string, of func(opened) float64, t *Target) {
		s.report.figure("accounts: "+name, medianOf(all, of), unit, t)
	}
	wanted := targetsOf(s.kind)
	figure("ready", "s", func(o opened) float64 { return o.ready.Seconds() }, wanted.ready)
	figure("memory when ready", "MB", func(o opened) float64 { return megabytes(o.resident) }, wanted.memory)
	figure("memory at most until then", "MB", func(o opened) float64 { return megabytes(o.peak) }, wanted.memory)
	return nil
}

func megabytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
