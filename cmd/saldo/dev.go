package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/server"
)

// devCmd is saldo dev.
type devCmd struct {
	Addr         string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where merchants call (${default})."`
	OperatorAddr string `default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Where the operator calls (${default})."`
	storeFlags
	Rail    string `default:"sandbox" enum:"sandbox,http" help:"What carries payments: sandbox, which settles by itself, or http."`
	RailURL string `placeholder:"URL" help:"With --rail http: where orders are sent, signed with the operator's token as the key."`
	JSON    bool   `name:"json" help:"Print one line of JSON when ready."`
}

// devISPB is a participant code that nobody has.
const devISPB = pixid.ISPB("99999003")

// loopback is who may tell a client's certificate.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// Run serves until ctx ends.
func (c *devCmd) Run(ctx context.Context, m *machine) (err error) {
	log, err := newLogger(m.stderr, "info", "text")
	if err != nil {
		return err
	}
	store, err := server.OpenStore(c.url(), server.StoreOptions{Log: log})
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	keep, err := openDevFile(devFolder(c.url()), m.rand)
	if err != nil {
		return err
	}
	s, err := c.server(ctx, m, store, keep, log)
	if err != nil {
		return err
	}
	l, err := listen(ctx, c.Addr, c.OperatorAddr)
	if err != nil {
		return err
	}
	c.warn(log)
	return runWith(ctx, s, l, func(ctx context.Context) error {
		token, err := keep.enroll(ctx, s)
		if err != nil {
			return err
		}
		url := address("http", l.Public)
		return c.print(m.stdout, welcome{
			URL: url, OperatorURL: address("http", l.Operator), DashboardURL: url + "/dashboard",
			AccountID: keep.AccountID, ClientID: keep.ClientID, ClientSecret: keep.ClientSecret,
			ClientCert: auth.EscapeCertificate(keep.ClientCert), Token: token, OperatorToken: keep.OperatorToken,
			Merchant: demoName, Folder: devFolder(c.url()), Rail: c.Rail, Payee: string(pixid.NewCPF(demoPayee)),
			ExternalID: fmt.Sprintf("pay-%d", m.now().Unix()),
		})
	})
}

func (c *devCmd) server(
	ctx context.Context, m *machine, store server.Store, keep *devFile, log *slog.Logger,
) (*server.Server, error) {
	brands, err := brand.NewSet(
		brand.Brand{
			ID: demoBrand, Name: "Avista", Hosts: []string{"api.avista.global"}, Color: "#4A70B8",
			SupportEmail: "suporte@avista.example",
		},
		brand.Brand{
			ID: "ntxpay", Name: "NTX Pay", Hosts: []string{"api.ntxpay.com"}, Color: "#18ac88",
			SupportEmail: "suporte@ntxpay.example",
		},
	)
	if err != nil {
		return nil, err
	}
	key, err := auth.NewHS256Key("dev", []byte(keep.TokenSecret))
	if err != nil {
		return nil, err
	}
	rail := pix.RailSandbox
	if c.Rail == "http" {
		rail = pix.RailHTTP
	}
	return server.New(ctx, server.Config{
		Store: store, Brands: brands, Rail: rail, ISPB: devISPB, TokenKeys: auth.Keys{Current: key},
		OperatorToken: auth.Secret(keep.OperatorToken), CertificateProxies: loopback,
		Adapter:  newAdapter(c.RailURL, auth.Secret(keep.OperatorToken)),
		Webhooks: server.Webhooks{SecretsKey: auth.Secret(keep.TokenSecret), Loopback: true},
		Version:  version, Now: m.now, Rand: m.rand, Log: log,
	})
}

func (c *devCmd) warn(log *slog.Logger) {
	for _, addr := range []string{c.Addr, c.OperatorAddr} {
		if only, err := isLoopback(addr); err == nil && !only {
			log.Warn("other machines can reach this, unencrypted", "addr", addr)
		}
	}
}
