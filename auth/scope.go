package auth

import (
	"fmt"
	"slices"
	"strings"
)

// The scopes that there are (contract §2.5): what a token is good for. A token
// without scopes is good for all.
const (
	ScopePixRead     = "pix:read"
	ScopePixWrite    = "pix:write"
	ScopeBalanceRead = "balance:read"
)

// Scopes lists all scopes, in the order in which tokens carry them.
func Scopes() []string { return []string{ScopePixRead, ScopePixWrite, ScopeBalanceRead} }

// joinScopes returns scopes as tokens carry them, each once; or ErrScope.
func joinScopes(scopes []string) (string, error) {
	for _, scope := range scopes {
		if !slices.Contains(Scopes(), scope) {
			return "", fmt.Errorf("%w: %q", ErrScope, scope)
		}
	}
	return strings.Join(slices.DeleteFunc(Scopes(), func(scope string) bool {
		return !slices.Contains(scopes, scope)
	}), " "), nil
}

// narrow returns those of the scopes that are asked for which the credential has; all
// of the credential's if none is asked for. ErrBadCredentials means that none is left:
// a token without scopes would be good for all.
func (c *Credential) narrow(asked string) (string, error) {
	if c.Scope == "" || asked == "" {
		return asked + c.Scope, nil
	}
	has := strings.Fields(c.Scope)
	left := slices.DeleteFunc(strings.Fields(asked), func(scope string) bool { return !slices.Contains(has, scope) })
	if len(left) == 0 {
		return "", ErrBadCredentials
	}
	return strings.Join(left, " "), nil
}
