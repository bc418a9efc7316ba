// Package auth is credentials, certificates, and tokens: who may speak for an account. It
// knows nothing of HTTP, of brands beyond their names, and of what accounts hold.
package auth

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const cacheMaxDefault = 100_000

// Options are what an Authority works with. Store, Keys, Now, and Rand are required.
type Options struct {
	Store Store
	Keys  Keys
	Now   func() time.Time
	// Rand must be a secure source and safe for concurrent use.
	Rand io.Reader
	// KnownIssuer tells whether tokens of a brand are issued and accepted. Nil means that
	// any name is.
	KnownIssuer func(brand string) bool
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
	signing      Key
	keys         keyring
	parser       *jwt.Parser
	now          func() time.Time
	rand         io.Reader
	knownIssuer  func(string) bool
	recheckAfter time.Duration
	cache        *cache
	// epoch counts the moments at which a credential may have ceased to exist. A verdict
	// of an older epoch counts again once the Store has been asked.
	epoch atomic.Uint64
}

// New returns an Authority, or what is wrong with the options.
func New(o Options) (*Authority, error) {
	if o.Store == nil || o.Now == nil || o.Rand == nil {
		return nil, errors.New("auth: Store, Now, and Rand are required")
	}
	keys, err := o.Keys.ring()
	if err != nil {
		return nil, err
	}
	if o.KnownIssuer == nil {
		o.KnownIssuer = func(string) bool { return true }
	}
	if o.CacheMax == 0 {
		o.CacheMax = cacheMaxDefault
	}
	return &Authority{
		store:        o.Store,
		signing:      o.Keys.Current,
		keys:         keys,
		parser:       newParser(keys, o.Now),
		now:          o.Now,
		rand:         o.Rand,
		knownIssuer:  o.KnownIssuer,
		recheckAfter: o.RecheckAfter,
		cache:        newCache(o.CacheMax),
	}, nil
}

// Recheck makes every remembered token ask the Store once more before it is taken. Call it
// when credentials may have been deleted by others than this Authority.
func (a *Authority) Recheck() { a.epoch.Add(1) }

// Remembered is how many verified tokens are in memory now, for metrics.
func (a *Authority) Remembered() int { return a.cache.len() }
