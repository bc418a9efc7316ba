package server

import (
	"context"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/watch"
)

// Shared is a store that other processes change as well.
type Shared interface {
	// Accounts returns the newest states of those accounts that there are.
	Accounts(ctx context.Context, ids []ledger.AccountID) ([]ledger.Account, error)
}

// plugWatch makes the hub of those who watch balances.
func (s *Server) plugWatch() {
	o := watch.Options{Log: s.Log}
	if shared, ok := s.Store.(Shared); ok {
		o.Poll = shared.Accounts
	}
	s.Watch = watch.New(o)
}
