package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// SenderOptions are the limits of a sender. The zero value is fit for use.
type SenderOptions struct {
	Policy Policy
	// Limit ends an attempt, from the look-up of the host to the first byte of the
	// answer's body; 0 is ten seconds (contract §7.2).
	Limit time.Duration
	// Resolver finds hosts; nil is the machine's.
	Resolver *net.Resolver
	// Roots are trusted besides nobody else; nil are the machine's.
	Roots *x509.CertPool
}

// LimitDefault is how long an attempt may take.
const LimitDefault = 10 * time.Second

// Bounds of connections and of what is read of answers.
const (
	idlePerHost     = 256
	idleMax         = 1024
	idleTimeout     = 60 * time.Second
	answerHeaderMax = 16 << 10
	answerBodyMax   = 4 << 10
)

// Sender posts to endpoints. It follows no redirect, uses no proxy, and checks
// every address that it is about to connect to, after the host was looked up.
type Sender struct {
	policy Policy
	limit  time.Duration
	client http.Client
	now    func() time.Time
}

// NewSender returns a sender.
func NewSender(o SenderOptions, now func() time.Time) *Sender {
	if o.Limit == 0 {
		o.Limit = LimitDefault
	}
	s := &Sender{policy: o.Policy, limit: o.Limit, now: now}
	dialer := &net.Dialer{Resolver: o.Resolver, Control: s.control, KeepAlive: 30 * time.Second}
	s.client = http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			MaxIdleConns:    idleMax, MaxIdleConnsPerHost: idlePerHost, IdleConnTimeout: idleTimeout,
			MaxResponseHeaderBytes: answerHeaderMax,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// control is asked before each connection, with the address that it goes to.
func (s *Sender) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrAddress, address)
	}
	return s.policy.Check(to.Addr())
}

// Message is what is posted to a URL.
type Message struct {
	URL    string
	Header http.Header
	Body   []byte
	ID     string   // the same at every attempt
	Keys   [][]byte // that sign it
}

// Attempt is what became of posting a message.
type Attempt struct {
	At     time.Time
	Took   time.Duration
	Status int // of the answer; 0 if there was none
	Err    error
}

// Delivered tells whether the endpoint has taken the message: any 2xx (contract
// §13 row 21).
func (a Attempt) Delivered() bool { return a.Err == nil && a.Status >= 200 && a.Status <= 299 }

// TimedOut tells whether there was no answer in time.
func (a Attempt) TimedOut() bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(a.Err, context.DeadlineExceeded) || errors.As(a.Err, &timeout) && timeout.Timeout()
}

// Reason tells why the message was not delivered, without addresses of ours or
// anything secret; empty if it was.
func (a Attempt) Reason() string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case a.Delivered():
		return ""
	case a.Err == nil && a.Status >= 300 && a.Status <= 399:
		return fmt.Sprintf("answered %d: redirects are not followed", a.Status)
	case a.Err == nil:
		return fmt.Sprintf("answered %d", a.Status)
	case errors.Is(a.Err, ErrAddress):
		return ErrAddress.Error()
	case a.TimedOut():
		return "no answer in time"
	case errors.As(a.Err, &dns):
		return "host not found"
	case errors.As(a.Err, &certificate):
		return "certificate is not valid for the host"
	case errors.Is(a.Err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(a.Err, syscall.ECONNRESET), errors.Is(a.Err, io.EOF), errors.Is(a.Err, io.ErrUnexpectedEOF):
		return "connection closed without an answer"
	case errors.Is(a.Err, ErrSealed):
		return ErrSealed.Error()
	}
	return "connection failed"
}

// Send posts a message once. An answer counts as soon as its header is there; its
// body is not looked at.
func (s *Sender) Send(ctx context.Context, m Message) Attempt {
	a := Attempt{At: s.now()}
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	begin := s.now()
	a.Status, a.Err = s.post(ctx, m, a.At)
	a.Took = s.now().Sub(begin)
	return a
}

func (s *Sender) post(ctx context.Context, m Message, at time.Time) (int, error) {
	if err := s.policy.CheckURL(m.URL); err != nil {
		return 0, fmt.Errorf("%w: url %w", ErrAddress, err) // set when more was allowed
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return 0, err
	}
	maps.Copy(request.Header, m.Header)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Saldo-Webhooks/1")
	maps.Copy(request.Header, Sign(m.ID, at, m.Body, m.Keys...))
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	if n := response.ContentLength; n >= 0 && n <= answerBodyMax { // so that the connection can be used again
		_, _ = io.CopyN(io.Discard, response.Body, n)
	}
	_ = response.Body.Close() // it was not wanted
	if err := ctx.Err(); err != nil {
		return 0, err // an answer to our giving up may overtake it
	}
	return response.StatusCode, nil
}
