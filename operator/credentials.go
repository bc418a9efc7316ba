package operator

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/wire"
)

// credentialRequest may bring a certificate that the client has already, and may
// narrow what the client's tokens are good for.
type credentialRequest struct {
	Certificate *string  `json:"certificate"` // PEM
	Scopes      []string `json:"scopes"`      // none for all
}

// issuedResponse shows a new credential, once. ClientCert is ready for
// X-SSL-Client-Cert; ClientKey is empty when the client brought its certificate.
type issuedResponse struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	ClientCert   string `json:"clientCert"`
	ClientKey    string `json:"clientKey,omitempty"`
	Fingerprint  string `json:"fingerprint"`
}

// credentialResponse is a credential as it is kept. Scopes are empty for all. The
// fingerprint is that of the certificate it was issued with, null once that is unbound.
type credentialResponse struct {
	ClientID    string   `json:"clientId"`
	AccountID   string   `json:"accountId"`
	Fingerprint *string  `json:"fingerprint"`
	Scopes      []string `json:"scopes"`
	CreatedAt   string   `json:"createdAt"`
}

func newCredentialResponse(c auth.Credential) credentialResponse {
	out := credentialResponse{
		ClientID: c.ClientID, AccountID: c.Account.String(), Scopes: append([]string{}, strings.Fields(c.Scope)...),
		CreatedAt: wire.Timestamp(c.CreatedAt),
	}
	if c.Certificate != (auth.Fingerprint{}) {
		out.Fingerprint = wire.Optional(c.Certificate.String())
	}
	return out
}

// createCredential is POST /accounts/{id}/credentials.
func (s *Server) createCredential(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	if _, err := s.Reader.Profile(r.Context(), id); err != nil {
		return err
	}
	var request credentialRequest
	if err := decodeOptional(w, r, &request); err != nil {
		return err
	}
	options := auth.CreateOptions{Scopes: request.Scopes}
	if request.Certificate != nil {
		options.Certificate = *request.Certificate
	}
	issued, err := s.Auth.CreateCredential(r.Context(), id, options)
	if errors.Is(err, auth.ErrScope) {
		return wire.Invalid("scopes", "must be among "+strings.Join(auth.Scopes(), ", "))
	}
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusCreated, issuedResponse{
		ClientID: issued.ClientID, ClientSecret: string(issued.Secret),
		ClientCert: auth.EscapeCertificate(issued.CertificatePEM), ClientKey: string(issued.KeyPEM),
		Fingerprint: issued.Certificate.String(),
	})
}

// decodeOptional reads a body that may be left out.
func decodeOptional(w http.ResponseWriter, r *http.Request, v any) error {
	raw, err := wire.Body(w, r, wire.BodyMax)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(raw) == 0 {
		return nil
	}
	return wire.Unmarshal(raw, v)
}

// listCredentials is GET /accounts/{id}/credentials.
func (s *Server) listCredentials(w http.ResponseWriter, r *http.Request) error {
	id, err := s.customer(r)
	if err != nil {
		return err
	}
	credentials, err := s.Auth.Credentials(r.Context(), id)
	if err != nil {
		return err
	}
	page := newPage[credentialResponse](len(credentials))
	for _, c := range credentials {
		page.Data = append(page.Data, newCredentialResponse(c))
	}
	return wire.Write(w, http.StatusOK, page)
}

// deleteCredential is DELETE /credentials/{clientId}. Its tokens are void at
// once.
func (s *Server) deleteCredential(w http.ResponseWriter, r *http.Request) error {
	if err := s.Auth.DeleteCredential(r.Context(), r.PathValue("clientId")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
