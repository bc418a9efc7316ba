// Package brand is the names under which the institution serves merchants: each
// with hosts of its own, told apart by the Host header. It knows nothing of
// accounts.
package brand

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// Brand is one name.
type Brand struct {
	ID    string   // short, lower case; kept in accounts and tokens
	Name  string   // as shown to people
	Hosts []string // of its API; lower case, without port
}

// Set is the brands of one process.
type Set struct {
	byID   map[string]Brand
	byHost map[string]string
}

// ErrUnknown means that no brand has this id.
var ErrUnknown = errors.New("unknown brand")

// NewSet checks that ids and hosts are there and unique.
func NewSet(brands ...Brand) (*Set, error) {
	s := &Set{byID: make(map[string]Brand), byHost: make(map[string]string)}
	if len(brands) == 0 {
		return nil, errors.New("no brand is configured")
	}
	for _, b := range brands {
		if b.ID == "" {
			return nil, errors.New("a brand has no id")
		}
		if _, twice := s.byID[b.ID]; twice {
			return nil, fmt.Errorf("brand %s is configured twice", b.ID)
		}
		s.byID[b.ID] = b
		for _, host := range b.Hosts {
			host = strings.ToLower(host)
			if other, taken := s.byHost[host]; taken {
				return nil, fmt.Errorf("host %s belongs to brand %s and to %s", host, other, b.ID)
			}
			s.byHost[host] = b.ID
		}
	}
	return s, nil
}

// Get returns the brand with an id, or ErrUnknown.
func (s *Set) Get(id string) (Brand, error) {
	b, ok := s.byID[id]
	if !ok {
		return Brand{}, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return b, nil
}

// Serves tells whether brand id is served under a Host header: under its own
// hosts, and under hosts that are no brand's, but not under another brand's.
func (s *Set) Serves(host, id string) bool {
	owner, ok := s.byHost[host]
	if !ok {
		owner, ok = s.byHost[bare(host)]
	}
	return !ok || owner == id
}

// bare is host without port, in lower case.
func bare(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}
