package operator

import (
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/wire"
)

// bindRequest may bring a certificate that the client has already.
type bindRequest struct {
	Certificate *string `json:"certificate"` // PEM
}

// boundResponse shows a certificate that was bound, and its key once if it was made
// here.
type boundResponse struct {
	ClientCert  string `json:"clientCert"` // ready for X-SSL-Client-Cert
	ClientKey   string `json:"clientKey,omitempty"`
	Fingerprint string `json:"fingerprint"`
}

// certificateResponse is a certificate of an account. ClientIDs are the clients that
// it was issued with.
type certificateResponse struct {
	Fingerprint string   `json:"fingerprint"`
	BoundAt     string   `json:"boundAt"`
	ClientIDs   []string `json:"clientIds"`
}

// bindCertificate is POST /accounts/{id}/certificates: one more for the clients that
// the account has.
func (s *Server) bindCertificate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	if _, err := s.Reader.Profile(r.Context(), id); err != nil {
		return err
	}
	var request bindRequest
	if err := decodeOptional(w, r, &request); err != nil {
		return err
	}
	var options auth.CreateOptions
	if request.Certificate != nil {
		options.Certificate = *request.Certificate
	}
	issued, err := s.Auth.BindCertificate(r.Context(), id, options)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusCreated, boundResponse{
		auth.EscapeCertificate(issued.CertificatePEM), string(issued.KeyPEM), issued.Certificate.String(),
	})
}

// listCertificates is GET /accounts/{id}/certificates.
func (s *Server) listCertificates(w http.ResponseWriter, r *http.Request) error {
	id, err := s.customer(r)
	if err != nil {
		return err
	}
	certificates, err := s.Auth.Certificates(r.Context(), id)
	if err != nil {
		return err
	}
	page := newPage[certificateResponse](len(certificates))
	for _, c := range certificates {
		page.Data = append(page.Data, certificateResponse{
			c.Fingerprint.String(), wire.Timestamp(c.BoundAt), append([]string{}, c.Clients...),
		})
	}
	return wire.Write(w, http.StatusOK, page)
}

// unbindCertificate is DELETE /accounts/{id}/certificates/{fingerprint}. Tokens that
// were got with the certificate are void at once.
func (s *Server) unbindCertificate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	fingerprint, err := auth.ParseFingerprint(r.PathValue("fingerprint"))
	if err != nil {
		return wire.Invalid("fingerprint", "must be 64 hex digits")
	}
	if err := s.Auth.UnbindCertificate(r.Context(), id, fingerprint); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
