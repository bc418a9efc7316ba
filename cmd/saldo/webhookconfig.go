package main

import (
	"net/netip"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/server"
)

// Bounds of what may be said of webhooks.
const (
	retriesMax  = 20
	retryMin    = time.Second
	retryMax    = 24 * time.Hour
	parallelMax = 4096
)

// readWebhooks checks what is said of webhooks.
func (c *config) readWebhooks(p *problems) server.Webhooks {
	out := server.Webhooks{
		Parallel: c.WebhookParallel, Allowed: readNetworks(p, c.WebhookNetworks),
		Retries: readRetries(p, c.WebhookRetries), SecretsKey: c.SecretsKey, SecretsKeysOlder: c.SecretsKeysOlder,
	}
	if c.WebhookParallel < 0 || c.WebhookParallel > parallelMax {
		p.add("webhook_parallel %d: write a number up to %d; 0 is the default", c.WebhookParallel, parallelMax)
	}
	for _, older := range c.SecretsKeysOlder {
		checkSecret(p, "secrets_keys_older", older)
	}
	switch {
	case c.SecretsKey != "" && (c.SecretsKey == c.TokenSecret || c.SecretsKey == c.OperatorToken):
		p.add("secrets_key is the same as token_secret or operator_token: draw one for each")
	case c.SecretsKey != "" || c.TokenSecret == "":
		checkSecret(p, "secrets_key", c.SecretsKey)
	default:
		// Those before it open what they sealed, for as long as they are there.
		out.SecretsKey = c.TokenSecret
		out.SecretsKeysOlder = append(append([]auth.Secret{}, c.SecretsKeysOlder...), c.TokenSecretsOlder...)
	}
	return out
}

func readRetries(p *problems, texts []string) []time.Duration {
	if len(texts) > retriesMax {
		p.add("webhook_retries has %d waits: %d are the most", len(texts), retriesMax)
		return nil
	}
	var waits []time.Duration
	for _, text := range texts {
		wait, err := time.ParseDuration(text)
		if err != nil || wait < retryMin || wait > retryMax {
			p.add("webhook_retries %q: write waits from %s to %s, such as 5m", text, retryMin, retryMax)
		}
		waits = append(waits, wait)
	}
	return waits
}

func readNetworks(p *problems, texts []string) []netip.Prefix {
	var networks []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		switch {
		case err != nil:
			p.add("webhook_networks %q: write an address or a range of addresses such as 10.0.0.0/24", text)
		case network.Bits() == 0:
			p.add("webhook_networks %s opens every network to webhooks: name those that they may reach", text)
		}
		networks = append(networks, network)
	}
	return networks
}

// sealsUnderTokenSecret tells whether secrets that are sent out again depend on a
// secret that is there for something else.
func (c *config) sealsUnderTokenSecret() bool { return c.SecretsKey == "" && c.TokenSecret != "" }
