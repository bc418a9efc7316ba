package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/server"
)

// problems are the reasons not to start, each with how to mend it. All are told
// at once.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return errors.New("won't start with this configuration:\n  " + strings.Join(p, "\n  "))
}

// plain is err on one line, for a server that goes on.
func (p problems) plain() error {
	if len(p) == 0 {
		return nil
	}
	return errors.New(strings.Join(p, "; "))
}

const nodeMax = 63

// build makes what a server takes out of the configuration, or tells everything
// that is wrong or unsafe about it.
func (c *config) build() (server.Config, error) {
	var p problems
	c.checkPublic(&p)
	c.checkOperator(&p)
	c.checkStore(&p)
	out := server.Config{
		Brands: c.readBrands(&p), CertificateProxies: c.readProxies(&p), TokenKeys: c.readTokenKeys(&p),
		OperatorToken: c.OperatorToken, Version: version, Node: c.Node, LocationBase: c.LocationBase,
		OAuthWithoutCertificate: c.OAuthWithoutCertificate, BindTokens: c.BindTokens,
		Webhooks: c.readWebhooks(&p), SMTP: c.readSMTP(&p), Reports: c.readReports(&p), Reconcile: c.readReconcile(&p),
	}
	c.checkBinding(&p)
	checkSecret(&p, "operator_token", c.OperatorToken)
	switch c.Rail {
	case "http":
		out.Rail = pix.RailHTTP
		out.Adapter = c.readAdapter(&p)
	case "sandbox":
		out.Rail = pix.RailSandbox
	default:
		p.add("rail %q: write http or sandbox", c.Rail)
	}
	var err error
	if out.ISPB, err = pixid.ParseISPB(c.ISPB); err != nil {
		p.add("ispb %q: write the 8 digits of the institution's participant code", c.ISPB)
	}
	if c.Node < 0 || c.Node > nodeMax {
		p.add("node %d: write a number from 0 to %d, another one for each node", c.Node, nodeMax)
	}
	if strings.Contains(c.LocationBase, "://") {
		p.add("location_base %q: leave the scheme out", c.LocationBase)
	}
	return out, p.err()
}

func (c *config) checkPublic(p *problems) {
	checkPair(p, "tls", c.TLSCert, c.TLSKey)
	loopback, err := isLoopback(c.Addr)
	if err != nil {
		p.add("addr %q: write host:port", c.Addr)
	}
	if err == nil && !loopback && c.TLSCert == "" && !c.BehindProxy {
		p.add("addr %s is reachable from other machines without TLS: set tls_cert and tls_key, "+
			"or behind_proxy: true if a proxy in front ends TLS", c.Addr)
	}
	if c.BehindProxy && len(c.CertificateProxies) == 0 {
		p.add("behind_proxy is set without certificate_proxies: name the proxy's addresses, " +
			"for example 10.0.0.5/32, since only it may tell a client's certificate")
	}
}

func (c *config) checkOperator(p *problems) {
	checkPair(p, "operator_tls", c.OperatorTLSCert, c.OperatorTLSKey)
	loopback, err := isLoopback(c.OperatorAddr)
	if err != nil {
		p.add("operator_addr %q: write host:port", c.OperatorAddr)
	}
	if err == nil && !loopback && c.OperatorTLSCert == "" && !c.OperatorExpose {
		p.add("operator_addr %s is reachable from other machines without TLS: use 127.0.0.1, "+
			"set operator_tls_cert and operator_tls_key, or operator_expose: true on a network that is yours alone",
			c.OperatorAddr)
	}
}

// checkBinding refuses bound tokens where clients could never prove theirs.
func (c *config) checkBinding(p *problems) {
	name := "bind_tokens"
	binds := c.BindTokens
	for _, b := range c.Brands {
		if b.BindTokens && !binds {
			name, binds = "bind_tokens of brand "+b.ID, true
		}
	}
	if binds && c.OAuthWithoutCertificate {
		p.add("%s and oauth_without_certificate contradict each other: a token that is got without a certificate "+
			"can't be bound to one", name)
	}
	if binds && c.TLSCert == "" && len(c.CertificateProxies) == 0 {
		p.add("%s is set, and no client can show its certificate: set tls_cert or certificate_proxies", name)
	}
}

func checkPair(p *problems, prefix, cert, key string) {
	if (cert == "") != (key == "") {
		p.add("%s_cert and %s_key belong together: set both or none", prefix, prefix)
	}
}

// isLoopback tells whether an address to listen on is reachable from this
// machine only.
func isLoopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, err
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback(), nil
}

// pastMemoryMax is a terabyte: more is a slip of the pen.
const pastMemoryMax = 1 << 20

func (c *config) checkStore(p *problems) {
	if c.Data != "" && c.Store != "" {
		p.add("data and store are both set: drop one, data: DIR is short for store: pebble:DIR")
	}
	if c.PastMemory < 0 || c.PastMemory > pastMemoryMax {
		p.add("past_memory %d: write MiB up to %d; 0 is the default", c.PastMemory, pastMemoryMax)
	}
	if strings.HasPrefix(c.Store, "memory:") {
		p.add("store memory: forgets all money when the process ends: use pebble:DIR, or saldo dev for trying out")
	}
}

func (c *config) readProxies(p *problems) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range c.CertificateProxies {
		prefix, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		switch {
		case err != nil:
			p.add("certificate_proxies %q: write an address or a range of addresses such as 10.0.0.0/24", text)
		case prefix.Bits() == 0:
			p.add("certificate_proxies %s lets everybody pass for any client: name the proxy's addresses alone", text)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes
}

var brandID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (c *config) readBrands(p *problems) *brand.Set {
	if len(c.Brands) == 0 {
		p.add("brands is empty: name at least one in the configuration file, with id, name and hosts")
		return nil
	}
	var brands []brand.Brand
	for _, b := range c.Brands {
		if !brandID.MatchString(b.ID) || b.Name == "" {
			p.add("brands: %q needs an id of lower-case letters, digits and hyphens, and a name", b.ID)
		}
		brands = append(brands, brand.Brand{
			ID: b.ID, Name: b.Name, Hosts: b.Hosts, Color: b.Color, SupportEmail: b.SupportEmail,
			SupportURL: b.SupportURL, Issuer: b.Issuer, BindTokens: b.BindTokens, Messages: b.Messages,
		})
	}
	set, err := brand.NewSet(brands...)
	if err != nil {
		p.add("brands: %v", err)
	}
	return set
}

// What a secret must be at least: characters, and different ones among them.
const (
	secretMin     = 32
	differentsMin = 8
)

// examples are parts of secrets that somebody wrote and nobody drew.
var examples = []string{"replace-me", "replaceme", "change-me", "changeme", "example", "password", "0123456789"}

// checkSecret refuses secrets that can be guessed. It never shows them.
func checkSecret(p *problems, key string, secret auth.Secret) {
	draw := fmt.Sprintf("set %s to what `openssl rand -hex 32` prints", variable(key))
	if secret == "" {
		p.add("%s is missing: %s", key, draw)
		return
	}
	for _, example := range examples {
		if strings.Contains(strings.ToLower(string(secret)), example) {
			p.add("%s is an example, not a secret: %s", key, draw)
			return
		}
	}
	differents := make(map[rune]bool)
	for _, r := range string(secret) {
		differents[r] = true
		if r <= ' ' || r > '~' {
			p.add("%s holds blanks or characters beyond ASCII: %s", key, draw)
			return
		}
	}
	if len(secret) < secretMin || len(differents) < differentsMin {
		p.add("%s is too short or too regular, it needs %d random characters: %s", key, secretMin, draw)
	}
}
