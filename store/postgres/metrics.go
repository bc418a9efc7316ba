package postgres

import "github.com/prometheus/client_golang/prometheus"

// stats count what a store does.
type stats struct {
	commits  prometheus.Counter
	retries  *prometheus.CounterVec // by reason
	outcomes *prometheus.CounterVec // of commits whose answer was lost
	reads    prometheus.Counter     // of accounts
	queries  prometheus.Counter     // that answered them
	conns    prometheus.Gauge
	connects prometheus.Counter
}

func newStats() *stats {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "saldo", Subsystem: "postgres", Name: name, Help: help}
	}
	return &stats{
		commits: prometheus.NewCounter(counter("commits_total", "Commits that changed something.")),
		retries: prometheus.NewCounterVec(counter("retries_total",
			"Commits that were decided anew, by reason."), []string{"reason"}),
		outcomes: prometheus.NewCounterVec(counter("outcomes_total",
			"Commits whose answer was lost, by what had become of them."), []string{"outcome"}),
		reads:   prometheus.NewCounter(counter("account_reads_total", "Reads of an account's newest state.")),
		queries: prometheus.NewCounter(counter("account_queries_total", "Queries that answered them.")),
		conns: prometheus.NewGauge(prometheus.GaugeOpts(
			counter("connections", "Connections that are open."))),
		connects: prometheus.NewCounter(counter("connects_total", "Connections that were made.")),
	}
}

func (s *stats) committed()            { s.commits.Inc() }
func (s *stats) retried(reason string) { s.retries.WithLabelValues(reason).Inc() }

func (s *stats) connected() {
	s.conns.Inc()
	s.connects.Inc()
}

func (s *stats) disconnected() { s.conns.Dec() }

// RegisterMetrics adds the store's metrics to a server's.
func (s *Store) RegisterMetrics(r prometheus.Registerer) {
	t := s.stats
	r.MustRegister(t.commits, t.retries, t.outcomes, t.reads, t.queries, t.conns, t.connects)
}

func (s *stats) settled(committed bool) {
	outcome := "not committed"
	if committed {
		outcome = "committed"
	}
	s.outcomes.WithLabelValues(outcome).Inc()
}
