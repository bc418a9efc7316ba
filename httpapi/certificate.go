package httpapi

import (
	"crypto/x509"
	"net/http"
	"net/netip"
	"slices"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/wire"
)

// certificateHeader is where a proxy that ends TLS tells the client's certificate
// (contract §2.2).
const certificateHeader = "X-SSL-Client-Cert"

// certificate returns the client's certificate, nil if it showed none. A header
// counts only from the configured proxies.
func (s *Server) certificate(r *http.Request) (*x509.Certificate, error) {
	header := r.Header.Values(certificateHeader)
	switch {
	case len(header) == 0 || len(header) == 1 && header[0] == "":
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			return nil, nil
		}
		return r.TLS.PeerCertificates[0], nil
	case !s.trusted(r.RemoteAddr):
		return nil, wire.Invalid(certificateHeader, "is taken from configured proxies only")
	case len(header) > 1:
		// The proxy added its own to one that the client sent.
		return nil, wire.Invalid(certificateHeader, "is there more than once")
	}
	certificate, _, err := auth.ParseCertificateHeader(header[0])
	if err != nil {
		return nil, wire.Invalid(certificateHeader, "must be a URL-encoded PEM certificate")
	}
	return certificate, nil
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
