package main

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/server"
)

// How long the adapter may take to answer, and how many connections to it are
// kept. A redirect is no answer.
const (
	adapterPatience    = 10 * time.Second
	adapterConnections = 64
)

// newAdapter returns how the adapter at an address is spoken to; none without one.
func newAdapter(address string, secret auth.Secret) server.Adapter {
	if address == "" {
		return server.Adapter{}
	}
	return server.Adapter{
		URL: strings.TrimSuffix(address, "/"), Secret: secret,
		Client: &http.Client{
			Timeout:   adapterPatience,
			Transport: &http.Transport{MaxIdleConnsPerHost: adapterConnections, MaxConnsPerHost: adapterConnections},
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}
}

// readAdapter checks rail_url and rail_secret.
func (c *config) readAdapter(p *problems) server.Adapter {
	if c.RailURL == "" {
		return server.Adapter{}
	}
	to, err := url.Parse(c.RailURL)
	if err != nil || to.Host == "" || (to.Scheme != "https" && to.Scheme != "http") {
		p.add("rail_url %q: write an address such as https://adapter.example/pix", c.RailURL)
		return server.Adapter{}
	}
	near, err := isLoopback(net.JoinHostPort(to.Hostname(), "0"))
	if to.Scheme == "http" && (err != nil || !near) {
		p.add("rail_url %s: orders would leave this machine unencrypted: use https", c.RailURL)
	}
	checkSecret(p, "rail_secret", c.RailSecret)
	return newAdapter(c.RailURL, c.RailSecret)
}
