package auth

import (
	"errors"
	"fmt"
)

// ErrUnauthorized means that who asks is not known. The errors below match it when
// they mean the same to the outside; which of them it was is for logs and tests.
var ErrUnauthorized = errors.New("unauthorized")

// What is wrong with a token. All match ErrUnauthorized.
var (
	ErrTokenMissing   = fmt.Errorf("%w: token is missing", ErrUnauthorized)
	ErrTokenMalformed = fmt.Errorf("%w: token is malformed", ErrUnauthorized)
	ErrTokenExpired   = fmt.Errorf("%w: token is expired", ErrUnauthorized)
	// ErrTokenInvalid means that we did not make the token, or not like this.
	ErrTokenInvalid = fmt.Errorf("%w: token is invalid", ErrUnauthorized)
	// ErrTokenRevoked means that the credential or the certificate that the token
	// was issued for has been deleted since.
	ErrTokenRevoked = fmt.Errorf("%w: token is revoked", ErrUnauthorized)
	// ErrTokenUnproved means that the certificate which the token is bound to was not
	// shown along with it.
	ErrTokenUnproved = fmt.Errorf("%w: token is bound to another certificate", ErrUnauthorized)
)

// Why no token is issued. All match ErrUnauthorized.
var (
	// ErrBadCredentials does not tell whether the client id or the secret is wrong.
	ErrBadCredentials = fmt.Errorf("%w: wrong client id or secret", ErrUnauthorized)
	// ErrCertificateMismatch means that the certificate is of another account than
	// the credentials.
	ErrCertificateMismatch = fmt.Errorf("%w: certificate of another account", ErrUnauthorized)
	// ErrCertificateExpired means that the certificate is no longer valid.
	ErrCertificateExpired = fmt.Errorf("%w: certificate is expired", ErrUnauthorized)
	// ErrCertificateEarly means that the certificate is not valid yet.
	ErrCertificateEarly = fmt.Errorf("%w: certificate is not valid yet", ErrUnauthorized)
)

// What is wrong with a certificate whoever presents it. None matches ErrUnauthorized.
var (
	// ErrCertificateMissing means that there is no certificate where one must be.
	ErrCertificateMissing = errors.New("certificate is missing")
	// ErrCertificateMalformed means that what should be a certificate is none.
	ErrCertificateMalformed = errors.New("certificate is malformed")
	// ErrCertificateUnbound means that no account has this certificate. The caller
	// is known then, but may not enter.
	ErrCertificateUnbound = errors.New("certificate is bound to no account")
	// ErrScope means that what should be a scope is none that there is.
	ErrScope = errors.New("no such scope")
	// ErrFingerprint means that what should be a fingerprint is none.
	ErrFingerprint = errors.New("a fingerprint has 64 hex digits")
	// ErrCertificateTaken means that another account has this certificate already.
	ErrCertificateTaken = errors.New("certificate is bound to another account")
)
