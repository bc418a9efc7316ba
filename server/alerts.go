package server

import (
	"crypto/tls"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/saldo-pix/saldo/alert"
	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// SMTP is the mail server that alerts leave by. Without a host there are no
// channels by e-mail.
type SMTP struct {
	Host     string
	Port     int
	TLS      alert.TLS
	Username string
	Password auth.Secret
	From     string
	// Config is how certificates are checked; nil trusts the machine's roots.
	Config *tls.Config
}

// Limits of the workers of alerts.
const (
	watchParallel     = 16
	notifyParallel    = 32
	notifyPerAccount  = 4
	watchesPerAccount = 1
)

// plugAlerts makes what watches balances and tells of it. The courier is there.
func (s *Server) plugAlerts(vault *webhook.Vault, sender *webhook.Sender) error {
	carriers := alert.Chats(sender.Send)
	if c := s.SMTP; c.Host != "" {
		mail, err := alert.NewMail(alert.MailOptions{
			Host: c.Host, Port: c.Port, TLS: c.TLS, Username: c.Username, Password: string(c.Password), From: c.From,
			Config: c.Config, Now: s.Now,
		})
		if err != nil {
			return err
		}
		carriers[alert.ChannelEmail] = mail
	}
	s.Alerts = alert.NewDesk(alert.Options{
		Book: s.Book, Reader: s.Store, Courier: s.Courier, Vault: vault, Carriers: carriers, Report: s.Daily.Message,
		Retries: s.Webhooks.Retries, Now: s.Now, Log: s.Log,
	})
	watcher := alert.NewWatcher(s.Book, s.Store, s.Now)
	s.work(pix.TopicAlertWatch, watcher.Handle, outbox.Options{Parallel: watchParallel, PerAccount: watchesPerAccount})
	s.work(pix.TopicAlertNotify, s.Alerts.Handle, outbox.Options{
		Parallel: notifyParallel, PerAccount: notifyPerAccount, Lease: alert.Lease, Uncounted: true,
	})
	return nil
}

// alertCollector shows what is counted of alerts, of all accounts together.
type alertCollector struct{ *Server }

var (
	alertsDesc = prometheus.NewDesc("saldo_alerts_total",
		"Alerts on balances that were raised, reminded of or ended on this node, by the kind of their rule.",
		[]string{"kind", "event"}, nil)
	alertMessagesDesc = prometheus.NewDesc("saldo_alert_messages_total",
		"Attempts to tell of an alert, by the kind of channel and what became of them.",
		[]string{"channel", "result"}, nil)
)

// Describe names the metrics.
func (c alertCollector) Describe(out chan<- *prometheus.Desc) {
	out <- alertsDesc
	out <- alertMessagesDesc
}

// Collect reads the counters.
func (c alertCollector) Collect(out chan<- prometheus.Metric) {
	count := func(desc *prometheus.Desc, value uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	for of, value := range c.Alerts.Stats().Events() {
		count(alertsDesc, value, string(of.Kind), of.What)
	}
	for of, value := range c.Alerts.Stats().Messages() {
		count(alertMessagesDesc, value, of.Channel, string(of.Result))
	}
	hooks := &c.Courier.Stats().Alerts
	count(alertMessagesDesc, hooks.Delivered.Load(), pix.ChannelWebhook, string(webhook.Delivered))
	count(alertMessagesDesc, hooks.Failed.Load(), pix.ChannelWebhook, string(webhook.Failed))
	count(alertMessagesDesc, hooks.Dead.Load(), pix.ChannelWebhook, string(webhook.Dead))
}
