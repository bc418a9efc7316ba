package server

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// Webhooks says how accounts are told what happens on them.
type Webhooks struct {
	// SecretsKey seals the secrets that are sent out again: signing secrets, Basic
	// passwords, headers. SecretsKeysOlder open what was sealed before. Without a
	// key one is drawn that is lost with the process.
	SecretsKey       auth.Secret
	SecretsKeysOlder []auth.Secret
	// Retries are the waits between attempts; nil is webhook.RetriesDefault.
	Retries []time.Duration
	// Allowed networks may be reached although they are not public, and with
	// Loopback this machine itself, without TLS too.
	Allowed  []netip.Prefix
	Loopback bool
	// Parallel is how many deliveries there are at the same time, 0 is 256, and
	// PerAccount how many of one account; 0 is 8.
	Parallel, PerAccount int
	// Limit ends an attempt; 0 is ten seconds.
	Limit time.Duration
	// Resolver finds hosts and Roots are trusted; nil are the machine's.
	Resolver *net.Resolver
	Roots    *x509.CertPool
}

const (
	webhooksParallel   = 256
	webhooksPerAccount = 8
)

// plugWebhooks makes the courier and its worker, and what shares its vault.
func (s *Server) plugWebhooks() error {
	c := s.Webhooks
	vault, err := s.newVault()
	if err != nil {
		return err
	}
	sender := webhook.NewSender(webhook.SenderOptions{
		Policy: webhook.Policy{Allowed: c.Allowed, Loopback: c.Loopback}, Limit: c.Limit,
		Resolver: c.Resolver, Roots: c.Roots,
	}, s.Now)
	s.Courier = webhook.New(webhook.Options{
		Book: s.Book, Reader: s.Store, Vault: vault, Retries: c.Retries, Now: s.Now, Rand: s.Rand, Log: s.Log,
		Sender: sender,
	})
	o := outbox.Options{
		Parallel: c.Parallel, PerAccount: c.PerAccount, Lease: s.Courier.Lease(), Slow: s.Courier.Slow(),
		Uncounted: true,
	}
	if o.Parallel == 0 {
		o.Parallel = webhooksParallel
	}
	if o.PerAccount == 0 {
		o.PerAccount = webhooksPerAccount
	}
	s.work(pix.TopicWebhook, s.Courier.Handle, o)
	return s.plugAlerts(vault, sender)
}

func (s *Server) newVault() (*webhook.Vault, error) {
	key := []byte(s.Webhooks.SecretsKey)
	if len(key) == 0 {
		drawn, err := auth.NewSecret(s.Rand)
		if err != nil {
			return nil, err
		}
		key = []byte(drawn)
	}
	var older [][]byte
	for _, secret := range s.Webhooks.SecretsKeysOlder {
		older = append(older, []byte(secret))
	}
	return webhook.NewVault(s.Rand, key, older...)
}

// webhookMetrics are what is counted of deliveries.
func (m *metrics) webhookMetrics(s *Server) {
	stats := s.Courier.Stats()
	for result, value := range map[string]func() uint64{
		"delivered": stats.Delivered.Load, "failed": stats.Failed.Load, "dropped": stats.Dropped.Load,
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "saldo_webhook_deliveries_total", Help: "Attempts to deliver a webhook, by result.",
			ConstLabels: prometheus.Labels{"result": result},
		}, func() float64 { return float64(value()) }))
	}
	m.registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "saldo_webhook_dead_letters_total", Help: "Webhooks given up after their last attempt.",
		}, func() float64 { return float64(stats.Dead.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "saldo_webhook_oldest_waiting_seconds",
			Help: "Age of the oldest webhook that waits for its first or next attempt; 0 if none does.",
		}, s.oldestWebhook),
	)
}

// metricPatience is how long the store may take to tell a metric.
const metricPatience = 2 * time.Second

// oldestWebhook is the age of the oldest notice in seconds. Its number tells when it
// was left.
func (s *Server) oldestWebhook() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), metricPatience)
	defer cancel()
	jobs, err := s.Store.Jobs(ctx, pix.TopicWebhook, 0, 1)
	if err != nil || len(jobs) == 0 {
		return 0
	}
	return max(s.Now().Sub(book.NumberTime(jobs[0].ID)).Seconds(), 0)
}
