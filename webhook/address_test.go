package webhook_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/webhook"
)

func TestOnlyPublicAddressesAreReached(t *testing.T) {
	refused := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
		"127.0.0.1", "127.8.9.10", "168.63.129.16", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
		"203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:10.0.0.1",
		"64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::127.0.0.1", "64:ff9b:1::8.8.8.8",
		"100::1", "2001::1", "2001:0:53aa::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1",
		"5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
		"2600::1%eth0",
	}
	for _, text := range refused {
		if err := (webhook.Policy{}).Check(netip.MustParseAddr(text)); !errors.Is(err, webhook.ErrAddress) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
		"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1", "2606:4700::1111", "2a00:1450::1", "2804:14c::1",
	} {
		if err := (webhook.Policy{}).Check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := (webhook.Policy{}).Check(netip.Addr{}); !errors.Is(err, webhook.ErrAddress) {
		t.Errorf("no address: %v", err)
	}
}

func TestWhatIsAllowedIsReachedAndNothingElse(t *testing.T) {
	allowed := webhook.Policy{Allowed: []netip.Prefix{
		netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd12::/16"),
	}}
	dev := webhook.Policy{Loopback: true}
	for _, c := range []struct {
		policy  webhook.Policy
		address string
		fine    bool
	}{
		{allowed, "10.1.2.3", true}, {allowed, "::ffff:10.1.2.3", true}, {allowed, "64:ff9b::10.1.2.3", true},
		{allowed, "fd12::1", true}, {allowed, "10.2.0.1", false}, {allowed, "127.0.0.1", false}, {allowed, "fd13::1", false},
		{dev, "127.0.0.1", true}, {dev, "::1", true}, {dev, "::ffff:127.0.0.1", true}, {dev, "10.1.2.3", false},
		{dev, "169.254.169.254", false},
	} {
		if err := c.policy.Check(netip.MustParseAddr(c.address)); (err == nil) != c.fine {
			t.Errorf("%s: %v", c.address, err)
		}
	}
}

func TestURLsThatAreNoEndpoints(t *testing.T) {
	dev := webhook.Policy{Loopback: true}
	for _, c := range []struct {
		url      string
		why, dev string // parts of the error; empty is fine
	}{
		{"https://loja.example/pix", "", ""},
		{"https://loja.example:8443/pix?token=1", "", ""},
		{"HTTPS://LOJA.EXAMPLE", "", ""},
		{"https://1.1.1.1/pix", "", ""},
		{"http://loja.example/pix", "HTTPS", "HTTPS"},
		{"http://127.0.0.1:9000/pix", "HTTPS", ""},
		{"http://[::1]:9000/pix", "HTTPS", ""},
		{"http://localhost:9000/pix", "HTTPS", ""},
		{"http://localhost.evil.example/pix", "HTTPS", "HTTPS"},
		{"http://10.0.0.1/pix", "HTTPS", "HTTPS"},
		{"https://localhost/pix", "private", ""},
		{"https://127.0.0.1/pix", "private", ""},
		{"https://10.0.0.1/pix", "private", "private"},
		{"https://[fd00:ec2::254]/pix", "private", "private"},
		{"https://[::ffff:169.254.169.254]/", "private", "private"},
		{"https://user:pass@loja.example/pix", "credentials", "credentials"},
		{"https://loja.example/pix#top", "fragment", "fragment"},
		{"ftp://loja.example/pix", "HTTPS", "HTTPS"},
		{"//loja.example/pix", "HTTPS", "HTTPS"},
		{"/pix", "must be a URL", "must be a URL"},
		{"https:loja.example", "must be a URL", "must be a URL"},
		{"https://", "must be a URL", "must be a URL"},
		{"https://loja example/", "must be a URL", "must be a URL"},
		{"", "must be a URL", "must be a URL"},
		{"https://loja.example/" + strings.Repeat("a", 2048-21), "", ""},
		{"https://loja.example/" + strings.Repeat("a", 2048-20), "2048", "2048"},
	} {
		for policy, why := range map[*webhook.Policy]string{{}: c.why, &dev: c.dev} {
			err := policy.CheckURL(c.url)
			if (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
				t.Errorf("%.60s with %+v: %v, want %q", c.url, *policy, err, why)
			}
		}
	}
}

func TestHeadersThatMayNotBeSent(t *testing.T) {
	for _, name := range []string{
		"host", "Host", "content-length", "Connection", "transfer-encoding", "Content-Type", "USER-AGENT",
		"te", "Upgrade", "", "a b", "a:b", "à", "a\r\nb", strings.Repeat("a", 101),
	} {
		if err := webhook.CheckHeader(name, "x"); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
	for _, value := range []string{"a\r\nHost: b", "a\x00", "é", strings.Repeat("a", 2049)} {
		if err := webhook.CheckHeader("X-Token", value); err == nil {
			t.Errorf("%q is accepted", value)
		}
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer abc", "x-api-key": "", "X-Token": strings.Repeat("a", 2048), strings.Repeat("a", 100): "~ !",
	} {
		if err := webhook.CheckHeader(name, value); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}
