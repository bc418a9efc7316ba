package server

import (
	"crypto/tls"

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
		Book: s.Book, Reader: s.Store, Courier: s.Courier, Vault: vault, Carriers: carriers,
		Retries: s.Webhooks.Retries, Now: s.Now, Log: s.Log,
	})
	watcher := alert.NewWatcher(s.Book, s.Store, s.Now)
	s.work(pix.TopicAlertWatch, watcher.Handle, outbox.Options{Parallel: watchParallel, PerAccount: watchesPerAccount})
	s.work(pix.TopicAlertNotify, s.Alerts.Handle, outbox.Options{
		Parallel: notifyParallel, PerAccount: notifyPerAccount, Lease: alert.Lease, Uncounted: true,
	})
	return nil
}
