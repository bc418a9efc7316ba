// Package brand is the names under which the institution serves merchants: each
// with hosts, looks and words of its own, told apart by the Host header. It knows
// nothing of accounts.
package brand

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Brand is one name. Only ID is required.
type Brand struct {
	ID   string // short, lower case, for ever; kept in accounts
	Name string // as shown to people
	// Hosts are those under which it serves, in lower case and without port. A first
	// label of * stands for any one label, as in *.azul.example.
	Hosts []string
	// Color is its primary colour, as in #4A70B8.
	Color string
	// SupportEmail and SupportURL are where its merchants ask for help.
	SupportEmail string
	SupportURL   string
	// Issuer is what its tokens say they come from; the id unless it is given.
	Issuer string
	// BindTokens asks for the client's certificate on every call (RFC 8705).
	BindTokens bool
	// Messages are its own words for people, by language and error code. They stand
	// in the place of ours in userMessage.
	Messages map[string]map[string]string
}

// Set is the brands of one process. It does not change.
type Set struct {
	brands     []Brand
	byID       map[string]*Brand
	byIssuer   map[string]*Brand
	byHost     map[string]*Brand
	byWildcard map[string]*Brand // by what follows the star, dot included
}

// ErrUnknown means that no brand has this id.
var ErrUnknown = errors.New("unknown brand")

// NewSet checks that ids, hosts and issuers are there and unique, and that the rest
// is what it should be.
func NewSet(brands ...Brand) (*Set, error) {
	s := &Set{
		brands: make([]Brand, len(brands)), byID: make(map[string]*Brand), byIssuer: make(map[string]*Brand),
		byHost: make(map[string]*Brand), byWildcard: make(map[string]*Brand),
	}
	if len(brands) == 0 {
		return nil, errors.New("no brand is configured")
	}
	copy(s.brands, brands)
	for i := range s.brands {
		if err := s.add(&s.brands[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Set) add(b *Brand) error {
	if b.ID == "" {
		return errors.New("a brand has no id")
	}
	if _, twice := s.byID[b.ID]; twice {
		return fmt.Errorf("brand %s is configured twice", b.ID)
	}
	if err := b.check(); err != nil {
		return fmt.Errorf("brand %s: %w", b.ID, err)
	}
	if b.Issuer == "" {
		b.Issuer = b.ID
	}
	if other := s.byIssuer[b.Issuer]; other != nil {
		return fmt.Errorf("issuer %s belongs to brand %s and to %s", b.Issuer, other.ID, b.ID)
	}
	s.byID[b.ID], s.byIssuer[b.Issuer] = b, b
	for _, host := range b.Hosts {
		if err := s.addHost(host, b); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) addHost(host string, b *Brand) error {
	host = strings.ToLower(host)
	if !hostName.MatchString(host) {
		return fmt.Errorf("brand %s: host %q is no host name: write it without scheme and port, "+
			"with * for the whole first label only", b.ID, host)
	}
	hosts := s.byHost
	key, isWildcard := strings.CutPrefix(host, "*")
	if isWildcard {
		hosts = s.byWildcard
	}
	if other := hosts[key]; other != nil {
		return fmt.Errorf("host %s belongs to brand %s and to %s", host, other.ID, b.ID)
	}
	hosts[key] = b
	return nil
}

// A wildcard needs two labels after it, lest one brand takes all of a top-level domain.
var hostName = regexp.MustCompile(
	`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$` +
		`|^\*(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){2,}$`)

// All returns the brands in the order in which they were given.
func (s *Set) All() []Brand { return append([]Brand(nil), s.brands...) }

// Get returns the brand with an id, or ErrUnknown.
func (s *Set) Get(id string) (Brand, error) {
	b := s.byID[id]
	if b == nil {
		return Brand{}, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return *b, nil
}

// OfIssuer returns the brand whose tokens an issuer names, or nil. It must not be
// written to.
func (s *Set) OfIssuer(issuer string) *Brand { return s.byIssuer[issuer] }

// IsIssuer tells whether some brand's tokens name an issuer.
func (s *Set) IsIssuer(issuer string) bool { return s.byIssuer[issuer] != nil }

// At returns the brand that a Host header names, or nil for a host that is no
// brand's. A host of its own comes before a wildcard. The brand must not be written
// to.
func (s *Set) At(host string) *Brand {
	if b := s.byHost[host]; b != nil {
		return b
	}
	host = bare(host)
	if b := s.byHost[host]; b != nil {
		return b
	}
	if dot := strings.IndexByte(host, '.'); dot > 0 && len(s.byWildcard) > 0 {
		return s.byWildcard[host[dot:]]
	}
	return nil
}

// Serves tells whether brand id is served under a Host header: under its own
// hosts, and under hosts that are no brand's, but not under another brand's.
func (s *Set) Serves(host, id string) bool {
	at := s.At(host)
	return at == nil || at.ID == id
}

// bare is host without port and final dot, in lower case.
func bare(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
