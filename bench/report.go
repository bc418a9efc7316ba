package bench

import (
	"cmp"
	"slices"
	"time"
)

// Report is what a run found.
type Report struct {
	At          time.Time     `json:"at"`
	Machine     Machine       `json:"machine"`
	Store       string        `json:"store"`
	Connections int           `json:"connections"`
	Duration    time.Duration `json:"durationNanoseconds"`
	Warmup      time.Duration `json:"warmupNanoseconds"`
	Results     []Result      `json:"results"`
	Figures     []Figure      `json:"figures"`
}

// Result is what one candidate did at one workload: medians of the rounds.
type Result struct {
	Workload  string    `json:"workload"`
	Candidate string    `json:"candidate"`
	PerSecond float64   `json:"perSecond"`
	Rounds    []float64 `json:"rounds"` // operations a second
	P50       int64     `json:"p50Microseconds"`
	P99       int64     `json:"p99Microseconds"`
	P999      int64     `json:"p999Microseconds"`
	Max       int64     `json:"maxMicroseconds"` // of all rounds
	// CPU is the processor time of one operation, client and server together;
	// 0 where the system does not tell.
	CPU float64 `json:"cpuMicroseconds"`
	// DatabaseCPU is that of the database's server; 0 if there is none on this
	// machine.
	DatabaseCPU float64 `json:"databaseCPUMicroseconds,omitempty"`
}

// Figure is one number that there may be a target for.
type Figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"` // empty for a ratio
	Target *Target `json:"target,omitempty"`
	Met    *bool   `json:"met,omitempty"`
}

// Target is what a figure should be: at least or at most Value.
type Target struct {
	Value  float64 `json:"value"`
	AtMost bool    `json:"atMost"`
}

func atLeast(v float64) *Target { return &Target{Value: v} }
func atMost(v float64) *Target  { return &Target{Value: v, AtMost: true} }

func (t *Target) met(v float64) bool {
	if t.AtMost {
		return v <= t.Value
	}
	return v >= t.Value
}

func newReport(o Options) *Report {
	return &Report{
		At: time.Now().UTC().Truncate(time.Second), Store: shown(o.Store), Connections: o.Connections,
		Duration: o.Duration, Warmup: o.Warmup,
	}
}

// shown is what a report tells of a store's URL, which may contain a password.
func shown(url string) string {
	if kindOf(url) == onPostgres {
		return onPostgres
	}
	return url
}

func newResult(workload, candidate string, samples []*sample) Result {
	quantile := func(q float64) int64 {
		return medianOf(samples, func(s *sample) time.Duration { return s.took.quantile(q) }).Microseconds()
	}
	r := Result{
		Workload: workload, Candidate: candidate, P50: quantile(0.5), P99: quantile(0.99), P999: quantile(0.999),
		PerSecond: medianOf(samples, (*sample).perSecond),
		CPU:       float64(medianOf(samples, (*sample).cpuEach).Nanoseconds()) / 1e3,

		DatabaseCPU: float64(medianOf(samples, (*sample).databaseEach).Nanoseconds()) / 1e3,
	}
	for _, s := range samples {
		r.Rounds = append(r.Rounds, s.perSecond())
		r.Max = max(r.Max, s.took.max.Microseconds())
	}
	return r
}

func (r *Report) figure(name string, value float64, unit string, t *Target) {
	f := Figure{Name: name, Value: value, Unit: unit, Target: t}
	if t != nil {
		met := t.met(value)
		f.Met = &met
	}
	r.Figures = append(r.Figures, f)
}

// ratio reports the median of the rounds' ratios: what happened to the machine
// in one round happened to both.
func (r *Report) ratio(name string, ours, theirs []float64, t *Target) {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / theirs[i]
	}
	r.figure(name, median(ratios), "", t)
}

// median returns the middle one, or the lower of the two in the middle.
func median[T cmp.Ordered](all []T) T {
	var zero T
	if len(all) == 0 {
		return zero
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)/2]
}

func medianOf[S any, T cmp.Ordered](all []S, of func(S) T) T {
	values := make([]T, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	return median(values)
}
