package pix

import (
	"fmt"
	"time"
)

// Provider is who carries an account's charges, as far as it bounds their life
// (contract §4.1). API callers never see it but in errors.
type Provider struct {
	Name       string `json:"name"`
	MinSeconds int64  `json:"minSeconds"`
	MaxSeconds int64  `json:"maxSeconds"`
	// WholeDays rounds the life of a charge up to whole days.
	WholeDays bool `json:"wholeDays,omitempty"`
}

// The bounds of a charge's life in seconds whoever carries it (contract §13 row 10).
const (
	ChargeSecondsMin = 30
	ChargeSecondsMax = 604_800
)

const secondsPerDay = 86_400

// Valid tells whether a charge can have a life within p's bounds.
func (p Provider) Valid() bool {
	return p.Name != "" && p.MinSeconds >= ChargeSecondsMin && p.MaxSeconds >= p.MinSeconds &&
		p.MaxSeconds <= ChargeSecondsMax && (!p.WholeDays || p.MaxSeconds%secondsPerDay == 0)
}

// Granularity is what a life is rounded up to, as the contract says it.
func (p Provider) Granularity() string {
	if p.WholeDays {
		return "day"
	}
	return "second"
}

// LifeError tells that a charge was to live shorter or longer than its provider
// lets it.
type LifeError struct {
	Provider
	Asked   int64 // seconds
	TooLong bool
}

func (e *LifeError) Error() string {
	if e.TooLong {
		return fmt.Sprintf("expiration of %d s is above the %d s of %s", e.Asked, e.MaxSeconds, e.Name)
	}
	return fmt.Sprintf("expiration of %d s is below the %d s of %s", e.Asked, e.MinSeconds, e.Name)
}

// life returns how long a charge that is to live for asked lives with p.
func (p *Provider) life(asked time.Duration) (time.Duration, error) {
	if p == nil {
		return asked, nil
	}
	seconds := int64(asked / time.Second)
	if seconds < p.MinSeconds || seconds > p.MaxSeconds {
		return 0, &LifeError{*p, seconds, seconds > p.MaxSeconds}
	}
	if p.WholeDays {
		seconds = (seconds + secondsPerDay - 1) / secondsPerDay * secondsPerDay
	}
	return time.Duration(seconds) * time.Second, nil
}
