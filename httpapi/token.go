package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/wire"
)

// How long tokens live (contract §13 row 2).
const (
	tokenLifetime = 30 * time.Minute
	oauthLifetime = time.Hour
)

// oauthScope is what tokens of the Bacen family carry unless their credential has less.
var oauthScope = strings.Join(auth.Scopes(), " ")

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
		return wire.Invalid(certificateHeader, "is required: the client certificate, URL-encoded PEM")
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
	g.IssuerOf = func(ctx context.Context, account ledger.AccountID) (string, error) {
		return s.issuerOf(ctx, r.Host, account)
	}
	token, err := s.Auth.Issue(r.Context(), g)
	if err != nil {
		return err
	}
	return wire.Write(w, status, tokenResponse{token.Access, "Bearer", token.ExpiresIn, token.Scope})
}

// issuerOf returns the issuer of an account's tokens under a host: its brand's.
// An account of another brand than the host's does not exist here; that is told
// as any wrong credential is.
func (s *Server) issuerOf(ctx context.Context, host string, account ledger.AccountID) (string, error) {
	profile, err := s.Reader.Profile(ctx, account)
	if err != nil {
		return "", err
	}
	if !s.Brands.Serves(host, profile.Brand) {
		return "", auth.ErrBadCredentials
	}
	b, err := s.Brands.Get(profile.Brand)
	if err != nil {
		return "", auth.ErrBadCredentials // the brand is not served any more
	}
	return b.Issuer, nil
}

// jwks is GET /.well-known/jwks.json: the public keys by which anybody may verify
// the tokens that are signed with RS256. A key is there before it signs and for as
// long as it verifies, so that an old copy does no harm.
func (s *Server) jwks(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Cache-Control"] = forFiveMinutes
	wire.WriteRaw(w, http.StatusOK, s.Auth.JWKS())
}

var forFiveMinutes = []string{"public, max-age=300"}
