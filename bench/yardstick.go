package bench

import (
	"context"
	"time"
)

// yardstick is what Saldo is measured next to.
type yardstick struct {
	name    string
	address string
	// alone says that it is measured on one account as well.
	alone bool
	check func(ctx context.Context, payments int64) error // of its books; nil if it keeps none
	stop  func() error
}

// yardstick starts what fits the kind of store.
func (s *session) yardstick(ctx context.Context, payers []payer) (*yardstick, error) {
	if s.kind != onPostgres {
		l, err := startLimit(s.dir)
		if err != nil {
			return nil, err
		}
		return &yardstick{name: "limit", address: l.address, stop: l.stop}, nil
	}
	url, err := s.stores.create(ctx, "hand_written")
	if err != nil {
		return nil, err
	}
	w, err := startHandWritten(ctx, url, payers)
	if err != nil {
		return nil, err
	}
	return &yardstick{
		name: "hand-written", address: w.address, alone: true, check: w.check, stop: w.stop,
	}, nil
}

// targets are what figures of one kind of store should be; nil is without.
type targets struct {
	balance, payment, hot *Target // rates, Saldo's by the yardstick's
	alone                 *Target // rate on one account by that on many
	age                   *Target // time, old by young
	ready, memory         *Target // of the store of many accounts
}

func targetsOf(kind string) targets {
	if kind == onPostgres {
		return targets{
			balance: atLeast(1.5), payment: atLeast(3), hot: atLeast(10), alone: atLeast(0.9),
			age: atMost(1.3), ready: atMost(1),
		}
	}
	return targets{
		balance: atLeast(0.85), payment: atLeast(0.6), alone: atLeast(0.95),
		age: atMost(1.2), ready: atMost(5), memory: atMost(400),
	}
}

// databaseTime is how long processors have worked for the database's server, 0 if
// there is none or it can't be seen.
func (s *session) databaseTime() time.Duration {
	if c, ok := s.stores.(*cluster); ok {
		return c.databaseTime()
	}
	return 0
}
