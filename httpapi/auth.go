package httpapi

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/wire"
)

// handler is a handler for a caller who has shown a valid token.
type handler func(w http.ResponseWriter, r *http.Request, who auth.Identity) error

// signedIn lets only callers with a valid token of this host's brand through.
func (s *Server) signedIn(h handler) http.HandlerFunc {
	return s.respond.Handle(func(w http.ResponseWriter, r *http.Request) error {
		who, err := s.identify(r)
		if err != nil {
			return err
		}
		return h(w, r, who)
	})
}

// scoped is signedIn for the Bacen family: a token that carries scopes must
// carry this one (contract §2.5).
func (s *Server) scoped(scope string, h handler) http.HandlerFunc {
	return s.signedIn(func(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
		if who.Scope != "" && !slices.Contains(strings.Fields(who.Scope), scope) {
			return &wire.Problem{
				Status: http.StatusForbidden, Code: "INSUFFICIENT_SCOPE", Message: "token lacks scope " + scope,
				UserMessage: "Acesso não permitido.",
				Challenge:   `Bearer error="insufficient_scope", scope="` + scope + `"`,
			}
		}
		return h(w, r, who)
	})
}

func (s *Server) identify(r *http.Request) (auth.Identity, error) {
	token, err := bearer(r)
	if err != nil {
		return auth.Identity{}, err
	}
	who, err := s.Auth.Verify(r.Context(), token)
	if err != nil {
		return auth.Identity{}, err
	}
	if !s.Brands.Serves(r.Host, who.Issuer) {
		return auth.Identity{}, auth.ErrTokenInvalid
	}
	return who, nil
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

// How long tokens live (contract §13 row 2).
const (
	tokenLifetime = 30 * time.Minute
	oauthLifetime = time.Hour
	oauthScope    = "pix:read pix:write balance:read"
)

// issueToken is POST /api/auth/token (contract §2.2).
func (s *Server) issueToken(w http.ResponseWriter, r *http.Request) error {
	return s.issue(w, r, http.StatusCreated, true, auth.Grant{Lifetime: tokenLifetime})
}

// issueOAuthToken is POST /oauth/token (contract §2.5).
func (s *Server) issueOAuthToken(w http.ResponseWriter, r *http.Request) error {
	grant := auth.Grant{Lifetime: oauthLifetime, Scope: oauthScope}
	return s.issue(w, r, http.StatusOK, !s.OAuthWithoutCertificate, grant)
}

type tokenRequest struct {
	ClientID     *string `json:"clientId"`
	ClientSecret *string `json:"clientSecret"`
}

type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope,omitempty"`
}

func (s *Server) issue(w http.ResponseWriter, r *http.Request, status int, needsCert bool, g auth.Grant) error {
	var err error
	if g.Certificate, err = s.certificate(r); err != nil {
		return err
	}
	if g.Certificate == nil && needsCert {
		return wire.Invalid("X-SSL-Client-Cert", "is required: the client certificate, URL-encoded PEM")
	}
	var request tokenRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	var f wire.Fields
	g.ClientID = f.Text("clientId", request.ClientID, 255)
	secret := f.Text("clientSecret", request.ClientSecret, 64)
	if len(secret) < 8 {
		f.Refuse("clientSecret", "must have 8 to 64 characters")
	}
	if err := f.Err(); err != nil {
		return err
	}
	g.Secret = auth.Secret(secret)
	if g.Issuer, err = s.brandOf(r, g.ClientID); err != nil {
		return err
	}
	token, err := s.Auth.Issue(r.Context(), g)
	if err != nil {
		return err
	}
	return wire.Write(w, status, tokenResponse{token.Access, "Bearer", token.ExpiresIn, token.Scope})
}

// unknownBrand stands for the brand of a client that does not exist.
const unknownBrand = "unknown"

// brandOf returns the brand of a client's account, which issues its tokens. An
// account of another brand than the host's does not exist here; that is told as
// any wrong credential is, by a brand that is nobody's.
func (s *Server) brandOf(r *http.Request, clientID string) (string, error) {
	account, err := s.Auth.AccountOf(r.Context(), clientID)
	if errors.Is(err, auth.ErrNoCredential) {
		return unknownBrand, nil // refused by Issue, after the same work
	}
	if err != nil {
		return "", err
	}
	profile, err := s.Reader.Profile(r.Context(), account)
	if err != nil {
		return "", err
	}
	if !s.Brands.Serves(r.Host, profile.Brand) {
		return "", auth.ErrBadCredentials
	}
	return profile.Brand, nil
}

// certificate returns the client's certificate, nil if it showed none. A header
// counts only from the configured proxies.
func (s *Server) certificate(r *http.Request) (*x509.Certificate, error) {
	if header := r.Header.Get("X-SSL-Client-Cert"); header != "" {
		if !s.trusted(r.RemoteAddr) {
			return nil, wire.Invalid("X-SSL-Client-Cert", "is taken from configured proxies only")
		}
		certificate, _, err := auth.ParseCertificateHeader(header)
		if err != nil {
			return nil, wire.Invalid("X-SSL-Client-Cert", "must be a URL-encoded PEM certificate")
		}
		return certificate, nil
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil, nil
	}
	return r.TLS.PeerCertificates[0], nil
}

func (s *Server) trusted(remote string) bool {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(s.CertificateProxies, func(p netip.Prefix) bool {
		return p.Contains(from.Addr().Unmap())
	})
}
