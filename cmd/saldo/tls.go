package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
)

// certificate is a certificate and its key in files, which may be replaced while
// it is in use.
type certificate struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]
}

// openCertificate reads a certificate. It returns nil when there is none.
func openCertificate(certFile, keyFile string) (*certificate, error) {
	if certFile == "" {
		return nil, nil
	}
	c := &certificate{certFile: certFile, keyFile: keyFile}
	return c, c.reload()
}

// reload reads the files again. After an error the certificate stays what it
// was.
func (c *certificate) reload() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("read certificate %s and its key: %w", c.certFile, err)
	}
	c.current.Store(&pair)
	return nil
}

// listen serves TLS on a listener. clients tells whether clients may show a
// certificate of theirs. A nil certificate leaves the listener as it is.
func (c *certificate) listen(l net.Listener, clients bool) net.Listener {
	if c == nil {
		return l
	}
	config := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	}
	if clients {
		// Clients are known by the fingerprint of their certificate, which
		// nobody needs to have signed; TLS proves that they have its key.
		config.ClientAuth = tls.RequestClientCert
	}
	return tls.NewListener(l, config)
}
