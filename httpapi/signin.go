package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
)

// signedInKey is the key of a context's value by which requests of our own pages
// tell whom they speak for.
type signedInKey struct{}

// As returns a context in which requests without a token speak for who, whom SignIn
// has let in. Requests from outside can't carry it.
func As(ctx context.Context, who auth.Identity) context.Context {
	return context.WithValue(ctx, signedInKey{}, who)
}

// SignIn tells whom a client id and a secret speak for on the pages, for a lifetime.
// Where the account asks for it, the client's certificate must have come with the
// request, by TLS or from a configured proxy, as for a token (contract §2.2):
// auth.ErrCertificateMissing. One that came is checked in any case.
func (s *Server) SignIn(
	r *http.Request, clientID string, secret auth.Secret, lifetime time.Duration,
) (auth.Identity, error) {
	shown, err := s.certificate(r)
	if err != nil {
		return auth.Identity{}, auth.ErrCertificateMalformed
	}
	return s.Auth.Authenticate(r.Context(), auth.Grant{
		ClientID: clientID, Secret: secret, Certificate: shown, Lifetime: lifetime,
		IssuerOf: func(ctx context.Context, account ledger.AccountID) (string, error) {
			profile, err := s.Reader.Profile(ctx, account)
			if err != nil {
				return "", err
			}
			if profile.Settings.PageCertificate && shown == nil {
				return "", auth.ErrCertificateMissing
			}
			return s.issuerOf(ctx, r.Host, account)
		},
	})
}

// Recall tells whether somebody who signed in may still be served under a request's
// host, as every call of the API asks.
func (s *Server) Recall(r *http.Request, who auth.Identity) error {
	r = r.Clone(As(r.Context(), who))
	r.Header.Del("Authorization")
	_, err := s.identify(r)
	return err
}
