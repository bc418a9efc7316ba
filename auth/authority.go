// Package auth is credentials, certificates, and tokens: who may speak for an account. It
// knows nothing of HTTP, of brands beyond their names, and of what accounts hold.
package auth

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const cacheMaxDefault = 100_000

// Options are what an Authority works with. Store, Keys, Now, and Rand are required.
type Options struct {
	Store Store
	Keys  Keys
	Now   func() time.Time
	// Rand must be a secure source and safe for concurrent use.
	Rand io.Reader
	// KnownIssuer tells whether tokens of an issuer are issued and accepted. Nil means that
	// any name is.
	KnownIssuer func(issuer string) bool
	// CacheMax is how many verified tokens are remembered. 0 means 100 000; a negative
	// number, none.
	CacheMax int
	// RecheckAfter is how long a remembered token is taken without asking the Store whether
	// its credential still exists. 0 means forever, which is right when this Authority is
	// the only one that changes the Store: its own changes are seen at once.
	RecheckAfter time.Duration
}

// Authority issues tokens and verifies them. It is safe for concurrent use.
type Authority struct {
	store        Store
	keys         atomic.Pointer[keyset]
	now          func() time.Time
	rand         io.Reader
	knownIssuer  func(string) bool
	recheckAfter time.Duration
	cache        *cache
	// epoch counts the moments at which a credential or a key may have ceased to exist. A
	// verdict of an older epoch counts again once the Store has been asked.
	epoch atomic.Uint64
	// enrolling is held while credentials are changed, so that what one change found still
	// holds when it writes. It does not hold other nodes up.
	enrolling sync.Mutex
}

// New returns an Authority, or what is wrong with the options.
func New(o Options) (*Authority, error) {
	if o.Store == nil || o.Now == nil || o.Rand == nil {
		return nil, errors.New("auth: Store, Now, and Rand are required")
	}
	keys, err := newKeyset(o.Keys, o.Now)
	if err != nil {
		return nil, err
	}
	if o.KnownIssuer == nil {
		o.KnownIssuer = func(string) bool { return true }
	}
	if o.CacheMax == 0 {
		o.CacheMax = cacheMaxDefault
	}
	a := &Authority{
		store:        o.Store,
		now:          o.Now,
		rand:         o.Rand,
		knownIssuer:  o.KnownIssuer,
		recheckAfter: o.RecheckAfter,
		cache:        newCache(o.CacheMax),
	}
	a.keys.Store(keys)
	return a, nil
}

// SetKeys puts other keys in the place of those in use, or returns what is wrong with
// them and leaves those. Once it has returned, tokens of a key that is gone are refused.
func (a *Authority) SetKeys(k Keys) error {
	keys, err := newKeyset(k, a.now)
	if err != nil {
		return err
	}
	a.keys.Store(keys)
	a.Recheck() // remembered tokens have their signature checked once more
	return nil
}

// JWKS is the public keys by which others may verify our tokens, as a JSON Web Key Set
// (RFC 7517): those for RS256, the one that signs first. It must not be written to.
func (a *Authority) JWKS() []byte { return a.keys.Load().jwks }

// Recheck makes every remembered token ask the Store once more before it is taken. Call it
// when credentials may have been deleted by others than this Authority.
func (a *Authority) Recheck() { a.epoch.Add(1) }

// Remembered is how many verified tokens are in memory now, for metrics.
func (a *Authority) Remembered() int { return a.cache.len() }
