package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// worker does one operation after the other, each as soon as the last is
// answered.
type worker interface {
	do() error
	close() error
}

// sample is what one measurement found.
type sample struct {
	elapsed time.Duration
	cpu     time.Duration // of client and server together
	took    histogram

	database time.Duration // processor time of the database's server
}

func (s *sample) perSecond() float64 { return float64(s.took.count) / s.elapsed.Seconds() }

// cpuEach is the processor time of one operation.
func (s *sample) cpuEach() time.Duration { return s.cpu / time.Duration(max(s.took.count, 1)) }

// databaseEach is the same of the database's server.
func (s *sample) databaseEach() time.Duration {
	return s.database / time.Duration(max(s.took.count, 1))
}

// The phases of a measurement.
const (
	warmingUp int32 = iota
	measuring
	over
)

// patience is how much longer than a measurement a connection may live.
const patience = 30 * time.Second

func (s *session) lifetime() time.Duration { return s.Warmup + s.Duration + patience }

// measure has as many workers as there are connections do what they do, and
// counts what they begin after the warm-up.
func (s *session) measure(ctx context.Context, connect func(i int) (worker, error)) (*sample, error) {
	workers := make([]worker, 0, s.Connections)
	defer func() {
		for _, w := range workers {
			_ = w.close() // nothing is lost with a connection that is not needed any more
		}
	}()
	for i := range s.Connections {
		w, err := connect(i)
		if err != nil {
			return nil, err
		}
		workers = append(workers, w)
	}
	var phase atomic.Int32
	took := make([]histogram, len(workers))
	counted := make(chan struct{}, 1) // told of what is counted
	group, failed := errgroup.WithContext(ctx)
	for i, w := range workers {
		group.Go(func() error { return loop(w, &phase, &took[i], counted) })
	}
	pause(failed, s.Warmup)
	database := s.databaseTime()
	begin, worked := time.Now(), cpuTime()
	phase.Store(measuring)
	pause(failed, s.Duration)
	select { // a rate of nothing at all would say nothing
	case <-counted:
	case <-failed.Done():
	}
	phase.Store(over)
	result := &sample{elapsed: time.Since(begin), cpu: cpuTime() - worked}
	result.database = s.databaseTime() - database
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i := range took {
		result.took.add(&took[i])
	}
	return result, ctx.Err()
}

func loop(w worker, phase *atomic.Int32, took *histogram, counted chan<- struct{}) error {
	begin := time.Now()
	for {
		at := phase.Load()
		if at == over {
			return nil
		}
		if err := w.do(); err != nil {
			return err
		}
		end := time.Now()
		if at == measuring {
			took.record(end.Sub(begin))
			if took.count == 1 {
				select {
				case counted <- struct{}{}:
				default:
				}
			}
		}
		begin = end
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// candidate is one of those that are compared.
type candidate struct {
	name    string
	ours    bool // to be profiled
	connect func(i int) (worker, error)
}

// compare measures the candidates in turn, round after round, and reports the
// medians. It returns each round's operations a second by candidate.
func (s *session) compare(ctx context.Context, workload string, candidates ...candidate) ([][]float64, error) {
	samples := make([][]*sample, len(candidates))
	for round := range s.Rounds {
		for i, c := range candidates {
			stop, err := s.profile(workload, c)
			if err != nil {
				return nil, err
			}
			m, err := s.measure(ctx, c.connect)
			stop()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			s.progress("%s, round %d, %s: %.0f/s, %s CPU each",
				workload, round+1, c.name, m.perSecond(), m.cpuEach())
			samples[i] = append(samples[i], m)
		}
	}
	rates := make([][]float64, len(candidates))
	for i, c := range candidates {
		result := newResult(workload, c.name, samples[i])
		rates[i] = result.Rounds
		s.report.Results = append(s.report.Results, result)
	}
	return rates, nil
}
