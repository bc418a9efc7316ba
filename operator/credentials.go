package operator

import (
	"errors"
	"io"
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/wire"
)

// credentialRequest may bring a certificate that the client has already.
type credentialRequest struct {
	Certificate *string `json:"certificate"` // PEM
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

// credentialResponse is a credential as it is kept.
type credentialResponse struct {
	ClientID    string `json:"clientId"`
	AccountID   string `json:"accountId"`
	Fingerprint string `json:"fingerprint"`
	CreatedAt   string `json:"createdAt"`
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
	var options auth.CreateOptions
	if request.Certificate != nil {
		options.Certificate = *request.Certificate
	}
	issued, err := s.Auth.CreateCredential(r.Context(), id, options)
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
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	credentials, err := s.Auth.Credentials(r.Context(), id)
	if err != nil {
		return err
	}
	page := newPage[credentialResponse](len(credentials))
	for _, c := range credentials {
		page.Data = append(page.Data, credentialResponse{
			c.ClientID, c.Account.String(), c.Certificate.String(), wire.Timestamp(c.CreatedAt),
		})
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
