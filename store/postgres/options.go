package postgres

import (
	"log/slog"
	"time"
)

// Options say how a store is opened. The zero value is fit for use.
type Options struct {
	Log *slog.Logger
	// ReadOnly refuses every change, and is content with a standby.
	ReadOnly bool
	// Migrate brings the tables up to this release when they are behind, which
	// needs the owner's rights.
	Migrate bool

	CommitConns int // connections for commits; 0 is 8
	ReadConns   int // connections for reads and the outbox; 0 is 8
	WalkConns   int // connections for walks over everything; 0 is 8

	// Timeout ends what takes too long: a connection, a query, one of a commit's
	// round trips; 0 is ten seconds.
	Timeout time.Duration
	// Patience is how long to ask after a commit whose answer was lost, before
	// its callers are told book.ErrOutcomeUnknown; 0 is 20 seconds, and ten
	// minutes are the most.
	Patience time.Duration

	ProfilesMax int // profiles kept in memory; 0 is 65 536
	KeysMax     int // keys remembered in memory are up to twice as many; 0 is 32 768
}

const (
	connsDefault       = 8
	timeoutDefault     = 10 * time.Second
	patienceDefault    = 20 * time.Second
	patienceMax        = 10 * time.Minute // far less than batches are kept
	profilesMaxDefault = 1 << 16
	keysMaxDefault     = 1 << 15
)

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.CommitConns = orDefault(o.CommitConns, connsDefault)
	o.ReadConns = orDefault(o.ReadConns, connsDefault)
	o.WalkConns = orDefault(o.WalkConns, connsDefault)
	o.Timeout = orDefault(o.Timeout, timeoutDefault)
	o.Patience = min(orDefault(o.Patience, patienceDefault), patienceMax)
	o.ProfilesMax = orDefault(o.ProfilesMax, profilesMaxDefault)
	o.KeysMax = orDefault(o.KeysMax, keysMaxDefault)
	return o
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}
