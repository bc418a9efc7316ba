package bench

import (
	"context"
	"net/http"
)

// balance asks for balances: the whole public listener against the yardstick.
func (s *session) balance(ctx context.Context, y *yardstick, h *house) error {
	rates, err := s.compare(ctx, Balance,
		candidate{y.name, false, s.asking(ctx, y.address, h)},
		candidate{"saldo", true, s.asking(ctx, h.public, h)})
	if err != nil {
		return err
	}
	s.report.ratio("balance: saldo / "+y.name, rates[1], rates[0], targetsOf(s.kind).balance)
	return nil
}

// asker asks for the balance of its accounts in turn.
type asker struct {
	*conn
	requests [][]byte
	turn     int
}

func (s *session) asking(ctx context.Context, address string, h *house) func(int) (worker, error) {
	return func(i int) (worker, error) {
		c, err := dial(ctx, address, s.lifetime())
		if err != nil {
			return nil, err
		}
		a := &asker{conn: c}
		for _, p := range h.share(i, s.Connections) {
			a.requests = append(a.requests, newHead("GET", balancePath, address, p.token).bare())
		}
		return a, nil
	}
}

func (a *asker) do() error {
	_, err := a.ask(a.requests[a.turn%len(a.requests)], http.StatusOK)
	a.turn++
	return err
}

func (a *asker) close() error { return a.Close() }
