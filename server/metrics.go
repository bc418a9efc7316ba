package server

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what GET /metrics shows.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	// observers finds the histogram of a route and status without building
	// label values for each request.
	observers sync.Map // of route to prometheus.Observer
	now       func() time.Time
}

// route is what requests are counted by.
type route struct {
	listener, pattern string
	status            int
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		now:      s.Now,
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "saldo_http_request_duration_seconds",
			Help:    "Time from the request's header to the end of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 12),
		}, []string{"listener", "route", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	stats := s.Book.Stats()
	count := func(name, help string, value func() uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
			func() float64 { return float64(value()) }))
	}
	count("saldo_book_commits_total", "Batches of commands committed.", stats.Batches.Load)
	count("saldo_book_commands_total", "Commands decided.", stats.Commands.Load)
	count("saldo_book_refused_total", "Commands refused by a rule.", stats.Refused.Load)
	count("saldo_book_failed_total", "Commands whose commit failed.", stats.Failed.Load)
	count("saldo_book_busy_total", "Commands turned away because the queue was full.", stats.Busy.Load)
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "saldo_book_in_flight", Help: "Commands waiting or being committed.",
	}, func() float64 { return float64(s.Book.Waiting()) }))
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "saldo_balance_streams", Help: "Streams of balances that are open.",
	}, func() float64 { return float64(s.Watch.Count()) }))
	m.webhookMetrics(s)
	m.registry.MustRegister(alertCollector{s})
	if r, ok := s.Store.(Registerer); ok {
		r.RegisterMetrics(m.registry)
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status and passes it on.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var statusWriters = sync.Pool{New: func() any { return new(statusWriter) }}

// instrument measures every request by route and status.
func (m *metrics) instrument(listener string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := m.now()
		sw := statusWriters.Get().(*statusWriter)
		sw.ResponseWriter, sw.status = w, http.StatusOK
		defer func() {
			m.observer(route{listener, r.Pattern, sw.status}).Observe(m.now().Sub(begin).Seconds())
			sw.ResponseWriter = nil
			statusWriters.Put(sw)
		}()
		next.ServeHTTP(sw, r)
	})
}

func (m *metrics) observer(key route) prometheus.Observer {
	if o, ok := m.observers.Load(key); ok {
		return o.(prometheus.Observer)
	}
	o := m.requests.WithLabelValues(key.listener, key.pattern, strconv.Itoa(key.status))
	m.observers.Store(key, o)
	return o
}
