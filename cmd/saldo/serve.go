package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/saldo-pix/saldo/server"
)

// serveCmd is saldo serve.
type serveCmd struct {
	Config string `placeholder:"FILE" environ:"SALDO_CONFIG" help:"Configuration file, in YAML."`

	Settings config `embed:""`
}

// Run serves until ctx ends.
func (c *serveCmd) Run(ctx context.Context, m *machine, parsed *kong.Context) error {
	settings, err := load(c.Settings, given(parsed), m.getenv, c.Config)
	if err != nil {
		return err
	}
	log, err := newLogger(m.stderr, settings.LogLevel, settings.LogFormat)
	if err != nil {
		return err
	}
	plan, err := settings.build()
	if err != nil {
		return err
	}
	settings.warn(log)
	plan.Now, plan.Rand, plan.Log = m.now, m.rand, log
	if plan.Store, err = settings.openStore(log); err != nil {
		return explain(err)
	}
	return errors.Join(settings.serve(ctx, plan), plan.Store.Close())
}

func (c *config) openStore(log *slog.Logger) (server.Store, error) {
	return server.OpenStore(storeURL(c.Data, c.Store), server.StoreOptions{Log: log})
}

// warn logs what is safe but hardly meant.
func (c *config) warn(log *slog.Logger) {
	if c.Rail == "sandbox" {
		log.Warn("the sandbox rail settles payments by itself: no money moves outside")
	}
	if c.TLSCert == "" && len(c.CertificateProxies) == 0 && !c.OAuthWithoutCertificate {
		log.Warn("no client can show its certificate, so none gets a token: set tls_cert or certificate_proxies")
	}
	if c.OperatorExpose && c.OperatorTLSCert == "" {
		log.Warn("the operator's token crosses the network unencrypted", "operator_addr", c.OperatorAddr)
	}
}

func (c *config) serve(ctx context.Context, plan server.Config) error {
	public, err := openCertificate(c.TLSCert, c.TLSKey)
	if err != nil {
		return err
	}
	house, err := openCertificate(c.OperatorTLSCert, c.OperatorTLSKey)
	if err != nil {
		return err
	}
	s, err := server.New(ctx, plan)
	if err != nil {
		return err
	}
	l, err := listen(ctx, c.Addr, c.OperatorAddr)
	if err != nil {
		return err
	}
	plan.Log.Info("serving", "version", version,
		"url", address(scheme(public), l.Public), "operatorUrl", address(scheme(house), l.Operator))
	l.Public, l.Operator = public.listen(l.Public, true), house.listen(l.Operator, false)
	err = runWith(ctx, s, l, func(ctx context.Context) error {
		reloadOnHangup(ctx, plan.Log, public, house)
		return nil
	})
	plan.Log.Info("stopped")
	return err
}

func scheme(c *certificate) string {
	if c == nil {
		return "http"
	}
	return "https"
}

// reloadOnHangup reads certificates again at every SIGHUP, until ctx ends.
func reloadOnHangup(ctx context.Context, log *slog.Logger, certificates ...*certificate) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		for _, c := range certificates {
			if c == nil {
				continue
			}
			if err := c.reload(); err != nil {
				log.Error("certificate not read again", "error", err)
				continue
			}
			log.Info("certificate read again", "file", c.certFile)
		}
	}
}
