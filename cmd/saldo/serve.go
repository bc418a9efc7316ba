package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/saldo-pix/saldo/auth"
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
	again := func() (auth.Keys, error) {
		settings, err := load(c.Settings, given(parsed), m.getenv, c.Config)
		if err != nil {
			return auth.Keys{}, err
		}
		var p problems
		keys := settings.readTokenKeys(&p)
		return keys, p.plain()
	}
	return errors.Join(settings.serve(ctx, plan, again), plan.Store.Close())
}

func (c *config) openStore(log *slog.Logger) (server.Store, error) {
	return server.OpenStore(storeURL(c.Data, c.Store), server.StoreOptions{
		PastMemory: int64(c.PastMemory) << 20, Log: log,
	})
}

// warn logs what is safe but hardly meant.
func (c *config) warn(log *slog.Logger) {
	if c.Rail == "sandbox" {
		log.Warn("the sandbox rail settles payments by itself: no money moves outside")
	}
	if c.TLSCert == "" && len(c.CertificateProxies) == 0 && !c.OAuthWithoutCertificate {
		log.Warn("no client can show its certificate, so none gets a token: set tls_cert or certificate_proxies")
	}
	if c.sealsUnderTokenSecret() {
		log.Warn("secrets of webhooks are sealed under token_secret and are lost with it: set secrets_key")
	}
	if c.OperatorExpose && c.OperatorTLSCert == "" {
		log.Warn("the operator's token crosses the network unencrypted", "operator_addr", c.OperatorAddr)
	}
}

// serve serves until ctx ends. again reads the keys of tokens once more.
func (c *config) serve(ctx context.Context, plan server.Config, again func() (auth.Keys, error)) error {
	// From here on a SIGHUP ends the process no more, lest one that comes early does.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
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
		reloadOn(ctx, hangup, plan.Log, public.reread(), house.reread(), rereadKeys(s.Auth, again))
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

// reread reads something again while it is in use, and tells what it was, with more
// for the log.
type reread func() (what string, more []any, err error)

func (c *certificate) reread() reread {
	if c == nil {
		return nil
	}
	return func() (string, []any, error) { return "certificate", []any{"file", c.certFile}, c.reload() }
}

// rereadKeys puts the keys of tokens that are configured by now in the place of those
// in use, all of them or none.
func rereadKeys(a *auth.Authority, again func() (auth.Keys, error)) reread {
	return func() (string, []any, error) {
		keys, err := again()
		if err == nil {
			err = a.SetKeys(keys)
		}
		older := make([]string, len(keys.Older))
		for i, key := range keys.Older {
			older[i] = key.ID()
		}
		return "token keys", []any{"signs", keys.Current.ID(), "verify", older}, err
	}
}

// reloadOn reads everything again at every signal, until ctx ends.
func reloadOn(ctx context.Context, hangup <-chan os.Signal, log *slog.Logger, all ...reread) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		for _, read := range all {
			if read == nil {
				continue
			}
			what, more, err := read()
			if err != nil {
				log.Error("not read again: what was there stays in use", "what", what, "error", err)
				continue
			}
			log.Info("read again", append([]any{"what", what}, more...)...)
		}
	}
}
