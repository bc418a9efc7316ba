package httpapi

import (
	"net/http"
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/wire"
)

// handler is a handler for a caller who has shown a valid token.
type handler func(w http.ResponseWriter, r *http.Request, who auth.Identity) error

// signedIn lets only callers with a valid token of this host's brand through.
// Tokens of the standard family carry no scopes; one that does carry some must
// have the one that the request needs.
func (s *Server) signedIn(h handler) http.HandlerFunc {
	return s.respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
		who, err := s.identify(r)
		if err != nil {
			return err
		}
		if who.Scope != "" {
			if err := needScope(&who, standardScope(r)); err != nil {
				return err
			}
		}
		return h(w, r, who)
	})
}

// scoped is signedIn for the Bacen family: a token that carries scopes must
// carry this one (contract §2.5).
func (s *Server) scoped(scope string, h handler) http.HandlerFunc {
	return s.respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
		who, err := s.identify(r)
		if err != nil {
			return err
		}
		if err := needScope(&who, scope); err != nil {
			return err
		}
		return h(w, r, who)
	})
}

// The scopes that there are (contract §2.5).
const (
	scopePixRead     = auth.ScopePixRead
	scopePixWrite    = auth.ScopePixWrite
	scopeBalanceRead = auth.ScopeBalanceRead
)

// standardScope is the scope of the Bacen family that does what a request of the
// standard family does.
func standardScope(r *http.Request) string {
	switch {
	case r.URL.Path == "/api/balance", strings.HasPrefix(r.URL.Path, "/api/balance/"):
		return scopeBalanceRead
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return scopePixRead
	}
	return scopePixWrite
}

func needScope(who *auth.Identity, scope string) error {
	if who.Allows(scope) {
		return nil
	}
	return &wire.Problem{
		Status: http.StatusForbidden, Code: "INSUFFICIENT_SCOPE", Message: "token lacks scope " + scope,
		UserMessage: "Acesso não permitido.",
		Challenge:   `Bearer error="insufficient_scope", scope="` + scope + `"`,
	}
}

// identify tells who asks. A token is good under the hosts of its own brand, and
// under hosts that are no brand's.
func (s *Server) identify(r *http.Request) (auth.Identity, error) {
	who, err := s.caller(r)
	if err != nil {
		return auth.Identity{}, err
	}
	if at := s.Brands.At(r.Host); at != nil && at.Issuer != who.Issuer {
		return auth.Identity{}, auth.ErrTokenInvalid
	}
	if s.bindsSome && s.binds(who.Issuer) {
		if err := s.prove(r, &who); err != nil {
			return auth.Identity{}, err
		}
	}
	return who, nil
}

// caller is who a request's token speaks for. A request without one may come from
// our own pages.
func (s *Server) caller(r *http.Request) (auth.Identity, error) {
	token, err := bearer(r)
	if err == nil {
		return s.Auth.Verify(r.Context(), token)
	}
	if who, ok := r.Context().Value(signedInKey{}).(auth.Identity); ok {
		return who, s.Auth.Recall(r.Context(), who)
	}
	return auth.Identity{}, err
}

// binds tells whether tokens of an issuer need the client's certificate on every
// call.
func (s *Server) binds(issuer string) bool {
	b := s.Brands.OfIssuer(issuer)
	return s.BindTokens || b != nil && b.BindTokens
}

// bindsSome tells whether any brand's tokens are bound.
func bindsSome(c *Config) bool {
	for _, b := range c.Brands.All() {
		if b.BindTokens {
			return true
		}
	}
	return c.BindTokens
}

// prove checks that the caller shows the certificate that its token is bound to
// (RFC 8705, section 3). Whatever is wrong with the certificate, the token is
// not good here.
func (s *Server) prove(r *http.Request, who *auth.Identity) error {
	shown, err := s.certificate(r)
	if err != nil {
		return auth.ErrTokenUnproved
	}
	return who.Prove(shown, s.Now())
}

// bearer returns the token of the Authorization header (RFC 6750 §2.1).
func bearer(r *http.Request) (string, error) {
	header := r.Header["Authorization"]
	if len(header) == 0 {
		return "", auth.ErrTokenMissing
	}
	const scheme = "Bearer "
	if len(header) > 1 || len(header[0]) <= len(scheme) || !strings.EqualFold(header[0][:len(scheme)], scheme) {
		return "", auth.ErrTokenMalformed
	}
	return header[0][len(scheme):], nil
}

// userMessage is what the brand has to say to people about a problem; "" leaves
// it at our own words. The brand is the host's, or the caller's under a host that
// is no brand's.
func (s *Server) userMessage(r *http.Request, p *wire.Problem) string {
	if !s.speaksForItself {
		return ""
	}
	b := s.Brands.At(r.Host)
	if b == nil {
		b = s.callersBrand(r)
	}
	return b.Message(p.Code, r.Header.Get("Accept-Language"))
}

func (s *Server) callersBrand(r *http.Request) *brand.Brand {
	who, err := s.caller(r)
	if err != nil {
		return nil
	}
	return s.Brands.OfIssuer(who.Issuer)
}

// hasMessages tells whether any brand has words of its own.
func hasMessages(brands *brand.Set) bool {
	for _, b := range brands.All() {
		if len(b.Messages) > 0 {
			return true
		}
	}
	return false
}
