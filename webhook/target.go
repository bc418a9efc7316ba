package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Limits of what an endpoint is told to be.
const (
	URLMax         = 2048 // characters
	HeadersMax     = 5    // contract §7.1
	HeaderNameMax  = 100
	HeaderValueMax = 2048
)

// CheckURL tells what keeps a URL from being an endpoint, or nil. The address
// that its host has is checked when it is called.
func (p Policy) CheckURL(text string) error {
	if len(text) > URLMax {
		return fmt.Errorf("must have at most %d characters", URLMax)
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		return errors.New("must be a URL such as https://loja.example/pix")
	}
	addr, addrErr := netip.ParseAddr(u.Hostname())
	here := strings.EqualFold(u.Hostname(), "localhost") || addrErr == nil && addr.IsLoopback()
	switch {
	case u.Scheme == "http" && p.Loopback && here:
	case u.Scheme != "https":
		return errors.New("must be an HTTPS URL")
	case u.User != nil:
		return errors.New("must not contain credentials: send them in a header")
	case u.Fragment != "":
		return errors.New("must not contain a fragment")
	}
	if addrErr == nil && p.Check(addr) != nil || here && !p.Loopback && !p.allowsLoopback() {
		return errors.New("must not lead into a private network")
	}
	return nil
}

func (p Policy) allowsLoopback() bool {
	return p.Check(netip.IPv6Loopback()) == nil || p.Check(netip.AddrFrom4([4]byte{127, 0, 0, 1})) == nil
}

// forbiddenHeaders belong to the connection and the body, or are told to be ours
// (contract §7.1).
var forbiddenHeaders = []string{
	"host", "content-length", "connection", "transfer-encoding", "content-type", "user-agent",
	// The rest of those that are between two neighbours only (RFC 9110 §7.6.1).
	"keep-alive", "proxy-connection", "te", "trailer", "upgrade",
}

// CheckHeader tells what keeps a header from being sent, or nil.
func CheckHeader(name, value string) error {
	switch {
	case name == "" || len(name) > HeaderNameMax || strings.ContainsFunc(name, notInName):
		return fmt.Errorf("key must be the name of a header of at most %d characters", HeaderNameMax)
	case slices.Contains(forbiddenHeaders, strings.ToLower(name)):
		return fmt.Errorf("key %s is not allowed", strings.ToLower(name))
	case len(value) > HeaderValueMax || strings.ContainsFunc(value, notInValue):
		return fmt.Errorf("value must have at most %d printable ASCII characters", HeaderValueMax)
	}
	return nil
}

// notInName tells whether r can't stand in the name of a header (RFC 9110 §5.6.2).
func notInName(r rune) bool {
	alphanumeric := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// notInValue tells whether r can't stand in the value of a header.
func notInValue(r rune) bool { return r < ' ' || r > '~' }

// shownURL is a URL as logs and lists show it: without what may be secret in it.
func shownURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	u.User, u.Fragment = nil, ""
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath() + query(u.RawQuery)
}

func query(raw string) string {
	if raw == "" {
		return ""
	}
	return "?" + raw
}
