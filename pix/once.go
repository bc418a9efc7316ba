package pix

import "errors"

// Once makes a payment happen once, however often it is asked for: Key is the
// client's x-idempotency-key, Fingerprint tells the body of the first request
// from another (contract §4.8).
type Once struct {
	Key         string
	Fingerprint string
}

// ErrIdempotency means that an idempotency key was used with another body.
var ErrIdempotency = errors.New("idempotency key was used with another body")

// ErrBankDenied means that the payee's bank is one that the client will not pay.
var ErrBankDenied = errors.New("the payee's bank is denied")

func (c *PlacePayment) onceKey() Key { return Key{SpaceIdempotency, c.Account, c.Once.Key} }

// fill puts into m what only some payments have.
func (c *PlacePayment) fill(b *Books, m *Movement) error {
	if c.Code == nil && c.Once == nil && len(c.Deny) == 0 && c.Priority == "" {
		return nil
	}
	var terms Terms
	if c.Once != nil {
		terms.IdempotencyKey, terms.Fingerprint = c.Once.Key, c.Once.Fingerprint
	}
	for _, ispb := range c.Deny {
		terms.Deny = append(terms.Deny, string(ispb))
	}
	terms.Priority = c.Priority
	if c.Code != nil {
		if err := c.Code.fill(b, c, m); err != nil {
			return err
		}
		terms.Location = c.Code.URL
	}
	m.Terms = &terms
	return nil
}
