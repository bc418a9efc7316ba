package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// ErrAddress means that a host is at an address that webhooks must not reach.
var ErrAddress = errors.New("address is not allowed")

// Policy says where webhooks may go. The zero value allows every public address,
// over HTTPS.
type Policy struct {
	// Allowed networks may be reached although they are not public.
	Allowed []netip.Prefix
	// Loopback allows this machine itself, without TLS too. It is for trying out.
	Loopback bool
}

// special are networks that are not the public internet, by the special-purpose
// registries of IANA (RFC 6890 and its successors), and addresses in it that mean
// the network's own services.
var special = prefixes(
	"0.0.0.0/8",         // this network
	"10.0.0.0/8",        // private
	"100.64.0.0/10",     // shared by carriers (CGNAT)
	"127.0.0.0/8",       // loopback
	"168.63.129.16/32",  // services of Azure to its machines
	"169.254.0.0/16",    // link-local; metadata of clouds
	"172.16.0.0/12",     // private
	"192.0.0.0/24",      // protocol assignments
	"192.0.2.0/24",      // documentation
	"192.31.196.0/24",   // AS112
	"192.52.193.0/24",   // AMT
	"192.88.99.0/24",    // 6to4 relays
	"192.168.0.0/16",    // private
	"192.175.48.0/24",   // AS112
	"198.18.0.0/15",     // benchmarks
	"198.51.100.0/24",   // documentation
	"203.0.113.0/24",    // documentation
	"224.0.0.0/4",       // multicast
	"240.0.0.0/4",       // reserved, broadcast
	"2001::/23",         // protocol assignments: Teredo, ORCHID, benchmarks
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4, which leads to any IPv4 address
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
)

// global is all of IPv6 that is routed on the internet: loopback, link-local,
// unique local, site-local and multicast addresses are outside, and so is all
// that embeds an IPv4 address but for nat64.
var global = netip.MustParsePrefix("2000::/3")

// nat64 leads to the IPv4 address that its last 32 bits are (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// Check refuses an address that webhooks must not reach, with ErrAddress.
func (p Policy) Check(addr netip.Addr) error {
	plain := addr.Unmap()
	if plain.Zone() != "" || !plain.IsValid() {
		return fmt.Errorf("%w: %s", ErrAddress, addr)
	}
	within := func(n netip.Prefix) bool { return n.Contains(plain) }
	switch {
	case slices.ContainsFunc(p.Allowed, within), p.Loopback && plain.IsLoopback():
		return nil
	case nat64.Contains(plain):
		bytes := plain.As16()
		return p.Check(netip.AddrFrom4([4]byte(bytes[12:])))
	case slices.ContainsFunc(special, within), plain.Is6() && !global.Contains(plain):
		return fmt.Errorf("%w: %s", ErrAddress, addr)
	}
	return nil
}
